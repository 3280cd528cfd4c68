"""What every door needs, opened once: the model, the retriever and the answerer over a data folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from corpus.issuers import Issuers, load_issuers
from index.encoder import Encoder, load_encoder
from index.hits import Filters
from index.retriever import Retriever
from index.store import Store, open_store
from service.answerer import Answerer
from service.confidence import Calibration, load_calibration
from service.filters import read_filters
from service.llm.generator import open_generator
from service.settings import Settings
from service.writer import Writer


@dataclass(frozen=True)
class Engine:
    """Threads may share it; what is read beside questions is read through a `store` of one's own."""

    settings: Settings
    issuers: Issuers
    encoder: Encoder
    retriever: Retriever
    answerer: Answerer
    calibration: Calibration

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The statements, for one thread, closed at the end."""
        with closing(open_store(self.settings.data)) as store:
            yield store

    def filters(
        self,
        issuers: Sequence[str] = (),
        statements: Sequence[str] = (),
        date_from: str = "",
        date_to: str = "",
        languages: Sequence[str] = (),
    ) -> Filters:
        """See read_filters."""
        return read_filters(self.issuers, issuers, statements, date_from, date_to, languages)


@contextmanager
def open_engine(settings: Settings, encoder: Encoder | None = None, create: bool = False) -> Iterator[Engine]:
    """The engine over the data folder of the settings; `encoder` stands in for the model they name.

    Raises StoreError for a folder that cannot be used, ModelError for a model, CorpusError for issuers.
    """
    with closing(open_store(settings.data, create)) as store:
        store.require_model(encoder.settings if encoder else settings.model)
        issuers = load_issuers(settings.issuers)
        encoder = encoder or load_encoder(settings.model)
        retriever = Retriever(store, encoder, issuers)
        calibration = load_calibration(encoder.settings.name)
        writer = Writer(open_generator(settings.llm), encoder) if settings.llm else None
        answerer = Answerer(retriever, calibration, {"encoder": encoder.settings.name}, writer)
        yield Engine(settings, issuers, encoder, retriever, answerer, calibration)

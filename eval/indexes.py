"""The index a suite is asked over: a data folder, or one made of the statements that the suite brings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from corpus.issuers import Issuers, load_issuers
from corpus.readers import find_files
from corpus.statement import CorpusError, Statement
from eval.suites.read import brings_statements, read_suite
from eval.suites.suite import Suite
from eval.vectors import RememberingEncoder
from index.caches import Caches
from index.encoder import Encoder, ModelSettings, load_encoder
from index.ingest import Reading, is_unchanged, read, write
from index.store import Store, open_store
from service.settings import Settings

Progress = Callable[[int], AbstractContextManager[Callable[[float, int], None]]]
Load = Callable[[ModelSettings], Encoder]
_FOLDER = "evaluation"  # in a data folder: indexes of suites, and vectors of questions


@dataclass(frozen=True)
class Opened:
    """A suite and the index it is asked over; `statements` are those of the index by id."""

    suite: Suite
    store: Store
    statements: dict[str, Statement]
    encoder: RememberingEncoder
    issuers: Issuers


@contextmanager
def silently(_: int) -> Iterator[Callable[..., None]]:
    """A progress that nobody sees."""
    yield lambda *_: None


@contextmanager
def open_suite(
    paths: Sequence[Path],
    settings: Settings,
    corpus: Sequence[Path] = (),
    progress: Progress = silently,
    load: Load = load_encoder,
) -> Iterator[Opened]:
    """The suite of `paths` over its own statements, else over the files of `corpus`, else the data folder.

    What has no index yet gets one in the data folder, which is found again the next time; `progress` hears
    of its encoding (see service.terminal.add_progress). Raises CorpusError for a suite or file that cannot be
    read, StoreError and ModelError as open_store and load_encoder.
    """
    if brings_statements(paths) and corpus:
        raise CorpusError(f"{paths[0]} brings its own statements; --corpus is for suites of questions alone")
    folder, issuers = settings.data, load_issuers(settings.issuers)
    if brings_statements(paths):
        suite = read_suite(paths, {})
        versions = [f"{statement.id}\0{statement.version}" for statement in suite.statements]
        folder = settings.data / _FOLDER / _name(suite.name, versions, settings)
    elif corpus:
        places = [str(path.absolute()) for path in corpus]
        folder = settings.data / _FOLDER / _name(corpus[0].absolute().name, places, settings)
    encoder = RememberingEncoder(
        settings.model, lambda: load(settings.model), folder / _FOLDER / "questions.npz"
    )
    with closing(open_store(folder, create=folder != settings.data)) as store:
        store.require_model(settings.model)
        if brings_statements(paths):
            _follow(store, _brought(store, suite), encoder, progress, {s.id for s in suite.statements})
        elif corpus:
            reading = _read(store, corpus, issuers)
            known = {outcome.statement_id for outcome in reading.outcomes}
            _follow(store, reading, encoder, progress, known | {s.id for s, _ in reading.changed})
        with store.reading():  # figures of one moment, whatever others write meanwhile
            statements = {key: found for key in store.entries() if (found := store.statement(key))}
            if not brings_statements(paths):
                suite = read_suite(paths, statements)
            try:
                yield Opened(suite, store, statements, encoder, issuers)
            finally:
                encoder.save()


def _name(stem: str, parts: Sequence[str], settings: Settings) -> str:
    """A folder for each collection and model."""
    told = json.dumps([*parts, settings.model.as_dict()])
    return f"{stem[:50]}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"


def _brought(store: Store, suite: Suite) -> Reading:
    entries = store.entries()
    changed = [
        (statement, suite.name)
        for statement in suite.statements
        if not ((entry := entries.get(statement.id)) and is_unchanged(entry, statement))
    ]
    return Reading(tuple(changed), (), store.generation)


def _read(store: Store, corpus: Sequence[Path], issuers: Issuers) -> Reading:
    """The files of a collection; a figure over half of them would be another collection's."""
    reading = read(store, find_files(corpus), issuers)
    failed = [outcome.error for outcome in reading.outcomes if outcome.status == "failed"]
    if failed:
        raise CorpusError(f"{len(failed)} files cannot be read, the first: {failed[0]}")
    return reading


def _follow(store: Store, reading: Reading, encoder: Encoder, progress: Progress, current: set[str]) -> None:
    """Bring the index up to a collection: what it has, and nothing else."""
    with progress(reading.characters) as advance:
        for outcome in write(store, reading, encoder, advance):
            if outcome.status == "failed":
                raise CorpusError(outcome.error)
    gone = [key for key in store.entries() if key not in current]
    if gone:
        with store.writing(30):
            for key in gone:
                store.remove(key)
            Caches(store, store.dim).save(store)

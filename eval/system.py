"""The system that is evaluated: retriever and answerer over a data folder, as the service runs them."""

from __future__ import annotations

from pathlib import Path

from corpus.issuers import load_issuers
from corpus.statement import Statement
from eval.gold import Reply, Span, System
from index.encoder import ModelSettings, load_encoder
from index.hits import Hit
from index.retriever import Retriever
from index.store import Store, open_store
from service.answer import Citation
from service.answerer import Answerer
from service.confidence import load_calibration


def open_retriever(data: Path, model: ModelSettings) -> tuple[Store, Retriever]:
    """The retriever over a data folder, and its store. Raises StoreError or ModelError as these do."""
    store = open_store(data)
    store.require_model(model)
    return store, Retriever(store, load_encoder(model), load_issuers())


def statements_of(store: Store) -> dict[str, Statement]:
    """All current statements by id."""
    return {key: found for key in store.entries() if (found := store.statement(key))}


def connect(data: Path, model: ModelSettings) -> System:
    """The system over a data folder. Raises as open_retriever."""
    store, retriever = open_retriever(data, model)
    answerer = Answerer(retriever, load_calibration(model.name), {"encoder": model.name})
    statements = statements_of(store)

    def search(question: str, k: int) -> list[Span]:
        return [_hit_span(hit) for hit in retriever.search(question, k).hits]

    def answer(question: str) -> Reply:
        given = answerer.answer(question)
        return Reply(
            given.status == "answered", given.confidence, tuple(map(_citation_span, given.citations))
        )

    return System(statements, search, answer)


def _hit_span(hit: Hit) -> Span:
    return Span(hit.statement.id, hit.passage.start, hit.passage.end)


def _citation_span(citation: Citation) -> Span:
    return Span(citation.statement_id, citation.start, citation.end)

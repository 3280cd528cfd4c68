"""The index a suite is asked over: a data folder, or one made of the statements that the suite brings."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from corpus.files import read_bytes, shown
from corpus.issuers import Issuers, load_issuers
from corpus.readers import find_files
from corpus.statement import CorpusError, Statement
from eval.fingerprints import model_digest, passages_digest
from eval.suites.read import brings_statements, read_suite
from eval.suites.suite import Suite
from eval.vectors import RememberingEncoder
from index.caches import Caches
from index.encoder import Encoder, ModelSettings, load_encoder
from index.ingest import Reading, is_unchanged, read, write
from index.schema import StoreError
from index.store import Store, open_store
from service.settings import Settings

Progress = Callable[[int], AbstractContextManager[Callable[[float, int], None]]]
Load = Callable[[ModelSettings], Encoder]
_Statements = dict[str, Statement]  # by id
_Suites = tuple[Suite, Suite | None]  # the one asked, and the one a threshold is chosen on
_FOLDER = "evaluation"  # in a data folder: indexes of suites, and vectors of questions
_PATIENCE = 3600  # seconds for which another process may be making the same index


@dataclass(frozen=True)
class Opened:
    """A suite and the index it is asked over.

    statements       those of the index by id
    issuers_sha256   of the file of further issuers, in hex; "" if there is none
    model_sha256     see eval.fingerprints.model_digest
    threshold_suite  questions over the same index, on which a threshold is chosen
    """

    suite: Suite
    store: Store
    statements: dict[str, Statement]
    encoder: RememberingEncoder
    issuers: Issuers
    issuers_sha256: str = ""
    model_sha256: str = ""
    threshold_suite: Suite | None = None


@dataclass(frozen=True)
class _Collection:
    """Statements to be indexed in a folder; `compare` says what of them a store lacks, and all their ids."""

    folder: Path
    compare: Callable[[Store], tuple[Reading, set[str]]]


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
    threshold_from: Sequence[Path] = (),
) -> Iterator[Opened]:
    """The suite of `paths` over its own statements, else over the files of `corpus`, else the data folder.

    What has no index yet gets one in the data folder, which is found again the next time; `progress` hears
    of its encoding (see service.terminal.add_progress). Raises CorpusError for a suite or file that cannot be
    read, which is known before anything is encoded, StoreError and ModelError as open_store and load_encoder.
    """
    suite = read_suite(paths, {}) if brings_statements(paths) else None
    issuers = load_issuers(settings.issuers)
    further = hashlib.sha256(read_bytes(settings.issuers)).hexdigest() if settings.issuers else ""
    model = model_digest(settings.model)
    collection = _collection(suite, corpus, settings, issuers, model)
    folder = collection.folder if collection else settings.data
    remembered = folder / _FOLDER / "questions.npz"
    encoder = RememberingEncoder(settings.model, lambda: load(settings.model), remembered, model)

    def suites(statements: _Statements) -> _Suites:
        chosen_on = read_suite(threshold_from, statements) if threshold_from else None
        return suite or read_suite(paths, statements), chosen_on

    with closing(open_store(folder, create=collection is not None)) as store:
        store.require_model(settings.model)
        if collection:
            _bring_up(store, collection, encoder, progress, suites)
        with store.reading():  # statements and vectors of one moment
            statements = _statements(store)
            asked, chosen_on = suites(statements)
            try:
                yield Opened(asked, store, statements, encoder, issuers, further, model, chosen_on)
            finally:
                encoder.save()
            _check_unchanged(store)


def _statements(store: Store) -> _Statements:
    return {key: found for key in store.entries() if (found := store.statement(key))}


def _collection(
    suite: Suite | None, corpus: Sequence[Path], settings: Settings, issuers: Issuers, model: str
) -> _Collection | None:
    """What a suite brings, or what is named beside one that brings nothing; None: the data folder."""
    if suite and corpus:
        raise CorpusError(f"{suite.name} brings its own statements; --corpus is for other suites")
    if suite:
        parts = [f"{statement.id}\0{statement.version}" for statement in suite.statements]
        name = suite.name
    elif corpus:
        for path in corpus:
            if not path.exists():
                raise CorpusError(f"{shown(path)}: no such file or folder")
        parts = [str(path.absolute()) for path in corpus]
        name = corpus[0].absolute().name
    else:
        return None
    # A folder for each collection, model, and way to cut and head passages.
    told = json.dumps([*parts, settings.model.as_dict(), model, passages_digest()])
    folder = f"{name[:50]}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"
    compare = partial(_compare_suite, suite=suite) if suite else partial(_compare_files, corpus, issuers)
    return _Collection(settings.data / _FOLDER / folder, compare)


def _check_unchanged(store: Store) -> None:
    """BM25 follows the writes of others even inside a moment of the store."""
    with closing(open_store(store.folder)) as now:
        if now.generation != store.generation:
            raise StoreError(f"{store.folder} was changed while the questions were asked; ask them again")


def _bring_up(
    store: Store,
    collection: _Collection,
    encoder: Encoder,
    progress: Progress,
    suites: Callable[[_Statements], _Suites],
) -> None:
    """What the collection has, and nothing else, by one process at a time."""
    reading, gone = _difference(store, collection)
    if not reading.changed and not gone:
        return
    coming = _statements(store) | {statement.id: statement for statement, _ in reading.changed}
    for key in gone:
        coming.pop(key, None)
    suites(coming)  # a bad line is told now, not after hours of encoding
    with store.writing(_PATIENCE):
        reading, gone = _difference(store, collection)  # another process may have been at it
        known = store.entries()
        try:
            with progress(reading.characters) as advance:
                for outcome in write(store, reading, encoder, advance):
                    if outcome.status == "failed":
                        raise CorpusError(outcome.error)
            for key in gone:
                store.remove(key)
        finally:
            if gone or any(statement.id in known for statement, _ in reading.changed):
                _make_caches(store)


def _make_caches(store: Store) -> None:
    """Anew: BM25 would count what was deleted until tantivy happens to merge it away."""
    shutil.rmtree(store.folder / "caches", ignore_errors=True)
    Caches(store, store.dim).save(store)


def _difference(store: Store, collection: _Collection) -> tuple[Reading, list[str]]:
    """What is to be written, and the ids of what is to be removed."""
    reading, current = collection.compare(store)
    return reading, [key for key in store.entries() if key not in current]


def _compare_suite(store: Store, suite: Suite) -> tuple[Reading, set[str]]:
    entries = store.entries()
    changed = [
        (statement, suite.name)
        for statement in suite.statements
        if not ((entry := entries.get(statement.id)) and is_unchanged(entry, statement))
    ]
    return Reading(tuple(changed), (), store.generation), {statement.id for statement in suite.statements}


def _compare_files(corpus: Sequence[Path], issuers: Issuers, store: Store) -> tuple[Reading, set[str]]:
    """The files of a collection; a figure over half of them would be another collection's."""
    reading = read(store, find_files(corpus), issuers)
    failed = [outcome.error for outcome in reading.outcomes if outcome.status == "failed"]
    if failed:
        raise CorpusError(f"{len(failed)} files cannot be read, the first: {failed[0]}")
    unchanged = {outcome.statement_id for outcome in reading.outcomes}
    return reading, unchanged | {statement.id for statement, _ in reading.changed}

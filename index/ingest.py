"""Statements into the store: read, compare, encode what changed, commit one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpus.metadata import Names
from corpus.readers import Source, read_file
from corpus.split import split
from corpus.statement import CorpusError, Passage, Statement
from index.caches import Caches
from index.encoder import Encoder
from index.heading import headed, heading
from index.outcome import Outcome, Status
from index.rows import Encoded, Entry, metadata_of
from index.store import Store

PASSAGE_TOKENS = 190  # as measured: longer ones blur, and the heading must fit beside them
_GROUP = 200_000  # characters encoded together: enough for even batches, little to lose in a crash


@dataclass(frozen=True, slots=True)
class Reading:
    """What the files hold: statements to encode, each with its source, and the outcomes already known.

    What is removed after `generation` of the store is not put again.
    """

    changed: tuple[tuple[Statement, str], ...]
    outcomes: tuple[Outcome, ...]
    generation: int = 0

    @property
    def characters(self) -> int:
        """The size of the work that is left."""
        return sum(len(statement.text) for statement, _ in self.changed)


Reader = Callable[[Source, Names], Iterable[Statement | CorpusError]]


def read_source(source: Source, names: Names) -> Iterator[Statement | CorpusError]:
    """The statements of a file, as corpus.readers.read_file."""
    return read_file(source.path, names, source.sidecar, source.name)


def read(store: Store, sources: Iterable[Source], names: Names, reader: Reader = read_source) -> Reading:
    """Read files and compare them with the store; no file's trouble keeps another from being read.

    An id belongs to one file: a second file of a run with the same id fails, and so does another file
    than the one the statement came from, if that is still there and says something else. Files that go by
    another name have no folder to be there in: they bring a new version.
    """
    with store.reading():
        entries, generation = store.entries(), store.generation
    changed: dict[str, tuple[Statement, str]] = {}
    seen: dict[str, Source] = {}
    outcomes = []
    for source in sources:
        place = source.place
        for found in reader(source, names):
            if isinstance(found, CorpusError):
                outcomes.append(Outcome("failed", place, error=str(found)))
                continue
            entry = entries.get(found.id)
            is_same = entry is not None and is_unchanged(entry, found)
            if error := _collision(
                found, source, seen.setdefault(found.id, source), None if is_same else entry
            ):
                outcomes.append(Outcome("failed", place, found.id, error=error))
            elif is_same:
                outcomes.append(Outcome("unchanged", place, found.id))
            else:
                changed[found.id] = (found, place)
    return Reading(tuple(changed.values()), tuple(outcomes), generation)


def is_unchanged(entry: Entry, statement: Statement) -> bool:
    """Whether the store has this text with this metadata."""
    return entry.version == statement.version and entry.metadata == metadata_of(statement)


def write(
    store: Store,
    reading: Reading,
    encoder: Encoder,
    progress: Callable[[float, int], None] | None = None,
    wait: float = 30,
) -> Iterator[Outcome]:
    """Encode and store the changed statements, each committed when its outcome is given.

    `progress` hears characters and passages done. A statement that cannot be cut fails alone; a store that
    cannot be written ends it all (StoreError). Others may write between the groups: the lock is held to
    commit one and give its outcomes, and waited for up to `wait` seconds (BusyError).
    """
    if not reading.changed:
        return
    store.require_model(encoder.settings)
    caches: Caches | None = None
    for group in _groups(reading.changed):
        cut: list[tuple[Statement, str, tuple[Passage, ...]]] = []
        for statement, source in group:
            try:
                cut.append((statement, source, passages_of(statement, encoder)))
            except ValueError as error:
                yield Outcome("failed", source, statement.id, error=f"{source}: cannot be cut: {error}")
        encoded = encode([(statement, passages) for statement, _, passages in cut], encoder, progress)
        with store.writing(wait):
            for (_, source, _), ready in zip(cut, encoded, strict=True):
                yield _put(store, ready, source, encoder, reading.generation)
            caches = caches or Caches(store, encoder.dim)
            caches.save(store)


def _put(store: Store, ready: Encoded, source: str, encoder: Encoder, generation: int) -> Outcome:
    key = ready.statement.id
    if store.removed_since(key, generation):
        return Outcome("failed", source, key, error=f"{source}: {key!r} was removed while it was being added")
    status: Status = "updated" if store.entry(key) else "added"
    store.put(ready, source, encoder.settings)
    return Outcome(status, source, key, len(ready.passages))


def passages_of(statement: Statement, encoder: Encoder) -> tuple[Passage, ...]:
    """The passages of a statement, such that the encoder reads each whole below its heading."""
    used = encoder.count_tokens([encoder.settings.passage_prompt + heading(statement)])[0]
    return split(statement, encoder.count_tokens, min(PASSAGE_TOKENS, encoder.max_tokens - used))


def encode(
    cut: Sequence[tuple[Statement, tuple[Passage, ...]]],
    encoder: Encoder,
    progress: Callable[[float, int], None] | None = None,
) -> list[Encoded]:
    """Vectors for headed passages, and for their sentences by themselves."""
    texts = [headed(s, s.text[p.start : p.end].strip()) for s, passages in cut for p in passages]
    sentences = [s.text[x.start : x.end] for s, passages in cut for p in passages for x in p.sentences]
    characters = sum(len(statement.text) for statement, _ in cut)
    share = characters / max(1, len(texts) + len(sentences))

    def report(count: int, are_passages: bool) -> None:
        if progress:
            progress(count * share, count if are_passages else 0)

    vectors = encoder.encode_passages(texts, lambda count: report(count, True))
    sentence_vectors = encoder.encode_passages(sentences, lambda count: report(count, False))
    parts = np.split(sentence_vectors, np.cumsum([len(p.sentences) for _, passages in cut for p in passages]))
    rows = iter(zip(vectors, parts, strict=False))
    encoded = []
    for statement, passages in cut:
        own = [next(rows) for _ in passages]
        stacked = np.stack([vector for vector, _ in own]) if own else np.empty((0, encoder.dim), np.float32)
        encoded.append(Encoded(statement, passages, stacked, tuple(part for _, part in own)))
    return encoded


def _collision(statement: Statement, source: Source, first: Source, entry: Entry | None) -> str:
    place = source.place
    if first is not source and first.place == place:
        return f"{place}: another file of this name came with it; rename one of them"
    if first is not source:
        other = first.place
    elif entry is None or source.name or entry.source == place or not _is_there(entry.source):
        return ""
    else:
        other = entry.source
    return (
        f"{place}: id {statement.id!r} belongs to {other}; give one of them another id"
        f" (front matter or sidecar), or remove {statement.id!r} first"
    )


def _is_there(source: str) -> bool:
    """Whether a file is where a statement came from; what was uploaded came from nowhere."""
    path = Path(source)
    return path.is_absolute() and path.exists()


def _groups(changed: Sequence[tuple[Statement, str]]) -> Iterator[list[tuple[Statement, str]]]:
    group: list[tuple[Statement, str]] = []
    size = 0
    for statement, source in changed:
        group.append((statement, source))
        size += len(statement.text)
        if size >= _GROUP:
            yield group
            group, size = [], 0
    if group:
        yield group

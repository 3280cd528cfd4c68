"""The records of the store, and their form in its columns: JSON for metadata, packed numbers for the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from corpus.metadata import Metadata
from corpus.statement import Passage, Sentence, Speaker, Statement
from index.encoder import Vectors


@dataclass(frozen=True, slots=True)
class Encoded:
    """A statement with its passages and their vectors, aligned by row, ready to be stored.

    vectors: float32 (passages, dim); sentence_vectors: for each passage float32 (sentences, dim)
    """

    statement: Statement
    passages: tuple[Passage, ...]
    vectors: Vectors
    sentence_vectors: tuple[Vectors, ...]

    def __post_init__(self) -> None:
        counts = [len(passage.sentences) for passage in self.passages]
        found = [len(vectors) for vectors in self.sentence_vectors]
        if len(self.vectors) != len(self.passages) or counts != found:
            raise ValueError(
                f"{self.statement.id}: {len(self.passages)} passages of {counts} sentences,"
                f" but {len(self.vectors)} vectors and {found} sentence vectors"
            )


@dataclass(frozen=True, slots=True)
class Entry:
    """What the store knows of a statement without its text."""

    version: str
    source: str
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage as retrieved: its row, its statement's id, and its columns, read when they are asked for.

    Most passages are read for their vectors alone, and making the records takes longer than these.
    """

    row: int
    statement_id: str
    _span: bytes
    _sentences: bytes
    _vector: bytes
    _sentence_vectors: bytes

    @property
    def passage(self) -> Passage:
        """The passage itself."""
        spans = np.frombuffer(self._sentences, np.int32).reshape(-1, 2).tolist()
        start, end, paragraph, last_paragraph = np.frombuffer(self._span, np.int32).tolist()
        sentences = tuple(Sentence(low, high) for low, high in spans)
        return Passage(start, end, paragraph, last_paragraph, sentences)


def stacked(passages: Sequence[StoredPassage]) -> tuple[Vectors, Vectors, npt.NDArray[np.int64]]:
    """The vectors of passages, one or more: float32 (passages, dim); those of all their sentences, float32
    (sentences, dim); and int64 (passages,) where each passage's sentences start among these.
    """
    counts = [len(passage._sentences) // 8 for passage in passages]
    vectors = _floats([passage._vector for passage in passages]).reshape(len(passages), -1)
    sentences = _floats([passage._sentence_vectors for passage in passages]).reshape(sum(counts), -1)
    return vectors, sentences, np.cumsum([0, *counts[:-1]])


def _floats(columns: Sequence[bytes]) -> Vectors:
    """In one go: a passage by itself costs more to decode than its numbers."""
    return np.frombuffer(b"".join(columns), np.float16).astype(np.float32)


def passage_rows(encoded: Encoded) -> Iterator[tuple[str, bytes, bytes, bytes, bytes]]:
    """Columns of the passages: statement id, span, sentences, vector, sentence vectors."""
    rows = zip(encoded.passages, encoded.vectors, encoded.sentence_vectors, strict=True)
    for passage, vector, sentence_vectors in rows:
        span = (passage.start, passage.end, passage.paragraph, passage.last_paragraph)
        spans = [(sentence.start, sentence.end) for sentence in passage.sentences]
        yield (
            encoded.statement.id,
            np.array(span, np.int32).tobytes(),
            np.array(spans, np.int32).tobytes(),
            vector.astype(np.float16).tobytes(),
            sentence_vectors.astype(np.float16).tobytes(),
        )


def metadata_of(statement: Statement) -> Metadata:
    """What the store keeps of a statement besides its text."""
    return Metadata(**{name: getattr(statement, name) for name in Metadata.__slots__})


def metadata_to_json(statement: Statement) -> str:
    """The metadata column of a statement."""
    return json.dumps(asdict(metadata_of(statement)), ensure_ascii=False)


def metadata_from_json(column: str) -> Metadata:
    """Metadata, from its column."""
    known = json.loads(column)
    speakers = tuple(Speaker(**speaker) for speaker in known["speakers"])
    return Metadata(**known | {"issuers": tuple(known["issuers"]), "speakers": speakers})


def statement_of(metadata: Metadata, text: str) -> Statement:
    """The statement whose text and metadata these are."""
    return Statement(text=text, **{name: getattr(metadata, name) for name in Metadata.__slots__})

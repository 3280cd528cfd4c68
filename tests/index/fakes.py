"""What the tests of the index and of the service share: an encoder computable in the head."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from corpus.statement import Statement
from index.encoder import ModelSettings, Progress, Vectors
from index.ingest import encode, passages_of
from index.store import Store

WORDS = ("peace", "climate", "trade", "ships", "water", "health", "debt")


class WordEncoder:
    """The counts of WORDS, as a unit vector; a text with none of them points along the last axis.

    A token is a word, and two more open and close a text. Example: "Peace, peace!" -> (1, 0, ..., 0)
    """

    def __init__(self, name: str = "words", max_tokens: int = 256) -> None:
        self.settings = ModelSettings(name)
        self.dim = len(WORDS) + 1
        self.max_tokens = max_tokens
        self.encoded: list[str] = []

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) + 2 for text in texts]

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self.encoded += texts
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for number, text in enumerate(texts):
            vectors[number] = word_vector(text)
            if progress:
                progress(1)
        return vectors

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        return np.array([word_vector(text) for text in texts], np.float32).reshape(-1, self.dim)


class NoEncoder(WordEncoder):
    """Fails when it is asked to encode."""

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        raise AssertionError(f"encoded {list(texts)}")


def word_vector(text: str) -> Vectors:
    words = ["".join(filter(str.isalnum, word)) for word in text.lower().split()]
    counts = np.array([*map(words.count, WORDS), 0], np.float32)
    counts[-1] = not counts.any()
    unit: Vectors = counts / np.float32(np.linalg.norm(counts))
    return unit


def put(
    store: Store, statement: Statement, encoder: WordEncoder | None = None, source: str = "a.txt"
) -> None:
    """Cut, encode and store a statement."""
    encoder = encoder or WordEncoder()
    (ready,) = encode([(statement, passages_of(statement, encoder))], encoder)
    store.put(ready, source, encoder.settings)


def paragraphs(*openings: str) -> str:
    """A text of one passage for each opening: 62 words more keep them from joining."""
    return "\n\n".join(f"{opening} {' '.join(['so'] * 62)}." for opening in openings)

"""How long questions take, and what an index costs: kept apart, as it differs from run to run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval.indexes import Opened
from index.encoder import Encoder, ModelSettings, Progress, Vectors
from index.heading import headed
from index.retriever import Retriever
from service.answerer import Answerer
from service.confidence import Calibration

_WARM = 5  # questions asked before the clock runs
_SAMPLE = 256  # passages encoded to see how fast that goes


@dataclass(frozen=True, slots=True)
class Stage:
    """Milliseconds of one stage, over all questions."""

    name: str
    p50: float
    p95: float
    p99: float
    most: float


@dataclass(frozen=True, slots=True)
class Timings:
    """encode: the question's vectors; search: all else of retrieval; answer: choosing, deciding, citing.

    passages_per_second  of encoding, on a sample of the index
    bytes                of each file or folder of the index
    """

    questions: int
    stages: tuple[Stage, ...]
    statements: int
    passages: int
    passages_per_second: float
    bytes: dict[str, int]


def measure(
    questions: Sequence[str],
    opened: Opened,
    calibration: Calibration,
    encoder: Encoder,
    progress: Callable[[int], None] = lambda done: None,
) -> Timings:
    """Ask each question once, one after another, with nothing remembered."""
    timed = _TimedEncoder(encoder)
    retriever = Retriever(opened.store, timed, opened.issuers)
    answerer = Answerer(retriever, calibration, {})
    seconds: list[tuple[float, float, float]] = []
    warming = questions[:_WARM]
    for number, question in enumerate([*warming, *questions], 1 - len(warming)):
        timed.seconds = 0.0
        started = time.perf_counter()
        answer = answerer.answer(question)
        total = time.perf_counter() - started
        answering = answer.timings_ms["answer"] / 1000
        if number > 0:
            seconds.append((timed.seconds, total - timed.seconds - answering, answering))
            progress(number)
    parts = np.array(seconds).reshape(-1, 3)
    columns = dict(zip(("encode", "search", "answer"), parts.T, strict=True)) | {"total": parts.sum(axis=1)}
    counts = opened.store.counts()
    return Timings(
        questions=len(seconds),
        stages=tuple(_stage(name, 1000 * values) for name, values in columns.items()),
        statements=counts["statements"],
        passages=counts["passages"],
        passages_per_second=_rate(opened, encoder),
        bytes=_sizes(opened.store.folder),
    )


class _TimedEncoder:
    """An Encoder that counts the seconds of questions."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.settings: ModelSettings = encoder.settings
        self.dim = encoder.dim
        self.max_tokens = encoder.max_tokens
        self.seconds = 0.0

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._encoder.count_tokens(texts)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self._encoder.encode_passages(texts, progress)

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        started = time.perf_counter()
        vectors = self._encoder.encode_questions(texts)
        self.seconds += time.perf_counter() - started
        return vectors


def _stage(name: str, milliseconds: Vectors) -> Stage:
    p50, p95, p99 = np.percentile(milliseconds, (50, 95, 99), method="inverted_cdf").tolist()
    return Stage(name, p50, p95, p99, float(milliseconds.max()))


def _rate(opened: Opened, encoder: Encoder) -> float:
    """Passages per second, the median of three times the same sample."""
    rows = [row for row, _ in opened.store.rows()]
    sample = rows[:: max(1, len(rows) // _SAMPLE)][:_SAMPLE]
    texts = [headed(metadata, text.strip()) for _, metadata, text in opened.store.texts(sample)]
    rates = []
    for _ in range(3):
        started = time.perf_counter()
        encoder.encode_passages(texts)
        rates.append(len(texts) / (time.perf_counter() - started))
    return statistics.median(rates)


def _sizes(folder: Path) -> dict[str, int]:
    """statements: the store with texts and vectors; dense and lexical: the caches beside it."""
    places = {
        "statements": list(folder.glob("statements.sqlite*")),
        "dense": list(folder.glob("caches/dense.faiss")),
        "lexical": [path for path in folder.glob("caches/lexical/*") if path.is_file()],
    }
    return {name: sum(path.stat().st_size for path in found) for name, found in places.items()}

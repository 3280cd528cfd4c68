"""How long questions take, by a clock that ticks as it is told; sizes of known files."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from eval.indexes import Opened
from eval.timings import Timings, measure
from index.encoder import Progress, Vectors
from index.retriever import Retriever
from service.confidence import Calibration
from tests.eval.asking import opening, write_corpus, write_rows
from tests.index.fakes import WordEncoder, paragraphs

CALIBRATION = Calibration("words", 0.0, (0.0, 0.0, 0.0, 0.0), 0.4)


class Clock:
    """Stands still but where time is said to pass."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "perf_counter", clock.perf_counter)
    search = Retriever._hits

    def slow(self: Retriever, *parts: object) -> object:
        clock.now += 0.010
        return search(self, *parts)  # type: ignore[arg-type]

    monkeypatch.setattr(Retriever, "_hits", slow)
    return clock


class Slow(WordEncoder):
    """Takes as many milliseconds as a question has words, and a second for each ten passages."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.samples: list[list[str]] = []

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        self._clock.now += len(texts[0].split()) / 1000
        return super().encode_questions(texts)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        self._clock.now += len(texts) / 10
        self.samples.append(list(texts))
        return super().encode_passages(texts, progress)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Three passages."""
    corpus = write_corpus(tmp_path / "corpus", {"a": paragraphs("peace", "ships"), "b": paragraphs("debt")})
    suite = write_rows(
        tmp_path / "suite.jsonl",
        [{"id": "q", "kind": "fact", "question": "Who?", "answerable": False, "nuggets": []}],
    )
    with opening(suite, tmp_path / "data", [corpus], WordEncoder()) as found:
        yield found


def timed(opened: Opened, clock: Clock, *questions: str) -> tuple[Timings, list[int]]:
    done: list[int] = []
    return measure(questions, opened, CALIBRATION, Slow(clock), done.append), done


def test_percentiles_over_all_questions(opened: Opened, clock: Clock) -> None:
    questions = [" ".join(["peace"] * words) for words in range(1, 101)]
    found, done = timed(opened, clock, *questions)
    assert done == list(range(1, 101))
    assert found.questions == 100
    rounded = [
        (stage.name, *(round(value, 6) for value in (stage.p50, stage.p95, stage.p99, stage.most)))
        for stage in found.stages
    ]
    assert rounded == [
        ("encode", 50.0, 95.0, 99.0, 100.0),
        ("search", 10.0, 10.0, 10.0, 10.0),
        ("answer", 0.0, 0.0, 0.0, 0.0),
        ("total", 60.0, 105.0, 109.0, 110.0),
    ]


@pytest.mark.parametrize("count", [1, 3, 5, 7])
def test_every_question_counts_once_however_few(opened: Opened, clock: Clock, count: int) -> None:
    found, done = timed(opened, clock, *["peace talks"] * count)
    assert (found.questions, done) == (count, list(range(1, count + 1)))
    encode = found.stages[0]
    assert (encode.p50, encode.p95, encode.p99, encode.most) == pytest.approx((2.0,) * 4)


def test_the_first_questions_are_asked_before(opened: Opened, clock: Clock) -> None:
    encoder = Slow(clock)
    asked: list[str] = []
    encode = encoder.encode_questions
    encoder.encode_questions = lambda texts: asked.append(texts[0]) or encode(texts)  # type: ignore[method-assign, func-returns-value]
    measure([f"peace {n}" for n in range(6)], opened, CALIBRATION, encoder)
    assert asked == [f"peace {n}" for n in (0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5)]


def test_the_rate_of_encoding_is_of_headed_passages(opened: Opened, clock: Clock) -> None:
    encoder = Slow(clock)
    found = measure(["peace"], opened, CALIBRATION, encoder)
    assert found.passages_per_second == pytest.approx(10.0)
    assert encoder.samples == [[paragraphs("peace"), paragraphs("ships"), paragraphs("debt")]] * 3


def test_counts_and_sizes_of_the_index(opened: Opened, clock: Clock) -> None:
    folder = opened.store.folder
    found, _ = timed(opened, clock, "peace")
    assert (found.statements, found.passages) == (2, 3)
    names = {
        "statements": [path.name for path in folder.glob("statements.sqlite*")],
        "dense": ["caches/dense.faiss"],
        "lexical": [f"caches/lexical/{path.name}" for path in (folder / "caches" / "lexical").iterdir()],
    }
    assert found.bytes == {
        name: sum((folder / file).stat().st_size for file in files) for name, files in names.items()
    }
    assert min(found.bytes.values()) > 0

"""What the tests of evaluations share: small collections, suites over them, and a model counted in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from eval.indexes import Opened, open_suite
from eval.measures import statistics
from eval.run import CheckedCitation, Outcome, Retrieved
from eval.suites.suite import GoldQuestion, Span
from index.encoder import Encoder, ModelSettings, Progress, Vectors
from index.question import Question
from service.answer import Citation
from service.settings import Settings
from tests.index.fakes import NoEncoder, WordEncoder, paragraphs

PEACE, SHIPS, WATER = (
    "Kenya asks for peace",
    "Two ships bring food",
    "The water of the river is clean",
)
KENYA = paragraphs(PEACE, SHIPS)
HAITI = paragraphs(WATER)
DOCUMENTS = {
    "kenya": f"---\nissuers: Kenya\ndate: 2024\n---\n{KENYA}",
    "haiti": f"---\nissuers: Haiti\ndate: 2023-05\n---\n{HAITI}",
}
ROWS: tuple[dict[str, object], ...] = (
    {
        "id": "q1",
        "kind": "fact",
        "question": "How many ships bring food?",
        "answerable": True,
        "nuggets": [{"fact": "two", "quotes": [{"doc": "kenya", "quote": SHIPS}]}],
    },
    {
        "id": "q2",
        "kind": "list",
        "question": "What is said of peace and water?",
        "answerable": True,
        "nuggets": [
            {"fact": "peace", "quotes": [{"doc": "kenya", "quote": PEACE}]},
            {"fact": "water", "quotes": [{"doc": "haiti", "quote": WATER}]},
        ],
    },
    {
        "id": "q3",
        "kind": "unanswerable",
        "grade": "near",
        "question": "Who pays the debt?",
        "answerable": False,
        "nuggets": [],
    },
)


def settings_of(data: Path, name: str = "words") -> Settings:
    return Settings(data=data, model=ModelSettings(name))


def loading(encoder: Encoder) -> Callable[[ModelSettings], Encoder]:
    return lambda settings: encoder


def no_model(settings: ModelSettings) -> Encoder:
    raise AssertionError(f"{settings.name} is loaded")


def opening(
    path: Path, data: Path, corpus: Sequence[Path] = (), encoder: Encoder | None = None
) -> AbstractContextManager[Opened]:
    """A suite opened with a model that counts words; NoEncoder where none is given."""
    encoder = encoder or NoEncoder()
    return open_suite([path], settings_of(data), corpus, load=loading(encoder))


def write_corpus(folder: Path, documents: dict[str, str] | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in (DOCUMENTS if documents is None else documents).items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


def write_rows(path: Path, rows: Sequence[object] = ROWS) -> Path:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def write_beir(folder: Path, texts: dict[str, str], query: str = "ships", relevant: str = "") -> Path:
    """A folder of documents by id, and one query that the first of them, or another, is relevant to."""
    write_rows(folder / "corpus.jsonl", [{"_id": key, "title": "", "text": t} for key, t in texts.items()])
    write_rows(folder / "queries.jsonl", [{"_id": "1", "text": query}])
    (folder / "qrels").mkdir(exist_ok=True)
    judged = relevant or next(iter(texts))
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n1\t{judged}\t1\n")
    return folder


def write_squad(path: Path, contexts: dict[str, str], title: str = "Sea") -> Path:
    """A paragraph for each context, with a question of its own, answered by its first word."""
    items = [
        {
            "context": context,
            "qas": [
                {
                    "id": f"s{number}",
                    "question": question,
                    "answers": [{"text": context.split()[0], "answer_start": 0}],
                }
            ],
        }
        for number, (question, context) in enumerate(contexts.items())
    ]
    path.write_text(json.dumps({"data": [{"title": title, "paragraphs": items}]}), encoding="utf-8")
    return path


class Breaking(WordEncoder):
    """Fails once it has encoded so many texts or more."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._after = after

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        if len(self.encoded) >= self._after:
            raise RuntimeError("the machine is switched off")
        return super().encode_passages(texts, progress)


def outcome(
    gold: GoldQuestion,
    found: Sequence[Span] = (),
    cited: Sequence[tuple[Span, str]] = (),
    *,
    answered: bool = False,
    confidence: float = 0.5,
    sentence_ranks: tuple[int | None, ...] = (),
    baselines: dict[str, tuple[Span, ...]] | None = None,
) -> Outcome:
    """An outcome made by hand: citations are spans and what checking them says."""
    return Outcome(
        gold=gold,
        question=Question(gold.text),
        found=tuple(Retrieved(span, 1, 1 - rank / 100) for rank, span in enumerate(found)),
        baselines=baselines or {},
        answered=answered,
        confidence=confidence,
        citations=tuple(CheckedCitation(citation(span), check) for span, check in cited),
        sentence_ranks=sentence_ranks,
    )


def citation(span: Span) -> Citation:
    return Citation(
        n=1,
        statement_id=span.statement,
        version="v",
        title="",
        issuers=(),
        speakers=(),
        date="",
        kind="",
        url="",
        paragraph=1,
        start=span.start,
        end=span.end,
        quote="",
        passage=(span.start, span.end),
    )


def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    """Intervals are rougher, and a report takes a tenth of the time."""
    monkeypatch.setattr(statistics, "MEANS", 200)
    monkeypatch.setattr(statistics, "STATISTICS", 40)

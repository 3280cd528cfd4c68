"""Questions with span-level evidence: reading them, asking them, and the measures over what comes back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from corpus.statement import CorpusError, Statement

T = TypeVar("T")
KINDS = ("fact", "position", "list", "change", "compare", "false_premise", "unanswerable")
DEPTHS = (1, 5, 10, 20)


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]` of a statement."""

    statement: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Nugget:
    """A fact that a full answer gives, and every span that states it; one is enough."""

    fact: str
    evidence: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question and what would answer it: no nuggets if nothing in the collection does."""

    id: str
    kind: str
    text: str
    answerable: bool
    nuggets: tuple[Nugget, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the answerer made of a question: confidence is higher for what it would rather answer."""

    answered: bool
    confidence: float
    cited: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question, the passages found for it, best first, and the reply."""

    gold: GoldQuestion
    found: tuple[Span, ...]
    reply: Reply


@dataclass(frozen=True, slots=True)
class Rate:
    """A mean over `count` questions (or citations); `value` is None where there are none to judge."""

    value: float | None
    count: int


@dataclass(frozen=True, slots=True)
class System:
    """What is evaluated: its statements by id, `search(question, k)` best first, and `answer(question)`."""

    statements: Mapping[str, Statement]
    search: Callable[[str, int], Sequence[Span]]
    answer: Callable[[str], Reply]


def read_gold(path: Path, statements: Mapping[str, Statement]) -> tuple[GoldQuestion, ...]:
    """The questions of a JSONL file, each quote located in its statement, verbatim up to white space.

    Raises CorpusError naming file, line and field for what is no such question, an id used twice, a
    statement that is not there and a quote that does not stand in it.
    """
    questions: dict[str, GoldQuestion] = {}
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: cannot be read as a UTF-8 file: {error}") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            place = f"{path}:{number}"
            question = _question(place, line, statements)
            if question.id in questions:
                raise CorpusError(f"{place}: id: {question.id!r} is used twice")
            questions[question.id] = question
    return tuple(questions.values())


def supports(span: Span, quote: Span) -> bool:
    """Whether a span covers at least half of the characters of a quote."""
    overlap = min(span.end, quote.end) - max(span.start, quote.start)
    return span.statement == quote.statement and overlap > 0 and 2 * overlap >= quote.end - quote.start


def evidence_recall(found: Sequence[Span], nuggets: Sequence[Nugget], k: int) -> float:
    """Share of the nuggets, of which there is at least one, that one of the first k spans supports."""
    hit = [
        any(supports(span, quote) for span in found[:k] for quote in nugget.evidence) for nugget in nuggets
    ]
    return sum(hit) / len(hit)


def reciprocal_rank(found: Sequence[Span], nuggets: Sequence[Nugget], k: int) -> float:
    """1 / rank of the first of the first k spans that supports any nugget, else 0."""
    quotes = [quote for nugget in nuggets for quote in nugget.evidence]
    ranks = (i for i, span in enumerate(found[:k], 1) if any(supports(span, quote) for quote in quotes))
    return 1 / next(ranks, float("inf"))


def citation_precision(cited: Sequence[Span], nuggets: Sequence[Nugget]) -> float:
    """Share of the citations, of which there is at least one, that support some nugget."""
    return sum(reciprocal_rank([span], nuggets, 1) for span in cited) / len(cited)


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float:
    """Chance that a positive scores above a negative, ties counting half (Mann-Whitney U / n m)."""
    difference = np.subtract.outer(np.asarray(positives, float), np.asarray(negatives, float))
    return float(np.mean((difference > 0) + 0.5 * (difference == 0)))


def aurc(confidences: Sequence[float], losses: Sequence[float]) -> float:
    """Area under the risk-coverage curve: the mean loss of the n most confident, averaged over every n.

    Lower is better. Losses of equal confidence count with their mean, so that input order does not matter.
    After Geifman & El-Yaniv 2017.
    """
    confidence, loss = np.asarray(confidences, float), np.asarray(losses, float)
    _, group = np.unique(-confidence, return_inverse=True)
    level = np.bincount(group, loss) / np.bincount(group)
    curve = np.cumsum(level[np.sort(group)]) / np.arange(1, len(loss) + 1)
    return float(curve.mean())


def ask(questions: Sequence[GoldQuestion], system: System) -> tuple[Outcome, ...]:
    """Ask every question, also those that nothing answers."""
    return tuple(
        Outcome(gold, tuple(system.search(gold.text, max(DEPTHS))), system.answer(gold.text))
        for gold in questions
    )


def summarise(outcomes: Sequence[Outcome]) -> dict[str, Rate]:
    """Every measure by its name, in the order of a report.

    recall@k, MRR@10 and citation recall are means over the answerable questions, answered or not; citation
    precision over those of them that cite. Abstention: precision and recall of `not answered` for what is
    not answerable. AUROC and AURC are of the confidence; answering what is not answerable is the loss.
    """
    answerable = [outcome for outcome in outcomes if outcome.gold.answerable]
    others = [outcome for outcome in outcomes if not outcome.gold.answerable]
    rates = {
        f"recall@{k}": _mean([evidence_recall(o.found, o.gold.nuggets, k) for o in answerable])
        for k in DEPTHS
    }
    rates["MRR@10"] = _mean([reciprocal_rank(o.found, o.gold.nuggets, 10) for o in answerable])
    cited = [(o.reply.cited, o.gold.nuggets) for o in answerable]
    rates["citation recall"] = _mean([evidence_recall(c, n, len(c)) for c, n in cited])
    rates["citation precision"] = _mean([citation_precision(c, n) for c, n in cited if c])
    rates["answer rate"] = _mean([o.reply.answered for o in answerable])
    rates["false-answer rate"] = _mean([o.reply.answered for o in others])
    return rates | _abstention(outcomes) | _confidence(answerable, others)


def report(outcomes: Sequence[Outcome]) -> str:
    """All measures, then recall@10 and MRR@10 of each kind of answerable question, one a line."""
    rates = summarise(outcomes)
    for kind in KINDS:
        of_kind = [o for o in outcomes if o.gold.kind == kind and o.gold.answerable]
        if of_kind:
            found = summarise(of_kind)
            rates |= {f"{name}, {kind}": found[name] for name in ("recall@10", "MRR@10")}
    width = max(map(len, rates))
    return "".join(
        f"{name:{width}}  {'  -  ' if rate.value is None else format(rate.value, '.3f')}  of {rate.count}\n"
        for name, rate in rates.items()
    )


def _question(place: str, line: str, statements: Mapping[str, Statement]) -> GoldQuestion:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise CorpusError(f"{place}: no JSON: {error}") from error
    if not isinstance(row, dict):
        raise CorpusError(f"{place}: {type(row).__name__}; accepted: an object")
    kind, answerable = _field(place, row, "kind", str), _field(place, row, "answerable", bool)
    if kind not in KINDS:
        raise CorpusError(f"{place}: kind: {kind!r}; accepted: {', '.join(KINDS)}")
    nuggets = tuple(
        _nugget(f"{place}: nuggets[{i}]", nugget, statements)
        for i, nugget in enumerate(_field(place, row, "nuggets", list))
    )
    if bool(nuggets) != answerable:
        raise CorpusError(
            f"{place}: nuggets: {len(nuggets)} with answerable {answerable}; one must go with the other"
        )
    return GoldQuestion(
        _field(place, row, "id", str), kind, _field(place, row, "question", str), answerable, nuggets
    )


def _nugget(place: str, row: object, statements: Mapping[str, Statement]) -> Nugget:
    quotes = _field(place, row, "quotes", list)
    if not quotes:
        raise CorpusError(f"{place}: quotes: empty; accepted: one or more")
    evidence = (
        span for i, quote in enumerate(quotes) for span in _locate(f"{place}.quotes[{i}]", quote, statements)
    )
    return Nugget(_field(place, row, "fact", str), tuple(dict.fromkeys(evidence)))


def _locate(place: str, row: object, statements: Mapping[str, Statement]) -> list[Span]:
    """Everywhere a quote stands in its statement."""
    doc, quote = _field(place, row, "doc", str), _field(place, row, "quote", str)
    if doc not in statements:
        raise CorpusError(f"{place}.doc: {doc!r} is no statement of the collection")
    words = r"\s+".join(map(re.escape, quote.split()))
    spans = [Span(doc, *match.span()) for match in re.finditer(words, statements[doc].text)] if words else []
    if not spans:
        raise CorpusError(f"{place}.quote: {quote[:80]!r} does not stand in {doc!r}")
    return spans


def _field(place: str, row: object, name: str, kind: type[T]) -> T:
    value = row.get(name) if isinstance(row, dict) else None
    if not isinstance(value, kind):
        raise CorpusError(f"{place}: {name}: {value!r}; accepted: a {kind.__name__}")
    return value


def _mean(values: Sequence[float]) -> Rate:
    return Rate(sum(values) / len(values) if values else None, len(values))


def _abstention(outcomes: Sequence[Outcome]) -> dict[str, Rate]:
    abstained = [not o.gold.answerable for o in outcomes if not o.reply.answered]
    silent = [not o.reply.answered for o in outcomes if not o.gold.answerable]
    judged = len(abstained) + len(silent)
    return {
        "abstention precision": _mean(abstained),
        "abstention recall": _mean(silent),
        # 2 P R / (P + R) = 2 TP / (abstained + not answerable)
        "abstention F1": Rate(2 * sum(abstained) / judged if judged else None, len(outcomes)),
    }


def _confidence(answerable: Sequence[Outcome], others: Sequence[Outcome]) -> dict[str, Rate]:
    positives = [o.reply.confidence for o in answerable]
    negatives = [o.reply.confidence for o in others]
    both, count = bool(positives and negatives), len(positives) + len(negatives)
    losses = [0.0] * len(positives) + [1.0] * len(negatives)
    return {
        "AUROC": Rate(auroc(positives, negatives) if both else None, count),
        "AURC": Rate(aurc(positives + negatives, losses) if both else None, count),
    }

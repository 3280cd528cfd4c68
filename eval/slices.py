"""Parts of a suite: questions of one kind, grade, issuer or year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from corpus.statement import Statement
from eval.report import Slice
from eval.run import Outcome
from eval.score import Scores, mean

_MEASURES = (
    *("evidence recall@10", "passage RR@10", "statement recall@10", "citation F1"),
    *("answer rate", "false-answer rate"),
)


def slices(
    outcomes: Sequence[Outcome], scores: Sequence[Scores], statements: Mapping[str, Statement]
) -> tuple[Slice, ...]:
    """By kind, grade, issuer and year, in this order, and by name in each; none where all are in one slice.

    Issuers and years are those of the statements that answer, so a question may stand in several slices, and
    one that nothing answers in none.
    """
    members: dict[tuple[str, str], list[Scores]] = defaultdict(list)
    for outcome, found in zip(outcomes, scores, strict=True):
        for key in dict.fromkeys(_keys(outcome, statements)):
            members[key].append(found)
    return tuple(
        _slice(by, name, members[by, name])
        for by in ("kind", "grade", "issuer", "year")
        for name in sorted(name for part, name in members if part == by and name)
        if len(members[by, name]) < len(outcomes)
    )


def _keys(outcome: Outcome, statements: Mapping[str, Statement]) -> Iterator[tuple[str, str]]:
    yield "kind", outcome.gold.kind
    yield "grade", outcome.gold.grade
    for key in outcome.gold.relevant:
        statement = statements[key]
        yield from (("issuer", issuer) for issuer in statement.issuers)
        yield "year", statement.date[:4]


def _slice(by: str, name: str, scores: Sequence[Scores]) -> Slice:
    measures = (mean(measure, scores) for measure in _MEASURES)
    return Slice(by, name, len(scores), tuple(measure for measure in measures if measure.count))

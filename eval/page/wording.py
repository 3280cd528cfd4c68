"""How a report puts its figures into words: numbers, and the sentences above them."""

from __future__ import annotations

from collections.abc import Sequence

from eval.measures.statistics import ALPHA
from eval.report import LESS_IS_BETTER, Case, Change, Measure, Report

DEFAULT = "default"  # the ranking of the service itself, beside the baselines
_SIGNS = {
    "better": "▲ better",
    "worse": "▼ worse",
    "noise": "≈ noise",
    "too few": "? too few",
    "same": "= same",
}
_CLAUSES = (
    ("evidence recall@10", "on average {share} of a question’s evidence is among the first ten passages"),
    ("statement recall@10", "on average {share} of a question’s relevant statements are among the first ten"),
    ("answer rate", "{share} of the {count:,} answerable ones are answered"),
    ("false-answer rate", "of the {count:,} that nothing answers, {share} are answered anyway"),
    (
        "selective risk",
        "{share} of the {count:,} answers given are wrong: nothing answers, or nothing quoted does",
    ),
)
_OUTCOMES = {
    "better": "better than before",
    "worse": "worse than before",
    "noise": "different by what may be chance (p ≥ .05)",
    "too few": "different in too few questions to tell",
    "same": "the same",
}


def is_loss(name: str) -> bool:
    """Whether lower is better."""
    return name in LESS_IS_BETTER


def number(value: float | None) -> str:
    """Three digits, and no 0 before the point: .9104 -> ".910", 1.0 -> "1.000", None -> "not eligible"."""
    if value is None:
        return "not eligible"
    written = f"{abs(value):.3f}"
    sign = "−" if value < 0 and float(written) else ""
    return sign + (written[1:] if written.startswith("0.") else written)


def signed(value: float) -> str:
    """A difference: .0124 -> "+.012", -.2 -> "−.200", 0.0 -> ".000"."""
    written = number(value)
    return f"+{written}" if value > 0 and float(written) else written


def interval(low: float | None, high: float | None) -> str:
    """The ends of an interval: ".875–.940", of differences "−.020 to .110"; "" where there is none."""
    if low is None or high is None:
        return ""
    return f"{number(low)}{' to ' if min(low, high) < 0 else '–'}{number(high)}"


def chance(p: float) -> str:
    """A p that is never 0, as no test says so: .0312 -> ".031", .0001 -> "<.001"."""
    return "<.001" if p < 0.0005 else number(p)


def percent(share: float) -> str:
    """All and none are said only where meant: .42 -> "42 %", .998 -> "over 99 %"."""
    rounded = round(100 * share)
    if rounded == 100 and share < 1:
        return "over 99\u00a0%"
    return "under 1\u00a0%" if rounded == 0 and share > 0 else f"{rounded}\u00a0%"


def counted(count: int, noun: str) -> str:
    """A count and its noun: (1, "question") -> "1 question", (1200, "question") -> "1,200 questions"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def verdict(change: Change) -> str:
    """The verdict with a sign that is seen without colour: "▲ better"; one that is unknown is kept."""
    return _SIGNS.get(change.verdict, change.verdict)


def summary(report: Report) -> str:
    """How good it is, in one sentence, out of the measures that exist."""
    found = {measure.name: measure for measure in report.measures if measure.value is not None}
    evidence, statements = found.get("evidence recall@10"), found.get("statement recall@10")
    if evidence and statements and evidence.count == statements.count:
        del found["statement recall@10"]  # says less of the same
    said = "; ".join(filter(None, (_clause(name, words, found) for name, words in _CLAUSES)))
    asked = (
        f"{counted(report.suite.questions, 'question')} over {counted(report.index.statements, 'statement')}"
    )
    return f"{asked}{': ' if said else ''}{said}."


def _clause(name: str, words: str, found: dict[str, Measure]) -> str:
    measure = found.get(name)
    if measure is None or measure.value is None:
        return ""
    return words.format(share=percent(measure.value), count=measure.count)


def outcome(report: Report) -> str:
    """What a comparison comes to, in words that call chance by its name; "" without one.

    Measures are many and each is tested by itself, so it says how many would seem changed by chance alone.
    """
    if report.comparison is None:
        return ""
    verdicts = [change.verdict for change in report.comparison.changes]
    if not verdicts:
        return "No measure stands in both runs."
    told = ((word, verdicts.count(word)) for word in _OUTCOMES)
    parts = [f"{count} {'is' if count == 1 else 'are'} {_OUTCOMES[word]}" for word, count in told if count]
    if not {"better", "worse"} & set(verdicts):
        parts.insert(0, "none is better or worse than before")
    return f"Of {counted(len(verdicts), 'measure')}, {', '.join(parts)}.{_by_chance(verdicts)}"


def _by_chance(verdicts: Sequence[str]) -> str:
    """How many would seem better or worse without any cause; dependent measures do not change the mean.

    Those of which too few questions changed cannot.
    """
    if not {"better", "worse"} & set(verdicts):
        return ""
    tested = sum(verdicts.count(word) for word in ("better", "worse", "noise"))
    told = f"about {ALPHA * tested:.1f} of the {tested} tested"
    return f" Chance alone would make {told} seem better or worse."


def changed_gold(count: int) -> str:
    """What is left out of a comparison, as other answers are known now; "" for no question."""
    have = "has" if count == 1 else "have"
    told = f"{counted(count, 'question')} {have} another known answer than before: not compared."
    return told if count else ""


def tally(cases: Sequence[Case]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Each sort of problem and the places, from 1, of the cases that have it; the commonest sort first.

    Problems of a sort are the same up to a colon.
    """
    sorts = sorted(_sorts(cases).items(), key=lambda item: (-len(item[1]), item[1]))
    return tuple((sort, tuple(places)) for sort, places in sorts)


def shown(cases: Sequence[Case], most: int) -> tuple[tuple[int, Case], ...]:
    """The first `most` cases and the first two of each sort of problem, with their places from 1."""
    places = {*range(1, 1 + most)}.union(*(sort[:2] for sort in _sorts(cases).values()))
    return tuple((place, case) for place, case in enumerate(cases, 1) if place in places)


def _sorts(cases: Sequence[Case]) -> dict[str, list[int]]:
    sorts: dict[str, list[int]] = {}
    for place, case in enumerate(cases, 1):
        sorts.setdefault(case.problem.partition(":")[0], []).append(place)
    return sorts

"""Measures of a whole suite: of abstaining and of the confidence, which no single question has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

import numpy as np

from eval.measures.abstention import abstention_f1, abstention_precision, abstention_recall, auroc
from eval.measures.calibration import ece
from eval.measures.selective import augrc, aurc, coverage_at_risk, selective_risk
from eval.measures.statistics import Flags, Floats, compare_of, interval, interval_of, ranks, verdict
from eval.report import LESS_IS_BETTER, Asked, Change, Measure

RISK = 0.05
_OF_ANSWERS = ("abstention precision", "abstention recall", "abstention F1")  # read no confidence
_OF_CONFIDENCE = ("AUROC", "ECE")  # read neither answers nor whether they are right
_CALIBRATION = ("ECE",)  # reads how high a confidence is; all others read which is the higher


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Questions of which the suite says whether something answers them, aligned, each part (n,).

    loss  1 where answering is wrong: nothing answers, or no citation supports what does; else 0
    """

    answered: Flags
    answerable: Flags
    confidence: Floats
    loss: Floats

    @property
    def parts(self) -> tuple[Flags, Flags, Floats, Floats]:
        """The arguments of a statistic."""
        return self.answered, self.answerable, self.confidence, self.loss


Statistic = Callable[[Flags, Flags, Floats, Floats], float | None]


def _told_apart(measure: Callable[[Flags, Flags], float | None]) -> Statistic:
    """Of telling what is answerable from what is not: not eligible unless there is both."""

    def statistic(answered: Flags, answerable: Flags, confidence: Floats, loss: Floats) -> float | None:
        has_both = answerable.any() and not answerable.all()
        return measure(answered, answerable) if has_both else None

    return statistic


def _of_risk(measure: Callable[[Floats, Floats], float | None]) -> Statistic:
    """Of the order in which questions would be answered: not eligible where none can be."""

    def statistic(answered: Flags, answerable: Flags, confidence: Floats, loss: Floats) -> float | None:
        return measure(confidence, loss) if answerable.any() else None

    return statistic


STATISTICS: Mapping[str, Statistic] = MappingProxyType(
    {
        "abstention precision": _told_apart(abstention_precision),
        "abstention recall": lambda answered, answerable, _, __: abstention_recall(answered, answerable),
        "abstention F1": _told_apart(abstention_f1),
        "selective risk": lambda answered, _, __, loss: selective_risk(answered, loss),
        "AUROC": lambda _, answerable, confidence, __: auroc(confidence[answerable], confidence[~answerable]),
        "ECE": lambda _, answerable, confidence, __: ece(confidence, answerable),
        "AURC": _of_risk(aurc),
        "AUGRC": _of_risk(augrc),
        "coverage at 5 % risk": _of_risk(partial(coverage_at_risk, risk=RISK)),
    }
)


def judged(questions: Sequence[Asked]) -> Judged:
    """Those of the questions that the suite judges, in order."""
    known = [question for question in questions if question.answerable is not None]
    return Judged(
        answered=np.array([question.answered for question in known], np.bool_),
        answerable=np.array([bool(question.answerable) for question in known], np.bool_),
        confidence=np.array([question.confidence for question in known], np.float64),
        loss=np.array([1.0 - any(c.nuggets for c in question.citations) for question in known], np.float64),
    )


def measure_all(found: Judged) -> list[Measure]:
    """Each of STATISTICS, with its interval and the questions it is over."""
    return [_measure(name, statistic, found) for name, statistic in STATISTICS.items()]


def compare_all(before: Judged, now: Judged) -> Iterator[Change]:
    """What became of each of STATISTICS that both runs have, over the same questions, aligned.

    The test swaps the ranks of the confidences, not the confidences (Venkatraman & Begg 1996): those of two
    runs may be on other scales, and mixed would stand in an order that is neither's.
    """
    rank_before, rank_now = _ranked(before), _ranked(now)
    for name, statistic in STATISTICS.items():
        then, later = statistic(*before.parts), statistic(*now.parts)
        if then is None or later is None:
            continue
        runs = (before, now) if name in _CALIBRATION else (rank_before, rank_now)
        found = compare_of(statistic, *(_read(name, run).parts for run in runs))
        assert found is not None  # as both are there
        yield Change(
            name=name,
            count=len(now.answered),
            before=then,
            now=later,
            difference=found.gain,
            low=found.low,
            high=found.high,
            p=found.p,
            verdict=verdict(found, more_is_better=name not in LESS_IS_BETTER),
        )


def _read(name: str, run: Judged) -> Judged:
    """A run with nothing in place of what a statistic does not read, where a change is none to it."""
    nothing = np.zeros(len(run.answered))
    if name == "abstention recall":
        run = replace(run, answered=run.answered & ~run.answerable)
    if name == "selective risk":
        return replace(run, confidence=nothing, loss=run.loss * run.answered)
    if name in _OF_ANSWERS:
        return replace(run, confidence=nothing, loss=nothing)
    return replace(run, answered=nothing > 0, loss=nothing if name in _OF_CONFIDENCE else run.loss)


def _ranked(run: Judged) -> Judged:
    return replace(run, confidence=ranks(run.confidence))


def _measure(name: str, statistic: Statistic, found: Judged) -> Measure:
    value = statistic(*found.parts)
    if value is None:
        return Measure(name, None, 0)
    low, high = _interval(name, statistic, found) or (None, None)
    return Measure(name, value, _count(name, found), low, high)


def _interval(name: str, statistic: Statistic, found: Judged) -> tuple[float, float] | None:
    if name in _CALIBRATION:
        return None  # a resample holds questions twice, which makes any confidence look worse than it is
    share = _share(name, found)
    return interval_of(statistic, *found.parts) if share is None else interval(share.astype(np.float64))


def _count(name: str, found: Judged) -> int:
    """How many questions a statistic is over."""
    share = _share(name, found)
    return len(found.answered if share is None else share)


def _share(name: str, found: Judged) -> Flags | None:
    """Whether each question that a statistic is over counts for it; None for what is no share."""
    if name == "abstention precision":
        return ~found.answerable[~found.answered]
    if name == "selective risk":
        return found.loss[found.answered] > 0
    return ~found.answered[~found.answerable] if name == "abstention recall" else None

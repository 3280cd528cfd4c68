"""Measures of answering what can be answered, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eval.measures.statistics import Flags, Floats

LEAST_ANSWER_RATE = 0.85  # a threshold that answers less is of no use


@dataclass(frozen=True, slots=True)
class Figures:
    """What a threshold brings; None where no question is eligible."""

    answer_rate: float | None
    false_answer_rate: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    auroc: float | None


def answer_rate(answered: Flags, answerable: Flags) -> float | None:
    """Of the answerable questions, the share answered. None if there are none. Both (n,)."""
    return _share(answered[answerable])


def false_answer_rate(answered: Flags, answerable: Flags) -> float | None:
    """Of the unanswerable questions, the share answered (false positive rate). None if there are none."""
    return _share(answered[~answerable])


def abstention_precision(answered: Flags, answerable: Flags) -> float | None:
    """Of the questions not answered, the share that is unanswerable. None if all are answered."""
    return _share(~answerable[~answered])


def abstention_recall(answered: Flags, answerable: Flags) -> float | None:
    """Of the unanswerable questions, the share not answered. None if there are none."""
    return _share(~answered[~answerable])


def abstention_f1(answered: Flags, answerable: Flags) -> float | None:
    """2 P R / (P + R) = 2 rightly abstained / (abstained + unanswerable). None without unanswerable ones.

    (van Rijsbergen 1979; with nothing abstained it is 0, as recall is.)
    """
    if answerable.all():
        return None
    right = int((~answered & ~answerable).sum())
    return 2 * right / (int((~answered).sum()) + int((~answerable).sum()))


def auroc(positives: Floats, negatives: Floats) -> float | None:
    """Chance that a positive scores above a negative, ties counting half (Mann & Whitney 1947: U / n m).

    None unless there are both.
    """
    if not len(positives) or not len(negatives):
        return None
    ordered = np.sort(negatives)
    below = np.searchsorted(ordered, positives, "left") + np.searchsorted(ordered, positives, "right")
    return int(below.sum()) / (2 * len(positives) * len(negatives))


def judge(confidence: Floats, answerable: Flags, threshold: float) -> Figures:
    """The figures of answering what reaches the threshold."""
    answered = confidence >= threshold
    return Figures(
        answer_rate=answer_rate(answered, answerable),
        false_answer_rate=false_answer_rate(answered, answerable),
        precision=abstention_precision(answered, answerable),
        recall=abstention_recall(answered, answerable),
        f1=abstention_f1(answered, answerable),
        auroc=auroc(confidence[answerable], confidence[~answerable]),
    )


def choose_threshold(
    confidence: Floats, answerable: Flags, least_answer_rate: float = LEAST_ANSWER_RATE
) -> float:
    """The threshold of the best F1 of abstaining that still answers the given share of the answerable.

    It lies half-way between two confidences, or is 0; of equals the lowest. Raises ValueError unless both
    kinds of question are there.
    """
    require_both(answerable)
    ordered = np.unique(confidence)
    best = (-1.0, 0.0)
    for threshold in [0.0, *((ordered[1:] + ordered[:-1]) / 2).tolist()]:
        answered = confidence >= threshold
        if (answer_rate(answered, answerable) or 0.0) >= least_answer_rate:
            best = max(best, (abstention_f1(answered, answerable) or 0.0, -threshold))
    return -best[1]


def require_both(answerable: Flags) -> None:
    """Raises ValueError unless there are answerable and unanswerable questions."""
    if answerable.all() or not answerable.any():
        raise ValueError(
            f"{int(answerable.sum())} of {len(answerable)} questions are answerable; need both kinds"
        )


def _share(flags: Flags) -> float | None:
    return int(flags.sum()) / len(flags) if len(flags) else None

"""Measures of whether a confidence of .8 is right eight times in ten."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from eval.measures.statistics import Flags, Floats
from eval.report import ReliabilityBin


def brier(confidence: float, answerable: bool) -> float:
    """Squared difference of confidence and truth of one question (Brier 1950, who takes the mean of many).

    In [0, 1], lower is better.
    """
    return (confidence - answerable) ** 2


def ece(confidence: Floats, answerable: Flags, bins: int = 10) -> float | None:
    """Expected calibration error: |share answerable - mean confidence| of each bin, weighted by its count.

    Naeini et al. 2015, in bins of equal mass as Nixon et al. 2019 recommend. In [0, 1], lower is better.
    None without questions.
    """
    if not len(confidence):
        return None
    order = np.lexsort((answerable, confidence))
    surplus = (confidence - answerable)[order]
    starts = np.flatnonzero(np.diff(_bins(confidence[order], bins), prepend=-1))
    return float(np.abs(np.add.reduceat(surplus, starts)).sum() / len(surplus))


def reliability(confidence: Floats, answerable: Flags, bins: int = 10) -> tuple[ReliabilityBin, ...]:
    """At most `bins` bins of about as many questions each, by rising confidence; none is empty.

    Equal confidences stand in one bin: the one that the middle of them falls into.
    """
    order = np.argsort(confidence)
    confidence, answerable = confidence[order], answerable[order]
    bin_of = _bins(confidence, bins)
    return tuple(_bin(confidence[bin_of == i], answerable[bin_of == i]) for i in np.unique(bin_of))


def _bins(ordered: Floats, bins: int) -> npt.NDArray[np.int64]:
    """The bin of each of the confidences, which rise; from 0, and some may be empty."""
    starts = np.flatnonzero(np.diff(ordered, prepend=-np.inf))
    sizes = np.diff(starts, append=len(ordered))
    middles = 2 * starts + sizes  # twice how many lie below the middle of each group of equals
    return np.repeat(middles * bins // (2 * max(len(ordered), 1)), sizes)


def _bin(confidence: Floats, answerable: Flags) -> ReliabilityBin:
    return ReliabilityBin(
        low=float(confidence[0]),
        high=float(confidence[-1]),
        count=len(confidence),
        confidence=float(confidence.mean()),
        answerable=float(answerable.mean()),
    )

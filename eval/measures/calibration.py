"""Measures of whether a confidence of .8 is right eight times in ten."""

from __future__ import annotations

import numpy as np

from eval.measures.statistics import Flags, Floats
from eval.report import ReliabilityBin


def brier(confidence: Floats, answerable: Flags) -> float | None:
    """Mean squared difference of confidence and truth, in [0, 1], lower is better (Brier 1950).

    confidence (n,) in [0, 1]. None without questions.
    """
    return float(((np.sort(confidence - answerable)) ** 2).mean()) if len(confidence) else None


def ece(confidence: Floats, answerable: Flags, bins: int = 10) -> float | None:
    """Expected calibration error: |share answerable - mean confidence| of each bin, weighted by its count.

    Naeini et al. 2015, in bins of equal mass as Nixon et al. 2019 recommend. In [0, 1], lower is better.
    None without questions.
    """
    table = reliability(confidence, answerable, bins)
    gaps = [row.count * abs(row.answerable - row.confidence) for row in table]
    return sum(gaps) / len(confidence) if gaps else None


def reliability(confidence: Floats, answerable: Flags, bins: int = 10) -> tuple[ReliabilityBin, ...]:
    """At most `bins` bins of about as many questions each, by rising confidence; none is empty.

    Equal confidences stand in one bin: the one that the middle of them falls into.
    """
    order = np.argsort(confidence)
    confidence, answerable = confidence[order], answerable[order]
    _, group, sizes = np.unique(confidence, return_inverse=True, return_counts=True)
    middles = 2 * np.cumsum(sizes) - sizes  # twice how many lie below the middle of each group
    bin_of = (middles * bins // (2 * max(len(confidence), 1)))[group]
    return tuple(_bin(confidence[bin_of == i], answerable[bin_of == i]) for i in np.unique(bin_of))


def _bin(confidence: Floats, answerable: Flags) -> ReliabilityBin:
    return ReliabilityBin(
        low=float(confidence[0]),
        high=float(confidence[-1]),
        count=len(confidence),
        confidence=float(confidence.mean()),
        answerable=float(answerable.mean()),
    )

"""Measures of answering only the questions one is most confident about.

loss is in [0, 1], one a question: 1 for an answer that is all wrong. Questions of equal confidence cannot be
told apart: each counts with their mean loss, so that the order of the input never matters.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from eval.measures.statistics import Flags, Floats


def selective_risk(answered: Flags, loss: Floats) -> float | None:
    """The mean loss of the questions answered (El-Yaniv & Wiener 2010). None if none is. Both (n,)."""
    return float(loss[answered].mean()) if answered.any() else None


def risk_coverage(confidence: Floats, loss: Floats) -> tuple[Floats, Floats]:
    """Coverage, ascending up to 1, and the mean loss of that share of the questions, the most confident.

    (n,) and (n,) -> (m,) and (m,), a point for each of the m confidences, as no other coverage can be had by
    a threshold (El-Yaniv & Wiener 2010).
    """
    sizes, losses = _groups(confidence, loss)
    covered = np.cumsum(sizes)
    return covered / len(confidence), np.cumsum(losses) / covered


def aurc(confidence: Floats, loss: Floats) -> float | None:
    """Area under the risk-coverage curve: the mean over k of the mean loss of the k most confident.

    Lower is better (Geifman & El-Yaniv 2017). None without questions.
    """
    if not len(loss):
        return None
    return float((_cumulative(confidence, loss) / np.arange(1, len(loss) + 1)).mean())


def augrc(confidence: Floats, loss: Floats) -> float | None:
    """As `aurc`, of the loss of the k most confident over all n questions: less swayed by the first few.

    Lower is better, at most (n + 1) / 2n (Traub et al. 2024). None without questions.
    """
    if not len(loss):
        return None
    return float((_cumulative(confidence, loss) / len(loss)).mean())


def coverage_at_risk(confidence: Floats, loss: Floats, risk: float = 0.05) -> float | None:
    """The largest coverage whose mean loss is at most `risk`, 0 if there is none (Geifman & El-Yaniv 2017).

    None without questions.
    """
    if not len(loss):
        return None
    coverage, risks = risk_coverage(confidence, loss)
    return float(coverage[risks <= risk].max(initial=0.0))


def _groups(confidence: Floats, loss: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """How many questions there are of each confidence, highest first, and the sum of their losses."""
    order = np.lexsort((loss, -confidence))  # by loss too: sums then round the same in any order of input
    starts = np.flatnonzero(np.diff(confidence[order], prepend=np.inf))
    return np.diff(starts, append=len(loss)), np.add.reduceat(loss[order], starts)


def _cumulative(confidence: Floats, loss: Floats) -> Floats:
    """(n,) the loss of the k most confident, for k from 1 to n."""
    sizes, losses = _groups(confidence, loss)
    return np.cumsum(np.repeat(losses / sizes, sizes))

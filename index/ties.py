"""The best k of a search, whatever ties there are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]


def best(search: Callable[[int], tuple[Rows, Scores]], k: int, total: int) -> tuple[Rows, Scores]:
    """The k best rows of a search and their scores: best first, then by row; fewer if there are fewer.

    `search(n)` gives up to n of `total` rows, best first, ties in any order. It is asked for more until all
    that tie with the k-th are seen, so that the head of a longer search is always the shorter search.
    """
    wanted = min(k, total)
    if wanted <= 0:
        return np.empty(0, np.int64), np.empty(0, np.float32)
    fetch = min(wanted + 8, total)
    while True:
        rows, scores = search(fetch)
        if len(rows) < fetch or fetch == total or scores[-1] < scores[wanted - 1]:
            order = np.lexsort((rows, -scores))[:wanted]
            return rows[order], scores[order]
        fetch = min(fetch * 2, total)

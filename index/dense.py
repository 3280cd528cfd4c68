"""Search by meaning: FAISS over the passage vectors, a cache of the store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from index.encoder import Vectors
from index.ties import Rows, Scores, best


class DenseIndex:
    """Unit vectors by row, searched exactly by inner product (a cosine).

    Kept as float16, as the store has them: the scores are the same, in half the time and memory of float32.
    """

    def __init__(self, dim: int) -> None:
        self.dim = dim
        half, inner = faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        self._index = faiss.IndexIDMap2(faiss.IndexScalarQuantizer(dim, half, inner))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def rows(self) -> Rows:
        """The rows it holds, ascending."""
        held: Rows = np.sort(faiss.vector_to_array(self._index.id_map))
        return held

    def add(self, rows: Sequence[int], vectors: Vectors) -> None:
        """Add vectors, float32 (len(rows), dim), under rows it does not hold. ValueError for other shapes."""
        if vectors.shape != (len(rows), self.dim):
            raise ValueError(f"vectors have shape {vectors.shape}, expected {(len(rows), self.dim)}")
        self._index.add_with_ids(np.ascontiguousarray(vectors), np.asarray(rows, np.int64))

    def remove(self, rows: Sequence[int]) -> None:
        """Forget rows; those it does not hold are passed over."""
        self._index.remove_ids(faiss.IDSelectorBatch(np.asarray(rows, np.int64)))

    def search(self, vector: Vectors, k: int, rows: Rows | None = None) -> tuple[Rows, Scores]:
        """The k rows nearest to a vector (dim,), among `rows` if given: best first, then by row.

        Fewer if there are fewer. ValueError for a vector of another shape or without finite numbers.
        """
        if vector.shape != (self.dim,) or not np.isfinite(vector).all():
            raise ValueError(f"expected {self.dim} finite numbers, found shape {vector.shape}")
        # For this thread: a second one for one question waits for a core, 30 ms instead of .3 on busy ones.
        faiss.omp_set_num_threads(1)
        selector = None if rows is None else faiss.IDSelectorBatch(rows)
        parameters = None if selector is None else faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]

        def search(count: int) -> tuple[Rows, Scores]:
            scores, found = self._index.search(vector[None, :], count, params=parameters)
            is_found = found[0] >= 0  # FAISS fills up with -1
            return found[0][is_found], scores[0][is_found]

        return best(search, k, len(self) if rows is None else min(len(rows), len(self)))

    def save(self, path: Path) -> None:
        """Write it to a file, at once or not at all."""
        temporary = path.with_suffix(".tmp")  # one writer at a time: what a killed one left is overwritten
        faiss.write_index(self._index, str(temporary))
        temporary.replace(path)

    @classmethod
    def load(cls, path: Path, dim: int) -> DenseIndex:
        """The index of a file; an empty one if it is missing, broken, or of another dimension or kind."""
        index = cls(dim)
        try:
            read: Any = faiss.read_index(str(path))  # whatever the file holds
        except (RuntimeError, MemoryError):  # a file it cannot read, or sizes in it that are nonsense
            return index
        is_ours = isinstance(read, faiss.IndexIDMap2) and read.d == dim
        if is_ours and isinstance(faiss.downcast_index(read.index), faiss.IndexScalarQuantizer):
            index._index = read
        return index

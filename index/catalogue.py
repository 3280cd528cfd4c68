"""Which statements there are and whose each passage is, in memory, at one moment of the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from corpus.metadata import Metadata
from index.hits import Filters
from index.store import Store
from index.ties import Rows


@dataclass(frozen=True, eq=False)
class Catalogue:
    """statements in order of id; rows ascending, int64 (n,); owners int64 (n,), positions in statements."""

    statements: tuple[Metadata, ...]
    rows: Rows
    owners: npt.NDArray[np.int64]

    @classmethod
    def of(cls, store: Store) -> Catalogue:
        """The store's current statements and passages."""
        statements = tuple(entry.metadata for entry in store.entries().values())
        position = {statement.id: number for number, statement in enumerate(statements)}
        pairs = store.rows()
        rows = np.array([row for row, _ in pairs], np.int64)
        return cls(statements, rows, np.array([position[owner] for _, owner in pairs], np.int64))

    def allowed(self, filters: Filters) -> npt.NDArray[np.bool_]:
        """(statements,) which of them pass."""
        return np.array([filters.allow(statement) for statement in self.statements], np.bool_)

    def rows_of(self, allowed: npt.NDArray[np.bool_]) -> Rows:
        """The passages of the statements that are allowed, ascending."""
        return self.rows[allowed[self.owners]]

    def held(self, rows: Rows) -> npt.NDArray[np.bool_]:
        """Which rows are passages of the catalogue."""
        return np.isin(rows, self.rows)

    def statements_of(self, rows: Rows) -> Sequence[Metadata]:
        """The statement of each row; every row must be held."""
        return [self.statements[owner] for owner in self.owners[np.searchsorted(self.rows, rows)]]

"""The two indexes beside the store, and how they follow it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from index.dense import DenseIndex
from index.heading import headed
from index.lexical import LexicalIndex
from index.schema import StoreError
from index.store import Store

_LAYOUT = 2  # of the files in the folder; others are made again
_PART = 10_000  # vectors moved at once


class Caches:
    """FAISS and tantivy over the passages of a store; both can be lost and made again without encoding.

    The files are written under the store's write lock, so their generation never runs ahead of it.
    Between that a process follows others' writes in memory: at once for the vectors, and for BM25 when
    the writer is done with its files.
    """

    def __init__(self, store: Store, dim: int) -> None:
        self._folder = store.folder / "caches"
        self._dim = dim
        self.generation = -1
        self.lexical = self._open_lexical()
        self.dense = self._open_dense(store)
        self._repair(store)

    def follow(self, store: Store) -> None:
        """Bring the vectors in memory up to the store, and BM25 up to its files."""
        self.lexical.reload()  # also when the store stands still: its files come after its commit
        if self.generation == store.generation:
            return
        _, current = _rows(store)
        held = self.dense.rows
        self.dense.remove(np.setdiff1d(held, current).tolist())
        added = np.setdiff1d(current, held)
        for start in range(0, len(added), _PART):
            rows = added[start : start + _PART].tolist()
            self.dense.add(rows, store.vectors(rows, self._dim))
        self.generation = store.generation

    def save(self, store: Store) -> None:
        """Bring both up to the store, in memory and on disk. The caller holds the store's write lock."""
        with store.reading():
            is_saved = self._is_saved(store)
            self.follow(store)
            if is_saved:
                return
            if not self._is_own(store):
                self.lexical = self._open_lexical(fresh=True)
            try:
                self._update_lexical(store)
            except ValueError:  # tantivy's, when files of a killed writer are in its way
                self.lexical = LexicalIndex(self._folder / "lexical", fresh=True)
                self._update_lexical(store)
            self.dense.save(self._folder / "dense.faiss")
            _note(self._folder, self.generation, store.identity)

    def _open_lexical(self, fresh: bool = False) -> LexicalIndex:
        self._in_memory = False
        try:
            return LexicalIndex(self._folder / "lexical", fresh)
        except (OSError, ValueError):  # a full disk or a folder that may not be written
            self._in_memory = True
            return LexicalIndex(None)

    def _open_dense(self, store: Store) -> DenseIndex:
        """None of other vectors even while another process writes: `follow` keeps those of rows it has."""
        if not self._is_own(store):
            return DenseIndex(self._dim)
        return DenseIndex.load(self._folder / "dense.faiss", self._dim)

    def _update_lexical(self, store: Store) -> None:
        statement_ids, current = _rows(store)
        held = self.lexical.rows
        added = np.setdiff1d(current, held).tolist()
        self.lexical.update(_texts(store, added, statement_ids), np.setdiff1d(held, current).tolist())

    def _repair(self, store: Store) -> None:
        """After a crash the files may lag behind: bring them up, unless someone writes or nobody may."""
        if not self._is_saved(store):
            with suppress(StoreError, OSError), store.writing():
                self.save(store)
        with store.reading():
            self.follow(store)  # in memory it serves as well where it may not write, only slower
            if self._in_memory:
                self._update_lexical(store)

    def _is_own(self, store: Store) -> bool:
        """Whether the files are of this store and layout; others know other texts by the same rows."""
        return _saved(self._folder, store.identity) is not None

    def _is_saved(self, store: Store) -> bool:
        passages = store.counts()["passages"]
        return (
            _saved(self._folder, store.identity) == store.generation
            and len(self.lexical) == passages
            and len(self.dense) == passages
        )


def _rows(store: Store) -> tuple[dict[int, str], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    statement_ids = dict(store.rows())
    return statement_ids, np.array(sorted(statement_ids), np.int64)


def _texts(store: Store, rows: list[int], statement_ids: dict[int, str]) -> Iterator[tuple[int, str, str]]:
    for row, metadata, text in store.texts(rows):
        yield row, statement_ids[row], headed(metadata, text)


def _saved(folder: Path, identity: str) -> int | None:
    """The generation the files were brought up to; None if there are none of this store and layout."""
    try:
        noted = json.loads((folder / "caches.json").read_text())
        return int(noted["generation"]) if (noted["layout"], noted["store"]) == (_LAYOUT, identity) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _note(folder: Path, generation: int, identity: str) -> None:
    temporary = folder / "caches.tmp"
    temporary.write_text(json.dumps({"layout": _LAYOUT, "store": identity, "generation": generation}))
    temporary.replace(folder / "caches.json")

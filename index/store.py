"""The truth: statements, their versions, their passages and the vectors, in one SQLite file.

A write is one transaction, on disk (fsync) when it returns; everything else in a data folder is a cache
that can be made again from here without encoding. Readers see the state of one moment (`Store.reading`)
and writers queue for `Store.writing`, also between processes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from corpus.metadata import Metadata
from corpus.statement import Statement
from index.encoder import ModelSettings, Vectors
from index.rows import (
    Encoded,
    Entry,
    StoredPassage,
    metadata_from_json,
    metadata_to_json,
    passage_rows,
    statement_of,
)
from index.schema import StoreError, connect


class BusyError(StoreError):
    """Another process is writing to the data folder."""


class Store:
    """Built by `open_store`. One connection: use it from one thread at a time."""

    def __init__(self, folder: Path, connection: sqlite3.Connection) -> None:
        self.folder = folder
        self._connection = connection
        self._lock = FileLock(folder / "write.lock")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """All reads inside see the state of one moment, whatever other processes write meanwhile."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    @contextmanager
    def writing(self, wait: float = 0.0) -> Iterator[None]:
        """Be the only writer, waiting up to `wait` seconds, or BusyError; the lock dies with its process."""
        try:
            self._lock.acquire(timeout=wait)
        except Timeout as error:
            raise BusyError(f"another process is writing to {self.folder}; try again later") from error
        except OSError as error:
            raise StoreError(f"{self.folder} cannot be written: {error.strerror}") from error
        try:
            yield
        finally:
            self._lock.release()

    @property
    def identity(self) -> str:
        """Tells this store from another one made later in the same folder."""
        return self._meta("identity") or ""

    @property
    def generation(self) -> int:
        """Grows with every write; equal generations are equal contents."""
        return int(self._meta("generation") or 0)

    @property
    def model(self) -> ModelSettings | None:
        """The model of the vectors; None before the first passages."""
        value = self._meta("model")
        return ModelSettings(**json.loads(value)) if value else None

    @property
    def dim(self) -> int:
        """Numbers in a vector; 0 before the first passages."""
        found = self._connection.execute("SELECT length(vector) FROM passages LIMIT 1").fetchone()
        return int(found[0]) // 2 if found else 0

    def put(self, encoded: Encoded, source: str, model: ModelSettings) -> None:
        """Store a new statement, or a new version of one; its former passages are gone with the same commit.

        Raises StoreError if the store's vectors are of another model.
        """
        statement = encoded.statement
        self.require_model(model)
        with self._transaction():
            self._set_meta("model", json.dumps(model.as_dict()))
            self._connection.execute(
                "INSERT INTO statements VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                " version = excluded.version, source = excluded.source, metadata = excluded.metadata",
                (statement.id, statement.version, source, metadata_to_json(statement)),
            )
            self._connection.execute(
                "INSERT OR IGNORE INTO versions VALUES (?, ?, ?)",
                (statement.id, statement.version, statement.text),
            )
            self._connection.execute("DELETE FROM passages WHERE statement_id = ?", (statement.id,))
            self._connection.execute("DELETE FROM removals WHERE statement_id = ?", (statement.id,))
            self._connection.executemany(
                "INSERT INTO passages (statement_id, span, sentences, vector, sentence_vectors)"
                " VALUES (?, ?, ?, ?, ?)",
                passage_rows(encoded),
            )

    def remove(self, statement_id: str) -> bool:
        """Delete a statement with all its versions; False if there is none."""
        with self._transaction():
            deleted = self._connection.execute("DELETE FROM statements WHERE id = ?", (statement_id,))
            if not deleted.rowcount:
                return False
            self._connection.execute(
                "INSERT OR REPLACE INTO removals VALUES (?, ?)", (statement_id, self.generation)
            )
            return True

    def removed_since(self, statement_id: str, generation: int) -> bool:
        """Whether a statement was removed after a generation, and not put again."""
        found = self._connection.execute(
            "SELECT generation FROM removals WHERE statement_id = ?", (statement_id,)
        ).fetchone()
        return found is not None and found[0] > generation

    def require_model(self, model: ModelSettings) -> None:
        """Raises StoreError if the store's vectors were made by another model."""
        known = self.model
        if known and known != model and self.dim:
            raise StoreError(
                f"{self.folder} was indexed with model {known.as_dict()}, not {model.as_dict()};"
                " use that model, or add the statements to another data folder"
            )

    def entries(self) -> dict[str, Entry]:
        """All current statements by id, in order of id."""
        found = self._connection.execute("SELECT id, version, source, metadata FROM statements ORDER BY id")
        return {
            key: Entry(version, source, metadata_from_json(metadata))
            for key, version, source, metadata in found
        }

    def entry(self, statement_id: str) -> Entry | None:
        """One current statement, None if there is none."""
        found = self._connection.execute(
            "SELECT version, source, metadata FROM statements WHERE id = ?", (statement_id,)
        ).fetchone()
        return Entry(found[0], found[1], metadata_from_json(found[2])) if found else None

    def versions(self, statement_id: str) -> list[str]:
        """The versions a statement has had, the oldest first."""
        found = self._connection.execute(
            "SELECT version FROM versions WHERE statement_id = ? ORDER BY rowid", (statement_id,)
        )
        return [version for (version,) in found]

    def statement(self, statement_id: str, version: str | None = None) -> Statement | None:
        """A statement in a version, the current one unless given; its metadata is the current one's."""
        found = self._connection.execute(
            "SELECT metadata, text FROM statements JOIN versions ON statement_id = id"
            " WHERE id = ? AND versions.version = coalesce(?, statements.version)",
            (statement_id, version),
        ).fetchone()
        return statement_of(metadata_from_json(found[0]), found[1]) if found else None

    def rows(self) -> list[tuple[int, str]]:
        """Row and statement id of every passage, by row."""
        return self._connection.execute("SELECT row, statement_id FROM passages ORDER BY row").fetchall()

    def vectors(self, rows: Sequence[int], dim: int) -> Vectors:
        """Vectors of passages, float32 (len(rows), dim). Raises StoreError for a row that is not there."""
        found = dict(self._select("row, vector", rows))
        if len(found) != len(set(rows)):
            raise StoreError(
                f"{len(set(rows)) - len(found)} of {len(rows)} passages are not in {self.folder}"
            )
        joined = np.frombuffer(b"".join(found[row] for row in rows), np.float16)
        return joined.reshape(len(rows), dim).astype(np.float32)

    def texts(self, rows: Sequence[int]) -> Iterator[tuple[int, Metadata, str]]:
        """Row, metadata of the statement, and text of passages, by row."""
        for part in range(0, len(rows), 10_000):
            found = self._connection.execute(
                "SELECT row, span, metadata, text FROM passages JOIN statements ON id = passages.statement_id"
                " JOIN versions USING (version) WHERE versions.statement_id = id"
                " AND row IN (SELECT value FROM json_each(?)) ORDER BY row",
                (json.dumps(list(rows[part : part + 10_000])),),
            )
            for row, span, metadata, text in found:
                start, end, *_ = np.frombuffer(span, np.int32)
                yield row, metadata_from_json(metadata), text[start:end]

    def passages(self, rows: Iterable[int]) -> dict[int, StoredPassage]:
        """Passages by row; those that are no longer there are left out."""
        found = self._select("row, statement_id, span, sentences, vector, sentence_vectors", list(rows))
        return {columns[0]: StoredPassage(*columns) for columns in found}

    def counts(self) -> dict[str, int]:
        """How many statements, versions and passages there are."""
        return {
            table: int(self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
            for table in ("statements", "versions", "passages")
        }

    def _select(self, columns: str, rows: Sequence[int]) -> list[Any]:
        # json_each takes any number of rows; SQLite's own limit on "?" is 32,766.
        return self._connection.execute(
            f"SELECT {columns} FROM passages WHERE row IN (SELECT value FROM json_each(?))",
            (json.dumps([int(row) for row in rows]),),
        ).fetchall()

    def _meta(self, name: str) -> str | None:
        found = self._connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(found[0]) if found else None

    def _set_meta(self, name: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """One commit with a new generation, or nothing at all."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._set_meta("generation", str(self.generation + 1))
            yield
            self._connection.execute("COMMIT")
        except BaseException as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise StoreError(
                    f"{self.folder} cannot be written: {error}; nothing of this step was kept"
                ) from error
            raise


def open_store(folder: Path, create: bool = False) -> Store:
    """The store of a data folder; `create` makes the folder and the store where there is none.

    Raises StoreError for a folder without a store, a file that is none, or another schema.
    """
    path = folder / "statements.sqlite"
    if not path.exists() and not create:
        raise StoreError(
            f"no statements in {folder} yet: communique add PATH makes it, or choose another --data"
        )
    return Store(folder, connect(path))

"""The tables of the store, and opening a file that has them."""

from __future__ import annotations

import os
import sqlite3
import time
import uuid
from pathlib import Path

SCHEMA = 2
_TRIES, _PAUSE = 100, 0.05  # seconds between tries to become a store for several processes
_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE statements (
    id TEXT PRIMARY KEY,
    version TEXT NOT NULL,      -- the current one
    source TEXT NOT NULL,       -- the file it was read from
    metadata TEXT NOT NULL      -- JSON of corpus.metadata.Metadata
) WITHOUT ROWID;
CREATE TABLE versions (         -- every text a statement ever had, so that old citations can be checked
    statement_id TEXT NOT NULL REFERENCES statements (id) ON DELETE CASCADE,
    version TEXT NOT NULL,      -- sha256 of the text
    text TEXT NOT NULL,
    PRIMARY KEY (statement_id, version)
);
CREATE TABLE passages (         -- of current versions alone: what is not here is not retrieved
    row INTEGER PRIMARY KEY AUTOINCREMENT,      -- never given twice, so caches cannot mistake one for another
    statement_id TEXT NOT NULL REFERENCES statements (id) ON DELETE CASCADE,
    span BLOB NOT NULL,         -- int32: start, end, paragraph, last_paragraph
    sentences BLOB NOT NULL,    -- int32 (sentences, 2): start, end
    vector BLOB NOT NULL,       -- float16 (dim,)
    sentence_vectors BLOB NOT NULL      -- float16 (sentences, dim)
);
CREATE INDEX passages_of ON passages (statement_id);
"""
_SINCE_2 = """
CREATE TABLE removals (         -- so that an addition begun before a removal does not undo it
    statement_id TEXT PRIMARY KEY,
    generation INTEGER NOT NULL -- of the removal
) WITHOUT ROWID
"""


class StoreError(RuntimeError):
    """A data folder that cannot be used as asked; the message says why and what to do."""


def connect(path: Path) -> sqlite3.Connection:
    """A connection to a store's file, made where there is none, with all its folders.

    Raises StoreError for a file that is no store, or of another schema, and leaves it as it is.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # In a folder that cannot be written there is no writer either, and no place for SQLite's own files.
        mode = "" if os.access(path.parent, os.W_OK) else "?immutable=1"
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}{mode}",
            timeout=30,
            isolation_level=None,
            check_same_thread=False,
            uri=True,
        )
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what was removed is not left readable in the file
        connection.execute("PRAGMA synchronous = FULL")
        _check_schema(connection, path)
        if not mode:
            _use_wal(connection)  # after the check, which leaves a foreign file alone
    except (OSError, sqlite3.Error) as error:
        is_locked = isinstance(error, PermissionError) or "readonly" in str(error)
        advice = "choose" if is_locked else "restore it from a copy, or choose"
        raise StoreError(f"{path} cannot be used: {error}; {advice} another --data folder") from error
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    """Readers beside a writer. SQLite's own time-out does not hold for this change, so it is tried again."""
    for _ in range(_TRIES):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:  # another process is opening the same new store
            time.sleep(_PAUSE)
        else:
            return
    connection.execute("PRAGMA journal_mode = WAL")


def _check_schema(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA:
        return
    connection.execute("BEGIN IMMEDIATE")  # another process may be making the same store
    try:
        _make_tables(connection, path)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _make_tables(connection: sqlite3.Connection, path: Path) -> None:
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found == SCHEMA:
        return
    has_tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if found not in (0, 1) or (found == 0 and has_tables):
        raise StoreError(
            f"{path} has schema {found}; this version of communique reads {SCHEMA}:"
            " use the version that wrote it, or add the statements to another data folder"
        )
    if found == 0:
        for statement in _TABLES.split(";\n"):
            connection.execute(statement)
        connection.execute("INSERT INTO meta VALUES ('identity', ?)", (uuid.uuid4().hex,))
    connection.execute(_SINCE_2)
    connection.execute(f"PRAGMA user_version = {SCHEMA}")

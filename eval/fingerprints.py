"""Digests of what makes a figure: the code, a model in a folder, and an index with its vectors."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import fields
from importlib.metadata import version
from operator import attrgetter
from pathlib import Path

from corpus import paragraphs, sentences, split
from corpus.statement import Statement
from index import encoder, heading, ingest
from index.encoder import PACKAGED, ModelSettings
from index.rows import StoredPassage, metadata_to_json
from index.store import Store

_MAKERS = (encoder, heading, ingest, paragraphs, sentences, split)
_ROOMS = ("corpus", "eval", "index", "service")
_SUFFIXES = (".csv", ".json", ".py")
_PART = 1000  # passages read at once
# As they lie in the store: to decode them takes twice as long as all the rest.
_columns = attrgetter(*(field.name for field in fields(StoredPassage) if field.name != "row"))


def passages_digest() -> str:
    """SHA-256, in hex, over what decides which texts are encoded for a statement, and how."""
    modules = ((module.__name__, Path(str(module.__file__))) for module in _MAKERS)
    return hashlib.sha256(f"{_digest(modules)} {version('nupunkt')}".encode()).hexdigest()


def model_digest(settings: ModelSettings) -> str:
    """SHA-256, in hex, over the names and contents of a model's folder; "" for what is no folder.

    The packaged model is held against its published digest when it is loaded. Hidden files do not count:
    version control and downloads keep theirs beside the model.
    """
    folder = Path(settings.name)
    if settings.name == PACKAGED or not folder.is_dir():
        return ""
    files = ((path.relative_to(folder), path) for path in folder.rglob("*") if path.is_file())
    seen = ((name, path) for name, path in files if not any(part.startswith(".") for part in name.parts))
    return _digest((name.as_posix(), path) for name, path in seen)


def code_digest(root: Path = Path(__file__).parents[1]) -> str:
    """The first 16 hex digits of a SHA-256 over the code of all rooms and the tables beside it."""
    files = (path for room in _ROOMS for path in (root / room).rglob("*") if path.suffix in _SUFFIXES)
    return _digest((path.relative_to(root).as_posix(), path) for path in files)[:16]


def index_digest(store: Store, statements: Mapping[str, Statement]) -> str:
    """SHA-256, in hex, over all that a question is asked over, which equal statements do not settle.

    Passages and vectors depend on how texts are cut, on the model, and a little on what was encoded beside
    them; passages go by their rows, as the lower row is before another of the same score.
    """
    whole = hashlib.sha256()
    for key in sorted(statements):
        statement = statements[key]
        whole.update(f"{statement.version} {metadata_to_json(statement)}\n".encode())
    rows = [row for row, _ in store.rows()]
    for start in range(0, len(rows), _PART):
        for _, stored in sorted(store.passages(rows[start : start + _PART]).items()):
            key, *columns = _columns(stored)
            whole.update(f"{key} {[len(column) for column in columns]}\n".encode())
            whole.update(b"".join(columns))
    return whole.hexdigest()


def _digest(files: Iterable[tuple[str, Path]]) -> str:
    """Over a line for each file, by name: the name, NUL, and the SHA-256 of its content in hex."""
    whole = hashlib.sha256()
    for name, path in sorted(files):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(os.fsencode(name) + f"\0{content}\n".encode())
    return whole.hexdigest()

"""A table of metadata that lies beside the files it describes."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from corpus.files import read_bytes, shown
from corpus.metadata import Metadata, from_fields
from corpus.statement import CorpusError
from corpus.tables import Row, csv_rows

# The name by which a folder's own sidecar is found.
SIDECAR_NAME = "metadata.csv"
_FILE_COLUMNS = ("file", "filename", "name", "id")


@dataclass(frozen=True, slots=True)
class Sidecar:
    """Metadata by file name; a row that is wrong holds its error, which concerns that file alone."""

    path: Path
    rows: Mapping[str, Metadata | CorpusError]

    def about(self, name: str) -> Metadata:
        """What is said of a file, by its name with or without suffix; nothing if there is no row.

        Raises the CorpusError of a row that is wrong.
        """
        name = unicodedata.normalize("NFC", name)
        row = self.rows.get(name) or self.rows.get(PurePosixPath(name).stem) or Metadata()
        if isinstance(row, CorpusError):
            raise CorpusError(*row.args)
        return row

    def errors(self) -> tuple[CorpusError, ...]:
        """What is wrong in the table, in its order."""
        return tuple(row for row in self.rows.values() if isinstance(row, CorpusError))


def read_sidecar(path: Path) -> Sidecar:
    """A CSV table with a column of file names: file, filename, name or id, the first of these it has.

    Folders in a file name are ignored, case counts. The other columns are those of `from_fields`; unknown
    ones are ignored. Rows of the same file must agree. Raises CorpusError for a table without such a
    column or with a row that cannot be laid out; a wrong value is raised for its file by `about`.
    """
    columns, rows = csv_rows(read_bytes(path), shown(path))
    column = next((name for name in _FILE_COLUMNS if name in columns), None)
    if column is None:
        raise CorpusError(
            f"{shown(path)}:1: no column of file names; expected one of {', '.join(_FILE_COLUMNS)}"
        )
    about: dict[str, Metadata | CorpusError] = {}
    for row in rows:
        if isinstance(row, CorpusError):
            raise row
        name = PurePosixPath(unicodedata.normalize("NFC", str(row.fields.pop(column)).strip())).name
        place = f"{shown(path)}:{row.line}"
        if not name:
            raise CorpusError(f"{place}: field {column!r}: empty; expected the name of a file")
        found = _metadata(row, place)
        if about.setdefault(name, found) != found and not isinstance(about[name], CorpusError):
            about[name] = CorpusError(
                f"{place}: field {column!r}: {name!r} has another row that says otherwise"
            )
    return Sidecar(path, about)


def is_sidecar(path: Path) -> bool:
    """Whether a file is the sidecar of its folder: metadata.csv with file names and without texts."""
    if path.name != SIDECAR_NAME or not path.is_file():
        return False
    columns, _ = csv_rows(read_bytes(path), shown(path))
    return "text" not in columns and any(name in columns for name in _FILE_COLUMNS)


def _metadata(row: Row, place: str) -> Metadata | CorpusError:
    try:
        return from_fields(row.fields, place)
    except CorpusError as error:
        return error

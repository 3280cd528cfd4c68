"""Files to statements: txt, md, html, pdf, docx, jsonl and csv."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from corpus.clues import from_heading, from_name, kind_of
from corpus.files import decode, read_bytes, shown
from corpus.metadata import Metadata, Names, from_fields, merge, statement
from corpus.pdf import read_pdf
from corpus.sidecar import SIDECAR_NAME, Sidecar, is_sidecar, read_sidecar
from corpus.statement import CorpusError, Statement
from corpus.tables import Row, csv_rows, jsonl_rows
from corpus.web import read_html
from corpus.word import read_docx

_FRONT_MATTER = re.compile(r"---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Source:
    """A file to be read, the sidecar that describes it, and the name it goes by if not its own."""

    path: Path
    sidecar: Sidecar | None = None
    name: str = ""

    @property
    def place(self) -> str:
        """Where its statements come from, as told to people."""
        return self.name or str(self.path.absolute())


def packaged_statements() -> Path:
    """The folder of the reference statement that ships with the project, with its sidecar."""
    return Path(__file__).with_name("statements")


def find_files(paths: Iterable[Path], sidecar: Sidecar | None = None) -> list[Source]:
    """The files to read: named ones as given, then those of folders in order of path, each file once.

    In folders, other suffixes, hidden names, links to folders and sidecars are passed over. Without a
    `sidecar` for all, the metadata.csv of a file's folder describes it, else that of the folder above.
    Raises CorpusError for a path that is not there, a named file of another suffix, or a bad sidecar.
    """
    files: dict[Path, Path] = {}
    for path in paths:
        for file in _walk(path, sidecar) if path.is_dir() else [_named(path)]:
            files.setdefault(file.absolute(), file)
    found: dict[Path, Sidecar | None] = {}
    return [Source(file, sidecar or _folder_sidecar(file, found)) for file in files.values()]


def read_file(
    path: Path, names: Names, sidecar: Sidecar | None = None, name: str = ""
) -> Iterator[Statement | CorpusError]:
    """Each statement of a file, or why there is none in its place; nothing is raised for bad input.

    `name` is what the file goes by if not by its own name: it gives the suffix and the clues, and is what
    errors tell; no file of that name is touched.

    One statement, or one for each row of .jsonl and .csv, where a bad row does not lose the others.
    Metadata by precedence: front matter or fields of the row, sidecar, name of the file, what the
    document states, its heading. `sidecar` is asked for the file, or for the ids of rows. The id is the
    stem of the file, with "-" and the line for rows, unless given.
    """
    goes_by = Path(name) if name else path
    try:
        _check_suffix(goes_by)
        data = read_bytes(path)
        if goes_by.suffix.lower() in (".jsonl", ".csv"):
            yield from _read_rows(data, goes_by, names, sidecar)
        else:
            yield _read_document(data, goes_by, names, sidecar)
    except CorpusError as error:
        yield error


def _read_text(data: bytes, place: str) -> tuple[str, Metadata]:
    return decode(data, place), Metadata()


# What turns the bytes of one document into its text and the metadata it states.
_DOCUMENTS: dict[str, Callable[[bytes, str], tuple[str, Metadata]]] = {
    ".txt": _read_text,
    ".md": _read_text,
    ".markdown": _read_text,
    ".html": read_html,
    ".htm": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
}
SUFFIXES = (*_DOCUMENTS, ".jsonl", ".csv")


def _read_document(data: bytes, path: Path, names: Names, sidecar: Sidecar | None) -> Statement:
    place = shown(path)
    if not data.strip():
        raise CorpusError(f"{place}: empty; expected a text")
    text, stated = _DOCUMENTS[path.suffix.lower()](data, place)
    written = Metadata()
    is_markdown = path.suffix.lower() in (".md", ".markdown")
    if is_markdown:
        text, written = _split_front_matter(text, place)
    listed = sidecar.about(path.name) if sidecar else Metadata()
    heading = from_heading(text, is_markdown)
    known = merge(written, listed, from_name(path.stem, names), stated, heading, Metadata(id=path.stem))
    return statement(text, _with_kind(known), names, place)


def _read_rows(
    data: bytes, path: Path, names: Names, sidecar: Sidecar | None
) -> Iterator[Statement | CorpusError]:
    lines: dict[str, int] = {}
    is_empty = True
    for row in _rows(data, path):
        is_empty = False
        try:
            if isinstance(row, CorpusError):
                raise row
            read = _row_statement(row, path, names, sidecar)
            first = lines.setdefault(read.id, row.line)
            if first != row.line:
                raise CorpusError(f"{shown(path)}:{row.line}: id {read.id!r} is already on line {first}")
            yield read
        except CorpusError as error:
            yield error
    if is_empty:
        yield CorpusError(f"{shown(path)}: no statement in it; expected rows with a 'text'")


def _rows(data: bytes, path: Path) -> Iterator[Row | CorpusError]:
    if path.suffix.lower() == ".jsonl":
        return jsonl_rows(data, shown(path))
    columns, rows = csv_rows(data, shown(path))
    if "text" not in columns:
        found = ", ".join(columns)
        raise CorpusError(
            f"{shown(path)}:1: no column 'text' among {found}; a sidecar is no file of statements"
        )
    return rows


def _row_statement(row: Row, path: Path, names: Names, sidecar: Sidecar | None) -> Statement:
    place = f"{shown(path)}:{row.line}"
    text = row.fields.get("text")
    if not isinstance(text, str):
        found = "none" if text is None else type(text).__name__
        raise CorpusError(f"{place}: field 'text': expected text, found {found}")
    written = from_fields(row.fields, place)
    written = replace(written, id=written.id or f"{path.stem}-{row.line}")
    listed = sidecar.about(written.id) if sidecar else Metadata()
    return statement(text, _with_kind(merge(written, listed)), names, place)


def _with_kind(known: Metadata) -> Metadata:
    return replace(known, kind=known.kind or kind_of(known.title))


def _split_front_matter(text: str, place: str) -> tuple[str, Metadata]:
    """The text after a block of YAML between "---" lines at its start, and the fields of that block."""
    block = _FRONT_MATTER.match(text)
    if not block:
        return text, Metadata()
    try:
        # BaseLoader makes every scalar text: dates stay as precise as written, and Norwegian is "no".
        fields = yaml.load(block[1], Loader=yaml.BaseLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        problem = getattr(error, "problem", None) or "nested too deeply"
        raise CorpusError(f"{place}:{line}: front matter is no YAML: {problem}") from error
    if not isinstance(fields, dict) and block[1].strip():
        raise CorpusError(f"{place}:2: front matter: expected 'field: value' lines")
    return text[block.end() :], from_fields({str(key): value for key, value in (fields or {}).items()}, place)


def _check_suffix(path: Path) -> None:
    if path.suffix.lower() not in SUFFIXES:
        raise CorpusError(
            f"{shown(path)}: suffix {path.suffix!r} is not accepted; accepted: {', '.join(SUFFIXES)}"
        )


def _named(path: Path) -> Path:
    _check_suffix(path)
    if not path.exists():
        raise CorpusError(f"{shown(path)}: no such file or folder")
    return path


def _walk(folder: Path, sidecar: Sidecar | None) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise CorpusError(f"{shown(Path(error.filename))}: cannot be read: {error.strerror}")

    files = []
    for place, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [Path(place, name) for name in names if not name.startswith(".")]
    for file in sorted(files):
        is_described = sidecar is not None and file.absolute() == sidecar.path.absolute()
        if file.suffix.lower() in SUFFIXES and file.is_file() and not is_described and not is_sidecar(file):
            yield file


def _folder_sidecar(file: Path, found: dict[Path, Sidecar | None]) -> Sidecar | None:
    """`found` remembers what each folder has, so that a table is read once for all its files."""
    for folder in file.absolute().parents[:2]:
        if folder not in found:
            path = folder / SIDECAR_NAME
            found[folder] = read_sidecar(path) if is_sidecar(path) else None
        if found[folder]:
            return found[folder]
    return None

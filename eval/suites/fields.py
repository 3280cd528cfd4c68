"""Reading fields of JSON; what is not as accepted is told by its place and its path, all of it together."""

from __future__ import annotations

import codecs
import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeVar

from corpus.files import shown
from corpus.statement import CorpusError
from corpus.tables import Row, jsonl_rows
from eval.suites.suite import SuiteFile
from index.retriever import checked_question

T = TypeVar("T")
_MOST = 20  # problems told; after so many nobody reads on
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class FieldError(CorpusError):
    """A field that is not as accepted; the message begins with its path, but names no file."""

    def __init__(self, path: tuple[str | int, ...], problem: str) -> None:
        names = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
        super().__init__(f"{names[1:]}: {problem}" if path else problem)
        self.path = path


@dataclass(frozen=True, slots=True)
class Field:
    """A value in JSON, None also for a missing one, and its path from the outermost: ("nuggets", 0, "fact").

    What is asked of it and not so raises FieldError.
    """

    value: object
    path: tuple[str | int, ...] = ()

    def wrong(self, problem: str) -> FieldError:
        """The error that says what is wrong with this field."""
        return FieldError(self.path, problem)

    def refused(self, accepted: str) -> FieldError:
        """The error that says what was found, and what is accepted."""
        found = "missing" if self.value is None else type(self.value).__name__
        if isinstance(self.value, str):
            found = repr(self.value[:80])
        elif isinstance(self.value, bool | int | float):
            found = json.dumps(self.value)[:80]
        return self.wrong(f"{found}; accepted: {accepted}")

    def member(self, name: str) -> Field:
        """The field of this object, which may be missing."""
        if not isinstance(self.value, dict):
            raise self.refused("an object")
        return Field(self.value.get(name), (*self.path, name))

    def items(self, name: str) -> list[Field]:
        """The items of a field that is a list."""
        found = self.member(name)
        if not isinstance(found.value, list):
            raise found.refused("a list")
        return [Field(value, (*found.path, i)) for i, value in enumerate(found.value)]

    def text(self, name: str) -> str:
        """A field that holds text other than white space, as it is written: Unicode without NUL."""
        return self.member(name).as_text()

    def question(self, name: str) -> str:
        """As text, that can be asked."""
        try:
            checked_question(self.text(name))
        except FieldError:
            raise
        except ValueError as error:
            raise self.member(name).wrong(str(error)) from error
        return self.text(name)

    def optional_text(self, name: str) -> str:
        """As text, but "" if there is nothing, or nothing but white space."""
        found = self.member(name)
        is_empty = found.value is None or (isinstance(found.value, str) and _is_blank(found.value))
        return "" if is_empty else found.as_text()

    def identity(self, name: str) -> str:
        """A field that names something: text in NFC, without control characters or ends of white space.

        A whole number is its decimal digits: 3 and "3" are the same id.
        """
        found = self.member(name)
        if isinstance(found.value, int) and not isinstance(found.value, bool):
            return str(found.value)
        value = unicodedata.normalize("NFC", found.as_text("text or a whole number").strip())
        if any(unicodedata.category(char) == "Cc" for char in value):
            raise found.wrong(f"{value[:80]!r} holds control characters")
        return value

    def truth(self, name: str) -> bool:
        """A field that is true or false."""
        found = self.member(name)
        if not isinstance(found.value, bool):
            raise found.refused("true or false")
        return found.value

    def as_text(self, accepted: str = "text") -> str:
        """This value, as `text` of the object that holds it."""
        if not isinstance(self.value, str) or _is_blank(self.value):
            raise self.refused(accepted)
        if "\0" in self.value:
            raise self.wrong("holds a NUL character; accepted: plain text")
        try:
            self.value.encode()
        except UnicodeEncodeError as error:
            problem = f"half a surrogate pair at character {error.start}; accepted: Unicode"
            raise self.wrong(problem) from error
        return self.value

    def as_count(self) -> int:
        """This value, a whole number from 0 up."""
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value < 0:
            raise self.refused("a whole number from 0 up")
        return self.value


def suite_file(path: Path, data: bytes) -> SuiteFile:
    """The record of a file with these bytes."""
    return SuiteFile(shown(Path(path.name)), hashlib.sha256(data).hexdigest())


class Problems:
    """What is wrong with a suite, gathered, so that its author mends all of it at once."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def add(self, problem: str) -> None:
        """Keep a problem that names its place. Raises as `check` when there are too many to go on."""
        self._found.append(problem)
        if len(self._found) == _MOST:
            self._found.append(f"perhaps more: after {_MOST} problems the rest was not read")
            self.check()

    @contextmanager
    def at(self, place: str) -> Iterator[None]:
        """Keep the CorpusError that ends this block, if one does, with its place."""
        try:
            yield
        except CorpusError as error:
            self.add(f"{place}: {error}")

    def check(self) -> None:
        """Raises CorpusError with a line for each problem, if there is any."""
        if self._found:
            raise CorpusError("\n".join(self._found))


def read_rows(
    data: bytes, place: str, id_name: str, read: Callable[[Field], T], problems: Problems
) -> Iterator[tuple[str, str, T]]:
    """`file:line`, id and what `read` makes of it, of each line of JSONL that is as accepted.

    A file that is UTF-16, or whose first value goes over several lines, is one problem.
    """
    for row in _rows(data, place):
        if isinstance(row, CorpusError):
            problems.add(str(row))
            continue
        here, field = f"{place}:{row.line}", Field(row.fields)
        try:
            key, value = field.identity(id_name), read(field)
        except CorpusError as error:
            problems.add(f"{here}: {error}")
        else:
            yield here, key, value


def read_unique(
    files: Iterable[tuple[str, bytes]], id_name: str, read: Callable[[Field], T]
) -> dict[str, tuple[str, T]]:
    """Place and value of each id, as `read_rows` gives them, of files given by name and content.

    Raises CorpusError for lines that are not as accepted and for ids used twice, as Problems tells them.
    """
    found: dict[str, tuple[str, T]] = {}
    problems = Problems()
    for name, data in files:
        for here, key, value in read_rows(data, name, id_name, read, problems):
            if key in found:
                problems.add(f"{here}: id {key!r} is used twice; first at {found[key][0]}")
            else:
                found[key] = here, value
    problems.check()
    return found


def decode_utf8(data: bytes, place: str) -> str:
    """The text of a file in UTF-8, without its byte-order mark. Raises CorpusError naming the line."""
    _check_not_utf16(data, place)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The codec counts from after the mark.
        line = error.object.count(b"\n", 0, error.start) + 1
        raise CorpusError(f"{place}:{line}: byte 0x{error.object[error.start]:02x} is not UTF-8") from error


def _rows(data: bytes, place: str) -> Iterator[Row | CorpusError]:
    """As jsonl_rows, but for a file that is no JSONL at all one error in place of one for each line."""
    try:
        _check_not_utf16(data, place)
    except CorpusError as error:
        return iter([error])
    rows = jsonl_rows(data, place)
    first = next(rows, None)
    line = _spread(data) if isinstance(first, CorpusError) else 0
    if line:
        problem = "not one JSON object a line; accepted: JSONL, each object on one line"
        return iter([CorpusError(f"{place}:{line}: {problem}")])
    return chain([first] if first else [], rows)


def _spread(data: bytes) -> int:
    """The line on which the first JSON value begins, if it ends on a later one; else 0."""
    try:
        text = data.decode("utf-8-sig")
        start = len(text) - len(text.lstrip())
        _, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return 0
    return text.count("\n", 0, start) + 1 if "\n" in text[start:end] else 0


def _check_not_utf16(data: bytes, place: str) -> None:
    if data.startswith(_UTF16):
        raise CorpusError(f"{place}: UTF-16; accepted: UTF-8")


def _is_blank(text: str) -> bool:
    return not text.removeprefix("\ufeff").strip()

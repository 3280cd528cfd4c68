"""Files with one statement, or the metadata of one, in each line: JSONL and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

from corpus.files import decode
from corpus.statement import CorpusError


@dataclass(frozen=True, slots=True)
class Row:
    """The fields of one row, and the line of the file (from 1) on which it starts."""

    line: int
    fields: dict[str, object]


def jsonl_rows(data: bytes, place: str) -> Iterator[Row | CorpusError]:
    """Each object of a JSONL file, or why a line holds none; empty lines are passed over. UTF-8 only."""
    for number, line in enumerate(io.BytesIO(data), 1):
        if line.strip(b"\xef\xbb\xbf \t\r\n"):
            yield _json_row(line, number, place)


def csv_rows(data: bytes, place: str) -> tuple[tuple[str, ...], Iterator[Row | CorpusError]]:
    """The column names of a CSV file, in small letters, and each row, or why a line holds none.

    Cells are separated by comma, semicolon or tab, whichever the first line has most of, and quoted by
    double quotes. Raises CorpusError for a file that is no text or has no first line.
    """
    records = _records(decode(data, place), place)
    _, header = next(records, (1, []))
    if isinstance(header, CorpusError):
        raise header
    columns = tuple(name.strip().lower() for name in header)
    if not any(columns):
        raise CorpusError(f"{place}:1: no names of columns in the first line")
    return columns, _rows(records, columns, place)


def _json_row(line: bytes, number: int, place: str) -> Row | CorpusError:
    try:
        value = json.loads(line.rstrip().decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as error:
        return CorpusError(f"{place}:{number}: not UTF-8 at byte {error.start} of the line")
    except json.JSONDecodeError as error:
        return CorpusError(f"{place}:{number}: not JSON at character {error.pos}: {error.msg}")
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; too many brackets
        return CorpusError(f"{place}:{number}: not JSON that can be read: {error}")
    if not isinstance(value, dict):
        return CorpusError(f"{place}:{number}: expected an object, found {type(value).__name__}")
    return Row(number, value)


def _records(text: str, place: str) -> Iterator[tuple[int, list[str] | CorpusError]]:
    """Each record with the line on which it starts."""
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    csv.field_size_limit(2**31 - 1)  # a cell may hold a whole statement; the default is 128 KiB
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, CorpusError(f"{place}:{line}: {error}; quotes inside a quoted cell are doubled")


def _rows(
    records: Iterator[tuple[int, list[str] | CorpusError]], columns: tuple[str, ...], place: str
) -> Iterator[Row | CorpusError]:
    for line, cells in records:
        if isinstance(cells, CorpusError):
            yield cells
            continue
        while len(cells) > len(columns) and not cells[-1]:
            cells.pop()
        if not any(map(str.strip, cells)):
            continue
        if len(cells) != len(columns):
            yield CorpusError(f"{place}:{line}: {len(cells)} cells under {len(columns)} columns")
            continue
        yield Row(line, dict(zip(columns, cells, strict=True)))

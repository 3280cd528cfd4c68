"""Files as text: reading, decoding, and file names fit to be printed."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterable
from pathlib import Path

from corpus.statement import CorpusError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARIES = (
    (b"%PDF-", "a PDF file"),
    (b"PK\x03\x04", "a zip file (Word, for instance)"),
    (b"\xd0\xcf\x11\xe0", "an old Word file"),
    (b"{\\rtf", "an RTF file"),
)
_BROKEN_UTF8 = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
# Between two letters only letters, quotes and dashes stand; "z¹oty" is Polish cp1250 read as cp1252.
_STRAY = re.compile(r"(?<=[A-Za-z])[^\x00-\x7fÀ-ÖØ-öø-ÿŒœŠšŽžŸ‘’“”–—…´·\xa0\xad](?=[A-Za-z])")
_ASCII = bytes(range(128))
_NOT_LETTERS = bytes(byte for byte in range(256) if byte > 127 or not chr(byte).isalpha())
_NOT_CONTROLS = bytes(byte for byte in range(256) if byte > 31 or chr(byte).isspace())


def shown(path: Path) -> str:
    r"""A path that can be printed and sent as UTF-8: bytes that are not UTF-8 appear as "\xe9"."""
    return os.fsencode(path).decode(errors="backslashreplace")


def read_bytes(path: Path) -> bytes:
    """The bytes of a regular file; raises CorpusError for a folder, a device, or what cannot be read."""
    try:
        if path.is_dir():
            raise CorpusError(f"{shown(path)}: is a folder; expected a file")
        if path.exists() and not path.is_file():  # a pipe would be waited for without end
            raise CorpusError(f"{shown(path)}: is not a regular file")
        return path.read_bytes()
    except OSError as error:
        raise CorpusError(f"{shown(path)}: cannot be read: {error.strerror}") from error


def check_targets(paths: Iterable[Path], sources: Iterable[Path]) -> None:
    """Raises CorpusError if a file cannot be written, as far as that can be known before.

    Nor may it be one of the sources, or two be one.
    """
    taken = {path.resolve(): "it is read from" for path in sources}
    for path in paths:
        folder = path.absolute().parent
        problem = taken.get(path.resolve(), "")
        if path.is_dir() or not folder.is_dir():
            problem = "it is a folder" if path.is_dir() else f"there is no folder {shown(folder)}"
        elif not os.access(path if path.exists() else folder, os.W_OK):
            problem = "permission denied"
        if problem:
            raise CorpusError(f"{shown(path)}: cannot be written: {problem}")
        taken[path.resolve()] = "something else is written there"


def write_text(path: Path, text: str) -> None:
    """Write a file, UTF-8, at once or not at all; CorpusError if that cannot be done."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise CorpusError(f"{shown(path)}: cannot be written: {error.strerror}") from error


def decode(data: bytes, place: str) -> str:
    """Text from UTF-8, from UTF-16 or UTF-32 with a byte-order mark, else from plausible Windows-1252.

    Other encodings are not guessed, since a wrong guess changes what was said. Raises CorpusError naming
    `place`; a NUL character or the signature of a known format means that the content is binary.
    """
    for signature, meaning in _BINARIES:
        if data.startswith(signature):
            raise CorpusError(f"{place}: is {meaning}, not text; give it its own suffix or save it as text")
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    if encoding.startswith("utf-8") and b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise CorpusError(f"{place}:{line}: NUL byte: binary, or UTF-16 without its mark; save it as UTF-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise CorpusError(
                f"{place}: broken {encoding} at byte {error.start}; save it as UTF-8"
            ) from error
        return _decode_western(data, error.start, place)


def _decode_western(data: bytes, start: int, place: str) -> str:
    line = data.count(b"\n", 0, start) + 1
    wrong = CorpusError(
        f"{place}:{line}: byte {start} (0x{data[start]:02x}) is neither UTF-8 nor plausible Windows-1252;"
        " save it as UTF-8"
    )
    if _BROKEN_UTF8.search(data):
        raise wrong
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise wrong from error
    if _STRAY.search(text) or _is_foreign(data):
        raise wrong
    return text


def _is_foreign(data: bytes) -> bool:
    """Whether letters are too rare beside accented ones (another alphabet) or control characters."""
    letters = len(data.translate(None, delete=_NOT_LETTERS))
    accented = len(data.translate(None, delete=_ASCII))
    controls = len(data.translate(None, delete=_NOT_CONTROLS))
    return accented * 3 > letters or controls * 20 > len(data)

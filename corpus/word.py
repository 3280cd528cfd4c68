"""Word files as text with a blank line between paragraphs, and their title."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

import docx

from corpus.clues import confirmed
from corpus.metadata import Metadata, one_line
from corpus.statement import CorpusError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element  # lxml's elements offer the same

    from docx.document import Document

_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_GONE = frozenset({_WORD + "del", _WORD + "moveFrom", _FALLBACK})
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_TITLE_STYLES = ("Title", "Heading1")
_UNPACKED_LIMIT = 1 << 29  # bytes; a Word file that unpacks to more is an attack or a mistake


def read_docx(data: bytes, place: str) -> tuple[str, Metadata]:
    """The paragraphs of a Word file, those of tables, content controls and text boxes in their place.

    Deleted text is left out, inserted text is in. Numbers that Word adds to lists, footnotes, headers
    and footers are not read. The title is that of the first lines in a title style, else of the
    properties if the text confirms it. Raises CorpusError naming `place`.
    """
    document = _open_docx(data, place)
    found = ((_style(element), _word_text(element).strip()) for element in _paragraphs(document.element.body))
    paragraphs = [(style, text) for style, text in found if text]
    text = "\n\n".join(text for _, text in paragraphs)
    heading = next((text for style, text in paragraphs[:5] if style in _TITLE_STYLES), "")
    return text, Metadata(title=one_line(heading) or confirmed(document.core_properties.title, text))


def _open_docx(data: bytes, place: str) -> Document:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size <= _UNPACKED_LIMIT:
            document = docx.Document(io.BytesIO(data))
            if document.element.tag != f"{_WORD}document":
                raise ValueError("its main part is no document")
            return document
    except Exception as error:  # of zipfile, zlib, lxml or python-docx, according to what is broken
        raise CorpusError(
            f"{place}: no Word file, or damaged or protected: {error}; expected .docx"
        ) from error
    raise CorpusError(f"{place}: unpacks to {size} bytes; accepted are up to {_UNPACKED_LIMIT}")


def _style(paragraph: Element) -> str:
    style = paragraph.find(f"{_WORD}pPr/{_WORD}pStyle")
    return "" if style is None else str(style.get(_WORD + "val"))


def _paragraphs(element: Element) -> Iterator[Element]:
    for child in element:
        if child.tag not in _GONE:
            if child.tag == _WORD + "p":
                yield child
            yield from _paragraphs(child)


def _word_text(element: Element) -> str:
    """The text of a paragraph without the paragraphs of text boxes in it, which come by themselves."""
    parts = []
    for child in element:
        if child.tag == _WORD + "t":
            parts.append(child.text or "")
        elif str(child.tag).removeprefix(_WORD) in _SIGNS:
            parts.append(_SIGNS[child.tag.removeprefix(_WORD)])
        elif child.tag not in _GONE and child.tag not in (_WORD + "p", _WORD + "pPr"):
            parts.append(_word_text(child))
    return "".join(parts)

"""PDF files as text: line by line as printed, without running heads and page numbers."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import closing
from itertools import pairwise
from statistics import median_low

import pypdfium2

from corpus.clues import confirmed
from corpus.metadata import Metadata
from corpus.statement import CorpusError

_PASSWORD = 4  # FPDF_ERR_PASSWORD
# How pdfium marks a hyphen at the end of a line, after which it leaves the line break out.
_HYPHENS = re.compile("[\x02\ufffe]")
_PAGE_NUMBER = re.compile(r"(?:page )?[-–— ]*\d{1,3}[-–— ]*(?:(?:/|of) ?\d{1,3})?", re.IGNORECASE)
_GAP = 1.3  # times the usual distance of lines: more is the space between paragraphs


def read_pdf(data: bytes, place: str) -> tuple[str, Metadata]:
    """The lines of all pages, with a blank line where lines stand further apart than usual on their page.

    Left out at the edges of pages: lone page numbers, and lines that stand there on three pages or more
    and on over half of them, except above the first page. Words stay hyphenated. The title is that of the
    properties if the text confirms it; their dates are those of the file, not of the statement. Not safe
    in several threads at once, as pdfium is not. Raises CorpusError naming `place`, for a scan too.
    """
    try:
        with closing(pypdfium2.PdfDocument(data)) as document:
            pages = _without_furniture([_lines(page.get_textpage()) for page in document])
            title = document.get_metadata_dict().get("Title", "")
    except pypdfium2.PdfiumError as error:
        if error.err_code == _PASSWORD:
            raise CorpusError(f"{place}: encrypted; save it without the password") from error
        raise CorpusError(f"{place}: no PDF file, or a damaged one: {error}") from error
    text = "\n".join("\n".join(lines) for lines in pages if lines)
    if not text.strip():
        raise CorpusError(f"{place}: {len(pages)} pages without text, perhaps scanned; run OCR on it first")
    return text, Metadata(title=confirmed(title, text))


def _lines(page: pypdfium2.PdfTextPage) -> list[str]:
    """The lines of a page, with "" where a paragraph ends."""
    text = page.get_text_bounded()
    lines = _HYPHENS.sub("-\r\n", text).split("\r\n")
    if len(text) != page.count_chars():  # then places of characters cannot be looked up
        return [line for line in lines if line.strip()]
    starts = [0, *(match.end() for match in re.finditer("\r\n|[\x02\ufffe]", text))]
    tops = [page.get_charbox(start, loose=True)[3] if start < len(text) else 0.0 for start in starts]
    steps = [round(above - below, 1) for above, below in pairwise(tops)]
    usual = median_low([step for step in steps if step > 0] or [0.0])
    spaced = [lines[0]]
    for line, step in zip(lines[1:], steps, strict=True):
        spaced += ["", line] if step > _GAP * usual else [line]
    return spaced


def _without_furniture(pages: list[list[str]]) -> list[list[str]]:
    edges = Counter(line for page in pages for line in _edge_lines(page))
    repeated = {line for line, count in edges.items() if count >= 3 and count * 2 > len(pages)}
    ends = [_trimmed(page[::-1], repeated)[::-1] for page in pages]
    # A running head often repeats the title, which must stay once.
    return [_trimmed(page, repeated if number else set()) for number, page in enumerate(ends)]


def _edge_lines(page: list[str]) -> set[str]:
    """The first and last two lines: a running head may have a page number above or below it."""
    lines = [line.strip() for line in page if line.strip()]
    return {*lines[:2], *lines[-2:]}


def _trimmed(lines: list[str], repeated: set[str]) -> list[str]:
    """The lines from the first one that is neither blank, nor a page number, nor repeated."""
    for index, line in enumerate(lines):
        stripped = line.strip()
        if stripped and stripped not in repeated and not _PAGE_NUMBER.fullmatch(stripped):
            return lines[index:]
    return []

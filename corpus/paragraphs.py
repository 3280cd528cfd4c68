"""Where a paragraph starts, and which number it is cited by."""

from __future__ import annotations

import re
import statistics
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise

from corpus.sentences import FURNITURE, ended, goes_on

_NUMBERED = re.compile(r"\s*\**(\d{1,3})\.(?!\d)")
_FURNITURE = re.compile(rf"\s*{FURNITURE}\s*")
_ITEM = re.compile(r"\s*(?:[•▪●◦‣*>-]|\d{1,3}[.)]|[a-z][.)]|\([a-z\d]{1,3}\))\s")
# Unlike "Nations" or "Africa", these do not go on with a sentence that a page broke off.
_STARTER = re.compile(r"(?:A|An|And|As|At|But|For|He|I|If|In|It|My|On|Our|She|The|There|They|This|To|We)\b")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`text[start:end]` of a statement, white space after it included, and the number it is cited by."""

    start: int
    end: int
    number: int


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that says something: `parted` if a blank line or page furniture precedes it."""

    start: int
    text: str
    parted: bool


def paragraphs(text: str, title: str = "") -> list[Paragraph]:
    r"""The paragraphs that tile `text`, in order.

    A line is a paragraph unless the statement is hard-wrapped: then indents, blank lines and short last lines
    end one. Page numbers and rules stay where they are and part nothing. Numbers are as printed if numbered
    paragraphs hold most of the text ("12.\t..."; one without a number has the number before it); else they
    count from 1. A first line that equals `title` is paragraph 0.

    Example: paragraphs("7. We met.\nMr. President,\n8. We spoke.\n9. We left.\n") has the numbers 7, 7, 8, 9.
    """
    lines = _lines(text)
    if not lines:
        return [Paragraph(0, len(text), 1)] if text else []
    width = _width(lines)
    printed = _printed(lines)
    starts = _starts(lines, width, printed)
    if not _holds_most(starts, printed, len(text)):
        printed = {}
        starts = _starts(lines, width, printed)
    titled = bool(title) and lines[0].text.split() == title.split()
    if titled and len(lines) > 1:
        starts = sorted({*starts, lines[1].start})
    numbers = _numbers(starts, printed, titled)
    bounds = pairwise([0, *starts[1:], len(text)])
    return [Paragraph(*span, number) for span, number in zip(bounds, numbers, strict=True)]


def paragraph_at(text: str, title: str, place: int) -> int:
    """The number that what stands at a character of `text` is cited by."""
    found = paragraphs(text, title)
    return found[bisect_right(found, place, key=lambda paragraph: paragraph.start) - 1].number


def _lines(text: str) -> list[_Line]:
    lines: list[_Line] = []
    end = 0
    parted = False
    for match in re.finditer(r"[^\n]+", text):
        line = match[0]
        if not line.strip() or (len(line) < 60 and _FURNITURE.fullmatch(line)):
            parted = True
            continue
        lines.append(_Line(match.start(), line, parted or match.start() > end + 1))
        end = match.end()
        parted = False
    return lines


def _width(lines: list[_Line]) -> tuple[float, float]:
    """Characters in a middling and in a full line (ninth decile) if the text is hard-wrapped; else 0, 0.

    It is wrapped if a quarter of its lines break off and go on below in lower case (or all in capitals).
    """
    pairs = [(a.text, b.text) for a, b in pairwise(lines)]
    runs = sum(goes_on(a, b) or (a.isupper() and b.isupper() and not ended(a)) for a, b in pairs)
    lengths = [len(line.text.rstrip()) for line in lines]
    middle = statistics.median(lengths)
    if 4 * runs < len(pairs) or not pairs or middle > 200:
        return 0, 0
    return middle, statistics.quantiles(lengths, n=10)[-1]


def _starts(lines: list[_Line], width: tuple[float, float], printed: dict[int, int]) -> list[int]:
    """Where the first lines of paragraphs start."""
    share = sum(line.text[0].isspace() for line in lines) / len(lines)
    indents = 0.01 < share < 0.4
    starts = [lines[0].start]
    for above, line in pairwise(lines):
        if line.start in printed or not _same(above.text, line, width, indents):
            starts.append(line.start)
    return starts


def _same(above: str, line: _Line, width: tuple[float, float], indents: bool) -> bool:
    """Whether a line belongs to the paragraph of the line above it."""
    if goes_on(above, line.text) or _NUMBERED.fullmatch(above.rstrip()):
        return True
    middle, full = width
    above = above.rstrip()
    if not full:
        broken = len(above) > 100 and above[-1].isalpha() and not line.parted
        return broken and line.text[0].isupper() and not _STARTER.match(line.text)
    if _ITEM.match(line.text) or (indents and line.text[0].isspace()):
        return False
    if not ended(above):
        return len(above) > 0.6 * middle and not (line.parted and above.rstrip("*_").endswith(","))
    if line.parted or indents:
        return not line.parted and len(above) > full / 2
    # Against 4,246 indented paragraphs of 1996-2012: precision .96, recall .88.
    return len(above) + 1 + len(line.text.split(maxsplit=1)[0]) > full - full / 30


def _printed(lines: list[_Line]) -> dict[int, int]:
    """The numbers of paragraphs by where they stand; further runs if a record starts its count anew."""
    marks = [(line.start, int(m[1])) for line in lines if (m := _NUMBERED.match(line.text))]
    printed = _without_strays(_rising(marks))
    for _ in range(2):
        found = set(printed)
        marks = [mark for mark in marks if mark not in found]
        again = _without_strays(_rising(marks))
        printed += again if len(again) >= 10 else []
    return dict(printed)


def _rising(marks: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest subsequence whose numbers rise: [(0, 7), (50, 9), (90, 75), (140, 10)] without (90, 75)."""
    tails: list[int] = []
    length: list[int] = []
    for _, number in marks:
        place = bisect_left(tails, number)
        tails[place : place + 1] = [number]
        length.append(place + 1)
    rising: list[tuple[int, int]] = []
    wanted, below = len(tails), float("inf")
    for mark, reached in zip(reversed(marks), reversed(length), strict=True):
        if reached == wanted and mark[1] < below:
            rising.append(mark)
            wanted, below = wanted - 1, mark[1]
    return rising[::-1]


def _without_strays(rising: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Drop groups of one or two numbers more than 50 away from the rest: misprints, years, notes."""
    groups: list[list[tuple[int, int]]] = []
    for mark in rising:
        if not groups or mark[1] - groups[-1][-1][1] > 50:
            groups.append([])
        groups[-1].append(mark)
    return [mark for group in groups if len(group) >= 3 for mark in group]


def _holds_most(starts: list[int], printed: dict[int, int], end: int) -> bool:
    """Whether half of the text is in paragraphs that print a number; lists and headings are not."""
    spans = pairwise([*starts, end])
    return 2 * sum(high - low for low, high in spans if low in printed) >= end


def _numbers(starts: list[int], printed: dict[int, int], titled: bool) -> list[int]:
    if not printed:
        return [index + (not titled) for index in range(len(starts))]
    numbers: list[int] = []
    number = max(1, printed[min(printed)] - 1)
    for start in starts:
        number = printed.get(start, number)
        numbers.append(number)
    return [0, *numbers[1:]] if titled else numbers

"""Two texts that differ only in how they are set: spaces, hyphens, quotation marks, letter shapes."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]

HYPHENS = "\\-\u2010-\u2015\u2212"

_INVISIBLE = "\u00ad\u200b-\u200f\u2060\ufeff"

_MINUS = "(?<!\\w)[-\u2212](?=\\d)"  # a sign, not a hyphen: without it the number is another

_RUN = re.compile(f"(?P<gap>(?:[\\s{_INVISIBLE}]|(?!{_MINUS})[{HYPHENS}])+)|[A-Za-z0-9]+|.", re.S)

UNSEEN = re.compile(f"[{_INVISIBLE}]")

_HYPHEN = re.compile(f"[{HYPHENS}]")

_QUOTATION = "\"'`´‘’‚‛“”„‟′″«»‹›"

_ALIKE = str.maketrans(
    _QUOTATION + "\u2212АВЕКМНОРСТУХІЈЅаеорсухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",
    "'" * len(_QUOTATION) + "-ABEKMHOPCTYXIJSaeopcyxijsABEZHIKMNOPTYXo",
)

_OTHER_VALUE = ("<super>", "<sub>", "<fraction>", "<circle>")  # 10² is not 102

_SPLIT = re.compile(  # \0 is where a quote begins or ends
    "\\d[.,\u00a0\u202f]\0\\d|\\d\0[.,\u00a0\u202f]\\d|(?<!\\w)[-\u2212]\0\\d|\0['’]t\\b"
    f"|\\b(?:non|un|dis|anti)[{HYPHENS}]\\s*\0\\w",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Folded:
    """Characters without spaces and hyphens; `gaps[i]` is what stood before chars[i], `origin[i]` its offset.

    Gaps: n nothing, s space, h hyphen, b hyphen before a break ("co-⏎operation"), d dash with a space before.
    """

    raw: str
    chars: str
    gaps: str
    origin: list[int]


def fold(raw: str, start: int = 0, end: int | None = None) -> Folded:
    """raw[start:end] without what typesetting changes; `origin` counts from the start of `raw`."""
    chars: list[str] = []
    gaps: list[str] = []
    origin: list[int] = []
    gap = "n"
    for run in _RUN.finditer(raw, start, len(raw) if end is None else end):
        part = run.group()
        if run.lastgroup:
            gap = _gap(part)
        elif part.isascii() and part.isalnum():
            chars.append(part)
            gaps.append(gap + "n" * (len(part) - 1))
            origin.extend(range(run.start(), run.end()))
            gap = "n"
        elif plain := _plain(part):
            chars.append(plain)
            gaps.append(gap + "n" * (len(plain) - 1))
            origin.extend([run.start()] * len(plain))
            gap = "n"
    return Folded(raw, "".join(chars), "".join(gaps), origin)


def _plain(char: str) -> str:
    if char.isascii():
        return char.translate(_ALIKE)
    if unicodedata.category(char) == "Cf":
        return ""
    if unicodedata.decomposition(char).startswith(_OTHER_VALUE):
        return char
    return unicodedata.normalize("NFKD", char.translate(_ALIKE)).translate(_ALIKE).replace(" ", "")


def _gap(run: str) -> str:
    seen = UNSEEN.sub("", run)
    if "\u00ad" in run and seen.isspace():
        return "b"
    if not _HYPHEN.search(seen):
        return "s" if seen else "n"
    if seen[0].isspace():
        return "d"
    return "b" if seen[-1].isspace() else "h"


def agree(quote: Folded, text: Folded, at: int) -> bool:
    """Whether the spaces and hyphens of `quote` may stand for those of `text` from chars[at] on."""
    mine, theirs = quote.gaps[1:], text.gaps[at + 1 : at + len(quote.gaps)]
    if mine == theirs:
        return True
    pairs = pairwise(quote.chars)
    return all(
        a == b or _same_gap(a + b, left + right)
        for a, b, (left, right) in zip(mine, theirs, pairs, strict=True)
    )


def _same_gap(gaps: str, around: str) -> bool:
    if "n" not in gaps:
        return "s" not in gaps  # a hyphen, however spaced
    digit = any(char.isdigit() for char in around)
    if "b" in gaps:
        return not digit
    mark = [char for char in around if not char.isalnum() and not unicodedata.combining(char)]
    return "s" in gaps and bool(mark) and not (digit and mark[0] in ".,:/'")


def cuts(text: str, at: int) -> bool:
    """Whether a quote that begins or ends at `at` loses part of a word, or "non-", a sign or a decimal."""
    before, after = (UNSEEN.sub("", part) for part in (text[max(0, at - 12) : at], text[at : at + 12]))
    if not before or not after:
        return False
    inside = all(char.isdigit() or char.lower() != char.upper() for char in (before[-1], after[0]))
    return inside or bool(_SPLIT.search(f"{before}\0{after}"))


def bare(quote: str) -> Span:
    """The quote without the quotation marks and the space around it."""
    around = _QUOTATION + " \t\r\n\u00a0"
    return len(quote) - len(quote.lstrip(around)), len(quote.rstrip(around))

"""Is a quotation in a text, and if it is not, where do the two part?"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain, islice, pairwise
from typing import Literal, NamedTuple, TypeAlias

from service.edits import (
    INSERTION,
    MARKS,
    NOTHING,
    OMISSION,
    WORD,
    Mark,
    Piece,
    name_change,
    parse,
    refusal,
    refusal_after,
    refusal_before,
    thin,
)
from service.typography import Folded, Span, agree, bare, cuts, fold

_SIMILAR = 1 / 3  # share of the quote's pairs of words below which a text has nothing like it

_OCCURRENCES = 20_000  # places where one piece of a quote is tried

_IN_NUMBER = re.compile(r"(?<=\d)[.,](?=\d)|-(?=\d)")

Verdict: TypeAlias = Literal["exact", "faithful", "altered", "absent"]


@dataclass(frozen=True, slots=True)
class Difference:
    """`quote[position:]` begins with `quoted` where the text has `original`; either may be ""."""

    position: int
    quoted: str
    original: str
    reason: str


@dataclass(frozen=True, slots=True)
class QuoteMatch:
    """What became of a quote in a text.

    exact     copied character by character
    faithful  copied but for typography and marked edits; see `match_quote`
    altered   the text has something like it: `difference` says where the quote leaves it
    absent    the text has nothing like it; no spans
    spans     into the text, in order: what each piece of the quote copies; if altered, the nearest passage
    """

    verdict: Verdict
    spans: tuple[Span, ...] = ()
    difference: Difference | None = None

    @property
    def valid(self) -> bool:
        """Whether the text says what the quote says it says."""
        return self.verdict in ("exact", "faithful")


class _Token(NamedTuple):
    key: str
    start: int
    end: int
    mark: Mark | None = None


def match_quote(quote: str, text: str, start: int | None = None, end: int | None = None) -> QuoteMatch:
    """How `quote` stands to `text`; text[start:end] is tried before the rest.

    Forgiven: white space, soft hyphens, hyphens at line ends; the shape of quotation marks, dashes, ligatures
    and look-alike letters; quotation marks around the quote; the case of its first letter; "[t]he",
    "state[s]", an ellipsis for words left out, square brackets for words put in or replaced.
    Not forgiven: any other change; an edit that hides or adds a negation, hides a number or changes a stance;
    an ellipsis over more than OMISSION characters or between fewer than KEPT words; brackets over more than
    INSERTION words; a cut inside a word or a number.

    Example: "We [the EU] condemn … the transfers" in "We condemn in the strongest terms the transfers" is
    faithful, with spans (0, 2), (3, 10) and (34, 47).
    """
    if not WORD.search(quote):
        return QuoteMatch("absent")
    areas = ((max(0, start or 0), len(text) if end is None else end), (0, len(text)))
    for area in areas:
        for at in _positions(quote, text, *area):
            if not cuts(text, at) and not cuts(text, at + len(quote)):
                return QuoteMatch("exact", ((at, at + len(quote)),))
    folded = fold(text)
    pieces, marks = parse(quote)
    whole = Piece(fold(quote, *bare(quote)), words=0, any_case=True)
    for area in areas:
        spans = _place([whole], [NOTHING, NOTHING], folded, area)
        if not spans and not thin(pieces, marks):
            spans = _place(pieces, marks, folded, area)
        if spans:
            return QuoteMatch("faithful", spans)
    return _nearest(quote, pieces, marks, folded)


def _positions(part: str, text: str, low: int, high: int) -> Iterator[int]:
    at = text.find(part, low, high)
    while at >= 0:
        yield at
        at = text.find(part, at + 1, high)


def _place(pieces: list[Piece], marks: list[Mark], text: Folded, area: Span) -> tuple[Span, ...]:
    """Where the pieces stand, in order and with a lawful gap under each mark; () if nowhere.

    Each occurrence of a piece is joined to the nearest one of the piece before: the shortest omission.
    """
    if not pieces:
        return ()
    first = _find(pieces[0], text, area, open_end=marks[1].glued)
    chains: list[tuple[Span, ...]] = [(at,) for at in first if not refusal_before(marks[0], text.raw, at[0])]
    for mark, piece, after in zip(marks[1:], pieces[1:], marks[2:], strict=False):
        ends = [chain[-1][1] for chain in chains]
        longer: list[tuple[Span, ...]] = []
        for start, end in _find(piece, text, area, open_end=after.glued):
            nearest = bisect_right(ends, start) - 1
            if nearest >= 0 and not refusal(mark, text.raw, ends[nearest], start):
                longer.append((*chains[nearest], (start, end)))
        chains = longer
    return next((chain for chain in chains if not refusal_after(marks[-1], text.raw, chain[-1][1])), ())


def _find(piece: Piece, text: Folded, area: Span, *, open_end: bool) -> Iterator[Span]:
    """Where a piece stands in a text; with `open_end` it may end inside a word."""
    low, high = (bisect_left(text.origin, at) for at in area)
    chars, origin = piece.folded.chars, text.origin
    forms = [chars, chars[0].swapcase() + chars[1:]] if piece.any_case else [chars]
    found = (islice(_positions(form, text.chars, low, high), _OCCURRENCES) for form in dict.fromkeys(forms))
    for at in sorted(chain.from_iterable(found)):
        start, last, after = origin[at], origin[at + len(chars) - 1], at + len(chars)
        inside = (at > 0 and origin[at - 1] == start) or (after < len(origin) and origin[after] == last)
        if inside or not agree(piece.folded, text, at) or cuts(text.raw, start):
            continue
        if open_end or not cuts(text.raw, last + 1):
            yield start, last + 1


def _nearest(quote: str, pieces: list[Piece], marks: list[Mark], text: Folded) -> QuoteMatch:
    """Altered, with where the quote leaves the passage that shares most pairs of words with it; or absent."""
    mine, theirs = _quote_tokens(pieces, marks), _tokens(text)
    width = len(mine) + sum(OMISSION // 5 if mark.omits else INSERTION for mark in marks[1:-1][:MARKS])
    region = _region(mine, theirs, width)
    aligned = SequenceMatcher(None, [token.key for token in mine], [token.key for token in region])
    blocks = aligned.get_matching_blocks()[:-1]
    if not blocks:
        return QuoteMatch("absent")
    span = region[blocks[0].b].start, region[blocks[-1].b + blocks[-1].size - 1].end
    whole = Difference(0, quote, text.raw[slice(*span)], _flaw(pieces, marks, text.raw, span))
    changes = [code[1:] for code in aligned.get_opcodes() if code[0] != "equal"]
    found = (_difference(quote, text.raw, mine, region, change) for change in changes)
    return QuoteMatch("altered", (span,), next((difference for difference in found if difference), whole))


def _flaw(pieces: list[Piece], marks: list[Mark], raw: str, span: Span) -> str:
    """Why a quote is refused though the text has its words."""
    start, end = span
    beside = refusal_before(marks[0], raw, start) or refusal_after(marks[-1], raw, end)
    cut = "a word or a number is cut" if cuts(raw, start) or cuts(raw, end) else ""
    return thin(pieces, marks) or beside or cut or "spaces or hyphens differ"


def _region(mine: list[_Token], theirs: list[_Token], width: int) -> list[_Token]:
    """The stretch of `width` tokens that shares most pairs of words, widened; [] if it shares too few."""
    pairs, others = ([(one.key, two.key) for one, two in pairwise(tokens)] for tokens in (mine, theirs))
    wanted = Counter(pairs)
    hits = _densest([at for at, pair in enumerate(others) if pair in wanted], width)
    shared = Counter(others[at] for at in hits) & wanted
    if not hits or shared.total() < _SIMILAR * wanted.total():
        return []
    before, after = pairs.index(others[hits[0]]), pairs[::-1].index(others[hits[-1]])
    slack = 2 + width - len(mine)  # what the marks may stand for
    return theirs[max(0, hits[0] - before - slack) : hits[-1] + after + slack + 2]


def _densest(hits: list[int], width: int) -> list[int]:
    """The most of `hits`, which ascend, that lie within `width`; the first of equals."""
    best, low = (0, 0), 0
    for high, hit in enumerate(hits, 1):
        while hit - hits[low] >= width:
            low += 1
        if high - low > best[1] - best[0]:
            best = low, high
    return hits[best[0] : best[1]]


def _tokens(text: Folded) -> list[_Token]:
    chars = text.chars
    inside = {found.start() for found in _IN_NUMBER.finditer(chars)}
    joined = [
        char.isalnum() or unicodedata.combining(char) > 0 or at in inside for at, char in enumerate(chars)
    ]
    inner = (gap in "nb" and all(pair) for gap, pair in zip(text.gaps[1:], pairwise(joined), strict=False))
    starts = [0, *(at for at, together in enumerate(inner, 1) if not together), len(chars)] if chars else []
    return [_Token(chars[a:b], text.origin[a], text.origin[b - 1] + 1) for a, b in pairwise(starts)]


def _quote_tokens(pieces: list[Piece], marks: list[Mark]) -> list[_Token]:
    """Words and marks; a mark's key is no word of any text."""
    tokens: list[_Token] = []
    for mark, piece in zip(marks, pieces, strict=False):
        if tokens and mark.start < mark.end:
            tokens.append(_Token("\0", mark.start, mark.end, mark))
        tokens += _tokens(piece.folded)
    return tokens


def _difference(
    quote: str, raw: str, mine: list[_Token], region: list[_Token], change: tuple[int, int, int, int]
) -> Difference | None:
    """What mine[i1:i2] in place of region[j1:j2] changes; None if that may be done."""
    i1, i2, j1, j2 = change
    if i1 == i2 and i1 in (0, len(mine)):
        return None  # what the text has around the quote
    j1 = max(j1, j2 - i2) if i1 == 0 else j1
    j2 = min(j2, j1 + i2 - i1) if i2 == len(mine) else j2
    quoted = quote[mine[i1].start : mine[i2 - 1].end] if i1 < i2 else ""
    original = raw[region[j1].start : region[j2 - 1].end] if j1 < j2 else ""
    reason = name_change(quoted, original)
    if i2 - i1 == 1 and (mark := mine[i1].mark) and j1 > 0 and j2 < len(region):
        reason = refusal(mark, raw, region[j1 - 1].end, region[j2].start)
    first_letter = i1 == 0 and quoted[1:] == original[1:] and quoted.casefold() == original.casefold()
    return None if first_letter or not reason else Difference(mine[i1].start, quoted, original, reason)

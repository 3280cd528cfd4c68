"""Passages that an encoder reads whole, and the sentences in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, islice, pairwise

from corpus.paragraphs import Paragraph, paragraphs
from corpus.sentences import sentence_spans
from corpus.statement import Passage, Sentence, Statement

CountTokens = Callable[[Sequence[str]], Sequence[int]]

_SMALL = 60  # tokens; a smaller passage says too little by itself and joins a neighbour
_LONGEST_TOKEN = 25  # characters; word pieces read a run without spaces as one unknown token, however long
_STOP = re.compile(r"[.!?…;。！？।؟۔][\"”’»')\]*_]*$")
_CUTS = (re.compile(r"[;:,—–][\"”’)]*\s+|[，；：、]"), re.compile(r"\s+"))  # the better place first


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence, or a part of one too long, and the tokens in it."""

    start: int
    end: int
    tokens: int
    paragraph: Paragraph


_Place = tuple[int, int, Paragraph]
_Unit = list[_Piece]  # what becomes a passage
_Measure = Callable[[Iterable[_Place]], _Unit]


def split(statement: Statement, count_tokens: CountTokens, max_tokens: int) -> tuple[Passage, ...]:
    """The passages of a statement: in order, tiling its text, each and each sentence within `max_tokens`.

    A paragraph is a passage. A longer one is cut at sentence ends into even parts, a sentence that is too
    long at clause marks or white space; paragraphs below 60 tokens join a neighbour, headings and salutations
    what follows them. The title line stays by itself. A text without visible characters has no passages.

    `count_tokens` gives the tokens of each text, special ones included; white space around a text must not
    count. Raises ValueError if a single character does not fit.
    """
    text = statement.text
    special = count_tokens([""])[0]
    room = max_tokens - special

    def measure(spans: Iterable[_Place]) -> _Unit:
        spans = list(spans)
        # A span too long by its characters alone is cut unread: nobody tokenizes 50 MB to learn that.
        longest = room * _LONGEST_TOKEN
        counts = count_tokens([text[start:end] if end - start <= longest else "" for start, end, _ in spans])
        return [
            _Piece(start, end, max(count - special, -((start - end) // _LONGEST_TOKEN)), paragraph)
            for count, (start, end, paragraph) in zip(counts, spans, strict=True)
        ]

    pieces = _fitting(text, measure(_sentences(statement)), measure, room)
    units = [part for unit in _units(text, pieces) for part in _evenly(unit, room)]
    units = _merged(text, units, room)
    units = _checked(text, units, count_tokens, max_tokens)
    starts = [0, *(unit[0].start for unit in units[1:])]
    ends = [*starts[1:], len(text)]
    return tuple(map(_passage, starts, ends, units))


def _sentences(statement: Statement) -> Iterable[_Place]:
    text = statement.text
    for paragraph in paragraphs(text, statement.title):
        for start, end in sentence_spans(text, paragraph.start, paragraph.end, one_paragraph=True):
            yield start, end, paragraph


def _passage(start: int, end: int, unit: _Unit) -> Passage:
    sentences = tuple(Sentence(piece.start, piece.end) for piece in unit)
    return Passage(start, end, unit[0].paragraph.number, unit[-1].paragraph.number, sentences)


def _fitting(text: str, pieces: _Unit, measure: _Measure, room: int) -> _Unit:
    """Cut the pieces that are too long until none is."""
    while too_long := [piece for piece in pieces if piece.tokens > room]:
        cut = [_cut(text, piece, piece.tokens // max(room, 1) + 1) for piece in too_long]
        parts = iter(measure(part for parts in cut for part in parts))
        number = iter(map(len, cut))
        pieces = [
            part
            for piece in pieces
            for part in ([piece] if piece.tokens <= room else islice(parts, next(number)))
        ]
    return pieces


def _cut(text: str, piece: _Piece, parts: int) -> list[_Place]:
    """Cut a piece into that many parts of like length, or somewhat fewer."""
    start, end = piece.start, piece.end
    if end - start < 2:
        raise ValueError(f"{text[start:end]!r} alone has {piece.tokens} tokens, more than max_tokens leaves")
    size = (end - start) / parts
    cuts = {start, end}
    for number in range(1, parts):
        ideal = min(max(start + 1, round(start + number * size)), end - 1)
        cuts.add(_cut_near(text, ideal, int(size / 4), start, end))
    spans = (_trimmed(text, low, high) for low, high in pairwise(sorted(cuts)))
    return [(low, high, piece.paragraph) for low, high in spans if low < high]


def _cut_near(text: str, ideal: int, reach: int, start: int, end: int) -> int:
    """The clause end nearest to `ideal` and within reach, or else white space, or else between letters."""
    for pattern in _CUTS:
        matches = pattern.finditer(text, max(start, ideal - reach), min(end - 1, ideal + reach))
        if ends := [match.end() for match in matches]:
            return min(ends, key=lambda cut: abs(cut - ideal))
    for cut in range(ideal, min(end, ideal + 8)):
        if not unicodedata.category(text[cut]).startswith("M") and "\u200d" not in text[cut - 1 : cut + 1]:
            return cut
    return ideal


def _trimmed(text: str, low: int, high: int) -> tuple[int, int]:
    part = text[low:high]
    return high - len(part.lstrip()), low + len(part.rstrip())


def _units(text: str, pieces: _Unit) -> list[_Unit]:
    """Paragraphs, each with the headings and salutations before it, as long as these are few."""
    units: list[_Unit] = []
    for _, group in groupby(pieces, key=lambda piece: piece.paragraph):
        if units and _is_small(units[-1]) and _leads_on(text, units[-1]):
            units[-1] += group
        else:
            units.append(list(group))
    return units


def _leads_on(text: str, unit: _Unit) -> bool:
    """Whether words that end so belong to what follows: they have no stop, or a colon."""
    said = (piece for piece in reversed(unit) if re.search(r"\w{2}", text[piece.start : piece.end]))
    last = next(said, unit[-1])
    return last.paragraph.number > 0 and not _STOP.search(text[last.start : last.end][-8:])


def _tokens(unit: _Unit) -> int:
    return sum(piece.tokens for piece in unit)


def _is_small(unit: _Unit) -> bool:
    return _tokens(unit) < _SMALL and unit[0].paragraph.number > 0


def _evenly(unit: _Unit, room: int) -> list[_Unit]:
    """Cut a unit in as few parts as fit, the largest of them as small as can be."""
    if _tokens(unit) <= room:
        return [unit]
    parts = _filled(unit, room)
    low, high = max(piece.tokens for piece in unit), room
    while low < high:
        middle = (low + high) // 2
        tried = _filled(unit, middle)
        if len(tried) > len(parts):
            low = middle + 1
        else:
            high, parts = middle, tried
    return parts


def _filled(unit: _Unit, room: int) -> list[_Unit]:
    parts: list[_Unit] = [[]]
    used = 0
    for piece in unit:
        if parts[-1] and used + piece.tokens > room:
            parts.append([])
            used = 0
        parts[-1].append(piece)
        used += piece.tokens
    return parts


def _merged(text: str, units: list[_Unit], room: int) -> list[_Unit]:
    """Join small units to the next one, or to the one before where the next has a heading or no room."""
    forward: list[_Unit] = []
    for unit in units:
        headed = _leads_on(text, unit[:1])
        if forward and not headed and _is_small(forward[-1]) and _fit(forward[-1], unit, room):
            forward[-1] += unit
        else:
            forward.append(unit)
    merged: list[_Unit] = []
    for unit in forward:
        if merged and (_is_small(merged[-1]) or _is_small(unit)) and _fit(merged[-1], unit, room):
            merged[-1] += unit
        else:
            merged.append(unit)
    return merged


def _fit(before: _Unit, unit: _Unit, room: int) -> bool:
    return before[0].paragraph.number > 0 and _tokens(before) + _tokens(unit) <= room


def _checked(text: str, units: list[_Unit], count_tokens: CountTokens, max_tokens: int) -> list[_Unit]:
    """Halve units whose tokens are more than those of their sentences, which a tokenizer may do."""
    while True:
        counts = count_tokens([text[unit[0].start : unit[-1].end] for unit in units])
        if all(count <= max_tokens or len(unit) == 1 for count, unit in zip(counts, units, strict=True)):
            return units
        halves = (
            [unit[: len(unit) // 2], unit[len(unit) // 2 :]] if count > max_tokens else [unit]
            for count, unit in zip(counts, units, strict=True)
        )
        units = [half for pair in halves for half in pair if half]

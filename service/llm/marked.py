"""A text that comes in pieces, cut into sentences with the numbers that each cites."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from corpus.metadata import one_line
from corpus.sentences import sentence_spans

_SIGHT = 40  # characters that must follow a sentence before its end is believed, and between two looks
_MARK = r"[\[【]\s*(?:\d{1,3}\s*[,;–-]\s*)*\d{1,3}\s*(?:†[^\]】\n]{0,40})?[\]】]"
_MARKS = re.compile(rf"\s*{_MARK}")
_AFTER_STOP = re.compile(rf"(?P<stop>[.!?…。！？][\"”’»)]*)(?P<marks>(?:[^\S\n]*{_MARK})+)")
_OPENS_WITH_MARK = re.compile(rf"\W{{0,4}}{_MARK}\s*\w")
_RANGE = re.compile(r"(\d+)(?:\s*[–-]\s*(\d+))?")
_LONGEST_RANGE = 20
_BULLET = re.compile(r"(?:[-–—*•▪>]|#{1,6}|\(?\d{1,2}[.)]|Answer:)\s+")
_BOLD = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_OPENING, _CLOSING = "<think>", "</think>"


@dataclass(frozen=True, slots=True)
class Marked:
    """A sentence without its marks, and the numbers in them, each once; none if it cites nothing."""

    text: str
    cites: tuple[int, ...]


def marked_sentences(pieces: Iterable[str]) -> Iterator[Marked]:
    """The sentences of a text, each as soon as it is whole.

    Marks are "[1]", "[1, 2]", "[1-3]", "[1][2]" or "【1】", before or after the stop, or in front of the
    sentence on a line that opens with one. A line ends a sentence. List marks, a leading "Answer:" and bold
    are taken off, and what a model thinks aloud before it speaks is left out.
    Example: ["It agreed [1]. It l", "eft. [2]"] -> ("It agreed.", (1,)), ("It left.", (2,))
    """
    line, seen = "", 0
    for piece in spoken(pieces):
        *lines, line = (line + piece).split("\n")
        for whole in lines:
            yield from _sentences(whole)
        if lines or len(line) - seen >= _SIGHT:
            line = _with_marks_before_stops(line)
            ready = _ready(line)
            yield from _sentences(line[:ready])
            line = line[ready:]
            seen = len(line)
    yield from _sentences(line)


def spoken(pieces: Iterable[str]) -> Iterator[str]:
    """A text without the thoughts it may open with: "<think>…</think>"."""
    head, is_open = "", True
    for piece in pieces:
        if not is_open:
            yield piece
            continue
        head = (head + piece).lstrip()
        if head.startswith(_OPENING):
            _, closed, rest = head.partition(_CLOSING)
            is_open = not closed
            yield rest
        elif not _OPENING.startswith(head):
            is_open = False
            yield head
    if is_open and not head.startswith(_OPENING):
        yield head


def _with_marks_before_stops(line: str) -> str:
    """A text of the same length in which a mark after a stop stands before it: "So. [1]" -> "So [1]."."""
    if _OPENS_WITH_MARK.match(line):
        return line
    return _AFTER_STOP.sub(lambda match: match["marks"] + match["stop"], line)


def _ready(line: str) -> int:
    """Where the sentences end that have enough behind them."""
    starts = [start for start, _ in sentence_spans(line, 0, len(line), one_paragraph=True)]
    return max((start for start in starts[1:] if len(line) - start >= _SIGHT), default=0)


def _sentences(line: str) -> Iterator[Marked]:
    line = _with_marks_before_stops(line)
    for start, stop in sentence_spans(line, 0, len(line), one_paragraph=True):
        sentence = _clean(line[start:stop])
        if any(map(str.isalnum, sentence)):
            yield Marked(sentence, tuple(dict.fromkeys(_cited(line[start:stop]))))


def _clean(sentence: str) -> str:
    sentence = _MARKS.sub("", one_line(sentence)).lstrip()
    while bullet := _BULLET.match(sentence):
        sentence = sentence[bullet.end() :]
    return _BOLD.sub(r"\2", sentence)


def _cited(sentence: str) -> Iterator[int]:
    for mark in _MARKS.findall(sentence):
        for first, last in _RANGE.findall(mark.partition("†")[0]):
            low, high = int(first), int(last or first)
            yield from range(low, min(high, low + _LONGEST_RANGE) + 1) if low < high else (low, high)

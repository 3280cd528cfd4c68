"""How strongly something is said: ordered scales of diplomatic wording.

The scales are strength.csv, a reading of the drafting practice of United Nations resolutions ("noting",
"noting with concern", "deploring", "condemning"; "invites", "requests", "calls upon", "urges", "demands")
and of Gruneberg's scale of Security Council verbs (2009). Where the two disagree on "alarmed", it
stands below "deplore". Columns:
    scale     concern, demand, commitment or support; "support" has refusals below zero
    rank      the place on the scale, higher is stronger; a wording may stand at several
    phrase    what the row is about, for messages
    wordings  the forms that are found in texts, separated by ";"; "*" stands for any ending
    use       act: takes a stance by itself, so the evidence must have it or an equal; word: judged only
              against another act or word, and not where it is a noun ("with the support of"); basis: never
              judged, but bears out an act of its rank

An intensifier near by ("deeply", "in the strongest terms") makes a wording stronger than the same one
without. Seen are words, not meaning: irony, reported wording within wording, and stance without a
verb of stance ("this is an outrage against mankind") are not.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from string import ascii_uppercase

from corpus.statement import CorpusError
from service.llm.content import words

_TABLE = Path(__file__).with_name("strength.csv")
_COLUMNS = ("scale", "rank", "phrase", "wordings", "use")
_USES = ("act", "word", "basis")  # and "noun", found in texts only: bears out its own verb


@dataclass(frozen=True, slots=True)
class Wording:
    """A wording of a scale at text[start:end]; `ranks` are the places it may stand for."""

    scale: str
    ranks: frozenset[float]
    phrase: str
    start: int
    end: int
    use: str


@dataclass(frozen=True, slots=True)
class _Row:
    scale: str
    rank: float
    phrase: str
    use: str
    pattern: re.Pattern[str]


_INTENSE = re.compile(
    r"\b(?:deep(?:ly|est)?|grave(?:ly|st)?|serious(?:ly)?|profound(?:ly)?|strong(?:ly|est)?|firm(?:ly)?|utter(?:ly)?"
    r"|categorical(?:ly)?|unequivocal(?:ly)?|unreserved(?:ly)?|vehement(?:ly)?|vigorous(?:ly)?|full(?:y)?|warm(?:ly)?"
    r"|extreme(?:ly)?|great(?:ly)?|absolute(?:ly)?|unwavering|steadfast(?:ly)?|severe(?:ly)?|highly|unconditional(?:ly)?"
    r"|whole-?hearted(?:ly)?)\b",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"[^.;:!?]{0,40}\b(?:in the strongest (?:possible )?terms\b"
    r"|(?:strongly|wholeheartedly|unreservedly|vehemently|unequivocally|categorically)\s*(?:[.,;]|$))",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"(?:[\w'’-]+,?\s+){0,3}$")
_NOUN = re.compile(
    r"(?i:\b(?:the|an?|of|for|in|with|without|its|our|their|his|her|my|your|this|these|those|any|all|no|more|such|own"
    r"|by|from|on|at))\s+(?:[a-z-]+(?:al|ive|ed|ing|ous|able|ful|ic|full|strong|great)\s+)?$"
    r"|\b(?:supply|international|public|full|strong) $"
)
_MORE = 0.5  # what an intensifier adds to a rank

_LOWER = {ord(letter): letter.lower() for letter in ascii_uppercase}  # keeps every offset
_CONTEXT = 60  # characters on each side of a wording that say what it is about
_SAME_MATTER = 0.5  # share of the best overlap from which evidence speaks of the same matter


@lru_cache(maxsize=512)
def wordings(text: str) -> tuple[Wording, ...]:
    """The wordings of a text on all scales, in order; of two that overlap on one scale the longer."""
    lower = text.translate(_LOWER)
    found = [_wording(row, text, *match.span()) for row in _rows() for match in row.pattern.finditer(lower)]
    kept: list[Wording] = []
    for one in sorted(found, key=lambda one: (one.start - one.end, one.start)):
        twin = next((at for at, other in enumerate(kept) if _overlap(one, other)), None)
        if twin is None:
            kept.append(one)
        elif (kept[twin].start, kept[twin].end) == (one.start, one.end):
            use = min(kept[twin].use, one.use)
            kept[twin] = replace(kept[twin], ranks=kept[twin].ranks | one.ranks, use=use)
    return tuple(sorted(kept, key=lambda one: (one.start, one.end)))


def _wording(row: _Row, text: str, start: int, end: int) -> Wording:
    use = "noun" if row.use == "word" and _NOUN.search(text, max(0, start - 40), start) else row.use
    return Wording(row.scale, frozenset((_rank(row, text, start, end),)), row.phrase, start, end, use)


def misjudged(sentence: str, evidence: Sequence[str]) -> str:
    """How the sentence's wording is stronger or weaker than its evidence on the same matter, or ""."""
    theirs = [(text, one) for text in evidence for one in wordings(text)]
    for mine in wordings(sentence):
        if mine.use in ("act", "word") and (problem := _compare(sentence, mine, theirs)):
            return problem
    return ""


def _compare(sentence: str, mine: Wording, theirs: Sequence[tuple[str, Wording]]) -> str:
    near = _near(sentence, mine, theirs)
    said = sentence[mine.start : mine.end]
    if not near:
        return f"“{said}” is stronger than anything in the evidence" if mine.use == "act" else ""
    judged = [(text, one) for text, one in near if one.use in ("act", "word") or one.phrase == mine.phrase]
    if any(mine.ranks & one.ranks for _, one in judged or near):
        return ""
    if mine.use == "word" and not judged:
        return ""
    text, other = (judged or near)[0]
    way = "stronger" if min(mine.ranks) > min(other.ranks) else "weaker"
    return f"“{said}” is {way} than “{text[other.start : other.end]}” in the evidence"


def _near(sentence: str, mine: Wording, theirs: Sequence[tuple[str, Wording]]) -> list[tuple[str, Wording]]:
    """The evidence's wordings on the scale of `mine` that are about the same matter."""
    same = [
        (text, one)
        for text, one in theirs
        if one.scale == mine.scale and (one.use != "noun" or one.phrase == mine.phrase)
    ]
    about = frozenset(words(_around(sentence, mine)))
    shared = [len(about.intersection(words(_around(text, one)))) for text, one in same]
    least = _SAME_MATTER * max(shared, default=0)
    return [pair for pair, count in zip(same, shared, strict=True) if count >= least]


def _around(text: str, one: Wording) -> str:
    return text[max(0, one.start - _CONTEXT) : one.start] + " " + text[one.end : one.end + _CONTEXT]


def _rank(row: _Row, text: str, start: int, end: int) -> float:
    before = _BEFORE.search(text, max(0, start - 40), start)
    intense = before is not None and _INTENSE.search(before.group())
    return row.rank + _MORE * bool(intense or _AFTER.match(text, end))


def _overlap(one: Wording, other: Wording) -> bool:
    return one.scale == other.scale and one.start < other.end and other.start < one.end


@cache
def _rows() -> tuple[_Row, ...]:
    return load_rows(_TABLE)


def load_rows(path: Path) -> tuple[_Row, ...]:
    """The rows of a table of wordings; CorpusError naming file, line and field."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        if tuple(reader.fieldnames or ()) != _COLUMNS:
            raise CorpusError(f"{path}:1: columns {reader.fieldnames!r}; accepted: {', '.join(_COLUMNS)}")
        return tuple(_row(f"{path}:{reader.line_num}", cells) for cells in reader)


def _row(place: str, cells: Mapping[str, str]) -> _Row:
    try:
        rank = float(cells["rank"])
    except ValueError as error:
        raise CorpusError(f"{place}: rank: {cells['rank']!r}; accepted: a number") from error
    if cells["use"] not in _USES:
        raise CorpusError(f"{place}: use: {cells['use']!r}; accepted: {', '.join(_USES)}")
    forms = [form.strip() for form in cells["wordings"].split(";") if form.strip()]
    if not forms:
        raise CorpusError(f"{place}: wordings: nothing; accepted: forms separated by ;")
    either = "|".join(re.escape(form).replace(r"\*", r"\w*").replace(r"\ ", r"\s+") for form in forms)
    pattern = re.compile(rf"\b(?:{either})\b")
    return _Row(cells["scale"], rank, cells["phrase"], cells["use"], pattern)

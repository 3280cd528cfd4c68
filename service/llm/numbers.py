"""The numbers a sentence gives, and which of them its evidence does not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import zip_longest

from service.llm.dates import dates, without_dates
from service.llm.moved import Place, moved

_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth",
)  # fmt: skip
_SCALES = {
    "dozen": 12, "hundred": 100, "thousand": 10**3, "lakh": 10**5, "million": 10**6, "crore": 10**7,
    "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
_GLUED = {"k": 10**3, "mn": 10**6, "bn": 10**9, "tn": 10**12}
_WORDS = (  # word -> its kind, here and in _JOINED, and its value; a "part" is a fraction or an ordinal
    {word: ("unit", value) for value, word in enumerate(_UNITS)}
    | {word: ("tens", value) for word, value in _TENS.items()}
    | {word: ("part", value) for value, word in enumerate(_ORDINALS, 1)}
    | {f"{word}s": ("part", value) for value, word in enumerate(_ORDINALS, 1) if value > 2}
    | {f"{word[:-1]}ieth": ("part", value) for word, value in _TENS.items()}
    | {"quarter": ("part", 4), "quarters": ("part", 4), "hundredth": ("part", 100)}
    | {word: ("scale", value) for word, value in _SCALES.items()}
    | {"half": ("half", 2)}
)
_JOINED = {  # kinds that make one number, the one after the other
    ("unit", "scale"), ("unit", "part"), ("unit", "half"), ("tens", "unit"), ("tens", "scale"),
    ("tens", "part"), ("digits", "scale"), ("scale", "scale"), ("scale", "unit"), ("scale", "tens"),
    ("half", "scale"),
}  # fmt: skip
_PIECE = re.compile(
    r"(?<![\w/])(?<![A-Z]-)(?<!\d[.,])(?:(?P<digits>\d{1,3}(?:[,'’\u00a0\u202f\u2009 ]\d{3})+(?:\.\d+)?(?!\d)"
    r"|\d+/\d+(?![\d/])|\d+,\d{1,2}(?![\d,])|\d+(?:\.\d+)?)(?P<glued>st|nd|rd|th|bn|tn|mn|k|m)?(?!\w)"
    rf"|(?P<word>(?ai:{'|'.join(sorted(_WORDS, key=len, reverse=True))}))(?!\w))"
)
_PERCENT = re.compile(r"\s*-?\s*(?:%|per\s?cent|percentage)", re.IGNORECASE)
_RANGE = re.compile(r"\s*(?:-|–|—|to|and|or)\s*(?:[$€£¥]\s*)?", re.IGNORECASE)
_ROUND = re.compile(
    r"\b(?:(?:ten|hundred|dozen|thousand|million)s\s+of\s+)*(?:dozen|hundred|thousand|million|billion|trillion)s\b"
    r"|\b\d{4}['’]?s\b",
    re.IGNORECASE,
)
_CURRENCIES = {
    "$": re.compile(r"\$|dollar|USD"),
    "€": re.compile(r"€|euro|EUR\b"),
    "£": re.compile(r"£|pound|sterling|GBP"),
    "¥": re.compile(r"¥|yen|yuan|renminbi"),
}


@dataclass(frozen=True, slots=True)
class Number:
    """A number at text[start:end] and the values it may mean; `factor` is its scale and its percent.

    Examples: "1.2 million" has the value 1200000 and the factor 1000000, "third" the values 3 and 1/3.
    """

    values: frozenset[Fraction]
    factor: Fraction
    start: int
    end: int


def wrong_numbers(sentence: str, evidence: str) -> Iterator[str]:
    """A line for each number of the sentence whose value the evidence lacks or has elsewhere.

    Sums and shares that only follow from the evidence are wrong. "Thousands" and "the 1990s" must be there
    as such, and so must the currency.
    """
    theirs = numbers(evidence)
    values = {value for number in theirs for value in number.values}
    values |= {Fraction(part) for date in dates(evidence) for part in (date.year, date.day)}
    known = []
    for number in numbers(sentence):
        said = sentence[number.start : number.end]
        if said.casefold() in ("one", "first"):  # "one of us", "first and foremost"
            continue
        if number.values & values:
            known.append(number)
        else:
            yield f"the number “{said}” is not in the evidence"
    for said in moved(sentence, _places(known), evidence, _places(theirs)):
        yield f"the number “{said}” stands elsewhere in the evidence"
    yield from _wrong_round_numbers(sentence, evidence)
    for name, pattern in _CURRENCIES.items():
        if pattern.search(sentence) and not pattern.search(evidence):
            yield f"the evidence has no sum in {name}"


def _places(found: Sequence[Number]) -> list[Place]:
    return [Place(number.values, number.start, number.end) for number in found]


def _wrong_round_numbers(sentence: str, evidence: str) -> Iterator[str]:
    theirs = {_plain(match.group()) for match in _ROUND.finditer(evidence)}
    for match in _ROUND.finditer(sentence):
        if _plain(match.group()) not in theirs:
            yield f"“{match.group()}” is not in the evidence"


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("’", "").replace("'", "").split())


@lru_cache(maxsize=512)  # an answer asks for the same evidence again and again
def numbers(text: str) -> tuple[Number, ...]:
    """The numbers of a text in order, in digits or words, but for those of its dates.

    Examples: "two hundred and fifty thousand" -> 250000; "30%" -> 3/10; "2 to 3 million" -> 2 or 2000000,
    and 3000000
    """
    text = without_dates(text)
    groups: list[list[re.Match[str]]] = []
    for match in _PIECE.finditer(text):
        if groups and _continues(groups[-1][-1], match, text):
            groups[-1].append(match)
        else:
            groups.append([match])
    found = [_read(group, text) for group in groups]
    return tuple(_spread(one, after, text) for one, after in zip_longest(found, found[1:]))


def _kind(piece: re.Match[str]) -> tuple[str, int]:
    return _WORDS[piece["word"].casefold()] if piece["word"] else ("digits", 0)


def _continues(before: re.Match[str], piece: re.Match[str], text: str) -> bool:
    gap = " ".join(text[before.end() : piece.start()].split()) or " "
    pair = (_kind(before)[0], _kind(piece)[0])
    if gap in ("and", "and a"):
        return pair[1] == "half" or (pair[0] == "scale" and pair[1] in ("unit", "tens"))
    if gap == "a":
        return pair == ("half", "scale")
    return gap in (" ", "-", "\u2010", "\u2011") and pair in _JOINED


def _read(pieces: Sequence[re.Match[str]], text: str) -> Number:
    values, factor = _add_up(pieces)
    end = pieces[-1].end()
    if percent := _PERCENT.match(text, end):
        values, factor, end = {value / 100 for value in values}, factor / 100, percent.end()
    if pieces[-1]["glued"] == "m":  # metres or millions
        values |= {value * 10**6 for value in values}
    return Number(frozenset(values), factor, pieces[0].start(), end)


def _add_up(pieces: Sequence[re.Match[str]]) -> tuple[set[Fraction], Fraction]:
    """The values that pieces of one number may have together, and its scale."""
    total, current, factor = Fraction(0), Fraction(0), Fraction(1)
    for piece in pieces:
        kind, value = _kind(piece)
        if kind == "digits":
            current, factor = _read_digits(piece)
        elif kind in ("unit", "tens"):
            current += value
        elif kind == "half":
            current += Fraction(1, 2)
        elif kind == "scale" and value == 100:
            current = (current or Fraction(1)) * 100
        elif kind == "scale":
            total += (current or Fraction(1)) * value
            current, factor = Fraction(0), factor * value
        elif 0 < current < 20:  # two thirds
            current /= value
        else:  # twenty-first, a third or the third; nothing is joined to it
            return {current + value} | ({Fraction(1, value)} if not current else set()), factor
    return {total + current}, factor


def _read_digits(piece: re.Match[str]) -> tuple[Fraction, Fraction]:
    written = piece["digits"]
    if re.fullmatch(r"\d+,\d{1,2}", written):
        written = written.replace(",", ".")
    factor = _GLUED.get((piece["glued"] or "").casefold(), 1)
    top, _, bottom = re.sub(r"[^\d./]", "", written).partition("/")
    value = Fraction(top) / Fraction(bottom) if bottom and int(bottom) else Fraction(top)
    return value * factor, Fraction(factor)


def _spread(one: Number, after: Number | None, text: str) -> Number:
    """ "2 to 3 million" may mean two million, "10 or 15 percent" ten percent."""
    if after is None or one.factor != 1 or not _RANGE.fullmatch(text, one.end, after.start):
        return one
    more = frozenset(value * after.factor for value in one.values)
    return Number(one.values | more, one.factor, one.start, one.end)

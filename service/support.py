"""What a written sentence may not do to the evidence it cites: invent, alter, turn round, overstate.

Each check compares words, not meanings, and is meant for English: `check_sentence` says what it sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Literal, NamedTuple

from corpus.issuers import Issuers, load_issuers
from service.quotes import match_quote
from service.strength import contradiction, misjudged, words

_SIMILAR = 0.5  # weight of the cosine in support; the rest is the share of words found
_LEAST = 0.45  # support below which a sentence is not passed on


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a written sentence may not be passed on; `detail` is one line for people."""

    check: Literal["citation", "quote", "number", "date", "name", "negation", "strength", "support"]
    detail: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One evidence sentence as the model saw it: the quote, verbatim, and its statement's heading."""

    text: str
    about: str


def check_sentence(
    sentence: str, cited: Sequence[Shown], question: str, similarity: float
) -> tuple[Failure, ...]:
    """Everything that is wrong with a sentence, which comes without its citation marks; () if it passes.

    `similarity` is the best cosine of the sentence and any cited text. Headings bear out names, numbers and
    dates; the question bears out nothing. What each check sees, and what passes it unseen:

    quote     what stands in quotation marks is verbatim in a cited text, marked edits allowed; who is quoted
              is not checked
    number    each has the value of one in the evidence, however written, and is not put where the evidence
              has another between the same words; sums and shares that follow from the evidence fail
    date      each agrees with one in the evidence as far as it is precise; "last week" is not read
    name      each stands in the evidence, issuers under any of their names; who opens the sentence as saying
              something speaks there; a name moved to another place is found only between the same words,
              a surname alone at the start only before a verb of saying
    negation  what the sentence denies the evidence denies, and the reverse, where they share the words
              denied; a denial in other words ("doubted", "in vain") is not seen
    strength  see service.strength
    support   at least _LEAST; a claim in the evidence's own words that was not made there passes
    """
    if not cited:
        return (Failure("citation", "the sentence cites nothing"),)
    texts = [shown.text for shown in cited]
    if any(_is_copy(sentence.strip(), text.strip()) for text in texts):
        return ()
    evidence = "\n".join(f"{shown.text}\n{shown.about}" for shown in cited)
    found = [
        *(Failure("quote", detail) for detail in _misquoted(sentence, texts)),
        *(Failure("number", detail) for detail in _wrong_numbers(sentence, evidence)),
        *(Failure("date", detail) for detail in _wrong_dates(sentence, evidence)),
        *(Failure("name", detail) for detail in _wrong_names(sentence, evidence, question)),
        *(Failure("name", detail) for detail in _wrong_speaker(sentence, cited)),
    ]
    if detail := contradiction(sentence, texts):
        found.append(Failure("negation", detail))
    if detail := misjudged(sentence, texts):
        found.append(Failure("strength", detail))
    if (score := support(sentence, cited, similarity)) < _LEAST:
        found.append(Failure("support", f"the evidence hardly bears the sentence out ({score:.2f})"))
    return tuple(found)


def _is_copy(sentence: str, text: str) -> bool:
    """Whether it is whole sentences of the text: a part of one may lack its "not"."""
    return (
        bool(sentence)
        and re.search(rf"(?:^|[.!?]\s+){re.escape(sentence)}(?:$|(?<=[.!?])\s)", text) is not None
    )


def support(sentence: str, cited: Sequence[Shown], similarity: float) -> float:
    """How far the evidence bears a sentence out, in [0, 1]: cosine and share of its words, equally."""
    mine = set(words(sentence))
    theirs = {word for shown in cited for word in words(f"{shown.text} {shown.about}")}
    covered = len(mine & theirs) / len(mine) if mine else 0.0
    return _SIMILAR * min(1.0, max(0.0, similarity)) + (1 - _SIMILAR) * covered


# Quotations

_QUOTED = re.compile(r"“([^“”]+)”|«([^«»]+)»|\"([^\"]+)\"|(?<!\w)‘([^‘’]*(?:’\w[^‘’]*)*)’(?!\w)")


def _misquoted(sentence: str, texts: Sequence[str]) -> Iterator[str]:
    for match in _QUOTED.finditer(sentence):
        quote = next(filter(None, match.groups()), "").strip()
        bare = quote.rstrip(".,;:!?… ")
        if bare and not any(match_quote(form, text).valid for text in texts for form in (quote, bare)):
            yield f"“{quote}” is not a quotation from the evidence"


# Dates

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_MONTH = r"(?P<month>{})".format(
    "|".join(
        f"{name[:3].title()}(?:{name[3:]}|\\.)?" if name != "may" else "May" for name in _MONTHS
    ).replace("Sep(?:tember", "Sept?(?:ember")
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?(?!\d)"
_YEAR = r"(?P<year>\d{4})(?!\d)"
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?P<year>\d{4})-(?P<month>0\d|1[0-2])(?:-(?P<day>\d{2}))?\b(?!-)",
        rf"\b(?:(?P<first>\d{{1,2}})(?:st|nd|rd|th)?(?:\s*[-–—]\s*|\s+(?:and|to)\s+))?{_DAY}"
        rf"(?:\s+day)?\s+(?:of\s+)?{_MONTH}\b(?:,?\s+(?:of\s+)?{_YEAR})?",
        rf"\b{_MONTH}\s+(?:the\s+)?{_DAY}(?:(?:\s*[-–—]\s*|\s+(?:and|to)\s+)(?P<first>\d{{1,2}})(?!\d))?(?:,?\s+{_YEAR})?",
        rf"\b{_MONTH},?\s+(?:of\s+)?{_YEAR}",
        rf"\b(?P<day>\d{{1,2}})[./](?P<month>\d{{1,2}})[./]{_YEAR}",
        rf"\b(?:[Ii]n|[Ss]ince|[Ll]ast|[Tt]his|[Bb]y|[Uu]ntil|[Ee]arly|[Ll]ate|[Mm]id)[\s-]{_MONTH}\b",
    )
)


@dataclass(frozen=True, slots=True)
class _Date:
    """Zero for what is not said."""

    year: int
    month: int
    day: int
    start: int
    end: int


def _dates(text: str) -> list[_Date]:
    """The dates of a text that have a month."""
    found: list[_Date] = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            if not any(date.start < match.end() and match.start() < date.end for date in found):
                found.extend(_read_date(match))
    return found


def _read_date(match: re.Match[str]) -> Iterator[_Date]:
    groups = match.groupdict()
    month = groups["month"].casefold()[:3]
    number = int(month) if month.isdigit() else [name[:3] for name in _MONTHS].index(month) + 1
    days = [groups.get("first"), groups.get("day")]
    for day in [day for day in days if day] or ["0"]:
        yield _Date(int(groups.get("year") or 0), number, int(day), *match.span())


def _wrong_dates(sentence: str, evidence: str) -> Iterator[str]:
    theirs = _dates(evidence)
    years = {int(year) for year in re.findall(r"(?<!\d)\d{4}(?!\d)", evidence)}
    for date in _dates(sentence):
        if not any(_same_day(date, other, years) for other in theirs):
            yield f"the date “{sentence[date.start : date.end]}” is not in the evidence"


def _same_day(date: _Date, other: _Date, years: set[int]) -> bool:
    same_year = date.year in (0, other.year) or (not other.year and date.year in years)
    return same_year and date.month == other.month and date.day in (0, other.day)


# Numbers

_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = (
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)  # fmt: skip
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
_KINDS = (
    {word: ("unit", value) for value, word in enumerate(_UNITS)}
    | {word: ("tens", value) for value, word in zip(range(20, 100, 10), _TENS, strict=True)}
    | {word: ("part", value) for value, word in enumerate(_ORDINALS, 1)}
    | {f"{word}s": ("part", value) for value, word in enumerate(_ORDINALS, 1) if value > 2}
    | {f"{word[:-1]}ieth": ("part", value) for value, word in zip(range(20, 100, 10), _TENS, strict=True)}
    | {word: ("scale", value) for word, value in _SCALES.items()}
    | {"half": ("half", 2), "quarter": ("part", 4), "quarters": ("part", 4), "hundredth": ("part", 100)}
)
_NUMBER = re.compile(
    r"(?<![\w/])(?<![A-Z]-)(?<!\d[.,])(?:(?P<digits>\d{1,3}(?:[,'’\u00a0\u202f\u2009 ]\d{3})+(?:\.\d+)?(?!\d)"
    r"|\d+/\d+(?![\d/])|\d+,\d{1,2}(?![\d,])|\d+(?:\.\d+)?)(?P<glued>st|nd|rd|th|bn|tn|mn|k|m)?(?!\w)"
    rf"|(?P<word>(?ai:{'|'.join(sorted(_KINDS, key=len, reverse=True))}))(?!\w))"
)
_JOINED = {
    ("unit", "scale"), ("unit", "part"), ("unit", "half"), ("tens", "unit"), ("tens", "scale"),
    ("tens", "part"), ("digits", "scale"), ("scale", "scale"), ("scale", "unit"), ("scale", "tens"),
    ("half", "scale"),
}  # fmt: skip
_VAGUE = re.compile(
    r"\b(?:(?:ten|hundred|dozen|thousand|million)s\s+of\s+)*(?:dozen|hundred|thousand|million|billion|trillion)s\b"
    r"|\b\d{4}['’]?s\b",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"\s*-?\s*(?:%|per\s?cent|percentage)", re.IGNORECASE)
_RANGE = re.compile(r"\s*(?:-|–|—|to|and|or)\s*(?:[$€£¥]\s*)?", re.IGNORECASE)
_CURRENCIES = {
    "$": r"\$|dollar|USD",
    "€": r"€|euro|EUR\b",
    "£": r"£|pound|sterling|GBP",
    "¥": r"¥|yen|yuan|renminbi",
}


@dataclass(frozen=True, slots=True)
class _Number:
    """A number at text[start:end] and the values it may mean; `factor` is its scale and its percent."""

    values: frozenset[Fraction]
    factor: Fraction
    start: int
    end: int


def _numbers(text: str) -> list[_Number]:
    groups: list[list[re.Match[str]]] = []
    for match in _NUMBER.finditer(text):
        if groups and _continues(groups[-1][-1], match, text):
            groups[-1].append(match)
        else:
            groups.append([match])
    found = [_read_number(group, text) for group in groups]
    return [_spread(one, after, text) for one, after in pairwise([*found, None]) if one]


def _kind(match: re.Match[str]) -> tuple[str, int]:
    return _KINDS[match["word"].casefold()] if match["word"] else ("digits", 0)


def _continues(before: re.Match[str], match: re.Match[str], text: str) -> bool:
    gap = " ".join(text[before.end() : match.start()].split()) or " "
    pair = (_kind(before)[0], _kind(match)[0])
    if gap in ("and", "and a"):
        return pair[1] == "half" or (pair[0] == "scale" and pair[1] in ("unit", "tens"))
    if gap == "a":
        return pair == ("half", "scale")
    return gap in (" ", "-", "\u2010", "\u2011") and pair in _JOINED


def _read_number(group: Sequence[re.Match[str]], text: str) -> _Number:
    total, current, factor = Fraction(0), Fraction(0), Fraction(1)
    values: set[Fraction] = set()
    for match in group:
        kind, value = _kind(match)
        if kind == "digits":
            current, factor = _read_digits(match)
        elif kind in ("unit", "tens"):
            current += value
        elif kind == "half":
            current += Fraction(1, 2)
        elif kind == "scale" and value == 100:
            current = (current or Fraction(1)) * 100
        elif kind == "scale":
            total += (current or Fraction(1)) * value
            current, factor = Fraction(0), factor * value
        elif not current or current >= 20:
            values |= {current + value} | ({Fraction(1, value)} if not current else set())
        else:
            current /= value
    end = group[-1].end()
    if percent := _PERCENT.match(text, end):
        current, factor, end = current / 100, factor / 100, percent.end()
    values = values or {total + current}
    if group[-1]["glued"] == "m":
        values |= {value * 10**6 for value in values}
    return _Number(frozenset(values), factor, group[0].start(), end)


def _read_digits(match: re.Match[str]) -> tuple[Fraction, Fraction]:
    written = match["digits"]
    if re.fullmatch(r"\d+,\d{1,2}", written):
        written = written.replace(",", ".")
    factor = _GLUED.get((match["glued"] or "").casefold(), 1)
    top, _, bottom = re.sub(r"[^\d./]", "", written).partition("/")
    value = Fraction(top) / Fraction(bottom) if bottom and int(bottom) else Fraction(top)
    return value * factor, Fraction(factor)


def _spread(one: _Number, after: _Number | None, text: str) -> _Number:
    """ "2 to 3 million" may mean two million, "10 or 15 percent" ten percent."""
    if after is None or one.factor != 1 or not _RANGE.fullmatch(text, one.end, after.start):
        return one
    more = frozenset(value * after.factor for value in one.values)
    return _Number(one.values | more, one.factor, one.start, one.end)


def _wrong_numbers(sentence: str, evidence: str) -> Iterator[str]:
    theirs = _numbers(_without_dates(evidence))
    known = {value for number in theirs for value in number.values}
    known |= {Fraction(part) for date in _dates(evidence) for part in (date.year, date.day)}
    mine = [number for number in _numbers(_without_dates(sentence)) if not _is_article(sentence, number)]
    for number in mine:
        if not number.values & known:
            yield f"the number “{sentence[number.start : number.end]}” is not in the evidence"
    mine = [number for number in mine if number.values & known]
    for start, end in _moved(sentence, _places(mine), evidence, _places(theirs)):
        yield f"the number “{sentence[start:end]}” stands elsewhere in the evidence"
    vague = {_plain(match.group()) for match in _VAGUE.finditer(evidence)}
    for match in _VAGUE.finditer(sentence):
        if _plain(match.group()) not in vague:
            yield f"“{match.group()}” is not in the evidence"
    for name, pattern in _CURRENCIES.items():
        if re.search(pattern, sentence) and not re.search(pattern, evidence):
            yield f"the evidence has no sum in {name}"


def _is_article(text: str, number: _Number) -> bool:
    """Whether it only looks like a number: "one of us", "first and foremost"."""
    return text[number.start : number.end].casefold() in ("one", "first")


def _places(numbers: Sequence[_Number]) -> list[_Place]:
    return [_Place(frozenset(map(str, number.values)), number.start, number.end) for number in numbers]


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("’", "").replace("'", "").split())


def _without_dates(text: str) -> str:
    for date in _dates(text):
        text = text[: date.start] + "x" * (date.end - date.start) + text[date.end :]
    return text


# Names and numbers that change places


class _Place(NamedTuple):
    """Something named or counted at text[start:end]; places that share a key mean the same."""

    keys: frozenset[str]
    start: int
    end: int


def _moved(
    sentence: str, mine: Sequence[_Place], evidence: str, theirs: Sequence[_Place]
) -> Iterator[tuple[int, int]]:
    """Places of the sentence between the same two words as something else of the evidence, and only that."""
    around = [(place.keys, _beside(evidence, place)) for place in theirs]
    for place in mine:
        here = _beside(sentence, place)
        same = [keys for keys, there in around if here == there]
        near = [keys for keys, there in around if here[0] == there[0] != "" or here[1] == there[1] != ""]
        if all(here) and same and not any(keys & place.keys for keys in near):
            yield place.start, place.end


def _beside(text: str, place: _Place) -> tuple[str, str]:
    before = words(re.split(r"[.;:!?]\s", text[max(0, place.start - 60) : place.start])[-1])
    after = words(re.split(r"[.;:!?]\s", text[place.end : place.end + 60])[0])
    return before[-1] if before else "", after[0] if after else ""


# Names

_CAPITAL = re.compile(r"(?<![\w'’])[A-Z][\w'’.&-]*\w|\b[A-Z]\b")
_OPENS = re.compile(r"(?:^|[.!?:;…][\"”’)]*\s|[“\"«(‘]\s*|\n)\s*$")
_POSSESSIVE = re.compile(r"['’]s?(?!\w)")
_ROMAN = re.compile(r"[IVX]+")
_ENDING = re.compile(r"(?<=\w{3})(?:e?ans?|a|e|s|ies|y)$")
_REPORTS = re.compile(
    r"\s+(?:has\s+|have\s+|also\s+)*(?:said|says|stated|told|warned|argued|noted|called|urged|condemned|expressed"
    r"|announced|pledged|welcomed|thanked|stressed|emphasi[sz]ed|reaffirmed|declared|insisted|added)\b"
)
_TITLES = """
    i mr mrs ms dr sir madam president minister prime foreign government governments state states
    member members head heads excellency excellencies he she it they we you this that who both
    neither all none some many english north south east west northern southern eastern western
    monday tuesday wednesday thursday friday saturday sunday representative ambassador delegation
    speaker country
"""
_COMMON = frozenset((*_TITLES.split(), *_MONTHS, *(name[:3] for name in _MONTHS)))


def _wrong_names(sentence: str, evidence: str, question: str) -> Iterator[str]:
    table = _issuers()
    mentions, others = table.find(sentence), table.find(evidence)
    known = {mention.issuer for mention in others}
    known |= {table.parent(issuer) for issuer in known}
    theirs, initials = _name_words(evidence), _initials(evidence)
    for mention in mentions:
        name = sentence[mention.start : mention.end]
        if mention.issuer not in known and not _name_words(name) <= theirs:
            yield _unknown(name, question)
    for match in _CAPITAL.finditer(sentence):
        inside = any(mention.start <= match.start() < mention.end for mention in mentions)
        if not inside and _asserts(sentence, match) and not _stands(match.group(), theirs, initials):
            yield _unknown(match.group(), question)
    mine, there = (
        [_Place(frozenset({one.issuer}), one.start, one.end) for one in found if one.issuer in known]
        for found in (mentions, others)
    )
    for start, end in _moved(sentence, mine, evidence, there):
        yield f"the name “{sentence[start:end]}” stands elsewhere in the evidence"


def _wrong_speaker(sentence: str, cited: Sequence[Shown]) -> Iterator[str]:
    """The issuer that a sentence opens with as saying something, if the evidence is another's statement."""
    table = _issuers()
    first = next(iter(table.find(sentence)), None)
    if not first or sentence[: first.start].strip() not in ("", "The"):
        return
    speakers = {mention.issuer for shown in cited for mention in table.find(shown.about)}
    speakers |= {table.parent(issuer) for issuer in speakers}
    speakers |= {
        mention.issuer
        for shown in cited
        for mention in table.find(shown.text)
        if _REPORTS.match(shown.text, mention.end)
    }
    if speakers and first.issuer not in speakers and _REPORTS.match(sentence, first.end):
        yield f"“{sentence[first.start : first.end]}” is not who says it"


def _unknown(name: str, question: str) -> str:
    where = "only in the question" if name in question else "not in the evidence"
    return f"the name “{name}” is {where}"


def _asserts(sentence: str, match: re.Match[str]) -> bool:
    """Whether a capital is there for a name: inside a sentence, or opening one as the subject of a report."""
    name = _POSSESSIVE.sub("", match.group())
    if name.casefold() in _COMMON or _ROMAN.fullmatch(name):
        return False
    if not _OPENS.search(sentence, max(0, match.start() - 8), match.start()):
        return True
    return (len(name) > 1 and name[1].isupper()) or (
        not name.endswith(("s", "ing", "ed")) and _REPORTS.match(sentence, match.end()) is not None
    )


def _stands(name: str, theirs: frozenset[str], initials: str) -> bool:
    name = _POSSESSIVE.sub("", name)
    return _name_words(name) <= theirs or (name.rstrip("s").isupper() and name.rstrip("s") in initials)


def _name_words(text: str) -> frozenset[str]:
    """The words of a text, whatever their case, so that "Africa" and "African" agree."""
    plain = _POSSESSIVE.sub("", text).replace(".", "")
    return frozenset(_ENDING.sub("", _spelt(word.casefold())) for word in re.findall(r"[^\W_]+", plain))


def _spelt(word: str) -> str:
    return word.replace("isation", "ization").replace("ise", "ize").replace("our", "or")


def _initials(text: str) -> str:
    """The first letters of the capitalised words, in order: an acronym of them is in there."""
    return "".join(word[0] for word in re.findall(r"\b[A-Z]\w*", text))


@cache
def _issuers() -> Issuers:
    return load_issuers()

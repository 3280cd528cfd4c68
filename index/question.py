"""What a question asks for: the issuers and dates it names, and its content words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from corpus.dates import first_day, last_day, parse_date
from corpus.issuers import Issuers
from index.speakers import overlaps, speaker_mentions

_TERM = re.compile(r"[^\W_]+(?:[.,]\d+|['’-][^\W_]+)*")
_MONTH = (
    "(?P<month>(?:Jan|Febr)uary|March|April|May|June|July|August|(?:Sept|Nov|Dec)ember|October"
    "|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\\.?)"
)
_YEAR = r"(?:19|20)[0-9]{2}"
_SPAN = re.compile(
    rf"\b(?P<first>{_YEAR})(?:\s?[-–—/]\s?|\s+(?:to|and|through|until)\s+)(?P<last>(?:{_YEAR}|[0-9][0-9]))\b(?![-–.,]?[0-9])"
)
_DATE = re.compile(
    rf"\b(?P<iso>{_YEAR}-[0-9][0-9](?:-[0-9][0-9])?)\b"
    rf"|\b(?:(?:(?P<from>[0-9][0-9]?)\s?[-–]\s?)?(?P<day>[0-9][0-9]?)(?:st|nd|rd|th)?\s+(?:of\s+)?)?{_MONTH}"
    rf"(?:\s+(?P<day_after>[0-9][0-9]?)(?:st|nd|rd|th)?)?,?\s+(?:of\s+)?(?P<month_year>{_YEAR})\b"
    rf"|\b(?P<year>{_YEAR})(?![-–.,]?[0-9])\b",
    re.IGNORECASE,
)
_WHO = re.compile(
    r"(?:(?:\bwhich(?: of)?(?: the)?|^(?:name|list)(?: the)?)"
    r"(?: (?!(?:do|does|did|has|have|is|are|was|were|should|would|will|can|the)\b)[\w-]+(?!\w|['’])){0,5}?"
    r"|\bwhat(?: other)?) (?P<who>countr(?:y|ies)|states?|governments?|nations?|republics?|members"
    r"|delegations?|speakers?|leaders?|presidents?|ministers?)\b"
    r"|\b(?:what|how) (?:do|did) (?:[\w-]+ ){0,4}?(?P<they>countries|states|governments|nations|republics)\b"
    r"|\b(?P<else>who else|who among)\b",
    re.IGNORECASE,
)
_AUXILIARY = re.compile(r" (?:do|does|did|has|have|is|are|was|were|should|would|will|can)(?: the)? ")
_LONGEST_SPAN = 10  # years; "between 1946 and 2024" is one range, not 79
_STOP_WORDS = """
a about above according after again against ago all also am among an and any anyone are as ask at be
because been before being between both but by call called can could did do does doing done during
each else ever every far for from further get give given gives go going had has have having he her
here hers him his how i if in into is it its itself just kind let like list made make many may me
might more most move much must my name need no nor not now of off on one only or other our out over
own per position same say saying says shall she should since so some speech speeches still such tell
than that the their them then there these they this those through to told too towards under until up
upon us very view was way we well were what when where whether which while who whom whose why will
with within without would you your
"""
_EMPTY_WORDS = frozenset(_STOP_WORDS.split())


@dataclass(frozen=True, slots=True)
class Name:
    """What a question names from character `start` to before `end`: issuers or dates, as in Question."""

    start: int
    end: int
    issuers: tuple[str, ...] = ()
    dates: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what it names, each in order of first mention and once.

    issuers  canonical names; after an institution, the issuer it belongs to; the issuers of named speakers
    dates    (first, last) days in ISO form; a span of up to ten years is given year by year
    terms    content words in lower case, without stop words and the words of issuers and dates
    asks_who whether it asks which issuers say something; those it names are then what it is about:
             "Which other countries back Argentina's claim?"
    names    where it names them: issuers in order of place, then dates
    """

    text: str
    issuers: tuple[str, ...] = ()
    dates: tuple[tuple[str, str], ...] = ()
    terms: tuple[str, ...] = ()
    asks_who: bool = False
    names: tuple[Name, ...] = ()

    @property
    def matter(self) -> str:
        """The text without the words of issuers and dates, as `without`."""
        return self.without(self.names)

    def without(self, names: Iterable[Name]) -> str:
        """The text without the words of these names; the whole text where no content word is left then."""
        taken = [(name.start, name.end) for name in names]
        return _without(self.text, taken) if _terms(self.text, taken) else self.text


def understand(text: str, issuers: Issuers, speakers: Mapping[str, str]) -> Question:
    """Read a question; `speakers` is what index.speakers.speaker_names returns.

    Example: "Did Nairobi send police in 2024?" -> issuers ("Kenya",), terms ("send", "police"),
    dates (("2024-01-01", "2024-12-31"),)
    """
    mentions = [(mention.start, mention.end, mention.issuer) for mention in issuers.find(text)]
    mentions += speaker_mentions(text, speakers, [(start, end) for start, end, _ in mentions])
    named = [
        Name(start, end, tuple(name for name in (issuer, issuers.parent(issuer)) if name))
        for start, end, issuer in sorted(mentions)
    ]
    dated = [Name(start, end, dates=tuple(periods)) for (start, end), periods in sorted(_dates(text))]
    return Question(
        text,
        tuple(dict.fromkeys(issuer for name in named for issuer in name.issuers)),
        tuple(dict.fromkeys(period for name in dated for period in name.dates)),
        tuple(_terms(text, [(name.start, name.end) for name in named + dated])),
        _asks_who(text, [(name.start, name.end) for name in named]),
        tuple(named + dated),
    )


def _dates(text: str) -> Iterator[tuple[tuple[int, int], list[tuple[str, str]]]]:
    """Each date's place in the text and the periods it stands for."""
    spans = []
    for match in _SPAN.finditer(text):
        first, last = match["first"], match["last"]
        last = last if len(last) == 4 else first[:2] + last
        if int(first) < int(last):
            spans.append(match.span())
            yield match.span(), _years(int(first), int(last))
    for match in _DATE.finditer(text):
        if not overlaps(*match.span(), spans):
            yield match.span(), _period(match)


def _years(first: int, last: int) -> list[tuple[str, str]]:
    if last - first >= _LONGEST_SPAN:
        return [(first_day(str(first)), last_day(str(last)))]
    return [(first_day(str(year)), last_day(str(year))) for year in range(first, last + 1)]


def _period(match: re.Match[str]) -> list[tuple[str, str]]:
    """The days a date can mean; a month with an impossible day is the month."""
    if value := match["iso"] or match["year"]:
        return _days(value, value) or _days(value[:4], value[:4])
    month = f"{match['month'].rstrip('.')[:3].title()} {match['month_year']}"
    last = match["day"] or match["day_after"]
    first = match["from"] or last
    return (_days(f"{first} {month}", f"{last} {month}") if last else []) or _days(month, month)


def _days(first: str, last: str) -> list[tuple[str, str]]:
    try:
        period = first_day(parse_date(first)), last_day(parse_date(last))
    except ValueError:
        return []
    return [period] if period[0] <= period[1] else []


def _asks_who(text: str, mentions: list[tuple[int, int]]) -> bool:
    """Not "which countries does Kenya thank", which asks Kenya, nor "what do the United States say"."""
    for match in _WHO.finditer(text):
        auxiliary = _AUXILIARY.match(text, match.end())
        answers_itself = auxiliary and any(start == auxiliary.end() for start, _ in mentions)
        if not answers_itself and not overlaps(match.start(match.lastgroup or 0), match.end(), mentions):
            return True
    return False


def _terms(text: str, taken: list[tuple[int, int]]) -> dict[str, None]:
    terms: dict[str, None] = {}
    for match in _TERM.finditer(text):
        word = re.sub(r"['’]s?$", "", match.group().lower())
        if len(word) > 1 and word not in _EMPTY_WORDS and not overlaps(*match.span(), taken):
            terms[word] = None
    return terms


def _without(text: str, taken: list[tuple[int, int]]) -> str:
    left = "".join(" " if overlaps(at, at + 1, taken) else char for at, char in enumerate(text))
    return " ".join(left.split())

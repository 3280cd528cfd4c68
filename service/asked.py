"""What a question asks of a text: words, names, a kind of thing, and whose statements of when."""

from __future__ import annotations

import re
from functools import lru_cache

from corpus.dates import can_lie
from corpus.statement import Statement
from index.question import Question

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_ENDING = re.compile(r"(?:ations?|ions?|ments?|ings?|ies|ed|es|ly|s|e|y)$")
_SALUTATION = re.compile(
    r"[\W_]*(?:(?:mr|mrs|ms)\.?|madam|sir|your|excellenc\w+|ladies|distinguished|dear|i thank you|thank you)"
    r"(?!\w)(?:[^.!?]|\b(?:mr|mrs|ms)\.)*[\W_]*$",
    re.IGNORECASE,
)
_LONGEST_SALUTATION = 12  # words

_ASKED = r"\b(?:what|which)\s+(?:[\w'’-]+\s+){0,2}"
_SOME = r"half|halves|third|quarter|majority|dozens?|hundreds?|thousands?|millions?|billions?|trillions?"
_ONES = r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty"
_MONTHS = r"January|February|March|April|May|June|July|August|September|October|November|December"
# What a question asks for, and what a sentence must hold to give it.
_KINDS = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(held))
    for asked, held in (
        (
            rf"\bwhen\b|{_ASKED}(?:dates?|days?|years?|months?)\b|\bdeadline\b",
            rf"\b(?:19|20)\d\d\b|\b(?:{_MONTHS})\b",
        ),
        (
            rf"\bhow\s+much\s+money\b|{_ASKED}(?:cost|budget|price|loss|sum|amount)\b",
            r"[$€£¥]|(?i:\b(?:dollars?|euros?|millions?|billions?|trillions?)\b)",
        ),
        (
            rf"{_ASKED}(?:share|proportion|portion|percentage)\b",
            rf"%|(?i:\bper\s?cent\b|\b(?:{_SOME})\b)",
        ),
        (
            rf"\bhow\s+(?:many|much|long|large|big|old|often|far|high)\b|{_ASKED}(?:rate|tonnage)\b"
            r"|\b(?:number|total|headcounts?|figures?)\b",
            rf"\b(?!(?:19|20)\d\d\b)\d|(?i:\b(?:{_ONES}|{_SOME})\b)",
        ),
        (r"\bwho(?:m|se)?\b|\bname of\b", r"\b[A-Z][\w'’-]+ (?:[A-Z]\. )?[A-Z][\w'’-]+"),
        (
            rf"{_ASKED}(?:sanctions|penalties)\b",
            r"(?i:\bsanction|\bpenalt|\bembargo|\brestrictive measures|\bblacklist|\basset freeze)",
        ),
        (r"\bcalls?\s+(?:for|on|upon)\b", r"(?i:\bcall|\burg|\bdemand|\bappeal|\bmust\b|\bshould\b)"),
    )
)
_ASKS_PERSON = re.compile(r"\bwho(?:m|se)?\b|\bnames?\b|\bsign", re.IGNORECASE)
_COMPARES = re.compile(
    r"\b(?:[Cc]ompar|[Cc]ontrast|[Dd]iffer|[Dd]iverge|[Bb]oth\b|[Ee]ach\b|[Vv]ersus\b|vs\b|far apart"
    r"|side by side)|[A-Z]\w+,? (?:and|or) (?:the )?[A-Z]"
)
# "What did Kenya say about Haiti?", not "On Haiti, what did Kenya say?": no name before the verb
_ASKS_ONE = re.compile(r"\w?[^A-Z]*\b(?:do|does|did|has|have)\b")
_INSTITUTION = re.compile(r"Commission|Council|Parliament|Secretar|Representative|Ministry|Office")
_JOINT = re.compile(r"\bjoint (?:\w+ )?(?:statement|declaration|communiqu\w+|text|paper)\b", re.IGNORECASE)


def stem(word: str) -> str:
    """A rough stem, so that words of one root agree: "denuclearization" -> "denucleariz"."""
    word = word.casefold()
    ending = _ENDING.search(word, 4)
    return word[: ending.start()] if ending else word


def stems(text: str) -> frozenset[str]:
    """The stems of the words of a text; numbers stay as they are written."""
    return frozenset(stem(word) for word in _WORD.findall(text))


def words_asked(question: Question) -> frozenset[str]:
    """Stems of the question's terms, and of the names of issuers and persons in it."""
    return frozenset(map(stem, question.terms)) | names_asked(question)


def names_asked(question: Question) -> frozenset[str]:
    """Stems of the words with a capital inside a sentence, of acronyms, and the numbers."""
    text, names = question.text, set()
    for match in _WORD.finditer(text):
        word, before = match.group(), text[: match.start()].rstrip()
        opens = not before or before[-1] in ".?!:"
        is_name = word[0].isupper() and len(word) > 1 and (not opens or word.isupper())
        if is_name or any(map(str.isdigit, word)):
            names.add(stem(word))
    return frozenset(names)


@lru_cache(64)  # each sentence found is held against the same question
def _kinds(question: str) -> tuple[re.Pattern[str], ...]:
    return tuple(held for asked, held in _KINDS if asked.search(question))


def has_kind(question: Question, text: str) -> bool:
    """Whether a text holds a kind of thing asked for: a number, a date, ...; True if none is asked for."""
    kinds = _kinds(question.text)
    return not kinds or any(held.search(text) for held in kinds)


def asks_kind(question: Question) -> bool:
    """Whether a kind of thing is asked for at all."""
    return bool(_kinds(question.text))


def speaks(statement: Statement, period: tuple[str, str]) -> bool:
    """Whether a statement's date can lie between two ISO days."""
    return can_lie(statement.date, *period)


def asks_person(question: Question) -> bool:
    """Whether it asks who, or who signed."""
    return _ASKS_PERSON.search(question.text) is not None


def asks_joint(question: Question) -> bool:
    """Whether it asks for a joint statement as such: the one issuer it names may be what that is about."""
    return _JOINT.search(question.text) is not None


def is_joint(statement: Statement) -> bool:
    """Whether several issuers made it."""
    return len(statement.issuers) > 1


def in_scope(question: Question, statement: Statement) -> bool:
    """Whether a statement is of the issuers and dates that the question names, as far as it names any."""
    return strayed(question, statement) == 0


def strayed(question: Question, statement: Statement) -> int:
    """0, 1 or 2: how many of issuer and date are others than the question names."""
    named = () if question.asks_who else question.issuers
    if len(named) > 1 and _ASKS_ONE.match(question.text) and not compares(question):
        named = _first(question)
    other_issuer = bool(named) and set(named).isdisjoint(statement.issuers)
    if asks_joint(question):
        other_issuer = not is_joint(statement) or (other_issuer and len(named) > 1)
    other_date = bool(question.dates) and not any(speaks(statement, period) for period in question.dates)
    return other_issuer + other_date


def compares(question: Question) -> bool:
    """Whether it asks for what several issuers say side by side."""
    return _COMPARES.search(question.text) is not None


def _first(question: Question) -> tuple[str, ...]:
    """The issuer asked, of several named: "What did Kenya say about Haiti?" asks Kenya.

    After an institution comes the issuer it belongs to, which is asked as well.
    """
    return question.issuers[:2] if _INSTITUTION.search(question.issuers[0]) else question.issuers[:1]


def is_quotable(text: str) -> bool:
    """Whether a sentence says something: three words at least, and no salutation."""
    words = [word for word in _WORD.findall(text) if not word.isdecimal()]
    return len(words) > 2 and not (len(words) <= _LONGEST_SALUTATION and _SALUTATION.match(text))

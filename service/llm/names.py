"""The names a sentence gives, who it says is speaking, and what of that its evidence does not bear out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache

from corpus.issuers import Issuers, Mention, load_issuers
from service.llm.dates import MONTHS
from service.llm.moved import Place, moved

_CAPITAL = re.compile(r"(?<![\w'’])[A-Z][\w'’.&-]*\w|\b[A-Z]\b")
_OPENING = re.compile(r"(?:^|[.!?:;…][\"”’)]*\s|[“\"«(‘]\s*|\n)\s*$")  # where any word has a capital
_POSSESSIVE = re.compile(r"['’]s?(?!\w)")
_ROMAN = re.compile(r"[IVX]+")
_ENDING = re.compile(r"(?<=\w{3})(?:e?ans?|a|e|s|ies|y)$")
_REPORTS = re.compile(
    r"\s+(?:has\s+|have\s+|also\s+)*(?:said|says|stated|told|warned|argued|noted|called|urged|condemned|expressed"
    r"|announced|pledged|welcomed|thanked|stressed|emphasi[sz]ed|reaffirmed|declared|insisted|added)\b"
)
_NAMELESS = """
    i mr mrs ms dr sir madam president minister prime foreign government governments state states
    member members head heads excellency excellencies he she it they we you this that who both
    neither all none some many english north south east west northern southern eastern western
    monday tuesday wednesday thursday friday saturday sunday representative ambassador delegation
    speaker country
"""
_NO_NAMES = frozenset((*_NAMELESS.split(), *MONTHS, *(month[:3] for month in MONTHS)))


def wrong_names(sentence: str, evidence: str, question: str) -> Iterator[str]:
    """A line for each name of the sentence that the evidence lacks or has elsewhere.

    Issuers agree under any of their names, and an institution bears out the one it belongs to. A name that
    opens the sentence is read only if it is an issuer's, an acronym, or before a verb of saying.
    """
    mentions, others = _mentions(sentence), _mentions(evidence)
    known = _with_parents(mention.issuer for mention in others)
    for name in _unknown(sentence, known, evidence):
        yield f"the name “{name}” is {'only in the question' if name in question else 'not in the evidence'}"
    for name in moved(sentence, _places(mentions, known), evidence, _places(others, known)):
        yield f"the name “{name}” stands elsewhere in the evidence"


def wrong_speaker(sentence: str, texts: Sequence[str], headings: Sequence[str]) -> str:
    """A line if the sentence opens with an issuer as saying something and the evidence is of others, or "".

    Speakers are the issuers of the headings and those that the texts report as saying something.
    """
    first = next(iter(_mentions(sentence)), None)
    if not first or sentence[: first.start].strip() not in ("", "The"):
        return ""
    if not _REPORTS.match(sentence, first.end):
        return ""
    speakers = _with_parents(mention.issuer for heading in headings for mention in _mentions(heading))
    speakers |= {
        mention.issuer for text in texts for mention in _mentions(text) if _REPORTS.match(text, mention.end)
    }
    if not speakers or first.issuer in speakers:
        return ""
    return f"“{sentence[first.start : first.end]}” is not who says it"


def _unknown(sentence: str, known: set[str], evidence: str) -> Iterator[str]:
    """The sentence's issuers that are not known, then its other names that are not in the evidence."""
    roots, initials = _roots(evidence), _initials(evidence)
    mentions = _mentions(sentence)
    for mention in mentions:
        name = sentence[mention.start : mention.end]
        if mention.issuer not in known and not _roots(name) <= roots:
            yield name
    for match in _CAPITAL.finditer(sentence):
        name = match.group()
        inside = any(mention.start <= match.start() < mention.end for mention in mentions)
        if inside or not _is_name(sentence, match):
            continue
        if not (_roots(name) <= roots or _abbreviates(name, initials)):
            yield name


def _is_name(sentence: str, match: re.Match[str]) -> bool:
    """Whether a capital is there for a name: inside a sentence, or opening one as the subject of a report."""
    name = _POSSESSIVE.sub("", match.group())
    if name.casefold() in _NO_NAMES or _ROMAN.fullmatch(name):
        return False
    if not _OPENING.search(sentence, max(0, match.start() - 8), match.start()):
        return True
    return (len(name) > 1 and name[1].isupper()) or (
        not name.endswith(("s", "ing", "ed")) and _REPORTS.match(sentence, match.end()) is not None
    )


def _abbreviates(name: str, initials: str) -> bool:
    letters = _POSSESSIVE.sub("", name).rstrip("s")
    return letters.isupper() and letters in initials


def _initials(text: str) -> str:
    """The first letters of the capitalised words, in order: an acronym of them is in there."""
    return "".join(word[0] for word in re.findall(r"\b[A-Z]\w*", text))


def _roots(text: str) -> frozenset[str]:
    """The words of a text whatever their case and ending, so that "Africa" and "African" agree."""
    plain = _POSSESSIVE.sub("", text).replace(".", "")
    return frozenset(_root(word.casefold()) for word in re.findall(r"[^\W_]+", plain))


@lru_cache(maxsize=20_000)
def _root(word: str) -> str:
    american = word.replace("isation", "ization").replace("ise", "ize").replace("our", "or")
    return _ENDING.sub("", american)


def _places(mentions: Sequence[Mention], known: set[str]) -> list[Place]:
    return [
        Place(frozenset((mention.issuer,)), mention.start, mention.end)
        for mention in mentions
        if mention.issuer in known
    ]


def _with_parents(issuers: Iterable[str]) -> set[str]:
    found = set(issuers)
    return found | {_issuers().parent(issuer) for issuer in found}


@lru_cache(maxsize=512)  # an answer asks for the same evidence again and again
def _mentions(text: str) -> tuple[Mention, ...]:
    return _issuers().find(text)


@cache
def _issuers() -> Issuers:
    return load_issuers()

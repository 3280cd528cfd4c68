"""Who speaks: what speakers are called, and where a question names one."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from corpus.metadata import Described

_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_APOSTROPHES = str.maketrans(dict.fromkeys("‘’ʻʼ", "'"))
_TITLES = """
Amir Ambassador Cardinal Chancellor Chief Commissioner Emir Excellency Foreign High King Leader Lord
Madam Majesty Minister Mr Mrs Ms Pope President Prime Prince Princess Queen Representative Secretary
Sheikh Sultan Vice General
"""
# Parts of names that a question may mean otherwise.
_ORDINARY = """
Allah Anne April Arab Archbishop August Austria Barrow Benjamin Black Brown Christian Corona Costa
Cruz Dark Davis Diamond Drew Edward Elizabeth Francis Free George Golden Grace Grand Great Henry
Hope Islam James Jesus John Johnson Joint Jose Junior Justice Land Long Made Maria Marie Mark Marine
Martin Michael Mohamed Mohammad Mohammed Muhammad Nova Paul Peace Peter Price Rich Richard Robert
Rose Sail Saint Santiago Santos Senior Silva Smith Song South Special Stone Store Strong Sunday
Victor Water West White William Wise Young
"""
_TITLE_WORDS = frozenset(_TITLES.split())
_NO_SURNAMES = frozenset(_ORDINARY.split()) | _TITLE_WORDS


def speaker_names(statements: Iterable[Described]) -> Mapping[str, str]:
    """What speakers are called -> the one issuer they speak for; keys are without accents.

    Held are whole names, a post with any word of the name, and words of more than three letters that are
    neither first names nor ordinary words. What may mean two issuers is left out.
    Example: "Javier Milei", President of Argentina -> "Javier Milei", "President Milei",
    "President Javier" and "Milei", each to "Argentina"
    """
    owners: dict[str, set[str]] = defaultdict(set)
    for speaker, issuer in {
        (speaker, speaker.issuer or (statement.issuers[0] if len(statement.issuers) == 1 else ""))
        for statement in statements
        for speaker in statement.speakers
    }:
        for name in _names(_folded(speaker.name), _folded(speaker.post)):
            owners[name].add(issuer)
    return {name: min(found) for name, found in sorted(owners.items()) if len(found) == 1 and "" not in found}


def _names(name: str, post: str) -> Iterator[str]:
    words = _WORD.findall(name)
    if len(words) > 1:
        yield " ".join(words)
    for place, word in enumerate(words):
        if post and word[0].isupper():
            yield f"{post} {word}"
        # "Lula da Silva" and "Abdullah II" are known by their first words.
        first_name = place == 0 and len(words) > 1 and not (words[1].islower() or words[1].strip("IVX") == "")
        if len(word) > 3 and word[0].isupper() and not first_name and word not in _NO_SURNAMES:
            yield word


def speaker_mentions(
    text: str, speakers: Mapping[str, str], taken: list[tuple[int, int]]
) -> Iterator[tuple[int, int, str]]:
    """Start, end and issuer of each name of a speaker; `speakers` is what speaker_names returns.

    Not inside what is `taken` by an issuer's name, and not beside another name ("Fidel Castro").
    """
    plain = _folded(text)
    words = list(_WORD.finditer(plain))
    for place, word in enumerate(words):
        if overlaps(*word.span(), taken) or not word.group()[0].isupper():
            continue
        for count in (5, 4, 3, 2, 1):
            part = words[place : place + count]
            name = " ".join(_without_s(match.group()) for match in part)
            if issuer := speakers.get(name, ""):
                own = set(" ".join(name for name, owner in speakers.items() if owner == issuer).split())
                if count > 1 or _stands_alone(plain, words, place, own):
                    yield part[0].start(), part[-1].end(), issuer
                break


def _stands_alone(plain: str, words: list[re.Match[str]], place: int, own: set[str]) -> bool:
    """Whether no word beside a name makes it another person's; `own` are the names of its own speakers."""
    for beside in (place - 1, place + 1):
        if not 0 <= beside < len(words):
            continue
        other, left = words[beside], words[min(place, beside)]
        apart = plain[left.end() : words[max(place, beside)].start()] != " "
        opens = beside < place and plain[: other.start()].rstrip()[-1:] in set('.?!:;"“(')  # "" is in no set
        opens = opens or other.start() == 0
        is_name = other.group()[0].isupper() and other.group() not in own | _TITLE_WORDS
        if is_name and not apart and not opens:
            return False
    return True


def _folded(text: str) -> str:
    """Without accents and with plain apostrophes, one character for one in text that is NFC."""
    return "".join(unicodedata.normalize("NFD", char)[0] for char in text.translate(_APOSTROPHES))


def _without_s(word: str) -> str:
    return word.removesuffix("'s")


def overlaps(start: int, end: int, taken: Iterable[tuple[int, int]]) -> bool:
    """Whether characters from `start` to before `end` are among those of any of the spans."""
    return any(start < last and first < end for first, last in taken)

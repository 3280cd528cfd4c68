"""The records every other room speaks in."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, field


class CorpusError(ValueError):
    """Input that cannot become a statement; the message names the file, the place and what is accepted."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person who speaks in a statement: name, post, and the issuer spoken for (a canonical name)."""

    name: str
    post: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One policy statement, with its canonical text.

    id        unique in a collection; the stem of its file unless given
    issuers   canonical names (see corpus.issuers), several for a joint statement
    date      ISO 8601, as precise as the source: "2024", "2024-11", "2024-11-04"; "" if unknown
    kind      "speech", "joint statement", "resolution", ...; "" if unknown
    language  ISO 639-1 code; "" if unknown
    text      canonical: what `canonical` returns; all offsets point into it
    """

    id: str
    text: str
    title: str = ""
    issuers: tuple[str, ...] = ()
    speakers: tuple[Speaker, ...] = ()
    date: str = ""
    kind: str = ""
    language: str = ""
    url: str = ""
    version: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "version", hashlib.sha256(self.text.encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text[start:end]` of its statement, without white space around it: the unit of evidence."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """`text[start:end]` of its statement: what is embedded and retrieved.

    The passages of a statement tile its text: each starts where the one before ends. `sentences` are in
    order and hold every character of the passage that is not white space exactly once. `paragraph` and
    `last_paragraph` are numbers as printed where the statement prints them, else counted from 1; the
    title line of a statement is paragraph 0.
    """

    start: int
    end: int
    paragraph: int
    last_paragraph: int
    sentences: tuple[Sentence, ...]


def canonical(text: str) -> str:
    r"""Text as it is stored and cited: NFC, "\n" line ends, no byte-order mark; nothing else is changed.

    Example: "\ufeffCafe\u0301\r\n" -> "Caf\u00e9\n"
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text)

"""Metadata of statements: the fields people write, and how sources of them are joined."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import zip_longest
from typing import Protocol, TypeAlias

from corpus.dates import parse_date
from corpus.statement import CorpusError, Speaker, Statement, canonical

# The first name of a field that holds anything counts; unknown names are ignored.
_ISSUERS = ("issuers", "issuer", "country", "organisation", "organization")
_LIMIT = 1000  # characters of a field on one line; longer is a text in the wrong column
_ID_LIMIT = 200


class Names(Protocol):
    """What reading needs of corpus.issuers.Issuers."""

    def canonical(self, name: str) -> str:
        """The canonical name for a name, alias or code; an unknown name as it is."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known of a statement besides its text, as in Statement; empty is unknown.

    Issuers are as written, and speakers have an issuer only where it was written beside them.
    """

    id: str = ""
    title: str = ""
    issuers: tuple[str, ...] = ()
    speakers: tuple[Speaker, ...] = ()
    date: str = ""
    kind: str = ""
    language: str = ""
    url: str = ""


Described: TypeAlias = Statement | Metadata  # what has an id, issuers, speakers, a date, a title


def merge(*sources: Metadata) -> Metadata:
    """Field by field, the first source that knows it."""
    known: dict[str, object] = {}
    for source in reversed(sources):
        known |= {name: getattr(source, name) for name in source.__slots__ if getattr(source, name)}
    return replace(Metadata(), **known)  # type: ignore[arg-type]


def statement(text: str, metadata: Metadata, names: Names, place: str) -> Statement:
    """The statement itself, with canonical text and issuers; `metadata.id` must be known.

    A speaker without an issuer speaks for the only one, or for the one at the same position when there
    are as many speakers as issuers. Raises CorpusError naming `place` for a text without a letter.
    """
    issuers = tuple(dict.fromkeys(map(names.canonical, metadata.issuers)))
    fields = asdict(metadata) | {
        "id": checked_id(metadata.id, place),
        "issuers": issuers,
        "speakers": _speaking_for(metadata.speakers, issuers, names),
    }
    return Statement(text=_checked_text(text, place), **fields)


def from_fields(fields: Mapping[str, object], place: str) -> Metadata:
    """Metadata people wrote: front matter, an object of a JSONL file, or the row of a table.

    Fields: id or _id, title, issuers, speakers, posts, date or year, kind, language or lang, url; for
    issuers also issuer, country, organisation. Several issuers, speakers or posts are a list or separated
    by ";"; `speaker` and `post` hold one, unsplit. A speaker may be an object of name, post and issuer.
    Raises CorpusError naming `place`, the field, and what it accepts.
    """
    given = {key.strip().lower(): value for key, value in fields.items() if value not in (None, "", [], {})}
    return Metadata(
        id=_id(given, place),
        title=_line(given, place, "title"),
        issuers=tuple(filter(None, _lines(given, place, *_ISSUERS))),
        speakers=_speakers(given, place),
        date=_date(given, place),
        kind=_line(given, place, "kind").lower(),
        language=_language(given, place),
        url=_url(given, place),
    )


def one_line(text: str) -> str:
    r"""Text for a field: NFC, control characters and runs of white space as one space, no ends.

    Example: " Joint\n Statement\x1b" -> "Joint Statement"
    """
    plain = "".join(" " if unicodedata.category(char) in ("Cc", "Cs") else char for char in text)
    return unicodedata.normalize("NFC", " ".join(plain.split()))


def language_code(value: str) -> str:
    """The code of a language tag, "" if it is none: "pt-BR" -> "pt", "English" -> ""."""
    code = re.split("[-_]", value.strip().lower())[0]
    return code if re.fullmatch("[a-z]{2,3}", code) else ""


def web_address(value: str) -> str:
    """The address if it can be followed safely, else "": only http and https, no white space."""
    return value.strip() if re.fullmatch(r"https?://[^\s\x00-\x1f<>\"]+", value.strip()) else ""


def checked_id(value: str, place: str) -> str:
    """The id in NFC; raises CorpusError unless it is 1 to 200 characters, none of them a control."""
    identity = unicodedata.normalize("NFC", value.strip())
    if not identity or len(identity) > _ID_LIMIT:
        raise CorpusError(f"{place}: id has {len(identity)} characters; accepted are 1 to {_ID_LIMIT}")
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in identity):
        raise CorpusError(
            f"{place}: id {identity!a} holds control characters or is no Unicode;"
            " rename the file or give another id"
        )
    parts = identity.split("/")
    if {"", ".", ".."} & set(parts) or (len(parts) > 1 and parts[-1] == "text"):
        raise CorpusError(
            f"{place}: id {identity!r} cannot stand in an address: between slashes no part may be empty, '.'"
            " or '..', nor may the last one be 'text'"
        )
    return identity


def _checked_text(text: str, place: str) -> str:
    if "\0" in text:
        raise CorpusError(f"{place}: the text holds a NUL character; expected plain text")
    text = canonical(text)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise CorpusError(
            f"{place}: the text holds half a surrogate pair at character {error.start}; expected Unicode"
        ) from error
    if not any(map(str.isalnum, text)):
        raise CorpusError(f"{place}: empty: the text holds no letter and no digit")
    return text


def _speaking_for(
    speakers: tuple[Speaker, ...], issuers: tuple[str, ...], names: Names
) -> tuple[Speaker, ...]:
    likely = issuers * len(speakers) if len(issuers) == 1 else issuers
    if len(likely) != len(speakers):
        likely = ("",) * len(speakers)
    return tuple(
        replace(speaker, issuer=names.canonical(speaker.issuer) if speaker.issuer else issuer)
        for speaker, issuer in zip(speakers, likely, strict=True)
    )


def _line(fields: Mapping[str, object], place: str, *names: str) -> str:
    for name in names:
        if name in fields:
            line = one_line(_scalar(fields[name], name, place))
            if line:
                return line
    return ""


def _lines(fields: Mapping[str, object], place: str, *names: str) -> tuple[str, ...]:
    for name in names:
        if name in fields:
            value = fields[name]
            parts = value if isinstance(value, list) else _scalar(value, name, place).split(";")
            return tuple(one_line(_scalar(part, name, place)) for part in parts)
    return ()


def _scalar(value: object, name: str, place: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise CorpusError(f"{place}: field {name!r}: expected text, found {type(value).__name__}")
    text = str(value)
    if len(text) > _LIMIT:
        raise CorpusError(f"{place}: field {name!r}: {len(text)} characters; accepted are up to {_LIMIT}")
    return text


def _id(fields: Mapping[str, object], place: str) -> str:
    name = "id" if "id" in fields else "_id"
    return checked_id(_scalar(fields[name], name, place), place) if name in fields else ""


def _date(fields: Mapping[str, object], place: str) -> str:
    name = "date" if "date" in fields else "year"
    value = _line(fields, place, name)
    try:
        return parse_date(value) if value else ""
    except ValueError as error:
        raise CorpusError(f"{place}: field {name!r}: {error}") from error


def _language(fields: Mapping[str, object], place: str) -> str:
    value = _line(fields, place, "language", "lang")
    if value and not language_code(value):
        raise CorpusError(f"{place}: field 'language': {value!r} is no code; write it as en or pt-BR")
    return language_code(value)


def _url(fields: Mapping[str, object], place: str) -> str:
    value = _line(fields, place, "url")
    if value and not web_address(value):
        raise CorpusError(f"{place}: field 'url': {value!r} does not start with http:// or https://")
    return value


def _speakers(fields: Mapping[str, object], place: str) -> tuple[Speaker, ...]:
    name = "speakers" if "speakers" in fields else "speaker"
    value = fields.get(name, [])
    if not isinstance(value, list):
        value = value.split(";") if isinstance(value, str) and name == "speakers" else [value]
    people = [_speaker(item, name, place) for item in value]
    posts = _lines(fields, place, "posts") or tuple(filter(None, [_line(fields, place, "post")]))
    if people and len(posts) not in (0, len(people)):
        raise CorpusError(f"{place}: {len(posts)} posts for {len(people)} speakers; expected one for each")
    aligned = zip_longest(people, posts if people else (), fillvalue="")
    return tuple(replace(who, post=who.post or post) for who, post in aligned if isinstance(who, Speaker))


def _speaker(value: object, name: str, place: str) -> Speaker:
    if not isinstance(value, dict):
        return Speaker(one_line(_scalar(value, name, place)))
    person = Speaker(*(_line(value, place, key) for key in ("name", "post", "issuer")))
    if not person.name:
        raise CorpusError(f"{place}: field {name!r}: a speaker without 'name'; accepted: name, post, issuer")
    return person

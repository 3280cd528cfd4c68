"""Metadata that nobody wrote down as such: clues in file names and in the first lines of a text.

Wrong metadata is worse than none, so every rule here is narrow.
"""

from __future__ import annotations

import re

from corpus.dates import parse_date
from corpus.metadata import Metadata, Names, one_line

_DEBATE = re.compile(r"([A-Z]{2,3})_(\d{1,2})_(\d{4})")
_DATED = re.compile(r"(?:([A-Z]{2,6}(?:-[A-Z]{2,6})*)[_ ])?(\d{4}-\d{2}-\d{2})(?![\d-])")
_FIRST_SESSION_YEAR = 1946

_HEAD = 5000  # characters in which a title and a date line are looked for
_TITLE_LIMIT = 300
_LONG_LINE = 200  # no line of a hard-wrapped text is that long, so the one before it is a heading
_SALUTATION = re.compile(
    r"(mr|mrs|ms|mme|madam|sir|your|excellenc|ladies|gentlemen|distinguished|hono[u]?rable|dear|good|"
    r"in the name of|thank|check against)\b",
    re.IGNORECASE,
)
# The start of a speech, or a sentence that the end of its line cuts off.
_PROSE = re.compile(
    r"\b(?:I|me|my|myself|congratulat\w+)\b|\b(?:a|an|and|as|at|by|for|his|her|in|is|its|of|on|or|our|the|to|with)$"
    r"|[a-z]{3}\. [A-Z]|[.!?][\"”’']$"
)
_PLACES = (
    r"(?:[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){0,3}, ?){0,2}(?:(?:Date|Issued|Published|Adopted)(?: on)?:? )?"
)
_DAY = r"\d{1,2} [A-Z][a-z]+ \d{4}|[A-Z][a-z]+ \d{1,2}, \d{4}|\d{4}-\d{2}-\d{2}|\d{1,2}\.\d{1,2}\.\d{4}"
_DATE_LINE = re.compile(rf"\(?{_PLACES}({_DAY})\)?")
_CONFIRMING = 3000  # characters of the text in which a title kept apart from it must occur

_KINDS = (
    ("joint statement", re.compile(r"(?:\S+ )?joint (?:press )?statement\b", re.IGNORECASE)),
    ("joint declaration", re.compile(r"(?:\S+ )?joint declaration\b", re.IGNORECASE)),
    ("communiqué", re.compile(r"(?:\S+ ){0,3}communiqu[eé]\b", re.IGNORECASE)),
    ("resolution", re.compile(r"(?:draft |security council |general assembly )?resolution\b", re.IGNORECASE)),
    ("declaration", re.compile(r"(?:\S+ )?declaration\b", re.IGNORECASE)),
    ("speech", re.compile(r"(?:\S+ )?(?:speech|remarks)\b", re.IGNORECASE)),
    ("speech", re.compile(r"(?:(?:opening|closing|keynote) )?address (?:by|to|at|of)\b", re.IGNORECASE)),
    ("statement", re.compile(r"(?:\S+ )?statement\b", re.IGNORECASE)),
)


def from_name(stem: str, names: Names) -> Metadata:
    """What the name of a file says; codes count only if all of them are known issuers.

    "BRA_79_2024" -> Brazil, 2024, a speech in the General Debate (79 and 2024 must belong together);
    "EU-KOR_2024-11-04_topic" -> European Union and Republic of Korea, 2024-11-04.
    """
    if debate := _DEBATE.fullmatch(stem):
        return _from_debate(debate[1], int(debate[2]), int(debate[3]), names)
    dated = _DATED.match(stem)
    if not dated:
        return Metadata()
    try:
        date = parse_date(dated[2])
    except ValueError:
        return Metadata()
    codes = dated[1].split("-") if dated[1] else []
    known = all(_is_known(code, names) for code in codes)
    return Metadata(issuers=tuple(map(names.canonical, codes)) if known else (), date=date)


def from_heading(text: str, markdown: bool = False) -> Metadata:
    """Title and date from the first lines of a text.

    Title: a first block of at most three lines and 300 characters, set apart by a blank line or by a long
    line after it, that neither ends like a sentence nor greets; in Markdown, only a first line "# Title".
    Date: a line of its own among the first eight, such as "Seoul, 4 November 2024".
    """
    lines = [line.strip() for line in text[:_HEAD].lstrip("\ufeff \t\r\n").splitlines()]
    if markdown:
        heading = re.fullmatch(r"#\s+(.+?)\s*#*", lines[0]) if lines else None
        title = heading[1] if heading else ""
    else:
        title = _title(lines)
    return Metadata(title=one_line(title), date=_date([line for line in lines if line][:8]))


def kind_of(title: str) -> str:
    """The kind of statement a title says it is, in the title or after a colon; "" if it does not.

    "DPRK/Russia: Joint Statement by ..." -> "joint statement", "Measures to address hunger" -> "".
    """
    for part in re.split(r"[:|]\s+|\s[–—-]\s", title):
        for kind, pattern in _KINDS:
            if pattern.match(part):
                return kind
    return ""


def confirmed(title: str, text: str) -> str:
    """A title from a file's properties if the beginning of its text has it too, else "".

    Properties often keep the title of the template, or of the document that was copied.
    """
    title = one_line(title)
    beginning = one_line(text[:_CONFIRMING])
    return title if " " in title and title.casefold() in beginning.casefold() else ""


def _from_debate(code: str, session: int, year: int, names: Names) -> Metadata:
    if not _is_known(code, names) or year - session != _FIRST_SESSION_YEAR - 1:
        return Metadata()
    issuer = names.canonical(code)
    debate = f"General Debate of the United Nations General Assembly, {_ordinal(session)} session"
    return Metadata(title=f"{issuer}, {debate}, {year}", issuers=(issuer,), date=str(year), kind="speech")


def _is_known(code: str, names: Names) -> bool:
    """Unknown names come back unchanged; in small letters so would not "NATO", which is its own name."""
    return any(names.canonical(form) != form for form in (code, code.lower()))


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _title(lines: list[str]) -> str:
    block = lines[: lines.index("")] if "" in lines else lines
    apart = len(block) < len(lines) and any(lines[len(block) :])
    if len(block) > 3 or not apart:
        if len(lines) < 2 or len(lines[1]) < _LONG_LINE:
            return ""
        block = lines[:1]
    following = next(filter(None, lines[len(block) :]), "")
    title = " ".join(block)
    is_title = (
        0 < len(title) <= _TITLE_LIMIT
        and title[-1] not in ".,;:!?…"
        and title[0].isupper()
        and not following[:1].islower()
        and not _SALUTATION.match(title)
        and not _PROSE.search(title)
        and not _DATE_LINE.fullmatch(title)
    )
    return title if is_title else ""


def _date(lines: list[str]) -> str:
    found = set()
    for line in lines:
        if match := _DATE_LINE.fullmatch(line):
            try:
                found.add(parse_date(match[1]))
            except ValueError:
                continue
    return found.pop() if len(found) == 1 else ""

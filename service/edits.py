"""What an editor may do to a quote and mark: ellipses, square brackets, and what they may not hide."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from service.typography import HYPHENS, UNSEEN, Folded, Span, bare, fold

OMISSION = 600  # characters of the text that one ellipsis may stand for

INSERTION = 8  # words of the text that one pair of square brackets may stand for

MARKS = 16  # ellipses and brackets in one quote

KEPT = 2  # words between two ellipses: single words stitched together are nobody's sentence

KEPT_ACROSS = 5  # the same, on both sides of an ellipsis that runs past the end of a sentence

WORD = re.compile(
    "[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]|[^\\W_]+"
)  # a letter where no spaces are written

_CASE = re.compile(r"(?<![^\W_])\[([^\W\d_])\](?=[^\W\d_])")

_MARK = re.compile(
    r"(?P<case>\u200b(?=\w\u200b))|\[(?!\s?(?:…|\.\s?\.\s?\.))(?P<inserted>[^\[\]]{1,200})\]"
    r"|[\[(]\s?(?:…|\.\s?\.\s?\.)[….\s]{0,8}[\])]|(?:…|\.\s?\.\s?\.)(?:\s?[….])*"
)

_SENTENCE_END = re.compile(  # surely one: what is between two of them is not quoted, and may say "not"
    r"(?:(?<=[a-zà-ÿ]{2}[.!?])|(?<=\d\d[.!?])|(?<=[\w)*][)\]*”\"][.!?]))"
    r"(?<!\b(?:Mrs|Gen|Sen|Rev|Hon|Gov|Col|Art|Res)\.)(?<!\bProf\.)[\"”’)]?\s+(?=[A-ZÀ-Þ“\"])"
)

_PERHAPS_END = re.compile(r"[.!?][\"”’)]*\s+(?=[A-ZÀ-Þ“\"])|\n\s*[^\sa-zà-ÿ]")

_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|nowhere|neither|nor|cannot|without|hardly|scarcely|barely|unless"
    r"|fail(?:s|ed|ing|ure)?|refus\w+|den(?:y|ies|ied)|\w+n['’]t|nicht|kein\w*|niemals|ne|pas|jamais|nunca)\b",
    re.I,
)

_STANCE = re.compile(
    r"\b(?:must|shall|should|may|might|could|would|will|(?:condemn|deplor|denounc|regret|concern|welcom|reject"
    r"|oppos|support|prais|urg|demand|warn|threaten)\w*)\b",
    re.I,
)

_NUMBER = re.compile(
    r"(?:(?<!\w)[-\u2212])?\d+(?:[.,]\d+)*|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen"
    r"|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|half|twice)\b",
    re.I,
)

_LOOSE = " \t\r\n.,;:"  # what a mark may swallow on its sides

_WORDS_BEFORE = re.compile(f"(?:[^\\s.!?{HYPHENS}]++[\\s{HYPHENS}]*+){{0,3}}$")
_WORDS_AFTER = re.compile(f"(?:[\\s{HYPHENS}]*+[^\\s.!?{HYPHENS}]++){{0,3}}")
_WORD_REST = re.compile(r"\w*")

_ENDING = re.compile(r"(?:e?s|e?d|e?n|ing|ies|y|ve|e|['’]s?)?")


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands between two pieces of a quote, at quote[start:end]; `kept` words on its poorer side."""

    start: int
    end: int
    omits: bool
    inserted: str
    glued: bool
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """What a quote copies between two marks."""

    folded: Folded
    words: int
    any_case: bool  # of the first letter


NOTHING = Mark(0, 0, omits=False, inserted="", glued=False)

_GUARDED = (("a negation", _NEGATION), ("a number", _NUMBER), ("a word of stance", _STANCE))


def parse(quote: str) -> tuple[list[Piece], list[Mark]]:
    """The pieces of a quote and the marks around them: marks[i] is before pieces[i], marks[-1] at the end."""
    first, last = bare(quote)
    quote = _CASE.sub("\u200b\\1\u200b", quote)
    pieces: list[Piece] = []
    marks: list[Mark] = []
    pending: list[re.Match[str]] = []
    for found in [*_MARK.finditer(quote, first, last), None]:
        at = pending[-1].end() if pending else first
        literal = fold(quote, *_trim(quote, at, found.start() if found else last))
        if literal.chars:
            raw = quote[literal.origin[0] : literal.origin[-1] + 1]
            any_case = not pieces or pending[-1]["case"] is not None
            pieces.append(Piece(literal, len(WORD.findall(UNSEEN.sub("", raw))), any_case))
            marks.append(_merge(pending))
            pending = []
        if found:
            pending.append(found)
    return pieces, _weigh(pieces, [*marks, _merge(pending)])


def _trim(quote: str, start: int, end: int) -> Span:
    """Without the punctuation that belongs to a mark beside it."""
    part = quote[start:end]
    left = len(part) - len(part.lstrip(_LOOSE)) if start else 0
    return start + left, start + max(left, len(part.rstrip(_LOOSE.replace(".", ""))))


def _merge(found: list[re.Match[str]]) -> Mark:
    if not found:
        return NOTHING
    omits = any(mark["case"] is None and mark["inserted"] is None for mark in found)
    inserted = " ".join(mark["inserted"] or "" for mark in found).strip()
    start, end = found[0].start(), found[-1].end()
    glued = len(found) == 1 and bool(inserted) and start > 0 and found[0].string[start - 1].isalpha()
    return Mark(start, end, omits, inserted, glued)


def _segments(pieces: list[Piece], marks: list[Mark]) -> list[int]:
    """Words kept between one ellipsis and the next."""
    words = [0]
    for mark, piece in zip([NOTHING, *marks[1:]], pieces, strict=False):
        words += [0] if mark.omits else []
        words[-1] += piece.words
    return words


def _weigh(pieces: list[Piece], marks: list[Mark]) -> list[Mark]:
    words = pairwise(_segments(pieces, marks))
    inner = [replace(mark, kept=min(next(words))) if mark.omits else mark for mark in marks[1:-1]]
    return [marks[0], *inner, *marks[1:][-1:]]


def thin(pieces: list[Piece], marks: list[Mark]) -> str:
    """Why so much marked-up quote holds too little of anybody's words, or ""."""
    words = _segments(pieces, marks)
    if len(pieces) > MARKS:
        return f"more than {MARKS} omissions and insertions"
    if len(words) > 1 and min(words) < KEPT:
        return f"fewer than {KEPT} words kept between omissions"
    if sum(words) < KEPT * sum(bool(mark.inserted) and not mark.glued for mark in marks):
        return f"fewer than {KEPT} words kept for each insertion"
    return ""


def refusal(mark: Mark, raw: str, start: int, end: int) -> str:
    """Why raw[start:end] may not stand under `mark`, or ""."""
    if end - start > OMISSION:
        return f"more than {OMISSION} characters are left out"
    if mark.omits:
        return _refused_omission(mark, raw, start, end)
    gap = raw[start:end]
    if mark.glued:
        return _other_ending(mark, gap.rstrip(_LOOSE))
    if not mark.inserted:
        return "words are left out without an ellipsis" if WORD.search(gap) else ""
    return _refused_insertion(mark, gap)


def _refused_insertion(mark: Mark, gap: str) -> str:
    if len(WORD.findall(gap)) > INSERTION:
        return f"more than {INSERTION} words are replaced"
    if "[" in gap and fold(gap).chars != f"[{fold(mark.inserted).chars}]":
        return "brackets of the text are changed"
    return _unfair(gap, mark.inserted, _GUARDED)


def _refused_omission(mark: Mark, raw: str, start: int, end: int) -> str:
    reason = _unfair(_exposed(raw, start, end), mark.inserted, _GUARDED[:1])
    if not reason and mark.kept < KEPT_ACROSS and _PERHAPS_END.search(raw, start, end + 1):
        return f"fewer than {KEPT_ACROSS} words are kept around an omission between sentences"
    return reason


def refusal_before(mark: Mark, raw: str, start: int) -> str:
    """Why `mark` may not stand before a quote of raw[start:], or ""."""
    nearby = _WORDS_BEFORE.search(raw, max(0, start - 80), start)
    return _unfair(nearby.group(), mark.inserted, _GUARDED[:2]) if nearby and mark.inserted else ""


def refusal_after(mark: Mark, raw: str, end: int) -> str:
    """Why `mark` may not stand after a quote of raw[:end], or ""."""
    if mark.glued:
        return _other_ending(mark, _WORD_REST.findall(raw, end, end + 40)[0])
    nearby = _WORDS_AFTER.match(raw, end)
    return _unfair(nearby.group(), mark.inserted, _GUARDED[:2]) if nearby and mark.inserted else ""


def _other_ending(mark: Mark, ending: str) -> str:
    same_word = _ENDING.fullmatch(mark.inserted) and _ENDING.fullmatch(ending)
    return "" if same_word else "the brackets make another word"


def _exposed(raw: str, start: int, end: int) -> str:
    """What an omission takes from the sentences that are quoted: not the whole sentences between them."""
    ends = [found.start() for found in _SENTENCE_END.finditer(raw, start, end + 1)]
    return f"{raw[start : ends[0]]} {raw[ends[-1] : end]}" if ends else raw[start:end]


def _unfair(original: str, inserted: str, guarded: tuple[tuple[str, re.Pattern[str]], ...]) -> str:
    """What of `original` is hidden, or what is put into its speaker's mouth, or ""."""
    for name, pattern in guarded:
        if _said(pattern, original) - _said(pattern, inserted):
            return f"{name} is omitted"
    for name, pattern in (_GUARDED[0], _GUARDED[2]):
        if _said(pattern, inserted) - _said(pattern, original):
            return f"{name} is added"
    return ""


def _said(pattern: re.Pattern[str], text: str) -> set[str]:
    return {found.casefold().replace("’", "'") for found in pattern.findall(text)}


def name_change(quoted: str, original: str) -> str:
    """The gravest name for putting `quoted` in place of `original`."""
    for name, pattern in _GUARDED[:2]:
        lost, new = _said(pattern, original), _said(pattern, quoted)
        if lost != new:
            return f"{name} is changed" if lost and new else f"{name} is {'omitted' if lost else 'added'}"
    if quoted.casefold() == original.casefold():
        return "upper and lower case differ"
    if quoted and original:
        return "the wording differs"
    return "words are added" if quoted else "words are left out without an ellipsis"

"""Whether something is said or denied, by words alone: irony is not seen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from service.llm.content import words

_DENIES = re.compile(
    r"\b(?<!if )(?<!or )(?:not(?! (?:only|just|merely|simply|least|to mention)\b)|cannot(?! (?:but|fail)\b)"
    r"|no(?! (?:less|doubt|matter|later|sooner)\b)|none|nobody|nothing|nowhere|never|nor|neither|without"
    r"|hardly|scarcely|barely|[a-z]+n['’]t|fail(?:s|ed|ing|ure)? to|refus(?:e|es|ed|ing|al)"
    r"|den(?:y|ies|ied|ying|ial)|reject(?:s|ed|ing|ion)?|unable|unwilling|incapable|lack(?:s|ed|ing)?)\b",
    re.IGNORECASE,
)
_EXCUSES = re.compile(  # says "not" in other words: bears out a denial, but is not taken for one
    r"\b(?:rather than|instead of|oppos(?:e|es|ed|ing|ition)|absence|absent|beyond|prevent\w*|avoid\w*"
    r"|against|exclud\w*|less|weak\w*|undermin\w*|unless|impossible|far from|free (?:of|from)"
    r"|leav\w* out|yet to)\b",
    re.IGNORECASE,
)
_PREFIXED = re.compile(r"(?:un|non|in|im|il|ir|dis)-?(\w{4,})")
_STOP = re.compile(r"[.;:!?—](?:\s|$)|\bbut\b|\bso that\b")
_NOT = "\0"  # stands for a negation among words
_REACH = 6  # content words after a negation that may be denied by it
_EXCUSED = 3  # the same after one in other words


def contradiction(sentence: str, evidence: Sequence[str]) -> str:
    """What the sentence denies and its evidence does not, or the other way round, or "".

    Compared are the words after a negation, and its neighbours where the two texts share them: "must not
    accept" against "must accept". A denial of words that the other text does not have is not judged.
    """
    text = " . ".join(evidence)
    if denied := _undenied(sentence, text):
        return f"“{denied}” is denied in the sentence, not in the evidence"
    if denied := _undenied(text, sentence):
        return f"“{denied}” is denied in the evidence, not in the sentence"
    return ""


def _undenied(text: str, other: str) -> str:
    """The first denial of `text` that `other` affirms, or ""."""
    mine, theirs = _marked(text), _marked(other)
    said, follows = set(theirs), set(pairwise(theirs))
    apart = set(zip(theirs, theirs[1:], theirs[2:], strict=False))
    denied = {word for *_, heads in _denials(other, _DENIES) for word in heads}
    excused = {word for *_, heads in _denials(other, _EXCUSES) for word in heads[:_EXCUSED]}
    negative = {match[1][:4] for word in said if (match := _PREFIXED.fullmatch(word))}
    for cue, before, heads in _denials(text, _DENIES):
        first, second = heads[0], heads[1] if len(heads) > 1 else before
        if first in excused or first[:4] in negative or (before, _NOT, first) in apart:
            continue
        pair = {first, second} <= said and denied.isdisjoint(heads[:2])
        if (pair and not _also_affirms(mine, heads)) or (before, first) in follows:
            return f"{cue} … {first}"
    return ""


def _also_affirms(marked: Sequence[str], heads: Sequence[str]) -> bool:
    """Whether words that a text denies together stand together in it undenied as well, in any order."""
    runs = zip(marked, marked[1:], marked[2:], strict=False)
    return any(before != _NOT and set(pair) == set(heads[:2]) for before, *pair in runs)


def _marked(text: str) -> list[str]:
    """Its content words in order, with _NOT for each negation."""
    return words(_DENIES.sub(f" {_NOT} ", text))


def _denials(text: str, cue: re.Pattern[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Each negation, the content word before it, and those it may reach."""
    for match in cue.finditer(text):
        stop = _STOP.search(text, match.end())
        reached = text[match.end() : stop.start() if stop else len(text)][:120]
        before = words(text[max(0, match.start() - 80) : match.start()])
        if heads := words(_DENIES.sub(" ", reached))[:_REACH]:
            yield match.group(), before[-1] if before else "", heads

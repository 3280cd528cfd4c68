"""What a sentence puts where its evidence has something else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from service.llm.content import words

_CONTEXT = 60  # characters on each side in which the neighbouring word is looked for
_SENTENCE_END = re.compile(r"[.;:!?]\s")


class Place(NamedTuple):
    """Something at text[start:end]; two places mean the same where they share one of `meanings`."""

    meanings: frozenset[object]
    start: int
    end: int


def moved(sentence: str, mine: Sequence[Place], evidence: str, theirs: Sequence[Place]) -> Iterator[str]:
    """The text of each place that stands between the same two words as another one of the evidence.

    Not if the evidence has it too beside one of these words.
    Example: "At dawn Kenya helped Chile", evidence "At dawn Chile helped Kenya" -> "Kenya"
    """
    around = [(place.meanings, _neighbours(evidence, place)) for place in theirs]
    for place in mine:
        before, after = _neighbours(sentence, place)
        taken = any(there == (before, after) for _, there in around)
        near = [meanings for meanings, there in around if there[0] == before or there[1] == after]
        if before and after and taken and not any(meanings & place.meanings for meanings in near):
            yield sentence[place.start : place.end]


def _neighbours(text: str, place: Place) -> tuple[str, str]:
    """The words of matter before and after, each "" if its sentence has none near by."""
    before = _SENTENCE_END.split(text[max(0, place.start - _CONTEXT) : place.start])[-1]
    after = _SENTENCE_END.split(text[place.end : place.end + _CONTEXT])[0]
    return (words(before) or [""])[-1], (words(after) or [""])[0]

"""What a written sentence may not do to the evidence it cites: invent, alter, turn round, overstate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from service.llm.content import words
from service.llm.dates import wrong_dates
from service.llm.names import wrong_names, wrong_speaker
from service.llm.negation import contradiction
from service.llm.numbers import wrong_numbers
from service.llm.strength import misjudged
from service.quotes import match_quote

_SIMILAR = 0.5  # weight of the cosine in support; the rest is the share of words found
_LEAST = 0.45  # support below which a sentence is not passed on
_QUOTED = re.compile(r"“([^“”]+)”|«([^«»]+)»|\"([^\"]+)\"|(?<!\w)‘([^‘’]*(?:’\w[^‘’]*)*)’(?!\w)")

Check: TypeAlias = Literal["citation", "quote", "number", "date", "name", "negation", "strength", "support"]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a written sentence may not be passed on; `detail` is one line for people."""

    check: Check
    detail: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One evidence sentence as the model saw it: the quote, verbatim, and its statement's heading."""

    text: str
    about: str


def check_sentence(
    sentence: str, cited: Sequence[Shown], question: str, similarity: float
) -> tuple[Failure, ...]:
    """Everything that is wrong with a sentence, which comes without its citation marks; () if it passes.

    `similarity` is the best cosine of the sentence and any cited text. Headings bear out names, numbers and
    dates; the question bears out nothing. Copies of whole cited sentences pass. The checks compare
    words, not meanings, and are meant for English:

    quote     what stands in quotation marks is verbatim in a cited text, marked edits allowed; who is quoted
              is not checked
    number    service.llm.numbers.wrong_numbers
    date      service.llm.dates.wrong_dates
    name      service.llm.names.wrong_names and wrong_speaker
    negation  service.llm.negation.contradiction; a denial in other words ("doubted", "in vain") is not seen
    strength  service.llm.strength.misjudged
    support   at least _LEAST; a claim in the evidence's own words that was not made there passes
    """
    if not cited:
        return (Failure("citation", "the sentence cites nothing"),)
    texts, headings = [shown.text for shown in cited], [shown.about for shown in cited]
    if any(_is_copy(sentence.strip(), text.strip()) for text in texts):
        return ()
    evidence = "\n".join(f"{shown.text}\n{shown.about}" for shown in cited)
    found: dict[Check, Iterable[str]] = {
        "quote": _misquoted(sentence, texts),
        "number": wrong_numbers(sentence, evidence),
        "date": wrong_dates(sentence, evidence),
        "name": (*wrong_names(sentence, evidence, question), wrong_speaker(sentence, texts, headings)),
        "negation": (contradiction(sentence, texts),),
        "strength": (misjudged(sentence, texts),),
        "support": (_unsupported(sentence, cited, similarity),),
    }
    return tuple(Failure(check, detail) for check, details in found.items() for detail in details if detail)


def support(sentence: str, cited: Sequence[Shown], similarity: float) -> float:
    """How far the evidence bears a sentence out, in [0, 1]: cosine and share of its words, equally."""
    mine = set(words(sentence))
    theirs = {word for shown in cited for word in words(f"{shown.text} {shown.about}")}
    covered = len(mine & theirs) / len(mine) if mine else 0.0
    return _SIMILAR * min(1.0, max(0.0, similarity)) + (1 - _SIMILAR) * covered


def _unsupported(sentence: str, cited: Sequence[Shown], similarity: float) -> str:
    score = support(sentence, cited, similarity)
    return f"the evidence hardly bears the sentence out ({score:.2f})" if score < _LEAST else ""


def _is_copy(sentence: str, text: str) -> bool:
    """Whether it is whole sentences of the text: a part of one may lack its "not"."""
    if not sentence or sentence not in text:  # spares compiling a pattern for almost all
        return False
    return re.search(rf"(?:^|[.!?]\s+){re.escape(sentence)}(?:$|(?<=[.!?])\s)", text) is not None


def _misquoted(sentence: str, texts: Sequence[str]) -> Iterator[str]:
    for match in _QUOTED.finditer(sentence):
        quote = next(filter(None, match.groups()), "").strip()
        bare = quote.rstrip(".,;:!?… ")
        if bare and not any(match_quote(form, text).valid for text in texts for form in (quote, bare)):
            yield f"“{quote}” is not a quotation from the evidence"

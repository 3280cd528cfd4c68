"""What a language model writes, and what of it may be read: sentences that their evidence bears out."""

from __future__ import annotations

import re
import unicodedata
from collections import abc
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice, takewhile

import numpy as np

from index.encoder import Encoder
from index.heading import heading
from index.hits import Hit
from index.question import Question
from service.answer import Dropped, who_and_when
from service.asked import in_scope, is_quotable
from service.evidence import Evidence
from service.llm.generator import Generator
from service.llm.marked import Marked, marked_sentences
from service.llm.prompts import REFUSAL, Numbered, answering, speaks_to_a_machine
from service.llm.support import Failure, Shown, check_sentence, support
from service.llm.wording import own_words, shared_words

_SHOWN = 12  # evidence that a small model still reads with care
_SHOWN_CHARACTERS = 6000  # about 1,500 tokens, so that 4,096 are enough for all
_HITS = 10  # passages from which further sentences are shown
_NEAR = 0.5  # share of the best one's similarity that a further sentence needs
_KEPT = 8  # sentences of an answer
_AGAIN = 10  # times that something is said again, after which a model that goes round in circles is stopped
_LISTED = 3  # words named in a reason
_READ = 30  # sentences after which a model that finds no end is stopped
_SHARED = 2  # words of matter that a sentence has at least from what it cites
_MARKUP = re.compile(r"[<>`|\\{}\[\]【】]|://|\bwww\.|\w@\w")
_JOINERS = "\u00ad\u200c\u200d"  # unseen, but part of words


Wanted = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Kept:
    """A sentence that passed, with its marks " [1][2]" at the end.

    numbers  of the evidence it cites, counted from 1 by first use in the answer
    new      the evidence that no sentence before it cites, in the order of its numbers
    support  as service.llm.support.support gives it
    """

    text: str
    numbers: tuple[int, ...]
    new: tuple[Evidence, ...]
    support: float


def always() -> bool:
    """Whether an answer is still wanted, where nobody can leave."""
    return True


class Writer:
    """Has a language model answer from evidence, and lets through only what the evidence bears out."""

    def __init__(self, generator: Generator, encoder: Encoder) -> None:
        self.generator = generator
        self._encoder = encoder

    @property
    def name(self) -> str:
        """The language model's."""
        return self.generator.name

    def write(
        self, question: str, evidence: Sequence[Evidence], is_wanted: Wanted = always
    ) -> abc.Generator[Kept | Dropped, None, None]:
        """The sentences of an answer, each as soon as it is checked; closing the iterator stops the model, as
        does `is_wanted` at its next piece.

        A kept sentence passes every check of service.llm.support against what it cites, in the words of that,
        and cites only what the model was shown. Nothing is kept of a model that finds no answer.
        GeneratorError as the generator raises it; what was kept until then stays good.
        """
        if not evidence:
            return
        checks = _Checks(question, evidence, self._encoder)
        order: list[int] = []  # places in `evidence`, by first use
        kept = 0
        numbered = [Numbered(who_and_when(found.hit.statement), found.quote) for found in evidence]
        with closing(self.generator.write(answering(question, numbered))) as pieces:
            for sentence in _new(marked_sentences(takewhile(lambda _: is_wanted(), pieces))):
                cites, reasons = checks.checked(sentence)
                if reasons:
                    yield Dropped(reasons)
                    continue
                new = [place for place in cites if place not in order]
                order += new
                numbers = tuple(order.index(place) + 1 for place in cites)
                marks = "".join(f"[{number}]" for number in numbers)
                support = round(checks.support(sentence.text, cites), 4)
                yield Kept(f"{sentence.text} {marks}", numbers, tuple(evidence[at] for at in new), support)
                kept += 1
                if kept == _KEPT:
                    return


def _new(sentences: Iterator[Marked]) -> Iterator[Marked]:
    """What was not said before, without refusals, until a model finds no end or goes round in circles."""
    seen: set[str] = set()
    again = 0
    for sentence in islice(sentences, _READ):
        again += sentence.text in seen
        if again == _AGAIN:
            return
        if sentence.text not in seen and REFUSAL.casefold() not in sentence.text.casefold():
            yield sentence
        seen.add(sentence.text)


def material(question: Question, hits: Sequence[Hit], chosen: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """What a language model is shown: the evidence chosen, then the sentences of the best hits most like the
    question, to twelve in all.

    Where the evidence chosen is of the issuers and dates asked about, so are these. Left out are passages
    that speak to a machine, sentences less than half as similar as the best one, and what is too long.
    """
    inside = any(in_scope(question, found.hit.statement) for found in chosen)
    least = _NEAR * max((hit.highlights[0].similarity for hit in hits), default=0.0)
    taken = {(found.hit.row, sentence) for found in chosen for sentence in found.sentences}
    further = [
        Evidence(hit, (highlight.sentence,), highlight.similarity)
        for hit in hits[:_HITS]
        if in_scope(question, hit.statement) or not inside
        for highlight in hit.highlights
        if highlight.similarity >= least and (hit.row, highlight.sentence) not in taken
    ]
    further.sort(key=lambda found: (-found.score, found.hit.row, found.start))
    return tuple(_fitting([*chosen, *(found for found in further if is_quotable(found.quote))]))


def _fitting(evidence: Sequence[Evidence]) -> Iterator[Evidence]:
    left, quotes = _SHOWN_CHARACTERS, set[str]()
    for found in evidence:
        size = len(found.quote) + len(who_and_when(found.hit.statement))
        fits = size <= left and len(quotes) < _SHOWN and found.quote not in quotes
        if fits and not speaks_to_a_machine(found.hit.text):
            left -= size
            quotes.add(found.quote)
            yield found


class _Checks:
    """The checks of one answer: the evidence as the model is shown it, and its vectors."""

    def __init__(self, question: str, evidence: Sequence[Evidence], encoder: Encoder) -> None:
        self.shown = [Shown(found.quote, heading(found.hit.statement)) for found in evidence]
        self._rows = [found.hit.row for found in evidence]
        self._question = question
        self._encoder = encoder
        self._vectors = encoder.encode_passages([" ".join(shown.text.split()) for shown in self.shown])
        self._similar: dict[str, list[float]] = {}

    def checked(self, sentence: Marked) -> tuple[tuple[int, ...], tuple[Failure, ...]]:
        """The places in the evidence that a sentence cites with good reason, and what is wrong with it."""
        if reasons := _unfit(sentence, len(self.shown)):
            return (), reasons
        cites = tuple(number - 1 for number in sentence.cites)
        if len(shared_words(sentence.text, [self.shown[place] for place in cites])) < _SHARED:
            return (), (Failure("support", "it says hardly anything that the evidence says"),)
        if reasons := self._failures(sentence.text, cites):
            return (), reasons
        for place in cites:  # a mark that bears nothing out goes
            others = tuple(other for other in cites if other != place)
            alone = self._failures(sentence.text, (place,))
            if any(failure.check == "support" for failure in alone) and not self._failures(
                sentence.text, others
            ):
                cites = others
        return cites, ()

    def support(self, text: str, cites: Sequence[int]) -> float:
        """As service.llm.support has it."""
        return support(text, [self.shown[place] for place in cites], self._similarity(text, cites))

    def _failures(self, text: str, cites: Sequence[int]) -> tuple[Failure, ...]:
        cited = [self.shown[place] for place in cites]
        found = check_sentence(text, cited, self._question, self._similarity(text, cites))
        if added := self._own_words(text, cites):
            listed = ", ".join(f"“{word}”" for word in added[:_LISTED])
            found += (Failure("support", f"not in the words of the evidence: {listed}"),)
        return found

    def _own_words(self, text: str, cites: Sequence[int]) -> list[str]:
        """Against the passage that leaves fewest: words of several, put together, may say what none says."""
        passages = {self._rows[place] for place in cites}
        return min(
            (
                own_words(text, [self.shown[place] for place in cites if self._rows[place] == row])
                for row in sorted(passages)
            ),
            key=len,
            default=[],
        )

    def _similarity(self, text: str, cites: Sequence[int]) -> float:
        if not cites:
            return 0.0
        if text not in self._similar:
            vector = self._encoder.encode_passages([text])[0]
            self._similar[text] = np.asarray(self._vectors @ vector).tolist()
        return max(self._similar[text][place] for place in cites)


def _unfit(sentence: Marked, shown: int) -> tuple[Failure, ...]:
    """What needs no evidence to see."""
    reasons = [
        Failure("citation", f"it cites [{number}], and {shown} sentences were shown")
        for number in sentence.cites
        if not 1 <= number <= shown
    ]
    if not sentence.cites:
        reasons.append(Failure("citation", "it cites nothing"))
    if _MARKUP.search(sentence.text) or any(map(_is_unseen, sentence.text)):
        reasons.append(Failure("support", "it holds a link, markup or unseen characters"))
    if sentence.text.endswith("?"):
        reasons.append(Failure("support", "it asks and does not answer"))
    if not is_quotable(sentence.text):
        reasons.append(Failure("support", "it says nothing"))
    return tuple(reasons)


def _is_unseen(char: str) -> bool:
    return unicodedata.category(char) in ("Cf", "Co", "Cn") and char not in _JOINERS

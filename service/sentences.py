"""The sentences of the passages found, in the order in which they answer a question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.statement import Sentence
from index.heading import heading
from index.hits import Hit
from index.question import Question
from index.ranking import is_open
from service.asked import asks_person, has_kind, is_quotable, stems, strayed, words_asked

# In brackets without it: how often a right sentence comes first in the right statement, on 209 pairs of claim
# and abstract of SciFact (now .64) and 137 of question and speech of the development set (.42), and citation
# F1 on the latter (.59). Differences below .04, .05 and .04 are noise. XQuAD (.84) agrees with SciFact.
_PASSAGE = 0.75  # weight of how far a passage scores below the best one (.65, .41, .48)
_KIND = 0.1  # for a sentence that holds the kind of thing asked for, as a number or a date (.64, .39, .54)
_ASKS = 0.1  # lost by a sentence that asks (.64, .42, .58)
_SCOPE = 0.1  # lost by a statement of other issuers, or other dates, than the question names (.64, .42, .56)
_TITLE = 0.2  # lost by a title line, which says who speaks and of what, unless it is asked who (the same)

# "On Security Council reform.", or a few words without a stop
_HEADING = re.compile(r"(?:On|About|Regarding|Concerning)(?:\s+\S+){1,3}|\S+(?:\s+\S+){0,3}(?<![.!?…”\"])")
_NUMBER = re.compile(r"\s\S*\d")  # not the first word, which may count paragraphs
_DENIAL = re.compile(r"\b(?:no|not|nor|never|neither|none|without|cannot)\b|n['’]t\b", re.IGNORECASE)
_FINDING = re.compile(
    r"\b(?:thus|therefore|hence|overall|in (?:summary|short)|conclusions?|finds?|findings?|found"
    r"|(?:conclude|confirm|demonstrat|indicat|reveal|show|suggest)\w*)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(r"\?[\"”’')\]*_]*$")


@dataclass(frozen=True, slots=True)
class _Weights:
    """What counts more or less by the kind of question; see is_open.

    terms   the share of the question's terms in a sentence
    around  how much closer the better neighbour is: an answer may use other words
    states  each of a number, a word that denies, and one that reports or concludes
    """

    terms: float
    around: float
    states: float


# Speakers asked by name or date use other words than the question: with the weights of open questions
# (.64, .40, .44), without terms (.64, .45, .60), without what is around (.64, .41, .53), without what states
# (.64, .37, .58). On 1350 questions and claims over passages of older speeches terms bring .03, what states
# costs .01: hence a little of each.
_NAMED = _Weights(terms=0.1, around=0.4, states=0.03)
# Where anyone is asked, what is said tells sentences apart: with the weights above (.59, .40, .58),
# without terms (.59, .41, .59; on XQuAD .77), with what is around (.59, .42, .59), without what states
# (.61, .42, .59).
_OPEN = _Weights(terms=0.8, around=0.0, states=0.05)


@dataclass(frozen=True, slots=True)
class RankedSentence:
    """A sentence of a hit, and how well it answers: a cosine with additions of a few tenths.

    place  of the sentence in its passage, from 0
    own    the score without what its neighbours add
    stems  of its words
    """

    hit: Hit
    place: int
    own: float
    score: float
    stems: frozenset[str]

    @property
    def sentence(self) -> Sentence:
        """Where it stands in the statement."""
        return self.hit.passage.sentences[self.place]

    @property
    def text(self) -> str:
        """The sentence as it stands there."""
        return _text(self.hit, self.place)


@dataclass(frozen=True, slots=True)
class _Asked:
    question: Question
    words: frozenset[str]
    weights: _Weights
    best: float  # score of a hit


def ranked_sentences(question: Question, hits: Sequence[Hit]) -> list[RankedSentence]:
    """Every sentence worth quoting, the best first; ties by row, then by place.

    Left out are headings, salutations and what has no words.
    """
    best = max((hit.score for hit in hits), default=0.0)
    weights = _OPEN if is_open(question, [hit.statement for hit in hits]) else _NAMED
    asked = _Asked(question, words_asked(question), weights, best)
    found = [ranked for hit in hits for ranked in _of_hit(asked, hit)]
    return sorted(found, key=lambda ranked: (-ranked.score, ranked.hit.row, ranked.place))


def _of_hit(asked: _Asked, hit: Hit) -> Iterator[RankedSentence]:
    base = _PASSAGE * (hit.score - asked.best) - _SCOPE * strayed(asked.question, hit.statement)
    if hit.passage.last_paragraph == 0 and not asks_person(asked.question):
        base -= _TITLE
    terms = asked.words - stems(heading(hit.statement))  # the whole statement has those
    weights, similar = asked.weights, _similarities(hit)
    for place, similarity in similar.items():
        text = _text(hit, place)
        words = stems(text)
        around = [similar[beside] for beside in (place - 1, place + 1) if beside in similar]
        own = base + similarity + _KIND * has_kind(asked.question, text) + weights.states * _stated(text)
        own -= _ASKS * (_ASKING.search(text) is not None)
        own += weights.terms * len(terms & words) / max(1, len(terms))
        score = own + weights.around * (max(around, default=similarity) - similarity)
        yield RankedSentence(hit, place, own, score, words)


def _stated(text: str) -> int:
    """How many signs it has of saying what is, or is not."""
    return sum(pattern.search(text) is not None for pattern in (_NUMBER, _DENIAL, _FINDING))


def _similarities(hit: Hit) -> dict[int, float]:
    """Of the sentences worth quoting, by their place in the passage."""
    found = {highlight.sentence: highlight.similarity for highlight in hit.highlights}
    return {
        place: found.get(sentence, 0.0)
        for place, sentence in enumerate(hit.passage.sentences)
        if _is_worth(_text(hit, place))
    }


def _is_worth(text: str) -> bool:
    return is_quotable(text) and not _HEADING.fullmatch(text.strip())


def _text(hit: Hit, place: int) -> str:
    sentence = hit.passage.sentences[place]
    return hit.statement.text[sentence.start : sentence.end]

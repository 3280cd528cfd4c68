"""Which sentences of the passages found answer a question together."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from corpus.statement import Sentence, Statement
from index.heading import heading
from index.hits import Hit
from index.question import Question
from service.asked import (
    asks_person,
    compares,
    has_kind,
    is_quotable,
    speaks,
    stems,
    strayed,
    words_asked,
)

# Chosen on the development questions in coarse steps: the next step of any moves citation F1 by under .03,
# but without _AROUND it is .04 lower, without _BESIDE .04 to .06.
_PASSAGE = 0.75  # weight of how far a passage scores below the best one
_AROUND = 0.4  # weight of how much closer the better neighbour is: an answer may use other words
_TERMS = 0.2  # weight of the share of the question's terms in a sentence
_KIND = 0.1  # for a sentence that holds the kind of thing asked for: a number, a date, a person
_SCOPE = 0.1  # lost by a statement of other issuers, and by one of other dates, than the question names
_TITLE = 0.2  # lost by a title line, which says who speaks and of what, unless it is asked who
_NEAR = 0.1  # how far below the best sentence another may score
_FACET_NEAR = 0.25  # the same for the best sentence of each issuer or date asked about
_BESIDE = 0.2  # how far below a chosen sentence its neighbour may score to be quoted with it
_MOST = 3  # sentences chosen for an ordinary question, before their neighbours
_MOST_FACETS = 6  # sentences chosen for a question about several issuers or dates
_REPEATED = 0.6  # share of the shorter sentence's words from which one sentence repeats another

# "On Security Council reform.", or a few words without a stop
_HEADING = re.compile(r"(?:On|About|Regarding|Concerning)(?:\s+\S+){1,3}|\S+(?:\s+\S+){0,3}(?<![.!?…”\"])")

_ANAPHOR = re.compile(r"[\W_]*(?:This|These|That|Those|It|Its|They|Their|Such|He|She|His|Her)\b")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Sentences of a hit that follow one another, to be quoted as one; `score` is that of the best of them.

    A score is a cosine with additions of a few tenths: it orders the evidence of one question.
    """

    hit: Hit
    sentences: tuple[Sentence, ...]
    score: float

    @property
    def start(self) -> int:
        """Where the quote starts in the statement's text."""
        return self.sentences[0].start

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.sentences[-1].end

    @property
    def quote(self) -> str:
        """The sentences as they stand in the statement."""
        return self.hit.statement.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class _Candidate:
    hit: Hit
    place: int  # of the sentence in its passage
    own: float  # score without what neighbours add
    score: float
    stems: frozenset[str]


def choose(question: Question, hits: Sequence[Hit]) -> tuple[Evidence, ...]:
    """The few sentences that answer a question together; none only if no hit has a sentence with words.

    A question about several issuers or dates gets the best sentences of each, up to six in all, any other
    up to three; with them come neighbours that answer nearly as well or say what "This" or "They" is.
    Order: issuers as the question names them, then the others, the best first; of one issuer by date; in
    one statement as they stand.
    """
    candidates = _candidates(question, hits)
    if not candidates:
        return ()
    return _in_order(question, _joined(_select(question, candidates), candidates))


def _candidates(question: Question, hits: Sequence[Hit]) -> list[_Candidate]:
    """Sentences worth quoting, the best first."""
    best = max((hit.score for hit in hits), default=0.0)
    asked = words_asked(question)
    found = [candidate for hit in hits for candidate in _of_hit(question, asked, hit, best)]
    return sorted(found, key=lambda candidate: (-candidate.score, candidate.hit.row, candidate.place))


def _of_hit(question: Question, asked: frozenset[str], hit: Hit, best: float) -> Iterator[_Candidate]:
    base = _PASSAGE * (hit.score - best) - _SCOPE * strayed(question, hit.statement)
    if hit.passage.last_paragraph == 0 and not asks_person(question):
        base -= _TITLE
    terms = asked - stems(heading(hit.statement))  # the whole statement has those
    similar = _similarities(hit)
    for place, similarity in enumerate(similar):
        text = _text(hit, place)
        if not is_quotable(text) or _HEADING.fullmatch(text.strip()):
            continue
        words = stems(text)
        around = (*similar[max(0, place - 1) : place], *similar[place + 1 : place + 2])
        own = base + similarity + _KIND * has_kind(question, text)
        own += _TERMS * len(terms & words) / max(1, len(terms))
        score = own + _AROUND * (max(around, default=similarity) - similarity)
        yield _Candidate(hit, place, own, score, words)


def _similarities(hit: Hit) -> list[float]:
    """Of the passage's sentences, in their order."""
    found = {highlight.sentence: highlight.similarity for highlight in hit.highlights}
    return [found.get(sentence, 0.0) for sentence in hit.passage.sentences]


def _select(question: Question, candidates: Sequence[_Candidate]) -> list[_Candidate]:
    facets = [_facets(question, candidate.hit.statement) for candidate in candidates]
    if not any(facets):
        facets = [("",)] * len(candidates)
    served = {facet for found in facets for facet in found}
    most = _MOST_FACETS if len(served) > 1 else _MOST
    share = -(-most // len(served))
    taken: Counter[str] = Counter()
    first: dict[str, float] = {}
    chosen: list[_Candidate] = []
    for candidate, serves in zip(candidates, facets, strict=True):
        wanted = any(
            taken[facet] < share and candidate.score >= _least(first.get(facet), candidates[0].score)
            for facet in serves
        )
        if wanted and len(chosen) < most and not any(_repeats(candidate, other) for other in chosen):
            chosen.append(candidate)
            taken.update(serves)
            first |= {facet: candidate.score for facet in serves if facet not in first}
    return chosen


def _least(first: float | None, best: float) -> float:
    """The least score a facet's next sentence needs, after the first one's score, if it has one."""
    return best - _FACET_NEAR if first is None else first - _NEAR


def _facets(question: Question, statement: Statement) -> tuple[str, ...]:
    """What a statement can answer for, of the issuers or dates the question asks about apart."""
    if question.asks_who:
        return ("; ".join(statement.issuers),)
    if len(question.dates) > 1:
        return tuple(first for first, last in question.dates if speaks(statement, (first, last)))
    if len(question.issuers) > 1 and compares(question):
        return tuple(issuer for issuer in question.issuers if issuer in statement.issuers)
    return ("",)


def _repeats(candidate: _Candidate, other: _Candidate) -> bool:
    shorter = min(len(candidate.stems), len(other.stems))
    return len(candidate.stems & other.stems) >= _REPEATED * shorter


def _joined(chosen: Iterable[_Candidate], candidates: Iterable[_Candidate]) -> list[Evidence]:
    """Each chosen sentence with the neighbours that belong to it; what follows one another is one quote."""
    scores = {(candidate.hit.row, candidate.place): candidate.score for candidate in candidates}
    own = {(candidate.hit.row, candidate.place): candidate.own for candidate in candidates}
    hits = {candidate.hit.row: candidate.hit for candidate in chosen}
    wanted = {place for candidate in chosen for place in _with_neighbours(candidate, own)}
    joined: list[Evidence] = []
    for row, place in sorted(wanted):
        sentence, score = hits[row].passage.sentences[place], scores[row, place]
        if (row, place - 1) in wanted:
            last = joined.pop()
            joined.append(Evidence(last.hit, (*last.sentences, sentence), max(last.score, score)))
        else:
            joined.append(Evidence(hits[row], (sentence,), score))
    return joined


def _with_neighbours(
    candidate: _Candidate, own: Mapping[tuple[int, int], float]
) -> Iterator[tuple[int, int]]:
    """A neighbour belongs if it answers nearly as well, or if it says what "This" or "They" stands for."""
    row, place = candidate.hit.row, candidate.place
    yield row, place
    leans = _ANAPHOR.match(_text(candidate.hit, place)) is not None
    for beside in (place - 1, place + 1):
        near = own.get((row, beside), -math.inf) >= candidate.own - _BESIDE
        if near or (leans and beside < place and (row, beside) in own):
            yield row, beside


def _text(hit: Hit, place: int) -> str:
    sentence = hit.passage.sentences[place]
    return hit.statement.text[sentence.start : sentence.end]


def _in_order(question: Question, evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    by_score = sorted(evidence, key=lambda found: (-found.score, found.hit.row, found.start))
    others = list(dict.fromkeys(found.hit.statement.issuers for found in by_score))

    def key(found: Evidence) -> tuple[int, str, str, int]:
        statement = found.hit.statement
        named = [question.issuers.index(issuer) for issuer in statement.issuers if issuer in question.issuers]
        rank = min(named) if named else len(question.issuers) + others.index(statement.issuers)
        return rank, statement.date, statement.id, found.start

    return tuple(sorted(by_score, key=key))

"""Which sentences of the passages found answer a question together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from corpus.dates import first_day, last_day
from corpus.statement import Sentence, Statement
from index.hits import Hit
from index.question import Question

# Chosen on the development questions; coarse steps, so that they do not fit those questions alone.
_PASSAGE = 0.5  # weight of how far a passage scores below the best one
_TERMS = 0.1  # weight of the share of the question's terms in a sentence
_KIND = 0.05  # for a sentence that holds the kind of thing asked for: a number, a date, a person
_NEAR = 0.1  # how far below the best sentence another may score
_FACET_NEAR = 0.2  # the same for the best sentence of each issuer or date asked about
_MOST = 3  # sentences for an ordinary question
_MOST_FACETS = 6  # sentences for a question about several issuers or dates
_REPEATED = 0.6  # share of the shorter sentence's words from which one sentence repeats another

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_ENDING = re.compile(r"(?:ations?|ions?|ments?|ings?|ies|ed|es|ly|s|e|y)$")
_ANAPHOR = re.compile(r"[\W_]*(?:This|These|That|Those|It|Its|They|Their|Such|He|She|His|Her)\b")
_SALUTATION = re.compile(
    r"[\W_]*(?:mr|mrs|ms|madam|sir|your|excellenc\w+|ladies|distinguished|dear|i thank you|thank you)\b[^.!?]*[\W_]*$",
    re.IGNORECASE,
)
_LONGEST_SALUTATION = 12  # words

_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|twenty|thirty|forty|fifty"
    r"|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|half|third|quarter|double[ds]?)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(?:19|20)\d\d\b|\b(?:January|February|March|April|June|July|August|September|October|November|December)\b"
)
_PERSON = re.compile(r"\b[A-Z][\w'’-]+ (?:[A-Z]\. )?[A-Z][\w'’-]+")
_KINDS = (
    (
        re.compile(r"\bwhen\b|\b(?:what|which)\s+(?:\w+\s+)?(?:dates?|days?|year|month)\b|\bdeadline\b", re.IGNORECASE),
        _DATE,
    ),
    (
        re.compile(
            r"\bhow\s+(?:many|much|long|large|big|old|often|far|high)\b|\b(?:what|which)\s+(?:\w+\s+){0,2}"
            r"(?:share|proportion|portion|percentage|number|total|amount|sum|tonnage|rate|cost|budget)\b"
            r"|\b(?:number|total|headcounts?|figures?)\b",
            re.IGNORECASE,
        ),
        _NUMBER,
    ),
    (re.compile(r"\bwho(?:m|se)?\b|\bname of\b", re.IGNORECASE), _PERSON),
)
_ASKS_WHICH_ISSUERS = re.compile(
    r"\b(?:which|what|whose)\s+(?:[\w'’-]+\s+){0,6}?(?:countries|governments|states|speakers|leaders|delegations"
    r"|nations|members|republics|capitals|issuers)\b|\bwho\s+(?:else|all|supports?|backs?|opposes?)\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"\b(?:[Cc]ompar|[Cc]ontrast|[Dd]iffer|[Dd]iverge|[Bb]oth\b|[Ee]ach\b|[Vv]ersus\b|vs\b|far apart|side by side)"
    r"|[A-Z]\w+,? (?:and|or) (?:the )?[A-Z]"
)


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
    score: float
    stems: frozenset[str]

    @property
    def sentence(self) -> Sentence:
        return self.hit.passage.sentences[self.place]


def choose(question: Question, hits: Sequence[Hit]) -> tuple[Evidence, ...]:
    """The few sentences that answer a question together; none only if no hit has a sentence with words.

    A question about several issuers or dates gets the best sentences of each, up to six in all, any other
    up to three. Order: issuers as the question names them, then the others, the best first; of one issuer
    by date; in one statement as they stand.
    """
    candidates = _candidates(question, hits)
    if not candidates:
        return ()
    return _in_order(question, _joined(_select(question, candidates)))


def stem(word: str) -> str:
    """A rough stem, for telling whether two words speak of the same thing: "denuclearization" -> "denucleariz"."""
    word = word.casefold()
    ending = _ENDING.search(word, 4)
    return word[: ending.start()] if ending else word


def stems(text: str) -> frozenset[str]:
    """The stems of the words of a text; numbers stay as they are written."""
    return frozenset(stem(word) for word in _WORD.findall(text))


def has_kind(question: Question, text: str) -> bool:
    """Whether a text holds the kind of thing asked for: a number, a date, a person; True if no such kind is."""
    return all(held.search(text) for asked, held in _KINDS if asked.search(question.text))


def speaks(statement: Statement, period: tuple[str, str]) -> bool:
    """Whether a statement's date can lie between two ISO days."""
    date = statement.date
    return bool(date) and first_day(date) <= period[1] and last_day(date) >= period[0]


def _candidates(question: Question, hits: Sequence[Hit]) -> list[_Candidate]:
    """Sentences worth quoting, the best first."""
    best = max((hit.score for hit in hits), default=0.0)
    terms = frozenset(map(stem, question.terms))
    found = []
    for hit in hits:
        similarity = {highlight.sentence: highlight.similarity for highlight in hit.highlights}
        for place, sentence in enumerate(hit.passage.sentences):
            text = hit.statement.text[sentence.start : sentence.end]
            if _is_quotable(text):
                words = stems(text)
                score = similarity.get(sentence, 0.0) + _PASSAGE * (hit.score - best)
                score += _TERMS * len(terms & words) / max(1, len(terms)) + _KIND * has_kind(question, text)
                found.append(_Candidate(hit, place, score, words))
    return sorted(found, key=lambda candidate: (-candidate.score, candidate.hit.row, candidate.place))


def _is_quotable(text: str) -> bool:
    words = [word for word in _WORD.findall(text) if not word.isdecimal()]
    return len(words) > 2 and not (len(words) <= _LONGEST_SALUTATION and _SALUTATION.match(text))


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
    if _ASKS_WHICH_ISSUERS.search(question.text):
        return ("; ".join(statement.issuers),)
    if len(question.dates) > 1:
        return tuple(first for first, last in question.dates if speaks(statement, (first, last)))
    if len(question.issuers) > 1 and _COMPARES.search(question.text):
        return tuple(issuer for issuer in question.issuers if issuer in statement.issuers)
    return ("",)


def _repeats(candidate: _Candidate, other: _Candidate) -> bool:
    shorter = min(len(candidate.stems), len(other.stems))
    return len(candidate.stems & other.stems) >= _REPEATED * shorter


def _joined(chosen: Iterable[_Candidate]) -> list[Evidence]:
    """One quote for neighbours; a sentence that starts with "This" or "They" brings the one before it."""
    score: dict[tuple[int, int], float] = {}
    hits: dict[int, Hit] = {}
    for candidate in chosen:
        row = candidate.hit.row
        hits[row] = candidate.hit
        places = [candidate.place]
        if candidate.place and _ANAPHOR.match(_text(candidate.hit, candidate.place)):
            before = _text(candidate.hit, candidate.place - 1)
            places += [candidate.place - 1] if _is_quotable(before) else []
        for place in places:
            score[row, place] = max(candidate.score, score.get((row, place), candidate.score))
    joined: list[Evidence] = []
    for row, place in sorted(score):
        sentence = hits[row].passage.sentences[place]
        if (row, place - 1) in score:
            last = joined.pop()
            joined.append(Evidence(last.hit, (*last.sentences, sentence), max(last.score, score[row, place])))
        else:
            joined.append(Evidence(hits[row], (sentence,), score[row, place]))
    return joined


def _text(hit: Hit, place: int) -> str:
    sentence = hit.passage.sentences[place]
    return hit.statement.text[sentence.start : sentence.end]


def _in_order(question: Question, evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    by_score = sorted(evidence, key=lambda found: (-found.score, found.hit.row, found.start))
    ranks = {issuer: rank for rank, issuer in enumerate(question.issuers)}
    others: dict[tuple[str, ...], int] = {}

    def key(found: Evidence) -> tuple[int, str, str, int]:
        statement = found.hit.statement
        named = [ranks[issuer] for issuer in statement.issuers if issuer in ranks]
        rank = min(named) if named else len(ranks) + others.setdefault(statement.issuers, len(others))
        return rank, statement.date, statement.id, found.start

    return tuple(sorted(by_score, key=key))

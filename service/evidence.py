"""Which sentences of the passages found answer a question together."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from corpus.dates import first_day, last_day
from corpus.statement import Sentence, Statement
from index.hits import Hit
from index.question import Question

# Chosen on the development questions in coarse steps; citation F1 moves by less than .03 with the next step of
# any but _AROUND and _BESIDE, which bring .04 and .05.
_PASSAGE = 0.75  # weight of how far a passage scores below the best one
_AROUND = (
    0.4  # weight of how much closer to the question the better neighbour is: an answer may use other words
)
_TERMS = 0.1  # weight of the share of the question's terms in a sentence
_KIND = 0.1  # for a sentence that holds the kind of thing asked for: a number, a date, a person
_SCOPE = 0.1  # lost by a statement of other issuers, and by one of other dates, than the question names
_TITLE = 0.1  # lost by a title line, which says who speaks and of what, unless it is asked who
_NEAR = 0.1  # how far below the best sentence another may score
_FACET_NEAR = 0.25  # the same for the best sentence of each issuer or date asked about
_BESIDE = 0.15  # how far below a chosen sentence its neighbour may score to be quoted with it
_MOST = 3  # sentences chosen for an ordinary question, before their neighbours
_MOST_FACETS = 6  # sentences chosen for a question about several issuers or dates
_REPEATED = 0.6  # share of the shorter sentence's words from which one sentence repeats another

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_ENDING = re.compile(r"(?:ations?|ions?|ments?|ings?|ies|ed|es|ly|s|e|y)$")
_ANAPHOR = re.compile(r"[\W_]*(?:This|These|That|Those|It|Its|They|Their|Such|He|She|His|Her)\b")
_SALUTATION = re.compile(
    r"[\W_]*(?:mr|mrs|ms|madam|sir|your|excellenc\w+|ladies|distinguished|dear|i thank you|thank you)\b[^.!?]*[\W_]*$",
    re.IGNORECASE,
)
_LONGEST_SALUTATION = 12  # words

_ASKED = r"\b(?:what|which)\s+(?:[\w'’-]+\s+){0,2}"
_SOME = r"half|halves|third|quarter|majority|dozens?|hundreds?|thousands?|millions?|billions?|trillions?"
_ONES = r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty"
_MONTHS = r"January|February|March|April|May|June|July|August|September|October|November|December"
# What a question asks for, and what a sentence must hold to give it.
_KINDS = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(held))
    for asked, held in (
        (
            rf"\bwhen\b|{_ASKED}(?:dates?|days?|years?|months?)\b|\bdeadline\b",
            rf"\b(?:19|20)\d\d\b|\b(?:{_MONTHS})\b",
        ),
        (
            rf"\bhow\s+much\s+money\b|{_ASKED}(?:cost|budget|price|loss|sum|amount)\b",
            r"[$€£¥]|(?i:\b(?:dollars?|euros?|millions?|billions?|trillions?)\b)",
        ),
        (
            rf"{_ASKED}(?:share|proportion|portion|percentage)\b",
            rf"%|(?i:\bper\s?cent\b|\b(?:{_SOME})\b)",
        ),
        (
            rf"\bhow\s+(?:many|much|long|large|big|old|often|far|high)\b|{_ASKED}(?:number|total|rate|tonnage)\b"
            r"|\b(?:number|total|headcounts?|figures?)\b",
            rf"\b(?!(?:19|20)\d\d\b)\d|(?i:\b(?:{_ONES}|{_SOME})\b)",
        ),
        (r"\bwho(?:m|se)?\b|\bname of\b", r"\b[A-Z][\w'’-]+ (?:[A-Z]\. )?[A-Z][\w'’-]+"),
        (
            rf"{_ASKED}(?:sanctions|penalties)\b",
            r"(?i:\bsanction|\bpenalt|\bembargo|\brestrictive measures|\bblacklist|\basset freeze)",
        ),
    )
)
_ASKS_PERSON = re.compile(r"\bwho(?:m|se)?\b|\bnames?\b|\bsign", re.IGNORECASE)
_JOINT = re.compile(r"\bjoint (?:\w+ )?(?:statement|declaration|communiqu\w+|text|paper)\b", re.IGNORECASE)
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
    up to three; next to them stand neighbours without which they would be cut short. Order: issuers as the question names them, then the others, the best first; of one issuer
    by date; in one statement as they stand.
    """
    candidates = _candidates(question, hits)
    if not candidates:
        return ()
    return _in_order(question, _joined(_select(question, candidates), candidates))


def stem(word: str) -> str:
    """A rough stem, for telling whether two words speak of the same thing: "denuclearization" -> "denucleariz"."""
    word = word.casefold()
    ending = _ENDING.search(word, 4)
    return word[: ending.start()] if ending else word


def stems(text: str) -> frozenset[str]:
    """The stems of the words of a text; numbers stay as they are written."""
    return frozenset(stem(word) for word in _WORD.findall(text))


def heading(statement: Statement) -> str:
    """What is known of a statement besides its text: title, issuers, speakers and date, in one line."""
    speakers = (f"{speaker.name} {speaker.post}" for speaker in statement.speakers)
    return " ".join((statement.title, *statement.issuers, *speakers, statement.date))


def words_asked(question: Question) -> frozenset[str]:
    """Stems of the question's terms, and of the names of issuers and persons in it."""
    return frozenset(map(stem, question.terms)) | names_asked(question)


def names_asked(question: Question) -> frozenset[str]:
    """Stems of the words with a capital inside a sentence, of acronyms, and the numbers."""
    text, names = question.text, set()
    for match in _WORD.finditer(text):
        word, before = match.group(), text[: match.start()].rstrip()
        opens = not before or before[-1] in ".?!:"
        is_name = word[0].isupper() and len(word) > 1 and (not opens or word.isupper())
        if is_name or any(map(str.isdigit, word)):
            names.add(stem(word))
    return frozenset(names)


def has_kind(question: Question, text: str) -> bool:
    """Whether a text holds a kind of thing asked for: a number, a date, a person; True if none is."""
    held = [held.search(text) is not None for asked, held in _KINDS if asked.search(question.text)]
    return not held or any(held)


def speaks(statement: Statement, period: tuple[str, str]) -> bool:
    """Whether a statement's date can lie between two ISO days."""
    date = statement.date
    return bool(date) and first_day(date) <= period[1] and last_day(date) >= period[0]


def _candidates(question: Question, hits: Sequence[Hit]) -> list[_Candidate]:
    """Sentences worth quoting, the best first."""
    best = max((hit.score for hit in hits), default=0.0)
    asked = words_asked(question)
    found = []
    for hit in hits:
        passage = _PASSAGE * (hit.score - best) - _SCOPE * _strayed(question, hit.statement)
        if hit.passage.last_paragraph == 0 and not _ASKS_PERSON.search(question.text):
            passage -= _TITLE
        similar = _similarities(hit)
        terms = asked - stems(heading(hit.statement))  # the whole statement has those
        for place, similarity in enumerate(similar):
            text = _text(hit, place)
            if is_quotable(text):
                words = stems(text)
                around = max(
                    (*similar[max(0, place - 1) : place], *similar[place + 1 : place + 2]), default=similarity
                )
                score = passage + similarity + _AROUND * (around - similarity)
                score += _TERMS * len(terms & words) / max(1, len(terms)) + _KIND * has_kind(question, text)
                found.append(_Candidate(hit, place, score, words))
    return sorted(found, key=lambda candidate: (-candidate.score, candidate.hit.row, candidate.place))


def names_joint(question: Question) -> bool:
    """Whether it speaks of a joint statement as such: whom it names may then be what that is about."""
    return _JOINT.search(question.text) is not None


def is_joint(statement: Statement) -> bool:
    """Whether several issuers made it."""
    return len(statement.issuers) > 1


def in_scope(question: Question, statement: Statement) -> bool:
    """Whether a statement is of the issuers and dates that the question names, as far as it names any."""
    return not _strayed(question, statement)


def _strayed(question: Question, statement: Statement) -> int:
    """How many of issuer and date are others than the question names; it may name a joint statement as such."""
    named = () if question.asks_who else question.issuers
    other_issuer = bool(named) and set(named).isdisjoint(statement.issuers)
    if names_joint(question):
        other_issuer = not is_joint(statement) or (other_issuer and len(named) > 1)
    other_date = bool(question.dates) and not any(speaks(statement, period) for period in question.dates)
    return other_issuer + other_date


def _similarities(hit: Hit) -> list[float]:
    """Of the passage's sentences, in their order."""
    found = {highlight.sentence: highlight.similarity for highlight in hit.highlights}
    return [found.get(sentence, 0.0) for sentence in hit.passage.sentences]


def is_quotable(text: str) -> bool:
    """Whether a sentence says something: three words at least, and no salutation."""
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
    if question.asks_who:
        return ("; ".join(statement.issuers),)
    if len(question.dates) > 1:
        return tuple(first for first, last in question.dates if speaks(statement, (first, last)))
    if len(question.issuers) > 1 and _COMPARES.search(question.text):
        return tuple(issuer for issuer in question.issuers if issuer in statement.issuers)
    return ("",)


def _repeats(candidate: _Candidate, other: _Candidate) -> bool:
    shorter = min(len(candidate.stems), len(other.stems))
    return len(candidate.stems & other.stems) >= _REPEATED * shorter


def _joined(chosen: Iterable[_Candidate], candidates: Iterable[_Candidate]) -> list[Evidence]:
    """Each chosen sentence with the neighbours that belong to it; what follows one another is one quote."""
    scores = {(candidate.hit.row, candidate.place): candidate.score for candidate in candidates}
    hits = {candidate.hit.row: candidate.hit for candidate in chosen}
    wanted = {place for candidate in chosen for place in _with_neighbours(candidate, scores)}
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
    candidate: _Candidate, scores: Mapping[tuple[int, int], float]
) -> Iterator[tuple[int, int]]:
    """A neighbour belongs if it answers nearly as well, or if it says what "This" or "They" stands for."""
    row, place = candidate.hit.row, candidate.place
    yield row, place
    leans = _ANAPHOR.match(_text(candidate.hit, place)) is not None
    for beside in (place - 1, place + 1):
        near = scores.get((row, beside), -math.inf) >= candidate.score - _BESIDE
        if near or (leans and beside < place and (row, beside) in scores):
            yield row, beside


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

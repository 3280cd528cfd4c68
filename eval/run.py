"""Asking: every question of a suite, and what came of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from eval.indexes import Opened
from eval.measures.evidence import is_part
from eval.rankings import BASELINES
from eval.suites.suite import GoldQuestion, Span
from index.hits import Filters
from index.question import Question
from index.ranking import Candidates, Floats, Ranking, Rows, rank
from index.retriever import Found, Retriever
from service.answer import Citation
from service.answerer import HITS, Answerer
from service.confidence import Calibration
from service.sentences import ranked_sentences
from service.verify import Claim, verify

DEPTH = 100  # passages asked for: evidence below is not found


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A passage found: where, from which paragraph on, and its score."""

    span: Span
    paragraph: int
    score: float


@dataclass(frozen=True, slots=True)
class CheckedCitation:
    """A citation, and what verifying it says: "valid", "inexact" for offsets that give another text, or
    another CheckStatus of service.verify."""

    citation: Citation
    check: str

    @property
    def span(self) -> Span:
        """What is cited."""
        return Span(self.citation.statement_id, self.citation.start, self.citation.end)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question and all that came of it.

    found           passages, best first, up to DEPTH, without those of `gold.itself`
    baselines       the same by each of eval.rankings.BASELINES that was asked for
    answered        whether an answer was given
    confidence      of the answer, given or not
    citations       of the answer given, or that would have been given to a confidence of 1
    sentence_ranks  for each statement that holds evidence, searched alone: the rank of the first sentence
                    that is part of any of it; None if no sentence is
    """

    gold: GoldQuestion
    question: Question
    found: tuple[Retrieved, ...]
    baselines: dict[str, tuple[Span, ...]]
    answered: bool
    confidence: float
    citations: tuple[CheckedCitation, ...]
    sentence_ranks: tuple[int | None, ...]


def ask(
    questions: Sequence[GoldQuestion],
    opened: Opened,
    calibration: Calibration,
    with_baselines: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> tuple[Outcome, ...]:
    """Ask every question, in order; `progress` hears how many are done."""
    asker = _Asker(opened, calibration, with_baselines)
    outcomes = []
    for number, question in enumerate(questions, 1):
        outcomes.append(asker.ask(question))
        progress(number)
    return tuple(outcomes)


class _Asker:
    def __init__(self, opened: Opened, calibration: Calibration, with_baselines: bool) -> None:
        self._opened = opened
        self._baselines = BASELINES if with_baselines else {}
        self._retriever = _OneSearch(opened, self._baselines)
        self._answerer = Answerer(self._retriever, calibration, {})
        self._sure = Answerer(self._retriever, replace(calibration, threshold=0.0), {})

    def ask(self, gold: GoldQuestion) -> Outcome:
        found = self._retriever.search(gold.text, HITS)
        deep, baselines = self._ranked("", gold), {name: self._ranked(name, gold) for name in self._baselines}
        answer = self._answerer.answer(gold.text)
        citations = answer.citations or self._sure.answer(gold.text).citations
        return Outcome(
            gold=gold,
            question=found.question,
            found=deep,
            baselines={name: tuple(hit.span for hit in hits) for name, hits in baselines.items()},
            answered=answer.status == "answered",
            confidence=answer.confidence,
            citations=tuple(map(self._checked, citations)),
            sentence_ranks=tuple(self._sentence_rank(gold, statement) for statement in gold.holding),
        )

    def _ranked(self, name: str, gold: GoldQuestion) -> tuple[Retrieved, ...]:
        return tuple(hit for hit in self._retriever.ranked(name) if hit.span.statement != gold.itself)

    def _checked(self, citation: Citation) -> CheckedCitation:
        place = citation.start, citation.end
        claim = Claim(citation.statement_id, citation.quote, citation.version, *place)
        (check,) = verify(self._opened.store, [claim])
        statement = self._opened.statements.get(citation.statement_id)
        is_exact = statement is not None and statement.text[slice(*place)] == citation.quote
        return CheckedCitation(citation, check.status if is_exact else "inexact")

    def _sentence_rank(self, gold: GoldQuestion, statement: str) -> int | None:
        found = self._retriever.search(gold.text, DEPTH, Filters(statements=(statement,)))
        quotes = [quote for nugget in gold.nuggets for quote in nugget.evidence]
        sentences = (
            Span(statement, ranked.sentence.start, ranked.sentence.end)
            for ranked in ranked_sentences(found.question, found.hits)
        )
        ranks = (
            rank
            for rank, sentence in enumerate(sentences, 1)
            if any(is_part(sentence, quote) for quote in quotes)
        )
        return next(ranks, None)


class _OneSearch(Retriever):
    """Searches once for what is asked several times, and remembers how each ranking orders what was found.

    The head of a longer ranking is the shorter one, so all are made down to DEPTH, but only what is asked for
    becomes hits: that takes longer than the search.
    """

    def __init__(self, opened: Opened, others: Mapping[str, Ranking]) -> None:
        super().__init__(opened.store, opened.encoder, opened.issuers, self._rank)
        self._rankings: Mapping[str, Ranking] = {"": rank, **others}
        self._last: tuple[tuple[str, int, Filters], Found] | None = None
        self._orders: dict[str, tuple[Rows, Floats]] = {}
        self._places: dict[int, tuple[Span, int]] = {}  # of rows, with their paragraph

    def search(self, text: str, k: int, filters: Filters = Filters()) -> Found:  # noqa: B008  (frozen)
        asked = text, k, filters
        if not self._last or self._last[0] != asked:
            self._orders = {}
            self._last = asked, super().search(text, k, filters)
        return self._last[1]

    def ranked(self, name: str) -> tuple[Retrieved, ...]:
        """What was found last, by one of the rankings; "" is the default."""
        if name not in self._orders:
            return ()  # the index is empty
        rows, scores = (values.tolist() for values in self._orders[name])
        new = [row for row in rows if row not in self._places]
        for row, stored in self._store.passages(new).items() if new else ():
            passage = stored.passage
            self._places[row] = Span(stored.statement_id, passage.start, passage.end), passage.paragraph
        return tuple(Retrieved(*self._places[row], score) for row, score in zip(rows, scores, strict=True))

    def _rank(self, question: Question, candidates: Candidates, k: int) -> tuple[Rows, Floats]:
        orders = {name: other(question, candidates, max(k, DEPTH)) for name, other in self._rankings.items()}
        self._orders = {
            name: (candidates.rows[order[:DEPTH]], scores[:DEPTH]) for name, (order, scores) in orders.items()
        }
        order, scores = orders[""]
        return order[:k], scores[:k]

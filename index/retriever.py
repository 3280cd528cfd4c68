"""A question to passages: both searches, their union ranked with the sentences, filters inside."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from corpus.issuers import Issuers
from corpus.metadata import one_line
from index.caches import Caches
from index.catalogue import Catalogue
from index.encoder import Encoder, Vectors
from index.hits import Filters, Highlight, Hit
from index.question import Question, understand
from index.ranking import Candidates, Ranking, rank, wanted_words
from index.rows import StoredPassage, stacked
from index.speakers import speaker_names
from index.store import Store
from index.ties import Rows, Scores

QUESTION_LIMIT = 2000
_FETCH = 200  # candidates of each search; more changed no measured figure
_FETCH_ISSUER = 50  # candidates of each issuer that a question names
_KEPT = 500  # statements kept in memory


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gives: its question as understood, hits best first, and how much was searched."""

    question: Question
    hits: tuple[Hit, ...]
    statements: int
    passages: int


def checked_question(text: str) -> str:
    """The question in one line, without control characters.

    Raises ValueError for one without words, or of more than QUESTION_LIMIT characters.
    """
    text = one_line(text)
    if not any(map(str.isalnum, text)):
        raise ValueError(f"the question is {text!r}; expected words")
    if len(text) > QUESTION_LIMIT:
        raise ValueError(f"the question has {len(text)} characters; accepted are up to {QUESTION_LIMIT}")
    return text


class Retriever:
    """Searches one store with one encoder, following the writes of other processes; threads may share it."""

    def __init__(self, store: Store, encoder: Encoder, issuers: Issuers, ranking: Ranking = rank) -> None:
        store.require_model(encoder.settings)
        self._store = store
        self._encoder = encoder
        self._issuers = issuers
        self._ranking = ranking
        self._lock = threading.Lock()
        self._caches = Caches(store, encoder.dim)
        self._generation = -1

    def search(self, text: str, k: int, filters: Filters = Filters()) -> Found:  # noqa: B008  (frozen)
        """The k passages that answer a question best, at one moment of the store; fewer if there are fewer.

        Raises ValueError as checked_question.
        """
        text = checked_question(text)
        with self._lock, self._store.reading():
            self._refresh()
            question = understand(text, self._issuers, self._speakers)
        vector, matter = self._vectors(question)
        with self._lock, self._store.reading():
            self._refresh()
            allowed = self._catalogue.allowed(filters)
            rows = self._catalogue.rows_of(allowed)
            hits = self._hits(question, vector, matter, allowed, k) if len(rows) else ()
        return Found(question, hits, int(allowed.sum()), len(rows))

    def _refresh(self) -> None:
        self._caches.follow(self._store)
        if self._generation == self._store.generation:
            return
        self._catalogue = Catalogue.of(self._store)
        self._speakers = speaker_names(self._catalogue.statements)
        self._generation = self._store.generation
        self._statement = lru_cache(_KEPT)(self._store.statement)  # anew: a version may get other metadata

    def _vectors(self, question: Question) -> tuple[Vectors, Vectors]:
        """The question, and the direction that sentences are held against, both unit vectors (dim,).

        Speakers do not name themselves or the year, so half of the direction is the question without these:
        .10 of citation F1 on the development questions.
        """
        vectors = self._encoder.encode_questions(list(dict.fromkeys([question.text, question.matter])))
        mean = vectors[0] + vectors[-1]
        return vectors[0], mean / np.linalg.norm(mean)

    def _hits(
        self, question: Question, vector: Vectors, matter: Vectors, allowed: npt.NDArray[np.bool_], k: int
    ) -> tuple[Hit, ...]:
        rows, lexical = self._candidates(question, vector, allowed, max(k, _FETCH))
        stored = self._store.passages(rows.tolist())
        passages = [stored[row] for row in rows.tolist()]
        vectors, sentence_vectors, starts = stacked(passages)
        # vecdot, as the threads of a matrix product wait for each other when several questions are searched
        similar = np.split(np.vecdot(sentence_vectors, matter), starts[1:])
        statements = self._catalogue.statements_of(rows)
        candidates = Candidates(
            rows=rows,
            dense=np.vecdot(vectors, vector),
            sentence=np.array([found.max() for found in similar], np.float32),
            lexical=lexical,
            words=self._caches.lexical.scores(wanted_words(question, statements), rows),
            statements=statements,
        )
        order, scores = self._ranking(question, candidates, k)
        return tuple(
            self._hit(passages[at], similar[at], float(score))
            for at, score in zip(order.tolist(), scores, strict=True)
        )

    def _candidates(
        self, question: Question, vector: Vectors, allowed: npt.NDArray[np.bool_], count: int
    ) -> tuple[Rows, Scores]:
        """Rows that some search found, ascending, and the BM25 scores of those found by words, else 0."""
        catalogue = self._catalogue
        is_filtered = not allowed.all()
        among = [s.id for s, passes in zip(catalogue.statements, allowed, strict=True) if passes]
        by_words = self._caches.lexical.search(question.text, count, among if is_filtered else None)
        # BM25 may lag behind the store: what is gone must not be found.
        held = catalogue.held(by_words[0])
        lexical = dict(zip(by_words[0][held].tolist(), by_words[1][held].tolist(), strict=True))
        found = set(lexical)
        searches = [(catalogue.rows_of(allowed) if is_filtered else None, count)]
        for issuer in question.issuers:
            own = np.array([issuer in statement.issuers for statement in catalogue.statements], np.bool_)
            searches.append((catalogue.rows_of(allowed & own), _FETCH_ISSUER))
        for within, number in searches:
            found.update(self._caches.dense.search(vector, number, within)[0].tolist())
        rows = np.array(sorted(found), np.int64)
        return rows, np.array([lexical.get(row, 0.0) for row in rows.tolist()], np.float32)

    def _hit(self, stored: StoredPassage, similar: npt.NDArray[np.float32], score: float) -> Hit:
        statement = self._statement(stored.statement_id)
        assert statement is not None  # read at the same moment as its passage
        order = np.lexsort((np.arange(len(similar)), -similar))
        passage = stored.passage
        highlights = tuple(Highlight(passage.sentences[at], float(similar[at])) for at in order)
        return Hit(stored.row, statement, passage, score, highlights)

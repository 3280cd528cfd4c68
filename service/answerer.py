"""A question to an answer: quotations, a language model's sentences that they bear out, or none found."""

from __future__ import annotations

import hashlib
import json
import time
from collections import abc
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from itertools import count
from typing import Literal, TypeAlias

from index.hits import Filters
from index.retriever import Found, Retriever
from service.answer import Answer, AnswerSentence, Citation, Dropped, Searched
from service.citing import cite, quotations
from service.confidence import Calibration, measure
from service.evidence import Evidence, choose
from service.llm.generator import GeneratorError
from service.llm.standalone import Turn, last_question, standalone
from service.writer import Kept, Wanted, Writer, always, material

HITS = 20  # passages that sentences are chosen from
NEAREST = 5  # passages shown where there is no answer
Choice: TypeAlias = Literal["extractive", "llm"]


@dataclass(frozen=True, slots=True)
class Started:
    """The question as it was read, and what was searched."""

    question: str
    searched: Searched


@dataclass(frozen=True, slots=True)
class Sentenced:
    """A sentence of the answer, and those of its citations that no sentence before it had."""

    sentence: AnswerSentence
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class _Body:
    """The part of an answer that someone writes."""

    sentences: tuple[AnswerSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    generator: Choice = "extractive"
    notice: str = ""
    dropped: tuple[Dropped, ...] = ()


Event: TypeAlias = Started | Sentenced | Answer
_Writing: TypeAlias = abc.Generator[Sentenced, None, _Body]


class Answerer:
    """Answers by quoting; with a writer, in sentences of a language model that its quotations bear out.

    Threads may share it.
    """

    def __init__(
        self,
        retriever: Retriever,
        calibration: Calibration,
        models: dict[str, str],
        writer: Writer | None = None,
    ) -> None:
        self._retriever = retriever
        self._calibration = calibration
        self._models = models | {"confidence": calibration.model}
        self._writer = writer

    def answer(
        self,
        question: str,
        filters: Filters = Filters(),  # noqa: B008  (frozen)
        k: int = HITS,
        generator: Choice | None = None,
        is_wanted: Wanted = always,
    ) -> Answer:
        """The few sentences of the k best passages that answer the question together.

        `not_found` if the confidence is below the calibrated threshold: a language model is then not asked.
        Who writes is `generator`, and where that is None a language model if there is one; where it is away,
        slow, or writes nothing that its evidence bears out, the answer is quotations, and `notice` says so.
        ValueError as in Retriever.search.
        """
        *_, last = self.stream(question, filters, k, generator, is_wanted)
        assert isinstance(last, Answer)
        return last

    def stream(
        self,
        question: str,
        filters: Filters = Filters(),  # noqa: B008
        k: int = HITS,
        generator: Choice | None = None,
        is_wanted: Wanted = always,
    ) -> abc.Generator[Event, None, None]:
        """The answer as it comes: first what was searched, then its sentences, each checked, then all of it.

        Closing the iterator stops the language model, and so does `is_wanted`, which is asked at each of its
        pieces: closing has to wait for a sentence. ValueError at the first item.
        """
        started = time.perf_counter()
        found = self._retriever.search(question, max(k, NEAREST), filters)
        searched = Searched(found.statements, found.passages, filters)
        retrieved = time.perf_counter()
        yield Started(found.question.text, searched)
        resumed = time.perf_counter()
        evidence = choose(found.question, found.hits[:k])
        sure = self._calibration.confidence(measure(found.question, evidence)) if evidence else 0.0
        if sure < self._calibration.threshold:
            evidence = ()
        timings = {"retrieve": _ms(retrieved - started), "answer": _ms(time.perf_counter() - resumed)}
        models = self._models
        if evidence and self._writer and generator != "extractive":
            began = time.perf_counter()
            body = yield from self._written(self._writer, found, k, evidence, is_wanted)
            timings["write"] = _ms(time.perf_counter() - began)
            models = models | {"llm": self._writer.name}
        else:
            body = yield from _quoted(evidence)
            if evidence and generator == "llm":
                body = replace(body, notice=_instead("no language model is set up"))
        yield _answer(found, searched, round(sure, 4), body, models, timings)

    def standalone(self, turns: Sequence[Turn]) -> str:
        """The user's last question: rewritten to be understood without the turns before it where there is a
        language model, else as it is. ValueError if the user says nothing.
        """
        return standalone(self._writer.generator, turns) if self._writer else last_question(turns)

    def _written(
        self, writer: Writer, found: Found, k: int, evidence: Sequence[Evidence], is_wanted: Wanted
    ) -> _Writing:
        """What the language model writes; where none of it is kept, the quotations."""
        sentences: list[AnswerSentence] = []
        citations: list[Citation] = []
        dropped: list[Dropped] = []
        problem = ""
        shown = material(found.question, found.hits[:k], evidence)
        try:
            with closing(writer.write(found.question.text, shown, is_wanted)) as parts:
                for part in parts:
                    if isinstance(part, Kept):
                        new = tuple(map(cite, count(len(citations) + 1), part.new))
                        sentences.append(AnswerSentence(part.text, part.numbers, part.support))
                        citations += new
                        yield Sentenced(sentences[-1], new)
                    else:
                        dropped.append(part)
        except GeneratorError as error:
            problem = str(error)
        if sentences:
            return _Body(
                tuple(sentences), tuple(citations), "llm", _left_out(problem, dropped), tuple(dropped)
            )
        body = yield from _quoted(evidence)
        return replace(body, notice=_instead(problem or _nothing_kept(dropped)), dropped=tuple(dropped))


def _quoted(evidence: Sequence[Evidence]) -> _Writing:
    citations = tuple(map(cite, range(1, len(evidence) + 1), evidence))
    sentences = quotations(evidence)
    for sentence, citation in zip(sentences, citations, strict=True):
        yield Sentenced(sentence, (citation,))
    return _Body(sentences, citations)


def _answer(
    found: Found,
    searched: Searched,
    sure: float,
    body: _Body,
    models: dict[str, str],
    timings: dict[str, float],
) -> Answer:
    return Answer(
        id=_identity(found.question.text, searched.filters, body),
        question=found.question.text,
        status="answered" if body.citations else "not_found",
        confidence=sure,
        answer=" ".join(sentence.text for sentence in body.sentences),
        sentences=body.sentences,
        citations=body.citations,
        searched=searched,
        nearest=() if body.citations else found.hits[:NEAREST],
        generator=body.generator,
        models=models,
        timings_ms=timings,
        notice=body.notice,
        dropped=body.dropped,
    )


def _instead(problem: str) -> str:
    return f"{problem[0].upper()}{problem[1:]}; quotations are given instead."


def _nothing_kept(dropped: Sequence[Dropped]) -> str:
    if dropped:
        return "nothing that the language model wrote passed the checks"
    return "the language model found no answer in the evidence"


def _left_out(problem: str, dropped: Sequence[Dropped]) -> str:
    """Why a language model's answer is shorter than what it wrote or meant to; "" if it is not."""
    said = [f"{problem[0].upper()}{problem[1:]}; what is given was checked."] if problem else []
    if dropped:
        number = "1 sentence" if len(dropped) == 1 else f"{len(dropped)} sentences"
        said.append(f"Left out: {number} of the language model that did not pass the checks.")
    return " ".join(said)


def _identity(question: str, filters: Filters, body: _Body) -> str:
    places = [(found.statement_id, found.version, found.start, found.end) for found in body.citations]
    parts: list[object] = [question, asdict(filters), places]
    if body.generator == "llm":
        parts.append([sentence.text for sentence in body.sentences])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 1)

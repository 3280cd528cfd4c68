"""Routes for questions: answers, passages, and the checking of citations."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from service.answer import Answer, Searched
from service.answerer import Started
from service.api.problems import explained, problem_fields, responses
from service.api.requests import AnswerRequest, SearchRequest, VerifyRequest
from service.api.state import Service
from service.api.streams import AnswerStream
from service.corpus_view import CorpusFields
from service.fields import (
    AnswerFields,
    CheckFields,
    CitationFields,
    HitFields,
    SearchedFields,
    SentenceFields,
    answer_fields,
    check_fields,
    hit_fields,
)
from service.verify import Claim, verify

routes = APIRouter(prefix="/v1", tags=["questions"])
_log = logging.getLogger("communique.api")
_searched: TypeAdapter[SearchedFields] = TypeAdapter(SearchedFields)


class SearchResponse(TypedDict):
    """Passages found, best first, and what was searched."""

    hits: list[HitFields]
    searched: SearchedFields


class VerifyResponse(TypedDict):
    """What became of each citation, in the order they were sent."""

    checks: list[CheckFields]


class SearchedEvent(TypedDict):
    """The first event: the question, and what is searched for it."""

    question: str
    searched: SearchedFields


class SentenceEvent(TypedDict):
    """A sentence that was checked, and the citations it is the first to use."""

    sentence: SentenceFields
    citations: list[CitationFields]


def _event(name: str, schema: str) -> dict[str, Any]:
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": {"$ref": schema}}
    return {
        "type": "object",
        "required": ["event", "data"],
        "properties": {"event": {"const": name}, "data": data},
    }


_SCHEMAS = "#/components/schemas/"
_EVENTS = {
    "oneOf": [
        _event("searched", _SCHEMAS + "SearchedEvent"),
        _event("sentence", _SCHEMAS + "SentenceEvent"),
        _event("answer", _SCHEMAS + "AnswerFields"),
        _event("problem", _SCHEMAS + "Problem"),
    ]
}


@routes.post(
    "/answers",
    response_model=AnswerFields,
    responses={
        200: {
            "description": "An answer; with `stream`, events: searched, sentence, answer, problem",
            "content": {"text/event-stream": {"itemSchema": _EVENTS}},
        },
        **responses(413, 504),
    },
)
async def answer(body: AnswerRequest, service: Service, request: Request) -> Response | AnswerFields:
    """Answer a question with citations, or say that the statements do not.

    Every quote is a copy of the text it cites. With `stream`, each `sentence` event is checked and comes with
    the citations it is the first to use; the last event, `answer`, is what would be sent without `stream`.
    """
    request.state.question = body.question
    filters = body.filters.read(service.engine)
    if body.stream:
        stream = AnswerStream(service, body.question, body.generator, filters, body.k)
        await stream.begin()
        return EventSourceResponse(_told(stream), headers={"Cache-Control": "no-store"})
    asked = (body.question, filters, body.k, body.generator, service.in_time())
    given = await service.work(lambda: service.engine.answerer.answer(*asked))
    service.metrics.answered(given)
    return answer_fields(given)


@routes.post(
    "/search",
    response_model=SearchResponse,
    responses=responses(413, 504),
)
async def search(body: SearchRequest, service: Service, request: Request) -> SearchResponse:
    """Find the passages nearest to a question; they need not answer it."""
    request.state.question = body.query
    filters = body.filters.read(service.engine)
    found = await service.work(lambda: service.engine.retriever.search(body.query, body.k, filters))
    searched = Searched(found.statements, found.passages, filters)
    return {
        "hits": list(map(hit_fields, found.hits)),
        "searched": _searched.validate_python(asdict(searched)),
    }


@routes.post(
    "/verify",
    response_model=VerifyResponse,
    responses=responses(413, 504),
)
async def check(body: VerifyRequest, service: Service) -> VerifyResponse:
    """Check citations against the statements: valid, or why not and where the quote parts from the text."""
    claims = [Claim(**citation.model_dump()) for citation in body.citations]

    in_time = service.in_time()

    def checked() -> list[CheckFields]:
        with service.engine.store() as store:
            return list(map(check_fields, verify(store, claims, in_time)))

    return {"checks": await service.work(checked)}


@routes.get("/corpus", responses=responses(504))
async def corpus(service: Service) -> CorpusFields:
    """What there is to ask about: issuers, dates, questions that have answers, and the limits."""
    return await service.work(service.view.fields)


async def _told(stream: AnswerStream) -> AsyncIterator[bytes]:
    try:
        async for event in stream:
            if isinstance(event, Answer):
                yield _sse("answer", answer_fields(event))
            else:
                yield _sse("searched" if isinstance(event, Started) else "sentence", asdict(event))
    except Exception as error:  # the response has begun: a status can no longer say it
        status, detail, _ = explained(error)
        if status == 500:
            _log.exception("a stream broke off")
        yield _sse("problem", problem_fields(status, detail))


def _sse(name: str, data: object) -> bytes:
    return format_sse_event(event=name, data_str=json.dumps(data, ensure_ascii=False))

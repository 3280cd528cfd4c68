"""Routes for OpenAI clients: the same answers as chat completions, with their citations."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from typing import Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.exceptions import HTTPException

from service.answer import Answer, Citation, who_and_when
from service.answerer import Sentenced
from service.api.completions import Annotation, ChatCompletion, ChatRequest, ModelList, UrlCitation
from service.api.problems import explained, problem_fields, responses
from service.api.state import Service
from service.api.streams import AnswerStream
from service.fields import answer_fields

routes = APIRouter(prefix="/v1", tags=["OpenAI"])
_MODELS: dict[str, Literal["extractive", "llm"] | None] = {
    "communique": None,
    "communique-extractive": "extractive",
    "communique-llm": "llm",
}
_DONE = b"data: [DONE]\n\n"
_CHUNK = {"type": "object", "required": ["data"], "properties": {"data": {"type": "string"}}}


@routes.get("/models")
def list_models(service: Service) -> ModelList:
    """The names a chat completion may ask for."""
    names = [name for name, choice in _MODELS.items() if choice != "llm" or service.engine.settings.llm]
    return {
        "object": "list",
        "data": [{"id": name, "object": "model", "created": 0, "owned_by": "communique"} for name in names],
    }


@routes.post(
    "/chat/completions",
    response_model=ChatCompletion,
    responses={
        200: {
            "description": "A completion; with `stream`, chunks of one, and [DONE] at last",
            "content": {"text/event-stream": {"itemSchema": _CHUNK}},
        },
        **responses(404, 413, 504),
    },
)
async def complete(body: ChatRequest, service: Service, request: Request) -> Response | ChatCompletion:
    """Answer the last question of a conversation from the statements, with citations.

    With a language model a question that leans on earlier turns is first rewritten to stand alone; without
    one it is asked as it is. Instructions in other turns change nothing about what is cited.
    """
    if body.model not in _MODELS:
        raise HTTPException(404, f"no model {body.model!r}; accepted: {', '.join(_MODELS)}")
    answerer = service.engine.answerer
    turns = [(turn.role, turn.text) for turn in body.messages if turn.role in ("user", "assistant")]
    question = await service.work(lambda: answerer.standalone(turns))
    request.state.question = question
    page = str(request.base_url)
    if body.stream:
        stream = AnswerStream(service, question, _MODELS[body.model])
        await stream.begin()
        return EventSourceResponse(_chunks(stream, body.model, page), headers={"Cache-Control": "no-store"})
    choice, in_time = _MODELS[body.model], service.in_time()
    answer = await service.work(lambda: answerer.answer(question, generator=choice, is_wanted=in_time))
    service.metrics.answered(answer)
    content = _content(answer)
    return {
        "id": f"chatcmpl-{answer.id}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body.model,
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": content,
                    "annotations": _annotations(answer, page),
                },
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
        "communique": answer_fields(answer),
    }


async def _chunks(stream: AnswerStream, model: str, page: str) -> AsyncIterator[bytes]:
    """The same content in pieces: each sentence when it is checked, then the sources and the annotations."""
    created, said = int(time.time()), ""

    def chunk(delta: dict[str, Any], reason: str | None = None, **more: object) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        fields = {"id": "chatcmpl", "object": "chat.completion.chunk", "created": created, "model": model}
        return format_sse_event(data_str=json.dumps(fields | {"choices": [choice]} | more))

    try:
        yield chunk({"role": "assistant", "content": ""})
        async for event in stream:
            if isinstance(event, Sentenced):
                piece = f" {event.sentence.text}" if said else event.sentence.text
                said += piece
                yield chunk({"content": piece})
            elif isinstance(event, Answer):
                content = _content(event)
                annotations = _annotations(event, page)
                yield chunk({"content": content[len(said) :], "annotations": annotations})
                yield chunk({}, "stop", communique=answer_fields(event))
    except Exception as error:
        status, detail, _ = explained(error)
        yield format_sse_event(data_str=json.dumps({"error": problem_fields(status, detail)}))
    yield _DONE


def _content(answer: Answer) -> str:
    """The answer, its notice, and the sources its marks stand for."""
    if answer.status == "not_found":
        searched = answer.searched
        return (
            "Not found in these statements. "
            f"Searched: {searched.statements:,} statements, {searched.passages:,} passages."
        )
    notice = [f"Note: {answer.notice}"] if answer.notice else []
    sources = [f"[{citation.n}] {_source(citation)}" for citation in answer.citations]
    return "\n\n".join([answer.answer, *notice, "\n".join(["Sources:", *sources])])


def _source(citation: Citation) -> str:
    place = f"{citation.statement_id}, paragraph {citation.paragraph}, version {citation.version[:12]}"
    title = f"{citation.title}, " if citation.title else ""
    return f"{who_and_when(citation)}: “{' '.join(citation.quote.split())}” ({title}{place})"


def _annotations(answer: Answer, page: str) -> list[Annotation]:
    """One for each mark, which stand at the ends of the sentences that the content begins with."""
    by_number = {citation.n: citation for citation in answer.citations}
    found: list[Annotation] = []
    start = 0
    for sentence in answer.sentences:
        end = start + len(sentence.text)
        at = end - sum(len(f"[{number}]") for number in sentence.citations)
        for number in sentence.citations:
            mark_end = at + len(f"[{number}]")
            citation = by_number[number]
            place: UrlCitation = {
                "start_index": at,
                "end_index": mark_end,
                "title": citation.title or citation.statement_id,
                "url": _permalink(citation, page),
            }
            found.append({"type": "url_citation", "url_citation": place})
            at = mark_end
        start = end + 1
    return found


def _permalink(citation: Citation, page: str) -> str:
    """The page opened at the quote."""
    place = {"s": citation.statement_id, "v": citation.version, "start": citation.start, "end": citation.end}
    return f"{page}#{urlencode(place)}"

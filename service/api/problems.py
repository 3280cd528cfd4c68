"""Errors as RFC 9457 problem details: one shape for all, saying what was sent, what is accepted and where."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, NotRequired

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from typing_extensions import TypedDict

from index.schema import StoreError
from index.store import BusyError
from service.api.requests import PATTERNS

_log = logging.getLogger("communique.api")
MEDIA_TYPE = "application/problem+json"
TOLD = 20  # errors that are told of one request
_SHOWN = 80  # characters of what was sent that an error repeats
_HEADERS = {401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}


class ProblemError(TypedDict):
    """One thing that is wrong with a request: where in it, and why."""

    where: str
    message: str


class Problem(TypedDict):
    """RFC 9457: `title` names the status, `detail` is for people, `errors` one for each thing wrong.

    `error` repeats the detail as OpenAI's clients look for it, in chat completions alone.
    """

    type: str
    title: str
    status: int
    detail: str
    errors: NotRequired[list[ProblemError]]
    error: NotRequired[dict[str, str]]


class ProblemResponse(JSONResponse):
    """A problem as a response."""

    media_type = MEDIA_TYPE


def problem(
    status: int, detail: str, errors: Sequence[ProblemError] = (), headers: Mapping[str, str] | None = None
) -> ProblemResponse:
    """The response for a problem."""
    return ProblemResponse(problem_fields(status, detail, errors), status, dict(headers or {}))


def problem_fields(status: int, detail: str, errors: Sequence[ProblemError] = ()) -> Problem:
    """The JSON of a problem."""
    fields: Problem = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        fields["errors"] = list(errors)
    return fields


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems a route may answer with, beside those of the guard, for the OpenAPI document."""
    return {status: described(status) for status in (*statuses, 400, 422, 503)}


def described(status: int) -> dict[str, Any]:
    """A problem in the OpenAPI document."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    header = _HEADERS.get(status)
    headers = {"headers": {header: {"schema": {"type": "string"}}}} if header else {}
    return {"description": HTTPStatus(status).phrase, "content": content, **headers}


def explained(error: Exception) -> tuple[int, str, Mapping[str, str]]:
    """Status, detail and headers for an error of ours; what is not foreseen is a 500 that tells nothing."""
    if isinstance(error, BusyError):
        return 503, "another process is writing; try again in a few seconds", {"Retry-After": "5"}
    if isinstance(error, (StoreError, sqlite3.Error)):
        _log.warning("the store cannot be used: %s", error)
        return 503, "the statements cannot be used now; whoever runs the service finds why in its log", {}
    if isinstance(error, TimeoutError):
        return 504, "this took too long and was given up; ask for less, or try again", {}
    if isinstance(error, ValueError):  # CorpusError and what the rooms refuse
        _log.info("refused", exc_info=error)  # a mistake of ours would look like one of the sender's
        return 422, str(error), {}
    return 500, "an error of the service, which is in its log; the request was not carried out", {}


def install(app: FastAPI) -> None:
    """Make every error of an application a problem."""

    def on_http(request: Request, error: Exception) -> ProblemResponse:
        assert isinstance(error, HTTPException)
        headers = (
            {**(error.headers or {}), **_allowed(app, request)} if error.status_code == 405 else error.headers
        )
        detail = str(error.detail)
        if error.status_code == 413 and not detail.startswith("body"):
            detail = "the body is larger than accepted; GET /v1/corpus has the limits"
        elif detail == HTTPStatus(error.status_code).phrase:  # the router's own says no more
            detail = f"{request.method} {request.url.path[:100]}: {detail.lower()}; see /openapi.json"
        return _told(request, error.status_code, detail, headers=headers)

    def on_validation(request: Request, error: Exception) -> ProblemResponse:
        assert isinstance(error, RequestValidationError)
        known = error.errors()[:TOLD]
        errors = [_found(dict(found)) for found in known]
        is_no_json = any(found["type"] == "json_invalid" for found in known)
        detail = f"{errors[0]['where']}: {errors[0]['message']}"
        return _told(request, 400 if is_no_json else 422, detail, errors)

    def on_error(request: Request, error: Exception) -> ProblemResponse:
        status, detail, headers = explained(error)
        return _told(request, status, detail, headers=headers)

    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    for kind in (ValueError, StoreError, sqlite3.Error, TimeoutError, Exception):
        app.add_exception_handler(kind, on_error)


def _told(
    request: Request,
    status: int,
    detail: str,
    errors: Sequence[ProblemError] = (),
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    """The problem; OpenAI's clients read its detail under a name of their own."""
    fields = problem_fields(status, detail, errors)
    if request.url.path.endswith("/v1/chat/completions"):
        fields["error"] = {"message": detail}
    return ProblemResponse(fields, status, dict(headers or {}))


def _allowed(app: FastAPI, request: Request) -> dict[str, str]:
    """The methods of all routes of a path: each route knows its own alone."""
    path = getattr(request.scope.get("route"), "path_format", "")
    methods = app.openapi()["paths"].get(path, {})
    return {"Allow": ", ".join(sorted(map(str.upper, methods)))} if methods else {}


def _found(error: dict[str, Any]) -> ProblemError:
    where = ".".join(str(part) for part in error["loc"]) or "request"
    kind, context = error["type"], error.get("ctx", {})
    if kind == "json_invalid":
        place, _, at = where.rpartition(".")
        return {"where": place, "message": f"no JSON at character {at}: {context['error']}"}
    if kind == "missing" or "input" not in error:
        return {"where": where, "message": error["msg"]}
    message = error["msg"]
    if kind == "extra_forbidden":
        message = "there is no field of this name"
    elif kind == "string_pattern_mismatch":
        message = f"expected {PATTERNS.get(context['pattern'], context['pattern'])}"
    sent = repr(error["input"])
    short = sent if len(sent) <= _SHOWN else f"{sent[:_SHOWN]}…"
    return {"where": where, "message": f"{message}; sent {short}"}

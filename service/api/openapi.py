"""The OpenAPI document: what FastAPI derives from the routes, and what it cannot know of keys and events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from service.api.guard import is_open, writes
from service.api.problems import Problem, described
from service.api.questions import SearchedEvent, SentenceEvent
from service.api.requests import StatementRequest
from service.settings import Access

_REF = "#/components/schemas/{model}"
_EXAMPLES = Path(__file__).with_name("examples.json")  # by "METHOD path": what a response holds
_NAMED: dict[str, TypeAdapter[Any]] = {  # what is in no signature, but in the document
    "Problem": TypeAdapter(Problem),
    "StatementRequest": TypeAdapter(StatementRequest),
    "SearchedEvent": TypeAdapter(SearchedEvent),
    "SentenceEvent": TypeAdapter(SentenceEvent),
}


def document(app: FastAPI, access: Access) -> dict[str, Any]:
    """The document, made once; where a key is needed depends on the access."""
    if app.openapi_schema is None:
        found = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        _name_schemas(found["components"]["schemas"])
        found["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        for path, methods in found["paths"].items():
            for method, operation in methods.items():
                _guard(operation, is_open(path), access.needs_key(writes(method.upper(), path)), access)
        _show_examples(found["paths"])
        app.openapi_schema = found
    return app.openapi_schema


def _name_schemas(schemas: dict[str, Any]) -> None:
    for name, adapter in _NAMED.items():
        schema = adapter.json_schema(ref_template=_REF)
        schemas.update(schema.pop("$defs", {}))
        schemas[name] = schema
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)


def _guard(operation: dict[str, Any], is_open: bool, is_locked: bool, access: Access) -> None:
    """What the guard asks of an operation and may answer instead of it."""
    key: list[dict[str, list[str]]] = [{"key": []}]
    operation["security"] = [] if is_open or not access.has_keys else key if is_locked else [{}, *key]
    for status in (421,) if is_open else (401, 403, 421, 429):
        operation["responses"][str(status)] = described(status)


def _show_examples(paths: dict[str, Any]) -> None:
    for name, example in json.loads(_EXAMPLES.read_text(encoding="utf-8")).items():
        method, path = name.split()
        answers = paths[path][method.lower()]["responses"]
        status = next(status for status in answers if status.startswith("2"))
        answers[status]["content"]["application/json"]["example"] = example

"""The OpenAPI document: what FastAPI derives from the routes, with problems as the one shape of errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from service.api.problems import Problem
from service.api.requests import StatementRequest

_REF = "#/components/schemas/{model}"
_EXAMPLES = Path(__file__).with_name("examples.json")  # by "METHOD path": what a response holds


def document(app: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    if app.openapi_schema is None:
        found = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        schemas = found["components"]["schemas"]
        for name, adapter in (
            ("Problem", TypeAdapter(Problem)),
            ("StatementRequest", TypeAdapter(StatementRequest)),
        ):
            schema = adapter.json_schema(ref_template=_REF)
            schemas.update(schema.pop("$defs", {}))
            schemas[name] = schema
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        found["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        found["security"] = [{}, {"key": []}]
        for name, example in json.loads(_EXAMPLES.read_text(encoding="utf-8")).items():
            method, path = name.split()
            answers = found["paths"][path][method.lower()]["responses"]
            status = next(status for status in answers if status.startswith("2"))
            answers[status]["content"]["application/json"]["example"] = example
        app.openapi_schema = found
    return app.openapi_schema

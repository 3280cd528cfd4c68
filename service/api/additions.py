"""Routes for adding statements: files or JSON come in, a job adds them, and tells how far it is."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, cast

from anyio import to_thread
from fastapi import APIRouter, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from typing_extensions import TypedDict

from corpus.metadata import from_fields, statement
from service.api.problems import TOLD, responses
from service.api.requests import StatementRequest
from service.api.state import Service, State
from service.jobs import Job, JobStatus, Upload
from service.settings import Limits

routes = APIRouter(prefix="/v1", tags=["additions"])
jobs = APIRouter(prefix="/v1", tags=["additions"])
_FIELDS = 10  # of a form beside its files
_ACCEPTED = {
    "description": "The job that adds them",
    "headers": {"Location": {"required": True, "schema": {"type": "string"}}},
    "links": {
        "job": {
            "operationId": "read_job_v1_jobs__job_id__get",
            "parameters": {"job_id": "$response.body#/id"},
        }
    },
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/StatementRequest"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "additionalProperties": False,
                    "properties": {
                        "files": {
                            "type": "array",
                            "minItems": 1,
                            "maxItems": Limits().upload_files,
                            "items": {"type": "string", "format": "binary"},
                        }
                    },
                }
            },
        },
    }
}


class OutcomeFields(TypedDict):
    """What became of a statement, or why a file or row gave none."""

    status: str
    source: str
    statement_id: str
    passages: int
    error: str


class JobFields(TypedDict):
    """An addition: how far it is, a share in [0, 1], and what became of each statement so far."""

    id: str
    status: JobStatus
    created: str
    files: int
    progress: float
    outcomes: list[OutcomeFields]
    error: str


@routes.post(
    "/statements",
    status_code=202,
    openapi_extra=_BODY,
    responses={202: _ACCEPTED, **responses(413, 415)},
)
async def add_statements(request: Request, response: Response, service: Service) -> JobFields:
    """Add files (txt, md, html, pdf, docx, jsonl, csv), or one statement as JSON.

    They are on disk when this is answered, and a job adds them; a statement of an id that is there becomes
    its new version.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        body = await request.body()
        job = await to_thread.run_sync(lambda: _accepted(service, [_from_json(body, service)]))
    elif kind == "multipart/form-data":
        limits = service.engine.settings.limits
        async with request.form(max_files=limits.upload_files, max_fields=_FIELDS) as form:
            uploads = _from_form(form.multi_items(), limits.upload_bytes)
            job = await to_thread.run_sync(lambda: _accepted(service, uploads))  # never half: no time-out
    else:
        raise HTTPException(
            415, f"content type {kind!r}: accepted are multipart/form-data and application/json"
        )
    service.runner.wake()
    response.headers["Location"] = f"{request.scope.get('root_path', '')}/v1/jobs/{job.id}"
    return _fields(job)


@jobs.get("/jobs/{job_id}", responses=responses(404))
def read_job(job_id: Annotated[str, Path(max_length=64)], service: Service) -> JobFields:
    """How far an addition is; those that ended are remembered for a week."""
    job = service.jobs.get(job_id)
    if job is None:
        raise HTTPException(404, f"no job {job_id!r}, or it ended more than a week ago")
    return _fields(job)


def _accepted(service: State, uploads: Sequence[Upload]) -> Job:
    with service.engine.store() as store:
        return service.jobs.add(uploads, store.generation)


def _from_json(body: bytes, service: State) -> Upload:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, f"body: no JSON: {error}") from error
    try:
        fields = StatementRequest.model_validate(sent).fields()
    except ValidationError as error:
        errors = error.errors(include_url=False)[:TOLD]
        raise RequestValidationError(
            [{**found, "loc": ("body", *found["loc"])} for found in errors]
        ) from error
    digest = hashlib.sha256(fields["text"].encode()).hexdigest()
    fields["id"] = fields.get("id") or f"statement-{digest[:12]}"
    statement(
        fields["text"], from_fields(fields, "body"), service.engine.issuers, "body"
    )  # raises what is wrong
    return Upload("statement.jsonl", io.BytesIO(json.dumps(fields).encode()))


def _from_form(fields: Sequence[tuple[str, UploadFile | str]], most: int) -> list[Upload]:
    files = [value for name, value in fields if name == "files" and isinstance(value, UploadFile)]
    if not files or len(files) != len(fields):
        raise HTTPException(422, "body.files: expected one file or more, and no other fields")
    total = sum(file.size or 0 for file in files)
    if total > most:
        raise HTTPException(413, f"body.files: {total} bytes; accepted are up to {most} in one addition")
    return [Upload(file.filename or "", file.file) for file in files]


def _fields(job: Job) -> JobFields:
    outcomes = [cast("OutcomeFields", asdict(outcome)) for outcome in job.outcomes]
    return {
        "id": job.id,
        "status": job.status,
        "created": job.created,
        "files": len(job.files),
        "progress": job.progress,
        "outcomes": outcomes,
        "error": job.error,
    }

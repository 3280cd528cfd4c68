"""Routes for the statements there are: listing, reading and removing them."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated
from unicodedata import normalize

from fastapi import APIRouter, Path, Query, Response
from starlette.exceptions import HTTPException
from typing_extensions import TypedDict

from corpus.paragraphs import paragraphs
from index.rows import Entry
from service.api.problems import responses
from service.api.requests import Language, Name, PartialDate
from service.api.state import Service
from service.fields import SpeakerFields, StatementFields, entry_fields

routes = APIRouter(prefix="/v1/statements", tags=["statements"])
_FIRST = {"statement_id": "$response.body#/statements/0/id"}
_LISTED = {
    "description": "A page of statements",
    "links": {
        name: {"operationId": f"{name}_v1_statements__statement_id{place}", "parameters": _FIRST}
        for name, place in (
            ("read_statement", "__get"),
            ("read_text", "__text_get"),
            ("remove_statement", "__delete"),
        )
    },
}
_WAIT = 10  # seconds that a removal waits for a writer

StatementId = Annotated[str, Path(min_length=1, max_length=200, examples=["EU-KOR_2024-11-04_dprk-russia"])]


class StatementList(TypedDict):
    """A page of the statements that pass the filters, in order of id; `total` of them in all."""

    total: int
    offset: int
    limit: int
    statements: list[StatementFields]


class StatementDetail(StatementFields):
    """A statement, and the versions it has had: old citations can still be verified."""

    versions: list[str]


class ParagraphFields(TypedDict):
    """Characters `start` to `end` of a text, and the number they are cited by."""

    paragraph: int
    start: int
    end: int


class StatementText(TypedDict):
    """The canonical text of a version, which offsets count in, and the paragraphs that tile it."""

    statement_id: str
    version: str
    is_current: bool
    title: str
    issuers: list[str]
    speakers: list[SpeakerFields]
    date: str
    kind: str
    url: str
    language: str
    text: str
    paragraphs: list[ParagraphFields]


@routes.get("", responses={200: _LISTED, **responses(504)})
async def list_statements(  # noqa: PLR0913, PLR0917  (one for each parameter of the query)
    service: Service,
    issuer: Annotated[list[Name], Query(max_length=100, default_factory=list)],
    date_from: PartialDate = "",
    date_to: PartialDate = "",
    language: Language = "",
    q: Annotated[str, Query(max_length=200, description="Words of title, issuers, speakers or id")] = "",
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> StatementList:
    """The statements there are, without their texts."""
    languages = (language,) if language else ()
    filters = service.engine.filters(issuer, (), date_from, date_to, languages)
    words = q.casefold().split()

    def found() -> list[Entry]:
        with service.engine.store() as store:
            entries = store.entries().values()
        return [entry for entry in entries if filters.allow(entry.metadata) and _holds(entry, words)]

    listed = await service.work(found)
    page = listed[offset : offset + limit]
    return {"total": len(listed), "offset": offset, "limit": limit, "statements": list(map(_fields, page))}


@routes.get("/{statement_id:path}/text", responses=responses(404))
def read_text(
    statement_id: StatementId,
    service: Service,
    version: Annotated[str, Query(max_length=64, description="A sha256; the current one unless given")] = "",
) -> StatementText:
    """The text of a statement, in any version it has had."""
    with service.engine.store() as store, store.reading():
        entry = store.entry(normalize("NFC", statement_id))
        statement = store.statement(normalize("NFC", statement_id), version or None)
    if entry is None:
        raise _unknown(statement_id)
    if statement is None:
        raise HTTPException(404, f"statement {statement_id!r} never had version {version[:12]!r}")
    known = _fields(entry)
    return {
        "statement_id": statement.id,
        "version": statement.version,
        "is_current": statement.version == entry.version,
        "title": known["title"],
        "issuers": known["issuers"],
        "speakers": known["speakers"],
        "date": known["date"],
        "kind": known["kind"],
        "url": known["url"],
        "language": known["language"],
        "text": statement.text,
        "paragraphs": [
            {"paragraph": found.number, "start": found.start, "end": found.end}
            for found in paragraphs(statement.text, statement.title)
        ],
    }


@routes.get("/{statement_id:path}", responses=responses(404))
def read_statement(statement_id: StatementId, service: Service) -> StatementDetail:
    """What is known of a statement."""
    with service.engine.store() as store, store.reading():
        entry = store.entry(normalize("NFC", statement_id))
        versions = store.versions(normalize("NFC", statement_id))
    if entry is None:
        raise _unknown(statement_id)
    return {**_fields(entry), "versions": versions}


@routes.delete("/{statement_id:path}", status_code=204, responses=responses(404))
def remove_statement(statement_id: StatementId, service: Service) -> Response:
    """Delete a statement with all its versions: when this is answered, it is never found or cited again."""
    with service.engine.store() as store, store.writing(_WAIT):
        removed = store.remove(normalize("NFC", statement_id))
    if not removed:
        raise _unknown(statement_id)
    service.runner.wake()
    return Response(status_code=204)


def _fields(entry: Entry) -> StatementFields:
    """Without the folders of the file it was read from, which are nobody's business elsewhere."""
    fields = entry_fields(entry)
    return {**fields, "source": PurePath(fields["source"]).name}


def _holds(entry: Entry, words: list[str]) -> bool:
    known = entry.metadata
    speakers = [f"{speaker.name} {speaker.post}" for speaker in known.speakers]
    text = " ".join((known.id, known.title, *known.issuers, *speakers)).casefold()
    return all(word in text for word in words)


def _unknown(statement_id: str) -> HTTPException:
    return HTTPException(404, f"no statement {statement_id!r}, or it was removed")

"""Errors: one shape for all, saying what was sent and what is accepted."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from filelock import FileLock
from starlette.testclient import TestClient

from corpus.statement import CorpusError
from index.schema import StoreError
from index.store import BusyError
from service.api import statements
from service.api.problems import explained
from service.settings import Limits
from tests.service.api.serving import KENYA, app_of, asking, path_of, settings_of

LIMITS = Limits(body_bytes=2000, upload_bytes=3000, upload_files=2)
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    app: FastAPI = app_of(settings_of(tmp_path_factory.mktemp("problems"), limits=LIMITS))

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("a secret")

    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as asker:
        yield asker


LARGER = "the body is larger than accepted; GET /v1/corpus has the limits"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "multipart/form-data; boundary=x"}
PROBLEMS: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("GET", "/nothing", {}, 404, "GET /nothing: not found; see /openapi.json"),
    ("GET", "/v1/answers/", {}, 404, "GET /v1/answers/: not found; see /openapi.json"),
    ("GET", "/static/nothing.js", {}, 404, "no file 'nothing.js'"),
    ("GET", path_of("nobody"), {}, 404, "no statement 'nobody', or it was removed"),
    ("GET", path_of("no/text", "/text"), {}, 404, "no statement 'no/text', or it was removed"),
    ("DELETE", path_of("nobody"), {}, 404, "no statement 'nobody', or it was removed"),
    ("GET", path_of(KENYA.id, "/text?version=0f"), {}, 404, "statement 'KEN_2024' never had version '0f'"),
    ("GET", "/v1/jobs/..%00", {}, 404, "no job '..\\x00', or it ended more than a week ago"),
    (
        "GET",
        "/broken",
        {},
        500,
        "an error of the service, which is in its log; the request was not carried out",
    ),
    (
        "POST",
        "/v1/search",
        {"content": b"{", "headers": JSON},
        400,
        "body: no JSON at character 1: Expecting property name enclosed in double quotes",
    ),
    ("POST", "/v1/search", {"content": b"\xff", "headers": JSON}, 400, "There was an error parsing the body"),
    (
        "POST",
        "/v1/search",
        {"content": b"[" * 1999, "headers": JSON},
        400,
        "There was an error parsing the body",
    ),
    ("POST", "/v1/search", {"content": b""}, 422, "body: Field required"),
    (
        "POST",
        "/v1/search",
        {"json": {"query": "?!"}},
        422,
        "body.query: expected words; sent '?!'",
    ),
    (
        "POST",
        "/v1/search",
        {"json": {"query": "peace", "issuer": "Kenya"}},
        422,
        "body.issuer: there is no field of this name; sent 'Kenya'",
    ),
    (
        "POST",
        "/v1/search",
        {"json": {"query": "peace", "k": "3"}},
        422,
        "body.k: Input should be a valid integer; sent '3'",
    ),
    (
        "POST",
        "/v1/answers",
        {"json": {"question": "peace", "k": 51}},
        422,
        "body.k: Input should be less than or equal to 50; sent 51",
    ),
    (
        "POST",
        "/v1/answers",
        {"json": {"question": "x" * 2001}},
        413,
        "the body has 2016 bytes; accepted are up to 2000",
    ),
    ("POST", "/v1/answers", {"content": (b" " * 999 for _ in range(3))}, 413, LARGER),
    (
        "POST",
        "/v1/answers",
        {"json": {"question": "peace", "filters": {"date_to": "2024-02-31"}}},
        422,
        "date_to: '2024-02-31' is not a date; write it as 2024-11-04, 2024-11, 2024, 4 November 2024"
        " or November 2024",
    ),
    (
        "POST",
        "/v1/verify",
        {"json": {"citations": []}},
        422,
        "body.citations: List should have at least 1 item after validation, not 0; sent []",
    ),
    (
        "GET",
        "/v1/statements?limit=501",
        {},
        422,
        "query.limit: Input should be less than or equal to 500; sent '501'",
    ),
    (
        "POST",
        "/v1/statements",
        {"content": b"peace"},
        415,
        "content type '': accepted are multipart/form-data and application/json",
    ),
    (
        "POST",
        "/v1/statements",
        {"content": b"[", "headers": JSON},
        400,
        "body: no JSON: Expecting value: line 1 column 2 (char 1)",
    ),
    (
        "POST",
        "/v1/statements",
        {"json": {"text": " "}},
        422,
        "body: empty: the text holds no letter and no digit",
    ),
    ("POST", "/v1/statements", {"content": b"peace", "headers": FORM}, 400, "Invalid multipart data."),
    (
        "POST",
        "/v1/statements",
        {"data": {"files": "peace"}, "files": [("files", ("a.txt", b"peace"))]},
        422,
        "body.files: expected one file or more, and no other fields",
    ),
    (
        "POST",
        "/v1/statements",
        {"files": [("files", ("a.txt", b"peace"))] * 3},
        400,
        "Too many files. Maximum number of files is 2.",
    ),
    (
        "POST",
        "/v1/statements",
        {"files": [("files", ("a.txt", b"x" * 1501))] * 2},
        413,
        "body.files: 3002 bytes; accepted are up to 3000 in one addition",
    ),
]


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "detail"), PROBLEMS, ids=[f"{p[3]} {p[0]} {p[1]}" for p in PROBLEMS]
)
def test_every_error_is_a_problem_that_says_what_is_wrong(
    client: TestClient, method: str, path: str, sent: dict[str, Any], status: int, detail: str
) -> None:
    found = client.request(method, path, **sent)
    problem = found.json()
    assert (found.status_code, problem["detail"]) == (status, detail)
    assert found.headers["Content-Type"] == "application/problem+json"
    title = HTTPStatus(status).phrase
    assert (problem["type"], problem["status"], problem["title"]) == ("about:blank", status, title)
    assert found.headers["Content-Security-Policy"] == CSP
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert len(found.headers["X-Request-ID"]) == 16


def test_all_that_is_wrong_is_told_and_where(client: TestClient) -> None:
    sent = {"query": "peace", "k": 0, "filters": {"languages": ["EN"], "issuers": [""]}}
    assert client.post("/v1/search", json=sent).json()["errors"] == [
        {"where": "body.k", "message": "Input should be greater than or equal to 1; sent 0"},
        {"where": "body.filters.issuers.0", "message": "String should have at least 1 character; sent ''"},
        {
            "where": "body.filters.languages.0",
            "message": "expected a language code as en; sent 'EN'",
        },
    ]


def test_what_was_sent_is_repeated_in_part_only(client: TestClient) -> None:
    (error,) = client.post("/v1/search", json={"query": "?" * 500}).json()["errors"]
    assert error["message"].endswith(f"; sent '{'?' * 79}…")


def test_half_a_surrogate_pair_is_refused_wherever_it_stands(client: TestClient) -> None:
    bodies = (
        ("/v1/search", rb'{"query": "peace \ud800"}'),
        ("/v1/search", rb'{"query": "peace", "\ud800": 1}'),
        ("/v1/answers", rb'{"question": "peace", "filters": {"issuers": ["\ud800"]}}'),
        ("/v1/verify", rb'{"citations": [{"statement_id": "x", "quote": "\ud800"}]}'),
        ("/v1/statements", rb'{"text": "peace", "id": "\ud800"}'),
    )
    for path, content in bodies:
        found = client.post(path, content=content, headers=JSON)
        assert found.status_code == 422
        assert "unable to parse raw data as a unicode string" in found.json()["detail"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/statements", "GET, POST"),
        (path_of(KENYA.id), "DELETE, GET"),
        (path_of(KENYA.id, "/text"), "GET"),
        ("/v1/answers", "POST"),
    ],
)
def test_a_wrong_method_is_told_those_of_all_routes_of_the_path(
    client: TestClient, path: str, allowed: str
) -> None:
    found = client.put(path)
    assert (found.status_code, found.headers["Allow"]) == (405, allowed)


def test_what_takes_too_long_is_given_up(tmp_path: Path) -> None:
    with asking(settings_of(tmp_path, limits=Limits(seconds=1e-9))) as client:
        found = client.post("/v1/search", json={"query": "peace"})
    assert (found.status_code, found.json()["title"]) == (504, "Gateway Timeout")


def test_a_removal_waits_for_another_writer_and_then_says_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "_WAIT", 0.05)
    folder = client.app.state.service.engine.settings.data  # type: ignore[attr-defined]
    with FileLock(folder / "write.lock"):
        found = client.delete(path_of(KENYA.id))
    assert (found.status_code, found.headers["Retry-After"]) == (503, "5")
    assert client.get(path_of(KENYA.id)).status_code == 200


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BusyError("a folder"), 503),
        (StoreError("a folder"), 503),
        (TimeoutError("a secret"), 504),
        (CorpusError("a.txt:3: why"), 422),
        (RuntimeError("a secret"), 500),
    ],
)
def test_only_what_is_wrong_with_a_request_is_told_as_it_is(error: Exception, status: int) -> None:
    found, detail, _ = explained(error)
    assert found == status
    assert (detail == str(error)) == (status == 422)
    assert "secret" not in detail
    assert "folder" not in detail


def test_the_errors_of_one_request_are_told_up_to_a_number(client: TestClient) -> None:
    parts = [{"type": "image"}] * 101
    many = client.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": parts}]})
    fields = client.post("/v1/search", json={"query": "peace"} | {f"x{number}": 1 for number in range(50)})
    for found in (many, fields):
        assert found.status_code == 422
        assert len(found.json()["errors"]) <= 20

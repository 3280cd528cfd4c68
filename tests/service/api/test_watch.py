"""What is seen of requests: lines in the log, counts for Prometheus, and the page with its headers."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from service.api.log import JsonLines
from tests.service.api.serving import JOINT, KENYA, KEYS, READ, asking, bearing, path_of, settings_of

SECRETS = ("peace", "Überblick", "nobody", READ, "127.0.0.1", "a.example")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with asking(settings_of(tmp_path_factory.mktemp("watch"), KEYS), headers=bearing(READ)) as asker:
        yield asker


def samples(client: TestClient) -> dict[tuple[str, ...], float]:
    """The samples by name and values of labels in order of their names."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
    }


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    kept = [record for record in caplog.records if record.name == "communique.requests"]
    return [json.loads(JsonLines().format(record)) for record in kept]


def ask_around(client: TestClient) -> None:
    client.post("/v1/answers", json={"question": "What do they say about peace?"})
    client.post("/v1/search", json={"query": "peace"})
    client.post("/v1/search", json={"query": "peace", "k": -1})
    client.get(path_of(JOINT.id, "/text"))
    client.get("/v1/statements?q=peace&issuer=nobody")
    client.get("/nobody/knows/peace")
    client.get("/v1/corpus", headers={"Authorization": "Bearer nobody"})


def test_the_log_has_a_line_for_each_request_and_no_word_of_what_was_asked(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "communique"):
        ask_around(client)
    found = lines(caplog)
    assert [(line["method"], line["route"], line["status"]) for line in found] == [
        ("POST", "/v1/answers", 200),
        ("POST", "/v1/search", 200),
        ("POST", "/v1/search", 422),
        ("GET", "/v1/statements/{statement_id:path}/text", 200),
        ("GET", "/v1/statements", 200),
        ("GET", "other", 404),
        ("GET", "other", 401),
    ]
    assert set(found[0]) == {
        "time",
        "level",
        "logger",
        "message",
        "request",
        "method",
        "route",
        "status",
        "ms",
    }
    told = json.dumps(found, ensure_ascii=False)
    assert not [secret for secret in SECRETS if secret in told]
    assert len({line["request"] for line in found}) == len(found)


def test_questions_are_logged_where_that_is_asked_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        asking(settings_of(tmp_path, log_questions=True)) as client,
        caplog.at_level(logging.INFO, "communique"),
    ):
        found = client.post("/v1/search", json={"query": "What of peace?"})
        client.get("/healthz")
    assert [line.get("question") for line in lines(caplog)] == ["What of peace?", None]
    assert lines(caplog)[0]["request"] == found.headers["X-Request-ID"]


def test_the_log_tells_the_kind_and_place_of_an_error_and_not_what_it_says() -> None:
    try:
        raise ValueError("what of peace?")
    except ValueError:
        record = logging.LogRecord("communique.api", logging.ERROR, "", 1, "broke off", (), sys.exc_info())
    line = json.loads(JsonLines().format(record))
    assert (line["level"], line["message"], line["error"]) == ("error", "broke off", "ValueError")
    assert Path(__file__).name in line["stack"][0]
    assert "peace" not in json.dumps(line)


def test_requests_and_answers_are_counted_by_the_pattern_of_their_path(client: TestClient) -> None:
    before = samples(client)
    ask_around(client)
    client.post("/v1/answers", json={"question": "Who built the pyramids of the moon?", "stream": True})
    client.request("PEACE", "/v1/corpus")
    counted = {
        key[1:]: value - before.get(key, 0)
        for key, value in samples(client).items()
        if key[0] in ("communique_requests_total", "communique_answers_total") and value != before.get(key)
    }
    assert counted == {
        ("extractive", "answered"): 1,
        ("extractive", "not_found"): 1,
        ("POST", "/v1/answers", "200"): 2,
        ("POST", "/v1/search", "200"): 1,
        ("POST", "/v1/search", "422"): 1,
        ("GET", "/v1/statements/{statement_id:path}/text", "200"): 1,
        ("GET", "/v1/statements", "200"): 1,
        ("GET", "other", "404"): 1,
        ("GET", "other", "401"): 1,
        ("other", "/v1/corpus", "405"): 1,
        ("GET", "/metrics", "200"): 1,
    }


def test_stages_and_sizes_are_measured(client: TestClient) -> None:
    found = samples(client)
    folder: Path = client.app.state.service.engine.settings.data  # type: ignore[attr-defined]
    stages = {key[1] for key in found if key[0] == "communique_stage_seconds_count"}
    assert stages == {"retrieve", "answer"}
    assert found["communique_statements",] == 4
    assert found["communique_passages",] == 4
    assert found["communique_generation",] == 5
    assert found["communique_bytes", "statements.sqlite"] == (folder / "statements.sqlite").stat().st_size
    assert found["communique_bytes", "caches/dense.faiss"] == (folder / "caches/dense.faiss").stat().st_size
    assert found["communique_bytes", "caches/lexical"] > 0


def test_metrics_name_no_statement_and_no_key(client: TestClient) -> None:
    ask_around(client)
    text = client.get("/metrics").text
    assert not [secret for secret in (*SECRETS, KENYA.id) if secret in text]


def test_the_page_and_its_parts_are_sent_once_and_then_only_if_changed(client: TestClient) -> None:
    kinds = {"/": "text/html", "/static/page.css": "text/css", "/static/page.js": "text/javascript"}
    for path, kind in {**kinds, "/static/icon.svg": "image/svg+xml"}.items():
        first = client.get(path)
        assert first.headers["Content-Type"] == f"{kind}; charset=utf-8"
        assert (first.headers["Cache-Control"], first.headers["X-Content-Type-Options"]) == (
            "no-cache",
            "nosniff",
        )
        assert "unsafe" not in first.headers["Content-Security-Policy"]
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert client.head(path).headers["Content-Length"] == str(len(first.content))


@pytest.mark.parametrize(
    "name",
    [
        *(
            "index.html",
            "%2e%2e/settings.py",
            "..%2fsettings.py",
            "%2e%2e/api/app.py",
            "%2e%2e%2fapi%2fapp.py",
        ),
        *(
            "..%5capi%5capp.py",
            "page.css%00",
            "page.css/",
            "",
            "%2e",
            "%2e%2e",
            "/etc/passwd",
            "%2fetc%2fpasswd",
        ),
        *("PAGE.CSS", "page.css.map", "__init__.py"),
    ],
)
def test_no_other_file_is_served(client: TestClient, name: str) -> None:
    found = client.get(f"/static/{name}")
    assert (found.status_code, found.headers["Content-Type"]) == (404, "application/problem+json")

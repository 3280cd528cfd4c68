"""Statements: listing, reading, adding and removing them, whatever their ids look like."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.settings import Limits
from tests.service.api.serving import (
    AFTER,
    BEFORE,
    HOSTILE,
    JOINT,
    KENYA,
    asking,
    ended,
    path_of,
    settings_of,
)

KENYA_FIELDS = {
    "id": "KEN_2024",
    "title": "On peace",
    "issuers": ["Kenya"],
    "speakers": [{"name": "Ada Obi", "post": "President", "issuer": "Kenya"}],
    "date": "2024-09-27",
    "kind": "speech",
    "language": "en",
    "url": "https://example.org/kenya",
    "version": KENYA.version,
    "source": "('Kenya',).txt",
}
IDS = [HOSTILE.id, KENYA.id, AFTER.id, JOINT.id]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with asking(settings_of(tmp_path_factory.mktemp("statements"))) as asker:
        yield asker


@pytest.fixture
def changing(tmp_path: Path) -> Iterator[TestClient]:
    """One whose statements a test may change."""
    with asking(settings_of(tmp_path)) as asker:
        yield asker


@pytest.fixture(scope="module")
def adding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """One to which tests add statements of ids of their own."""
    with asking(settings_of(tmp_path_factory.mktemp("adding"), limits=Limits(body_bytes=500))) as asker:
        yield asker


def listed(client: TestClient, **query: Any) -> list[str]:  # noqa: ANN401
    found = client.get("/v1/statements", params=query).json()
    assert found["total"] == len(found["statements"])
    return [statement["id"] for statement in found["statements"]]


def test_statements_are_listed_in_order_of_id_without_folders_of_their_files(client: TestClient) -> None:
    found = client.get("/v1/statements").json()
    assert (found["total"], found["offset"], found["limit"]) == (4, 0, 50)
    assert [statement["id"] for statement in found["statements"]] == IDS
    assert found["statements"][1] == KENYA_FIELDS


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"issuer": "Kenya"}, [KENYA.id]),
        ({"issuer": ["Republic of Kenya", "India"]}, [KENYA.id, JOINT.id]),
        ({"issuer": "Nowhere"}, []),
        ({"date_from": "2023"}, [KENYA.id, JOINT.id]),
        ({"date_to": "2023-11-30"}, [AFTER.id, JOINT.id]),
        ({"date_from": "2022", "date_to": "2022-06"}, [AFTER.id]),
        ({"language": "fr"}, [AFTER.id]),
        ({"q": "TRADE joint"}, [JOINT.id]),
        ({"q": "obi"}, [KENYA.id]),
        ({"q": "president"}, [KENYA.id]),
        ({"q": "ÜBERBLICK"}, [JOINT.id]),
        ({"q": "chad"}, [AFTER.id]),
        ({"q": "welcome"}, []),
        ({"q": "obi", "language": "fr"}, []),
        ({"q": " ", "language": ""}, IDS),
    ],
)
def test_filters_of_the_list(client: TestClient, query: dict[str, Any], ids: list[str]) -> None:
    assert listed(client, **query) == ids


def test_pages_of_the_list_join_to_the_whole(client: TestClient) -> None:
    pages = [client.get("/v1/statements", params={"offset": 3 * n, "limit": 3}).json() for n in range(3)]
    assert [page["total"] for page in pages] == [4, 4, 4]
    assert [[statement["id"] for statement in page["statements"]] for page in pages] == [IDS[:3], IDS[3:], []]


@pytest.mark.parametrize("statement", [KENYA, JOINT, AFTER, HOSTILE], ids=lambda statement: statement.id)
def test_a_statement_is_read_by_its_quoted_id(client: TestClient, statement: Any) -> None:  # noqa: ANN401
    found = client.get(path_of(statement.id)).json()
    text = client.get(path_of(statement.id, "/text")).json()
    assert (found["id"], found["version"], found["versions"][-1]) == (statement.id, *2 * [statement.version])
    assert (text["statement_id"], text["version"], text["text"]) == (
        statement.id,
        statement.version,
        statement.text,
    )
    shared = set(text) & set(found) - {"version"}
    assert {name: text[name] for name in shared} == {name: found[name] for name in shared}


def test_an_id_may_come_in_another_unicode_form_and_with_its_slashes(client: TestClient) -> None:
    decomposed = "U\u0308berblick/n\u0303andu\u0301 100%25 東京%3F%23"
    assert client.get(f"/v1/statements/{decomposed}").json()["id"] == JOINT.id


def test_every_version_can_be_read(client: TestClient) -> None:
    assert client.get(path_of(AFTER.id)).json()["versions"] == [BEFORE.version, AFTER.version]
    old = client.get(path_of(AFTER.id, f"/text?version={BEFORE.version}")).json()
    new = client.get(path_of(AFTER.id, f"/text?version={AFTER.version}")).json()
    assert (old["text"], old["is_current"]) == (BEFORE.text, False)
    assert (new["text"], new["is_current"]) == (AFTER.text, True)


def test_paragraphs_tile_the_text(client: TestClient) -> None:
    found = client.get(path_of(KENYA.id, "/text")).json()
    text, paragraphs = found["text"], found["paragraphs"]
    assert [text[place["start"] : place["end"]].strip() for place in paragraphs] == KENYA.text.split("\n\n")
    assert [place["paragraph"] for place in paragraphs] == [1, 2]
    edges = [edge for place in paragraphs for edge in (place["start"], place["end"])]
    assert (edges[0], edges[1:-1:2], edges[-1]) == (0, edges[2:-1:2], len(text))


def test_html_in_a_statement_is_only_ever_json(client: TestClient) -> None:
    for path in (path_of(HOSTILE.id), path_of(HOSTILE.id, "/text"), "/v1/statements", "/v1/corpus"):
        found = client.get(path, headers={"Accept": "text/html"})
        assert found.headers["Content-Type"] == "application/json"
        assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(path_of(HOSTILE.id, "/text")).json()["text"] == HOSTILE.text


@pytest.mark.parametrize("statement", [KENYA, JOINT, AFTER], ids=lambda statement: statement.id)
def test_what_is_removed_is_gone_when_that_is_answered(changing: TestClient, statement: Any) -> None:  # noqa: ANN401
    query = {"query": statement.text[:60], "filters": {"statements": [statement.id]}}
    citation = {"statement_id": statement.id, "quote": statement.text.split()[0]}
    assert changing.post("/v1/search", json=query).json()["hits"][0]["statement_id"] == statement.id
    removed = changing.delete(path_of(statement.id))
    assert (removed.status_code, removed.content) == (204, b"")
    found = changing.post("/v1/search", json=query).json()
    assert (found["hits"], found["searched"]["statements"]) == ([], 0)
    everything = changing.post("/v1/search", json={"query": query["query"], "k": 100}).json()
    assert {hit["statement_id"] for hit in everything["hits"]} == set(IDS) - {statement.id}
    (check,) = changing.post("/v1/verify", json={"citations": [citation]}).json()["checks"]
    assert check["status"] == "unknown_statement"
    assert statement.id not in listed(changing)
    for path in (
        path_of(statement.id),
        path_of(statement.id, "/text"),
        path_of(statement.id, "/text?version=0"),
    ):
        assert changing.get(path).status_code == 404
    assert changing.delete(path_of(statement.id)).status_code == 404


def test_a_statement_is_added_as_json_and_then_updated(adding: TestClient) -> None:
    sent = {
        "id": "ZEM/2025 #1",
        "title": "On ports",
        "issuers": ["Zembla"],
        "speakers": [{"name": "Eva Lund", "post": "Envoy"}],
        "date": "2025-01-09",
        "language": "en",
        "url": "https://example.org/ports",
        "text": "We welcome water in the northern ports.",
    }
    accepted = adding.post("/v1/statements", json=sent)
    assert (accepted.status_code, accepted.json()["files"], accepted.json()["outcomes"]) == (202, 1, [])
    assert accepted.headers["Location"] == f"/v1/jobs/{accepted.json()['id']}"
    job = ended(adding, accepted.headers["Location"])
    outcome = {"source": "statement.jsonl", "statement_id": "ZEM/2025 #1", "passages": 1, "error": ""}
    assert (job["status"], job["progress"], job["error"]) == ("done", 1.0, "")
    assert job["outcomes"] == [{"status": "added", **outcome}]
    speakers = [{"name": "Eva Lund", "post": "Envoy", "issuer": "Zembla"}]
    found = adding.get(path_of("ZEM/2025 #1")).json()
    kept = {name: value for name, value in sent.items() if name != "text"} | {"speakers": speakers}
    assert {name: found[name] for name in kept} == kept
    again = ended(adding, adding.post("/v1/statements", json=sent).headers["Location"])
    assert [outcome["status"] for outcome in again["outcomes"]] == ["unchanged"]
    newer = sent | {"text": "We welcome water in the southern ports."}
    update = ended(adding, adding.post("/v1/statements", json=newer).headers["Location"])
    assert [outcome["status"] for outcome in update["outcomes"]] == ["updated"]
    assert len(adding.get(path_of("ZEM/2025 #1")).json()["versions"]) == 2


def test_a_statement_without_an_id_has_one_of_its_text(adding: TestClient) -> None:
    jobs = [
        adding.post("/v1/statements", json={"text": "Peace at last."}).headers["Location"] for _ in range(2)
    ]
    found = [ended(adding, job)["outcomes"][0] for job in jobs]
    assert [(outcome["status"], outcome["statement_id"]) for outcome in found] == [
        ("added", "statement-5c451b358411"),
        ("unchanged", "statement-5c451b358411"),
    ]


def test_files_are_added_each_with_its_own_outcome(adding: TestClient) -> None:
    files = [
        ("files", ("../../etc/KEN_79_2024.txt", "Água e paz. We want water.".encode())),
        ("files", ("rows.jsonl", b'{"id": "r1", "text": "Trade."}\n{"text": 5}\n')),
        ("files", ("picture.png", b"\x89PNG")),
        ("files", ("broken.pdf", b"%PDF-1.7")),
    ]
    accepted = adding.post("/v1/statements", files=files)
    job = ended(adding, accepted.headers["Location"])
    assert (accepted.json()["files"], job["status"]) == (4, "done")
    found = {
        (o["source"], o["statement_id"]): (o["status"], o["error"].partition(":")[0]) for o in job["outcomes"]
    }
    assert found == {
        ("KEN_79_2024.txt", "KEN_79_2024"): ("added", ""),
        ("rows.jsonl", "r1"): ("added", ""),
        ("rows.jsonl", ""): ("failed", "rows.jsonl"),
        ("picture.png", ""): ("failed", "picture.png"),
        ("broken.pdf", ""): ("failed", "broken.pdf"),
    }
    added = adding.get(path_of("KEN_79_2024")).json()
    assert (added["issuers"], added["date"], added["source"]) == (["Kenya"], "2024", "KEN_79_2024.txt")


def test_a_large_addition_of_one_statement_fits_where_a_question_does_not(adding: TestClient) -> None:
    text = "We want peace. " * 100
    assert adding.post("/v1/search", json={"query": text}).status_code == 413
    location = adding.post("/v1/statements", json={"id": "long", "text": text}).headers["Location"]
    assert ended(adding, location)["outcomes"][0]["status"] == "added"

"""Questions: answers and their streams, passages, citations checked, and what there is to ask about."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.testclient import TestClient

from service.answerer import Event
from service.api.state import State
from service.api.streams import AnswerStream
from service.settings import Access
from tests.service.api.serving import (
    AFTER,
    BEFORE,
    HOSTILE,
    JOINT,
    KENYA,
    WRITE,
    asking,
    bearing,
    settings_of,
)

QUESTION = "What do they say about peace?"
SENTENCE = "Ada Obi (Kenya), 27 September 2024: “We want peace. Peace is a right of all.” [1]"
NO_FILTERS = {"issuers": [], "statements": [], "date_from": "", "date_to": "", "languages": []}
CITATION = {
    "n": 1,
    "statement_id": KENYA.id,
    "version": KENYA.version,
    "title": "On peace",
    "issuers": ["Kenya"],
    "speakers": [{"name": "Ada Obi", "post": "President", "issuer": "Kenya"}],
    "date": "2024-09-27",
    "kind": "speech",
    "url": "https://example.org/kenya",
    "paragraph": 1,
    "start": 0,
    "end": 39,
    "quote": "We want peace. Peace is a right of all.",
    "passage": [0, 94],
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with asking(settings_of(tmp_path_factory.mktemp("questions"))) as asker:
        yield asker


def asked(client: TestClient, question: str = QUESTION, **more: Any) -> Any:  # noqa: ANN401
    found = client.post("/v1/answers", json={"question": question, **more})
    assert found.status_code == 200
    return found.json()


def searched(client: TestClient, query: str, **more: Any) -> list[str]:  # noqa: ANN401
    """The ids of the hits."""
    found = client.post("/v1/search", json={"query": query, **more}).json()
    return [hit["statement_id"] for hit in found["hits"]]


def events(text: str) -> list[tuple[str, Any]]:
    """The events of a stream, by the rules of its format: name and data."""
    blocks = [block.split("\n") for block in text.split("\n\n") if block]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def test_an_answer_quotes_what_it_cites(client: TestClient) -> None:
    found = asked(client)
    assert set(found.pop("timings_ms")) == {"retrieve", "answer"}
    assert 0.5 < found.pop("confidence") <= 1
    assert found == {
        "id": asked(client)["id"],
        "question": QUESTION,
        "status": "answered",
        "answer": SENTENCE,
        "sentences": [{"text": SENTENCE, "citations": [1], "support": 1.0}],
        "citations": [CITATION],
        "searched": {"statements": 4, "passages": 4, "filters": NO_FILTERS},
        "generator": "extractive",
        "models": {"encoder": "words", "confidence": "all-MiniLM-L6-v2"},
        "notice": "",
        "dropped": [],
    }


def test_not_found_says_what_was_searched_and_what_was_nearest(client: TestClient) -> None:
    found = asked(client, "Who built the pyramids of the moon?", filters={"issuers": ["Brazil", "Kenya"]})
    assert (found["status"], found["answer"], found["sentences"], found["citations"]) == (
        "not_found",
        "",
        [],
        [],
    )
    assert found["searched"] == {
        "statements": 2,
        "passages": 2,
        "filters": NO_FILTERS | {"issuers": ["Brazil", "Kenya"]},
    }
    assert {hit["statement_id"] for hit in found["nearest"]} <= {KENYA.id, JOINT.id}


def test_a_language_model_that_is_not_there_is_told_of(client: TestClient) -> None:
    found = asked(client, generator="llm")
    assert (found["generator"], found["answer"]) == ("extractive", SENTENCE)
    assert "language model" in found["notice"]


@pytest.mark.parametrize("question", [QUESTION, "Who built the pyramids of the moon?"])
def test_the_last_event_of_a_stream_is_the_answer(client: TestClient, question: str) -> None:
    found = client.post("/v1/answers", json={"question": question, "stream": True})
    assert found.headers["Content-Type"].partition(";")[0] == "text/event-stream"
    assert found.headers["Cache-Control"] == "no-store"
    whole = asked(client, question)
    (first, *sentences, last) = events(found.text)
    assert first == ("searched", {"question": question, "searched": whole["searched"]})
    told = [("sentence", {"sentence": said, "citations": whole["citations"]}) for said in whole["sentences"]]
    assert sentences == told
    assert (last[0], last[1] | {"timings_ms": 0}) == ("answer", whole | {"timings_ms": 0})


def test_a_question_that_is_wrong_is_an_error_and_no_stream(client: TestClient) -> None:
    sent = {"question": QUESTION, "stream": True, "filters": {"date_from": "2024-02-31"}}
    assert client.post("/v1/answers", json=sent).headers["Content-Type"] == "application/problem+json"


def test_what_breaks_a_stream_is_told_in_it(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = client.app.state.service.engine  # type: ignore[attr-defined]
    whole = engine.answerer.stream

    def broken(*of: Any, **more: Any) -> Iterator[Event]:  # noqa: ANN401
        yield next(whole(*of, **more))
        raise RuntimeError("a secret")

    monkeypatch.setattr(type(engine.answerer), "stream", lambda _, *of, **more: broken(*of, **more))
    found = events(client.post("/v1/answers", json={"question": QUESTION, "stream": True}).text)
    assert [name for name, _ in found] == ["searched", "problem"]
    assert (found[1][1]["status"], "secret" in found[1][1]["detail"]) == (500, False)


def test_work_stops_when_the_client_goes_away(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    service: State = client.app.state.service  # type: ignore[attr-defined]
    stopped, begun = threading.Event(), threading.Event()

    def working(*_: object, is_wanted: Callable[[], bool]) -> Iterator[Any]:
        try:
            yield "first"
            begun.set()
            while is_wanted():
                time.sleep(0.01)
            yield "for nobody"
        finally:
            stopped.set()

    async def leave() -> None:
        stream = AnswerStream(service, QUESTION, None)
        await stream.begin()
        events: Any = aiter(stream)
        assert await anext(events) == "first"
        with anyio.move_on_after(0.2):
            await anext(events)
        await events.aclose()

    monkeypatch.setattr(type(service.engine.answerer), "stream", working)
    anyio.run(leave)
    assert begun.is_set()
    assert stopped.wait(10)


def test_hits_are_passages_with_their_place_and_best_sentences(client: TestClient) -> None:
    found = client.post("/v1/search", json={"query": "trade", "k": 1}).json()
    (hit,) = found["hits"]
    text = "Brazil and India welcome fair trade.\nThey regret the debt of the poorest."
    assert (hit["statement_id"], hit["version"], hit["paragraph"]) == (JOINT.id, JOINT.version, 1)
    assert (hit["issuers"], hit["date"], hit["title"]) == (["Brazil", "India"], "2023-11", JOINT.title)
    assert (hit["text"], hit["start"], hit["end"]) == (text, 0, len(text))
    assert [text[place["start"] : place["end"]].strip() for place in hit["highlights"]] == text.split("\n")
    assert found["searched"] == {"statements": 4, "passages": 4, "filters": NO_FILTERS}


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({}, {KENYA.id, JOINT.id, AFTER.id, HOSTILE.id}),
        ({"issuers": ["Republic of India"]}, {JOINT.id}),
        ({"statements": [KENYA.id, "U\u0308berblick/n\u0303andu\u0301 100% 東京?#"]}, {KENYA.id, JOINT.id}),
        ({"date_from": "2023-11-15", "date_to": "2024-09-26"}, {JOINT.id}),
        ({"date_to": "2022-01-01"}, {AFTER.id}),
        ({"languages": ["fr"]}, {AFTER.id}),
        ({"languages": ["en"], "issuers": ["Chad"]}, set()),
        ({"statements": ["nobody"]}, set()),
    ],
)
def test_filters_hold_for_search_and_answers(
    client: TestClient, filters: dict[str, Any], ids: set[str]
) -> None:
    assert set(searched(client, "peace and trade", k=100, filters=filters)) == ids
    assert asked(client, filters=filters)["searched"]["statements"] == len(ids)


def test_k_is_how_many_hits_there_are_and_the_best_come_first(client: TestClient) -> None:
    every = searched(client, "debt", k=100)
    assert (every[0], len(every)) == (JOINT.id, 4)
    assert [searched(client, "debt", k=k) for k in (1, 2, 3)] == [every[:1], every[:2], every[:3]]


@pytest.mark.parametrize(
    ("citation", "status", "current"),
    [
        ({"statement_id": KENYA.id, "quote": "We want peace."}, "valid", True),
        ({"statement_id": KENYA.id, "quote": "We want peace.", "start": 0, "end": 14}, "valid", True),
        ({"statement_id": KENYA.id, "quote": "We want peace.", "start": 45, "end": 60}, "misplaced", True),
        ({"statement_id": KENYA.id, "quote": "We need peace."}, "altered", False),
        ({"statement_id": KENYA.id, "quote": "Whales sing at night in winter."}, "absent", False),
        (
            {"statement_id": AFTER.id, "quote": "Le Chad regrette", "version": BEFORE.version},
            "superseded",
            False,
        ),
        ({"statement_id": AFTER.id, "quote": "health first.", "version": BEFORE.version}, "superseded", True),
        ({"statement_id": AFTER.id, "quote": "health first.", "version": "0f"}, "unknown_version", False),
        ({"statement_id": "nobody", "quote": "We want peace."}, "unknown_statement", False),
    ],
)
def test_citations_are_checked(
    client: TestClient, citation: dict[str, Any], status: str, current: bool
) -> None:
    (check,) = client.post("/v1/verify", json={"citations": [citation]}).json()["checks"]
    assert (check["status"], check["is_current"]) == (status, current)
    assert {name: check[name] for name in citation} == citation
    versions = {KENYA.id: KENYA.version, AFTER.id: AFTER.version}
    assert check["current_version"] == versions.get(citation["statement_id"], "")
    assert (check["difference"] is not None) == (status == "altered")


def test_a_whole_answer_can_be_sent_to_be_checked(client: TestClient) -> None:
    (check,) = client.post("/v1/verify", json=asked(client)).json()["checks"]
    assert (check["status"], check["spans"]) == ("valid", [[0, 39]])


def test_the_corpus_at_a_glance_follows_its_changes(tmp_path: Path) -> None:
    access = Access((), (WRITE,), public_read=True, rate=0)
    with asking(settings_of(tmp_path, access), headers=bearing(WRITE)) as client:
        found = client.get("/v1/corpus").json()
        assert all(asked(client, question)["status"] == "answered" for question in found.pop("examples"))
        assert found == {
            "statements": 4,
            "passages": 4,
            "generation": 5,
            "issuers": [{"issuer": who, "statements": 1} for who in ("Brazil", "Chad", "India", "Kenya")],
            "date_from": "2022",
            "date_to": "2024-09-27",
            "languages": ["en", "fr"],
            "generators": ["extractive"],
            "limits": {
                "question": 2000,
                "body_bytes": 1 << 20,
                "upload_bytes": 50 << 20,
                "upload_files": 100,
            },
            "suffixes": [".txt", ".md", ".markdown", ".html", ".htm", ".pdf", ".docx", ".jsonl", ".csv"],
            "access": {"read": False, "write": True},
        }
        client.delete(f"/v1/statements/{KENYA.id}")
        after = client.get("/v1/corpus").json()
    assert (after["statements"], after["generation"], after["date_to"]) == (3, 6, "2023-11")
    assert "Kenya" not in {entry["issuer"] for entry in after["issuers"]}

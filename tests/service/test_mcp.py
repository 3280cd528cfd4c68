"""The tools for language models, called by the SDK's own client in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import anyio
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import TextResourceContents

from index.encoder import Vectors
from index.store import open_store
from service.engine import Engine, open_engine
from service.mcp import server
from service.settings import Settings
from tests.index.fakes import WordEncoder, put
from tests.service.calling import KENYA, NEW, OLD, PEACE, SHIPS, called, connected, fill

Call = Callable[..., Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def engine(folder: Path) -> Iterator[Engine]:
    with open_engine(Settings(data=folder), WordEncoder()) as engine:
        yield engine


@pytest.fixture(params=["auto", "legacy"])
def call(engine: Engine, request: pytest.FixtureRequest) -> Call:
    """Calls a tool in memory, in this year's protocol and in the former ones: its record, or its error."""
    made = server(engine)

    def call(tool: str, **arguments: object) -> Any:  # noqa: ANN401  (a record, whatever the tool)
        return connected(made, lambda client: called(client, tool, arguments), request.param)

    return call


def test_the_tools_say_what_they_are(engine: Engine) -> None:
    async def asked(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert list(tools) == ["ask", "search", "read_statement", "verify"]
        for tool in tools.values():
            assert tool.annotations is not None
            hints = tool.annotations.model_dump(exclude={"title"})
            assert hints == {
                "read_only_hint": True,
                "destructive_hint": False,
                "idempotent_hint": True,
                "open_world_hint": False,
            }
            schema = tool.input_schema
            assert schema["additionalProperties"] is False
            assert [name for name, known in schema["properties"].items() if "description" not in known] == []
        asks = tools["ask"]
        assert asks.input_schema["required"] == ["question"]
        assert asks.description is not None
        assert '`status` is "answered" or "not_found"' in asks.description
        assert asks.output_schema is not None
        assert {"citations", "searched", "status", "confidence"} < set(asks.output_schema["required"])
        assert "nearest" not in asks.output_schema["required"]
        assert client.instructions is not None
        assert "statement_id, version, start and end" in client.instructions

    connected(server(engine), asked)


def test_ask(call: Call) -> None:
    answer = call("ask", question="Does Kenya want peace?")
    assert (answer["question"], answer["status"]) == ("Does Kenya want peace?", "answered")
    assert answer["answer"] == "Ada Obi (Kenya), 27 September 2024: “We want peace.” [1]"
    (citation,) = answer["citations"]
    assert citation == {
        "n": 1,
        "statement_id": "kenya peace",
        "version": KENYA.version,
        "title": "On peace",
        "issuers": ["Kenya"],
        "speakers": [{"name": "Ada Obi", "post": "President", "issuer": "Kenya"}],
        "date": "2024-09-27",
        "kind": "speech",
        "url": "https://example.org/kenya",
        "paragraph": 1,
        "start": 0,
        "end": 14,
        "quote": "We want peace.",
        "passage": [0, len(PEACE) + 2],
    }
    assert (answer["searched"]["statements"], answer["searched"]["passages"]) == (2, 3)
    assert call("verify", citations=answer["citations"])["checks"][0]["status"] == "valid"


def test_who_writes(call: Call) -> None:
    quoted = call("ask", question="Does Kenya want peace?")
    asked = call("ask", question="Does Kenya want peace?", generator="llm")
    assert (quoted["generator"], quoted["notice"]) == ("extractive", "")
    assert asked["generator"] == "extractive"
    assert asked["notice"] == "No language model is set up; quotations are given instead."
    wrong = "generator: Input should be 'extractive' or 'llm', found 'gpt'"
    assert call("ask", question="Why?", generator="gpt") == wrong


def test_ask_what_nothing_answers(call: Call) -> None:
    answer = call("ask", question="Does Kenya want peace?", issuers=["Atlantis"])
    assert (answer["status"], answer["citations"], answer["nearest"], answer["answer"]) == (
        "not_found",
        [],
        [],
        "",
    )
    assert answer["searched"]["statements"] == 0
    far = call("ask", question="Who pays for health?")
    assert (far["status"], far["citations"]) == ("not_found", [])
    assert {hit["statement_id"] for hit in far["nearest"]} == {"kenya peace", "chad"}


def test_search(call: Call) -> None:
    found = call("search", query="water", k=1)
    (hit,) = found["hits"]
    start = len(PEACE) + 2
    assert {name: hit[name] for name in ("statement_id", "version", "paragraph", "start", "end", "text")} == {
        "statement_id": "kenya peace",
        "version": KENYA.version,
        "paragraph": 2,
        "start": start,
        "end": len(KENYA.text),
        "text": SHIPS,
    }
    assert hit["highlights"][0] == {"start": start, "end": start + len("Our ships carry water.")}
    assert len(call("search", query="water")["hits"]) == 3


@pytest.mark.parametrize(
    ("filters", "understood", "ids"),
    [
        ({"issuers": ["kenya", "EU"]}, {"issuers": ["Kenya", "European Union"]}, {"kenya peace"}),
        ({"statements": ["chad"]}, {}, {"chad"}),
        ({"date_from": "2024"}, {}, {"kenya peace"}),
        ({"date_to": "December 2023"}, {"date_to": "2023-12"}, {"chad"}),
        ({"languages": ["FR"]}, {"languages": ["fr"]}, {"chad"}),
        ({"issuers": [], "date_from": ""}, {}, {"chad", "kenya peace"}),
        ({"issuers": None, "languages": None}, {"issuers": [], "languages": []}, {"chad", "kenya peace"}),
        ({"issuers": '["Chad"]'}, {"issuers": ["Chad"]}, {"chad"}),  # as some clients send lists
    ],
)
def test_filters(call: Call, filters: dict[str, Any], understood: dict[str, Any], ids: set[str]) -> None:
    for tool, question in (("search", {"query": "debt"}), ("ask", {"question": "debt"})):
        record = call(tool, **question, **filters)
        empty = {"issuers": [], "statements": [], "date_from": "", "date_to": "", "languages": []}
        assert record["searched"]["filters"] == empty | filters | understood
        assert record["searched"]["statements"] == len(ids)
        if tool == "search":
            assert {hit["statement_id"] for hit in record["hits"]} == ids


def test_read_statement(call: Call) -> None:
    part = call("read_statement", statement_id="kenya peace", from_paragraph=2)
    start = len(PEACE) + 2
    assert {
        name: part[name] for name in ("version", "is_current", "title", "date", "start", "end", "text")
    } == {
        "version": KENYA.version,
        "is_current": True,
        "title": "On peace",
        "date": "2024-09-27",
        "start": start,
        "end": len(KENYA.text),
        "text": SHIPS,
    }
    assert part["paragraphs"] == [{"paragraph": 2, "start": start, "end": len(KENYA.text)}]
    assert (part["paragraph_count"], part["next_start"]) == (2, None)
    first = call("read_statement", statement_id="kenya peace", to_paragraph=1, start=3)
    assert first["text"] == KENYA.text[3:start]


def test_read_an_earlier_version(call: Call) -> None:
    now = call("read_statement", statement_id="chad")
    assert (now["version"], now["is_current"], now["text"]) == (NEW.version, True, NEW.text)
    then = call("read_statement", statement_id="chad", version=OLD.version)
    assert (then["version"], then["is_current"], then["text"]) == (OLD.version, False, OLD.text)


def test_verify(call: Call) -> None:
    claims = [
        {
            "statement_id": "kenya peace",
            "quote": "We want peace.",
            "version": KENYA.version,
            "start": 0,
            "end": 14,
        },
        {"statement_id": "kenya peace", "quote": "We want war.", "version": None, "start": None},
        {"statement_id": "chad", "quote": "La debt pèse.", "version": OLD.version},
        {"statement_id": "nobody", "quote": "We want peace."},
    ]
    checks = call("verify", citations=claims)["checks"]
    assert [check["status"] for check in checks] == ["valid", "altered", "superseded", "unknown_statement"]
    assert checks[0]["spans"] == [[0, 14]]
    assert checks[1]["difference"] == {
        "position": 8,
        "quoted": "war",
        "original": "peace",
        "reason": "the wording differs",
    }
    assert (checks[2]["is_current"], checks[2]["current_version"]) == (False, NEW.version)


@pytest.mark.parametrize(
    ("tool", "arguments", "line"),
    [
        ("ask", {"question": " \n"}, "the question is ''; expected words"),
        ("ask", {"question": "a" * 2001}, "the question has 2001 characters; accepted are up to 2000"),
        ("ask", {}, "question is missing"),
        ("ask", {"question": None}, "question is missing"),
        ("ask", {"question": "Why?", "issuer": "Kenya"}, "there is no argument 'issuer'"),
        (
            "search",
            {"query": "peace", "date_to": "soon"},
            "date_to: 'soon' is not a date; write it as 2024-11-04, 2024-11, 2024, 4 November 2024 or"
            " November 2024",
        ),
        ("search", {"query": "!"}, "the question is '!'; expected words"),
        ("search", {"query": "a", "k": 101}, "k: Input should be less than or equal to 100, found 101"),
        (
            "read_statement",
            {"statement_id": "../x"},
            "no statement '../x' here, or it was removed; search gives ids",
        ),
        (
            "read_statement",
            {"statement_id": "chad", "version": "0a"},
            f"statement 'chad' never had version '0a'; it is now {NEW.version}",
        ),
        (
            "read_statement",
            {"statement_id": "chad", "from_paragraph": 9},
            "nothing stands from paragraph 9: statement 'chad' has paragraphs 1 to 1 and"
            f" {len(NEW.text)} characters",
        ),
        (
            "read_statement",
            {"statement_id": "chad", "start": -1},
            "start: Input should be greater than or equal to 0, found -1",
        ),
        (
            "verify",
            {"citations": [{"statement_id": "chad", "quote": "x"}, {"statement_id": "chad"}]},
            "citation 2: field 'quote': expected text, found None",
        ),
        ("verify", {"citations": ["chad"]}, "citations.0: Input should be a valid dictionary, found 'chad'"),
        ("remove", {"statement_id": "chad"}, "Unknown tool: remove"),
    ],
)  # fmt: skip
def test_errors_are_one_line(call: Call, tool: str, arguments: dict[str, Any], line: str) -> None:
    assert call(tool, **arguments) == line


def test_what_is_asked_is_not_logged(call: Call, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        call("ask", question="Does Kenya want peace?")
        call("ask", question="Does Kenya want peace?" * 100)
        call("read_statement", statement_id="secret")
    assert caplog.text == ""


def test_too_many_citations(call: Call) -> None:
    claim = {"statement_id": "chad", "quote": "La debt"}
    many = call("verify", citations=[claim] * 101)
    assert many.startswith("citations: List should have at most 100 items after validation, not 101, found [")
    assert len(many) < 200
    assert call("verify", citations=[]).startswith("citations: List should have at least 1 item")


def test_an_error_of_ours_says_nothing_of_the_server(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_store(tmp_path, create=True)
    put(store, KENYA)
    store.close()
    with open_engine(Settings(data=tmp_path), WordEncoder()) as engine:
        (tmp_path / "statements.sqlite").rename(tmp_path / "away")

        async def asked(client: Client) -> Any:  # noqa: ANN401
            return await called(client, "read_statement", {"statement_id": "kenya peace"})

        assert connected(server(engine), asked) == "read_statement failed; the log of the server says why"
    assert str(tmp_path) in caplog.text


def test_statements_are_resources(engine: Engine) -> None:
    async def asked(client: Client) -> None:
        (template,) = (await client.list_resource_templates()).resource_templates
        assert template.uri_template == "statement://{statement_id}"
        (content,) = (await client.read_resource("statement://kenya%20peace")).contents
        assert cast("TextResourceContents", content).text == KENYA.text
        with pytest.raises(MCPError) as raised:
            await client.read_resource("statement://nobody")
        assert raised.value.error.message == "no statement 'nobody' here, or it was removed"

    connected(server(engine), asked)


def test_a_slow_answer_holds_nobody_up(folder: Path) -> None:
    started, go_on = threading.Event(), threading.Event()

    class SlowEncoder(WordEncoder):
        def encode_questions(self, texts: Sequence[str]) -> Vectors:
            started.set()
            assert go_on.wait(20)
            return super().encode_questions(texts)

    async def asked(client: Client) -> None:
        slow: list[Any] = []

        async def ask() -> None:
            slow.append(await called(client, "ask", {"question": "Does Kenya want peace?"}))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            while not started.is_set():
                await anyio.sleep(0.01)
            part = await called(client, "read_statement", {"statement_id": "chad"})
            assert (part["text"], slow) == (NEW.text, [])
            go_on.set()
        assert slow[0]["status"] == "answered"

    with open_engine(Settings(data=folder), SlowEncoder()) as engine:
        connected(server(engine), asked)

"""The Model Context Protocol over HTTP on this machine, and over the standard streams of a process."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from corpus.issuers import load_issuers
from corpus.readers import find_files, packaged_statements
from index.encoder import ModelSettings, load_encoder
from index.ingest import read, write
from index.store import open_store
from service.api.guard import Guard
from service.engine import Engine, open_engine
from service.mcp import http_app, server
from service.settings import Access, Settings
from tests.index.fakes import WordEncoder
from tests.service.calling import called, connected, fill, served

ROOT = Path(__file__).parents[2]
LIMIT = 100_000
REFERENCE = "EU-KOR_2024-11-04_dprk-russia"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    settings = Settings(data=fill(tmp_path_factory.mktemp("data")))
    with open_engine(settings, WordEncoder()) as engine:
        yield engine


@pytest.fixture(scope="module")
def address(engine: Engine) -> Iterator[str]:
    with served(http_app(server(engine), LIMIT)) as address:
        yield f"{address}/mcp"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_over_http(address: str, mode: str) -> None:
    async def asked(client: Client) -> list[Any]:
        answer = await called(client, "ask", {"question": "Does Kenya want peace?"})
        return [answer, await called(client, "verify", {"citations": answer["citations"]})]

    answer, checked = connected(address, asked, mode)
    assert answer["answer"] == "Ada Obi (Kenya), 27 September 2024: “We want peace.” [1]"
    assert [check["status"] for check in checked["checks"]] == ["valid"]


LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
ACCEPTS = {"accept": "application/json, text/event-stream"}


def test_http_asks_for_no_session_and_leaves_hosts_to_the_guard(address: str) -> None:
    elsewhere = ACCEPTS | {"host": "communique.example.org", "origin": "https://communique.example.org"}
    reply = httpx2.post(address, json=LIST, headers=elsewhere)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
    names = [tool["name"] for tool in reply.json()["result"]["tools"]]
    assert names == ["ask", "search", "read_statement", "verify"]


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_http_takes_posts(address: str, method: str) -> None:
    reply = httpx2.request(method, address, headers=ACCEPTS)
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")


def test_what_http_refuses(address: str) -> None:
    assert (
        httpx2.post(address, content=b"{", headers=ACCEPTS | {"content-type": "text/plain"}).status_code
        == 400
    )
    assert (
        httpx2.post(address, content=b"{", headers=ACCEPTS | {"content-type": "application/json"}).status_code
        == 400
    )
    assert httpx2.post(address, json="a" * LIMIT, headers=ACCEPTS).status_code == 413
    assert httpx2.post(address.removesuffix("mcp"), json=LIST, headers=ACCEPTS).status_code == 404


def test_over_http_with_a_key(engine: Engine) -> None:
    key = "test-key-of-a-reader"
    guarded = Guard(http_app(server(engine), LIMIT), Access(read_keys=(key,)))

    async def found(address: str, headers: dict[str, str]) -> list[str]:
        async with (
            httpx2.AsyncClient(headers=headers) as http,
            Client(streamable_http_client(address, http_client=http)) as client,
        ):
            record = await called(client, "search", {"query": "water", "k": 1})
            return [hit["statement_id"] for hit in record["hits"]]

    with served(guarded) as service:
        address = f"{service}/mcp"
        assert httpx2.post(address, json=LIST, headers=ACCEPTS).status_code == 401
        assert anyio.run(found, address, {"authorization": f"Bearer {key}"}) == ["kenya peace"]


@pytest.fixture(scope="module")
def reference_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference statement, indexed with the packaged model."""
    folder = tmp_path_factory.mktemp("reference")
    store = open_store(folder, create=True)
    reading = read(store, find_files([packaged_statements()]), load_issuers())
    assert [found.status for found in write(store, reading, load_encoder(ModelSettings()))] == ["added"]
    store.close()
    return folder


def test_over_standard_streams(reference_data: Path, tmp_path: Path) -> None:
    async def asked(client: Client) -> None:
        question = "What do the ministers condemn in the strongest terms?"
        answer = await called(client, "ask", {"question": question, "issuers": ["EU"]})
        assert answer["status"] == "answered"
        cited = answer["citations"][0]
        assert cited["quote"].startswith("We condemn in the strongest possible terms")
        part = await called(
            client,
            "read_statement",
            {
                "statement_id": REFERENCE,
                "from_paragraph": cited["paragraph"],
                "to_paragraph": cited["paragraph"],
            },
        )
        quoted = part["text"][cited["start"] - part["start"] : cited["end"] - part["start"]]
        assert quoted == cited["quote"]
        checked = await called(client, "verify", {"citations": answer["citations"]})
        assert {check["status"] for check in checked["checks"]} == {"valid"}
        found = await called(client, "search", {"query": "the NPT", "k": 2})
        assert "Nuclear Non-Proliferation Treaty (NPT)" in found["hits"][0]["text"]
        missing = await called(client, "read_statement", {"statement_id": "nobody"})
        assert missing == "no statement 'nobody' here, or it was removed; search gives ids"

    said = tmp_path / "said"
    start = [
        sys.executable,
        "-c",
        "from communique import main; main()",
        "mcp",
        "--data",
        str(reference_data),
    ]
    overheard = ["-c", '"$@" | tee "$SAID"', "sh", *start]
    connected(StdioServerParameters(command="sh", args=overheard, env={"SAID": str(said)}, cwd=ROOT), asked)
    messages = [json.loads(line) for line in said.read_text(encoding="utf-8").splitlines()]
    assert {message["jsonrpc"] for message in messages} == {"2.0"}  # nothing but the protocol
    assert len(messages) >= 6

"""A few statements, applications served on this machine, and calls of tools by the SDK's own client."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import anyio
import uvicorn
from mcp import Client, StdioServerParameters
from mcp.server import MCPServer
from mcp_types import TextContent

from corpus.statement import Speaker, Statement
from index.store import open_store
from service.mcp import ASGI
from tests.index.fakes import paragraphs, put

PEACE, SHIPS = paragraphs("We want peace. It is", "Our ships carry water. They are").split("\n\n")
KENYA = Statement(
    "kenya peace",
    f"{PEACE}\n\n{SHIPS}",
    title="On peace",
    issuers=("Kenya",),
    speakers=(Speaker("Ada Obi", "President", "Kenya"),),
    date="2024-09-27",
    kind="speech",
    language="en",
    url="https://example.org/kenya",
)
OLD = Statement("chad", paragraphs("La debt pèse."), issuers=("Chad",), date="2023", language="fr")
NEW = Statement("chad", paragraphs("La debt baisse."), issuers=("Chad",), date="2023", language="fr")
Asked = Callable[[Client], Awaitable[Any]]


def fill(folder: Path) -> Path:
    """A data folder of these statements, one of them in a second version."""
    store = open_store(folder, create=True)
    for statement in (OLD, NEW, KENYA):
        put(store, statement)
    store.close()
    return folder


@contextmanager
def served(app: ASGI, root_path: str = "") -> Iterator[str]:
    """The address of an application, http://127.0.0.1:PORT, until it has ended."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, root_path=root_path, ws="none", log_config=None, access_log=False
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        while not running.started:
            assert thread.is_alive()
            time.sleep(0.01)
        (socket,) = running.servers[0].sockets
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        running.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


def connected(
    to: MCPServer[Any] | StdioServerParameters | str, asked: Asked, mode: str = "auto", seconds: float = 60
) -> Any:  # noqa: ANN401  (what is asked)
    async def main() -> Any:  # noqa: ANN401
        with anyio.fail_after(seconds):
            async with Client(to, mode=mode) as client:
                return await asked(client)

    return anyio.run(main)


async def called(client: Client, tool: str, arguments: Mapping[str, object]) -> Any:  # noqa: ANN401
    """The record of a call, which its text says too; of a call that failed, the line that says why."""
    result = await client.call_tool(tool, dict(arguments))
    (content,) = result.content
    text = cast("TextContent", content).text
    if result.is_error:
        assert result.structured_content is None
        return text
    assert json.loads(text) == json.loads(json.dumps(result.structured_content))
    return json.loads(text)

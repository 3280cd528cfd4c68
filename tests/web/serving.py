"""The service as a browser meets it: a real server over invented statements, encoded by counting words."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from corpus.statement import Speaker, Statement
from index.store import open_store
from service.api.app import create_app
from service.settings import Access, Settings
from tests.index.fakes import WordEncoder, put

KENYA = Statement(
    id="KEN_2024",
    text=(
        "Kenya thanks the host and greets the delegations.\n"
        "We speak for the basin of the lake. Water is the right of every child. It knows no border.\n"
        "We are concerned that wells run dry."
    ),
    title="Statement by Kenya on the lake",
    issuers=("Kenya",),
    speakers=(Speaker("Amina Otieno", "Minister for the Lake", "Kenya"),),
    date="2024-05-17",
    kind="speech",
    language="en",
    url="https://example.org/lake?a=1&b=2",
)
JOINT = Statement(
    id="BRA-IND_2023",
    text="Brazil and India welcome the new rules for ships.\nShips of both sides will keep apart.",
    title="Rules & ships: 100% agreed_upon",
    issuers=("Brazil", "India"),
    speakers=(Speaker("João Lima", "Envoy", "Brazil"), Speaker("Asha Rao", "Envoy", "India")),
    date="2023",
    kind="joint statement",
    language="en",
)
BEFORE = Statement(id="NOR_2022", text="Norway is alarmed by trade in ice.", issuers=("Norway",), date="2022")
AFTER = replace(BEFORE, text="Norway is concerned by trade in ice.")
HOSTILE = Statement(
    id='<i>x</i> & "y"',
    text=(
        "𝕊𝕒𝕗𝕖 words first. <script>alert(1)</script><img src=x onerror=alert(2)> Health &amp; <b>care</b>."
        " {{7*7}} <style>*{display:none}</style>"
    ),
    title="<img src=x onerror=alert(3)> \u202eevil",
    issuers=("Nowhere <script>alert(4)</script>",),
    date="2021",
    url="javascript:alert(5)",
)
STATEMENTS = (KENYA, JOINT, BEFORE, AFTER, HOSTILE)


@contextmanager
def serving(folder: Path, access: Access = Access(rate=0)) -> Iterator[str]:  # noqa: B008  (frozen)
    """The address of a server over STATEMENTS, kept in `folder`."""
    encoder = WordEncoder()
    settings = Settings(data=folder, model=encoder.settings, access=access)
    with closing(open_store(folder, create=True)) as store:
        for statement in STATEMENTS:
            put(store, statement, encoder, f"{statement.version}.txt")
    with listening(create_app(settings, encoder)) as port:
        yield f"http://127.0.0.1:{port}/"


@contextmanager
def listening(app: FastAPI) -> Iterator[int]:
    """The port of a server that runs in a thread until the end."""
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)

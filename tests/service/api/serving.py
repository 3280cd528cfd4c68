"""A small service: invented statements, an encoder computable in the head, a client or a real server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from starlette.testclient import TestClient

from corpus.statement import Speaker, Statement
from index.store import open_store
from service.api.app import create_app
from service.settings import Access, Limits, Settings
from tests.index.fakes import WordEncoder, put

READ, WRITE = "read-key-0123456789", "write-key-0123456789"
OPEN, KEYS = Access(rate=0), Access((READ,), (WRITE,), rate=0)

KENYA = Statement(
    "KEN_2024",
    "We want peace. Peace is a right of all.\n\nOur ships carry water to every port that asks for it.",
    title="On peace",
    issuers=("Kenya",),
    speakers=(Speaker("Ada Obi", "President", "Kenya"),),
    date="2024-09-27",
    kind="speech",
    language="en",
    url="https://example.org/kenya",
)
JOINT = Statement(
    "Überblick/ñandú 100% 東京?#",  # what a path must quote
    "Brazil and India welcome fair trade.\nThey regret the debt of the poorest.",
    title="Joint statement on trade",
    issuers=("Brazil", "India"),
    date="2023-11",
    kind="joint statement",
    language="en",
)
BEFORE = Statement(
    "TCD_2022", "Le Chad regrette: health first.", issuers=("Chad",), date="2022", language="fr"
)
AFTER = Statement("TCD_2022", "Le Chad affirme: health first.", issuers=("Chad",), date="2022", language="fr")
HOSTILE = Statement(
    "<b>x</b>",
    "<script>alert(1)</script> The climate <img src=x onerror=alert(2)> is <b>warm</b>.",
    title="</script><script>alert(3)</script>",
)
STATEMENTS = (KENYA, JOINT, BEFORE, AFTER, HOSTILE)


def settings_of(folder: Path, access: Access = OPEN, limits: Limits = Limits(), **more: Any) -> Settings:  # noqa: ANN401, B008
    """Settings for STATEMENTS in a folder."""
    return Settings(data=folder, model=WordEncoder().settings, access=access, limits=limits, **more)


def app_of(settings: Settings, insecure: bool = False) -> FastAPI:
    """The application over STATEMENTS, which are put into its folder."""
    with closing(open_store(settings.data, create=True)) as store:
        for statement in STATEMENTS:
            put(store, statement, source=f"/home/someone/{statement.issuers[:1]}.txt")
    return create_app(settings, WordEncoder(), insecure)


@contextmanager
def asking(settings: Settings, insecure: bool = False, **more: Any) -> Iterator[TestClient]:  # noqa: ANN401
    """A client of that application; what the application raises it answers as a server would."""
    app = app_of(settings, insecure)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False, **more) as client:
        yield client


def bearing(key: str) -> dict[str, str]:
    """Headers with a key."""
    return {"Authorization": f"Bearer {key}"}


def path_of(statement_id: str, rest: str = "") -> str:
    """The path of a statement."""
    return f"/v1/statements/{quote(statement_id, safe='')}{rest}"


def ended(client: TestClient, location: str, seconds: float = 60) -> Any:  # noqa: ANN401
    """The job at a location when it has ended."""
    late = time.monotonic() + seconds
    while time.monotonic() < late:
        job = client.get(location).json()
        if job["status"] in ("done", "failed"):
            return job
        time.sleep(0.01)
    raise AssertionError(f"job {location} did not end")

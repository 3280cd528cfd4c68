"""What the README shows of using the service and of running it is run here as it stands there."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio.to_thread
import httpx2
import pytest
import typer.main
from mcp import Client, StdioServerParameters

import communique
from corpus.issuers import load_issuers
from corpus.readers import find_files, packaged_statements
from index.encoder import ModelSettings, load_encoder
from index.ingest import read, write
from index.store import open_store
from service.api.app import create_app
from service.mcp import ASGI, Message, Receive, Send
from service.settings import Access, Settings, read_settings
from tests.index.fakes import WordEncoder
from tests.service.calling import called, connected, fill, served

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
API, MCP_HTTP = "http://127.0.0.1:8765", "http://127.0.0.1:8766"
COMMAND, DATA = "/opt/communique/.venv/bin/communique", "/var/lib/communique"
HOST = "communique.example.org"
REFERENCE = "EU-KOR_2024-11-04_dprk-russia"
ANSWER = (
    "European Union and Republic of Korea, joint statement, 4 November 2024: “We are also deeply concerned"
    " about the possibility for any transfer of nuclear or ballistic missile-related technology"
)


def block(language: str, word: str) -> str:
    """The one fenced block of a language in which a word stands."""
    blocks: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    found = [text for text in blocks if word in text]
    assert len(found) == 1, f"{len(found)} blocks of {language} with {word!r} in the README"
    return found[0]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference statement, indexed with the packaged model."""
    folder = tmp_path_factory.mktemp("data")
    store = open_store(folder, create=True)
    reading = read(store, find_files([packaged_statements()]), load_issuers())
    assert [found.status for found in write(store, reading, load_encoder(ModelSettings()))] == ["added"]
    store.close()
    return folder


@pytest.fixture(scope="module")
def address(data: Path) -> Iterator[str]:
    with served(create_app(Settings(data=data))) as address:
        yield address


def printed(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        capture_output=True, text=True, cwd=ROOT, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_standard_library(address: str) -> None:
    lines = printed(block("python", "urlopen").replace(API, address)).splitlines()
    assert lines[0].startswith(ANSWER)
    checks = [line.split() for line in lines[1:]]
    text = (packaged_statements() / f"{REFERENCE}.txt").read_text(encoding="utf-8")
    assert {(status, key) for status, key, *_ in checks} == {("valid", REFERENCE)}
    assert all(" ".join(text[int(start) : int(end)].split()) in lines[0] for *_, start, end in checks)


def test_an_openai_client(address: str) -> None:
    lines = printed(block("python", "OpenAI").replace(API, address)).splitlines()
    assert lines[0].startswith(ANSWER)
    links = [line for line in lines if f" {address}/#s={REFERENCE}&v=" in line]
    assert len(links) == lines[0].count("” [")
    assert lines[lines.index(links[-1]) + 1] == lines[0]  # the stream says the same


def commands(text: str) -> list[list[str]]:
    return [shlex.split(line) for line in text.replace("\\\n", " ").splitlines() if line]


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_curl(address: str, tmp_path: Path) -> None:
    (tmp_path / "statement.txt").write_text("We met in the old town, and we shall meet again.")
    lines = commands(block("sh", "/v1/answers").replace(API, address))
    assert {command[0] for command in lines} == {"curl"}
    answer, stream, found, job = (
        subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60, check=True).stdout
        for command in lines
    )
    assert json.loads(answer)["answer"].startswith(ANSWER)
    assert json.loads(answer)["searched"]["filters"]["issuers"] == ["European Union"]
    events = re.findall(r"^event: (\w+)$", stream, re.MULTILINE)
    assert events == ["searched", *["sentence"] * (len(events) - 2), "answer"]
    assert "Nuclear Non-Proliferation Treaty (NPT)" in json.loads(found)["hits"][0]["text"]
    path = f"/v1/jobs/{json.loads(job)['id']}"
    while (done := httpx2.get(address + path).json())["status"] in ("queued", "running"):
        time.sleep(0.05)
    assert (done["status"], [found["status"] for found in done["outcomes"]]) == ("done", ["added"])


def options(command: str) -> set[str]:
    """What a command of communique takes."""
    group = typer.main.get_command(communique.app)
    return {name for param in group.commands[command].params for name in (*param.opts, *param.secondary_opts)}  # type: ignore[attr-defined]


def test_an_mcp_client_that_starts_the_server(data: Path) -> None:
    (server,) = json.loads(block("json", '"command"'))["mcpServers"].values()
    assert (server["command"], server["args"]) == (COMMAND, ["mcp", "--data", DATA])
    start = ["-c", "from communique import main; main()", "mcp", "--data", str(data)]

    async def asked(client: Client) -> Any:  # noqa: ANN401
        assert [tool.name for tool in (await client.list_tools()).tools] == [
            *("ask", "search", "read_statement", "verify")
        ]
        return await called(client, "ask", {"question": "What worries them about technology transfer?"})

    to = StdioServerParameters(command=sys.executable, args=start, cwd=ROOT)
    assert connected(to, asked)["answer"].startswith(ANSWER)


def test_the_address_of_mcp_over_http() -> None:
    (server,) = json.loads(block("json", '"url"'))["mcpServers"].values()
    assert server == {
        "type": "http",
        "url": f"{MCP_HTTP}/mcp",
        "headers": {"Authorization": "Bearer KEY"},
    }
    assert f"`communique mcp --http --port 8766` serves the same at `{server['url']}`" in README
    assert {"--http", "--port", "--host", "--data"} <= options("mcp")


def test_the_unit() -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    text = block("ini", "ExecStart")
    unit.read_string(text)
    program, command, *rest = shlex.split(unit["Service"]["ExecStart"])
    assert (program, command) == (COMMAND, "serve")
    assert {word for word in rest if word.startswith("--")} <= options("serve")
    assert rest == ["--data", DATA, "--root-path", "/communique"]
    assert unit["Service"]["EnvironmentFile"] == "/etc/communique.env"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd")
def test_systemd_reads_the_unit(tmp_path: Path) -> None:
    file = tmp_path / "communique.service"
    file.write_text(block("ini", "ExecStart").replace(COMMAND, sys.executable), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(file)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_environment_of_the_unit() -> None:
    lines = block("ini", "COMMUNIQUE_HOSTS").split()
    settings = read_settings(dict(line.split("=", 1) for line in lines))
    assert settings.access == Access(
        read_keys=("the-output-of-openssl-rand-hex-24",),
        write_keys=("the-output-of-another",),
        hosts=(HOST,),
    )
    assert len(lines) == 3


NGINX = shutil.which("nginx") or shutil.which("nginx", path=f"{os.defpath}:/usr/sbin")
needs_nginx = pytest.mark.skipif(not NGINX, reason="needs nginx")


@contextmanager
def proxied(folder: Path, upstream: str) -> Iterator[str]:
    """The address at which nginx, with the README's server without TLS, shows an application."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    site = block("nginx", "server_name").replace("443 ssl", f"127.0.0.1:{port}").replace(API, upstream)
    site = re.sub(r"^\s*ssl_certificate.*\n", "", site, flags=re.MULTILINE)
    temporary = "".join(
        f"{name}_temp_path {name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid nginx.pid; error_log error.log; events {{}}\n"
        f"http {{ access_log off; {temporary}\n{site} }}\n"
    )
    command = [str(NGINX), "-p", str(folder), "-e", "error.log", "-c", "nginx.conf"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        try:
            _wait_for(port, running)
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()


def _wait_for(port: int, running: subprocess.Popen[str]) -> None:
    while True:
        assert running.poll() is None, running.communicate()[1]
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)


@needs_nginx
def test_behind_nginx_under_a_prefix(tmp_path: Path) -> None:
    settings = Settings(data=fill(tmp_path / "data"), access=Access(hosts=(HOST,)))
    app = create_app(settings, encoder=WordEncoder())
    with (
        served(app, root_path="/communique") as upstream,
        proxied(tmp_path, upstream) as address,
        httpx2.Client(base_url=f"{address}/communique", headers={"Host": HOST}) as client,
    ):
        page = client.get("/")
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert client.get("/v1/corpus").json()["statements"] == 2
        assert client.get("/openapi.json").json()["servers"] == [{"url": "/communique"}]
        question = {"question": "Does Kenya want peace?"}
        own = client.post("/v1/answers", json=question, headers={"Origin": f"https://{HOST}"})
        assert own.json()["status"] == "answered"
        foreign = client.post("/v1/answers", json=question, headers={"Origin": "https://example.net"})
        assert foreign.status_code == 403
        assert client.get("/v1/corpus", headers={"Host": "example.net"}).status_code == 421
        large = {
            "files": ("large.txt", b"We met. " * 500_000, "text/plain")
        }  # more than nginx takes by itself
        added = client.post("/v1/statements", files=large)
        assert added.status_code == 202
        assert added.headers["location"] == f"/communique/v1/jobs/{added.json()['id']}"


@needs_nginx
def test_nginx_passes_on_events_as_they_come_and_that_the_client_left(tmp_path: Path) -> None:
    go_on, left = threading.Event(), threading.Event()

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = [(b"content-type", b"text/event-stream")]
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"data: first\n\n", "more_body": True})
        await anyio.to_thread.run_sync(go_on.wait, 20)
        await send({"type": "http.response.body", "body": b"data: second\n\n", "more_body": True})
        assert (await receive())["type"] == "http.disconnect"
        left.set()

    application: ASGI = app
    with served(application) as upstream, proxied(tmp_path, upstream) as address:
        with httpx2.stream("POST", f"{address}/communique/v1/answers", json={}) as reply:
            lines = (line for line in reply.iter_lines() if line)
            assert next(lines) == "data: first"
            go_on.set()
            assert next(lines) == "data: second"
        assert left.wait(20)

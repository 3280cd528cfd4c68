"""Real processes of `communique serve`, with the packaged model: ended, killed under load, two at once."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

import pytest

from corpus.readers import packaged_statements
from service.jobs import Jobs
from tests.service.process import COMMAND, ROOT, Served, form

ROUNDS = int(os.environ.get("SERVING_ROUNDS", "2"))
SEED = int(os.environ.get("SERVING_SEED", "7"))
REFERENCE = "EU-KOR_2024-11-04_dprk-russia"
_PATIENCE = 120  # seconds


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One folder for all tests, and as few starts as they need: each loads the model for seconds."""
    served = Served(tmp_path_factory.mktemp("serving"))
    yield served
    served.end(signal.SIGKILL)


def eventually(wanted: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE
    while not wanted():
        assert time.monotonic() < until
        time.sleep(0.02)


def ended(service: Served, job_id: str) -> dict[str, Any]:
    """A job when nothing more becomes of it."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        status, job = service.asked("GET", f"/v1/jobs/{job_id}")
        assert status == 200
        if job["status"] in ("done", "failed"):
            return dict(job)
        time.sleep(0.02)
    raise AssertionError(job)


def refused(*options: str) -> str:
    """What is said by a service that does not start."""
    done = subprocess.run(
        [*COMMAND, *options], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr.splitlines()[-1]


def test_no_listening_elsewhere_without_a_key(tmp_path: Any) -> None:  # noqa: ANN401
    said = refused("--host", "0.0.0.0", "--data", str(tmp_path / "data"))
    assert said.startswith("error: --host 0.0.0.0 can be reached from elsewhere, and no key is set: set ")
    assert not (tmp_path / "data").exists()


def test_a_port_in_use(tmp_path: Any) -> None:  # noqa: ANN401
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        said = refused("--port", str(port), "--data", str(tmp_path / "data"))
    assert said.startswith(f"error: cannot listen on 127.0.0.1, port {port}: address already in use; choose ")


def test_when_told_to_end_requests_finish_and_jobs_go_on_later(service: Served) -> None:
    service.start()
    reference = (packaged_statements() / f"{REFERENCE}.txt").read_text()
    status, first = service.asked("POST", "/v1/statements", form((f"{REFERENCE}.txt", reference)))
    assert (status, ended(service, first["id"])["status"]) == (202, "done")
    rows = "\n".join(json.dumps({"id": f"n{n}", "text": f"We saw {n} ships. " * 8}) for n in range(30))
    _, job = service.asked("POST", "/v1/statements", form(("rows.jsonl", rows)))
    body = json.dumps({"query": "arms transfers", "k": 1}).encode()
    with closing(socket.create_connection(("127.0.0.1", service.port), timeout=_PATIENCE)) as connection:
        connection.sendall(
            b"POST /v1/search HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body)
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")  # the request is being read
        process = service.process
        assert process is not None
        process.send_signal(signal.SIGTERM)
        eventually(lambda: "Shutting down" in (service.data.parent / "log").read_text())
        connection.sendall(body)
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")
    hits = json.loads(answer.partition(b"\r\n\r\n")[2])["hits"]
    assert [hit["statement_id"] for hit in hits] == [REFERENCE]
    assert service.end(signal.SIGTERM) == 0
    left = Jobs(service.data).get(job["id"])
    assert left is not None
    assert (left.status, left.attempts) in (("queued", 0), ("done", 1))
    service.start()
    done = ended(service, job["id"])
    assert (done["status"], done["progress"]) == ("done", 1.0)
    assert [outcome["status"] for outcome in done["outcomes"]] == ["added"] * 30


@dataclass
class Key:
    """A statement that one client adds and removes: what it can be by now, None for nothing."""

    id: str
    word: str
    can_be: set[str | None] = field(default_factory=lambda: {None})


@dataclass
class Client:
    """Adds and removes statements of its own until the service goes away."""

    service: Served
    keys: list[Key]
    chance: random.Random
    jobs: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1_000_000)))

    def run(self) -> None:
        steps = [self.add_json, self.add_files, self.remove, self.wait]
        try:
            while True:
                self.chance.choices(steps, [3, 2, 3, 1])[0]()
        except (OSError, HTTPException):  # it was killed
            pass

    def text(self, key: Key) -> str:
        return f"The port of {key.word} opens to {next(self.numbers)} ships, and we welcome it."

    def add_json(self) -> None:
        key = self.chance.choice(self.keys)
        text = self.text(key)
        self.add({key.id: text}, [key], {"id": key.id, "text": text})

    def add_files(self) -> None:
        keys = self.chance.sample(self.keys, 2)
        texts = {key.id: self.text(key) for key in keys}
        self.add(texts, keys, form(*((f"{name}.txt", text) for name, text in texts.items())))

    def add(self, texts: dict[str, str], keys: list[Key], body: object) -> None:
        for key in keys:
            key.can_be.add(texts[key.id])  # the reply may be lost
        status, job = self.service.asked("POST", "/v1/statements", body)
        assert status == 202
        self.jobs.append(job["id"])
        for key in keys:
            key.can_be = {texts[key.id]}

    def remove(self) -> None:
        key = self.chance.choice(self.keys)
        before = set(key.can_be)
        key.can_be.add(None)
        status, _ = self.service.asked("DELETE", f"/v1/statements/{key.id}")
        assert status in (204, 404)
        key.can_be = {None} if status == 204 else before  # 404: its job may not have come to it
        if status == 204:
            check_gone(self.service, key)

    def wait(self) -> None:
        """What is acknowledged can be cited at once, if this client sent nothing after it."""
        if not self.jobs:
            return
        assert ended(self.service, self.jobs[-1])["status"] == "done"
        for key in self.keys:
            check(self.service, key)


def check_gone(service: Served, key: Key) -> None:
    query = {"query": f"the port of {key.word}", "k": 100}
    status, found = service.asked("POST", "/v1/search", query)
    assert status == 200
    assert key.id not in {hit["statement_id"] for hit in found["hits"]}
    status, answer = service.asked("POST", "/v1/answers", {"question": f"Which port of {key.word} opens?"})
    assert status == 200
    assert key.id not in {cited["statement_id"] for cited in answer["citations"]}


def check(service: Served, key: Key) -> None:
    """What a statement is now is one of what it can be, and search and citations agree with it."""
    status, found = service.asked("GET", f"/v1/statements/{key.id}/text")
    text = found["text"] if status == 200 else None
    assert text in key.can_be
    key.can_be = {text}
    if text is None:
        assert status == 404
        check_gone(service, key)
        return
    _, found = service.asked("POST", "/v1/search", {"query": f"the port of {key.word}", "k": 100})
    assert [hit["text"] for hit in found["hits"] if hit["statement_id"] == key.id] == [text]
    claim = {"statement_id": key.id, "quote": text}
    _, checked = service.asked("POST", "/v1/verify", {"citations": [claim]})
    assert [found["status"] for found in checked["checks"]] == ["valid"]


def test_killed_under_load(service: Served) -> None:
    """What was acknowledged is there, what was accepted comes, and what was removed is gone."""
    chance = random.Random(SEED)
    words = ["Aldora", "Brimsk", "Corvane", "Drulith", "Esterin", "Falkmoor", "Gorsava", "Hulmen"]
    keys = [Key(f"port-{word.lower()}", word) for word in words]
    clients = [Client(service, part, random.Random(chance.random())) for part in (keys[:4], keys[4:])]
    for number in range(ROUNDS):
        service.start(*("--workers", "2") * (number % 2))
        sent = sum(len(client.jobs) for client in clients)
        with ThreadPoolExecutor() as pool:
            running = [pool.submit(client.run) for client in clients]
            time.sleep(0.5 + 1.5 * chance.random())
            service.end(signal.SIGKILL)
            for stopped in running:
                stopped.result()
        assert sum(len(client.jobs) for client in clients) > sent
        service.start(*("--workers", "2") * (1 - number % 2 if number < ROUNDS - 1 else 1))
        eventually(lambda: not Jobs(service.data).waiting())
        for client in clients:
            assert {ended(service, job)["status"] for job in client.jobs} <= {"done"}
            client.jobs.clear()
        for key in keys:
            check(service, key)
        _, listed = service.asked("GET", "/v1/statements?q=port-&limit=500")
        there = {key.id for key in keys if key.can_be != {None}}
        assert {entry["id"] for entry in listed["statements"]} == there
        assert list((service.data / "jobs").glob("*[0-9a-f]/0")) == []  # what ended left nothing


def test_two_workers_see_the_same_at_once(service: Served) -> None:
    service.start("--workers", "2")
    query = {"query": "the lanterns of Quellmark", "k": 100}
    counted = requests_of(service, "/v1/search")
    asked = 0

    def found_by_all() -> set[str]:
        nonlocal asked
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: service.asked("POST", "/v1/search", query), range(16)))
        asked += 16
        assert {status for status, _ in answers} == {200}
        texts = [[h["text"] for h in found["hits"] if "Quellmark" in h["text"]] for _, found in answers]
        assert all(text == texts[0] for text in texts)
        return set(texts[0])

    for number in range(3):
        text = f"Lanterns of Quellmark, {number}, light the way for ships."
        _, job = service.asked("POST", "/v1/statements", {"id": "lanterns", "text": text})
        assert ended(service, job["id"])["status"] == "done"
        assert found_by_all() == {text}
        assert service.asked("DELETE", "/v1/statements/lanterns")[0] == 204
        assert found_by_all() == set()
    eventually(lambda: requests_of(service, "/v1/search") == counted + asked)
    workers = {path.name for path in service.temporary.glob("communique-*/histogram_*.db")}
    assert len(workers) == 2  # both answered


def requests_of(service: Served, route: str) -> int:
    """How many requests to a route were answered with 200, by all workers."""
    status, text = service.asked("GET", "/metrics")
    assert status == 200
    name = f'communique_requests_total{{method="POST",route="{route}",status="200"}} '
    return int(sum(float(line.removeprefix(name)) for line in text.splitlines() if line.startswith(name)))


def test_a_worker_does_not_outlive_its_parent(service: Served) -> None:
    """Killed alone, the parent takes its workers with it, so that the port is free for the next start."""
    service.start("--workers", "2")
    process = service.process
    assert process is not None
    process.kill()
    process.wait(_PATIENCE)
    eventually(lambda: is_free(service.port))


def is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True

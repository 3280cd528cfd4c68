"""How fast the service answers: one client alone, many at once, and one while statements are added.

Run as `python -m eval.bench_service --data DIR`: it starts the service as a process over DIR, or measures
the one at --url, whose rate limit should be off (COMMUNIQUE_RATE=0). What it adds it removes in the end, and
--no-add adds nothing. The clients are threads that mostly wait; how much of a core they used is told.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_ALONE = 60  # questions to each route by one client
_ADDED = 150  # statements of the addition beside which one client asks
_PATIENCE = 120  # seconds
_SITUATIONS = ("alone", "together", "adding")
_ROUTES = {"search": ("/v1/search", "query"), "answers": ("/v1/answers", "question")}
_VERBS = ("say about", "call for on", "condemn in", "regret about", "promise on", "propose for")
_MATTERS = (
    *("climate change", "nuclear weapons", "the Security Council", "human rights", "debt", "migration"),
    *("the oceans", "peacekeeping", "health", "technology", "the war"),
)
TEMPLATES = (
    *(f"What does {{}} {verb} {matter}?" for verb in _VERBS for matter in _MATTERS[:9]),
    *(f"Why is {{}} concerned about {matter}?" for matter in _MATTERS),
)


@dataclass
class Asked:
    """What clients saw: seconds of each request by route, what the server says it took, and errors."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {route: [] for route in _ROUTES})
    server_ms: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Client:
    """A connection that is kept, and questions in an order of its own."""

    def __init__(self, url: str, issuers: Sequence[str], seed: int) -> None:
        self._place = urlsplit(url)
        self._chance = random.Random(seed)
        self._issuers = issuers
        self.asked = Asked()
        self._connection = self._connect()

    def ask(self, route: str, is_timed_inside: bool = False) -> None:
        """One question to a route; an error is counted, and the connection made again."""
        path, name = _ROUTES[route]
        question = self._chance.choice(TEMPLATES).format(self._chance.choice(self._issuers))
        body: dict[str, object] = {name: question}
        if route == "answers":
            body["generator"] = "extractive"
        started = time.perf_counter()
        try:
            status, content = self.send("POST", path, body)
        except (OSError, HTTPException) as error:
            self.asked.errors.append(type(error).__name__)
            self._connection = self._connect()
            return
        if status != 200:
            self.asked.errors.append(str(status))
            return
        self.asked.seconds[route].append(time.perf_counter() - started)
        if is_timed_inside and route == "answers":
            self.asked.server_ms.append(sum(json.loads(content)["timings_ms"].values()))

    def send(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """Status and content of a reply; a body of bytes is a form."""
        kind = "multipart/form-data; boundary=0000" if isinstance(body, bytes) else "application/json"
        content = body if isinstance(body, bytes) else json.dumps(body).encode() if body else b""
        prefix = self._place.path.rstrip("/")
        headers = {"Content-Type": kind} if content else {}
        self._connection.request(method, prefix + path, content, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def _connect(self) -> HTTPConnection:
        return HTTPConnection(self._place.hostname or "", self._place.port or 80, timeout=_PATIENCE)


def main(arguments: Sequence[str]) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench_service", description="Measure the service.")
    parser.add_argument("--data", type=Path, default=Path(".communique"), help="the data folder")
    parser.add_argument("--url", help="a service that runs, instead")
    parser.add_argument("--seconds", type=float, default=60, help="how long all clients ask")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--add", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    if options.url:
        found = measured(options.url, options.clients, options.seconds, options.add)
    else:
        with _served(options.data) as url:
            found = measured(url, options.clients, options.seconds, options.add)
    sys.stdout.write(json.dumps(found, indent=2) + "\n" if options.json else table(found))


def measured(url: str, clients: int, seconds: float, add: bool = True) -> dict[str, Any]:
    """Figures of each situation: `alone`, `together`, `adding`."""
    corpus = json.loads(Client(url, [""], 0).send("GET", "/v1/corpus")[1])
    issuers = [found["issuer"] for found in corpus["issuers"]] or ["everyone"]
    warm = Client(url, issuers, 1)
    for _ in range(10):
        warm.ask("search")
        warm.ask("answers")
    found = {"statements": corpus["statements"], "passages": corpus["passages"]}
    found["alone"] = _by_one(Client(url, issuers, 2), lambda: False)
    found["together"] = _by_many(url, issuers, clients, seconds)
    if add:
        with _adding(Client(url, issuers, 4)) as is_done:
            found["adding"] = _by_one(Client(url, issuers, 3), is_done)
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of the values do not exceed; NaN of none.

    Example: [4, 1, 3, 2], 0.5 -> 2
    """
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else math.nan


def summary(values: Sequence[float]) -> dict[str, float]:
    """How many, and p50, p95 and p99, of seconds in milliseconds."""
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    return {"count": len(values)} | {
        name: round(1000 * percentile(values, share), 1) for name, share in shares.items()
    }


def table(found: dict[str, Any]) -> str:
    """The figures for people."""
    lines = [
        f"{found['statements']} statements, {found['passages']} passages; ms as clients see them",
        f"{'':<20}{'requests':>9}{'p50':>8}{'p95':>8}{'p99':>8}",
    ]
    errors: list[str] = []
    for name in _SITUATIONS:
        figures = found.get(name, {})
        errors += figures.get("errors", [])
        for route in _ROUTES if figures else ():
            row = figures[route]
            shares = "".join(f"{row[share]:>8.1f}" for share in ("p50", "p95", "p99"))
            lines.append(f"{name + ', ' + route:<20}{row['count']:>9}{shares}")
        if "server_p50_ms" in figures:
            lines.append(f"{'':<20}answers inside the server: p50 {figures['server_p50_ms']:.1f}")
    many = found["together"]
    lines += [
        f"{many['clients']} clients together, {many['seconds']:.0f} s: {many['per_second']:.1f} requests/s;"
        f" they used {many['client_cores']:.2f} of a core",
        f"errors: {', '.join(errors) or 'none'}",
    ]
    return "\n".join(lines) + "\n"


def _figures(each: Sequence[Asked]) -> dict[str, Any]:
    """Of several clients as if they were one."""
    errors = Counter(why for asked in each for why in asked.errors)
    figures: dict[str, Any] = {
        route: summary([second for asked in each for second in asked.seconds[route]]) for route in _ROUTES
    }
    return figures | {"errors": [f"{why} ({count})" for why, count in sorted(errors.items())]}


def _by_one(client: Client, is_done: Callable[[], bool]) -> dict[str, Any]:
    for number in range(_ALONE):
        if number and is_done():
            break
        client.ask("search")
        client.ask("answers", is_timed_inside=True)
    inside = percentile(client.asked.server_ms, 0.5)
    return _figures([client.asked]) | {"server_p50_ms": round(inside, 1)}


def _by_many(url: str, issuers: Sequence[str], clients: int, seconds: float) -> dict[str, Any]:
    until = time.monotonic() + seconds

    def run(number: int) -> Asked:
        client = Client(url, issuers, 100 + number)
        while time.monotonic() < until:
            client.ask("search")
            client.ask("answers")
        return client.asked

    started, used = time.monotonic(), time.process_time()
    with ThreadPoolExecutor(clients) as pool:
        each = list(pool.map(run, range(clients)))
    took, used = time.monotonic() - started, time.process_time() - used
    count = sum(len(found) for asked in each for found in asked.seconds.values())
    return _figures(each) | {
        "clients": clients,
        "seconds": round(took, 1),
        "per_second": round(count / took, 1),
        "client_cores": round(used / took, 2),
    }


@contextmanager
def _adding(client: Client) -> Iterator[Callable[[], bool]]:
    """A job that adds invented statements, which are removed in the end; tells whether it is done."""
    ids = [f"bench-service-{number}" for number in range(_ADDED)]
    text = "We met in hall {} and agreed on rule {}. The delegates thank the host of session {}. " * 12
    rows = "\n".join(json.dumps({"id": key, "text": text.format(*[n] * 36)}) for n, key in enumerate(ids))
    head = 'Content-Disposition: form-data; name="files"; filename="bench.jsonl"'
    status, content = client.send(
        "POST", "/v1/statements", f"--0000\r\n{head}\r\n\r\n{rows}\r\n--0000--\r\n".encode()
    )
    if status != 202:
        raise RuntimeError(f"the addition was answered with {status}: {content.decode()[:300]}")
    job = json.loads(content)["id"]

    def is_done() -> bool:
        return json.loads(client.send("GET", f"/v1/jobs/{job}")[1])["status"] in ("done", "failed")

    try:
        yield is_done
    finally:
        while not is_done():
            time.sleep(0.2)
        for key in ids:
            client.send("DELETE", f"/v1/statements/{key}")


@contextmanager
def _served(data: Path) -> Iterator[str]:
    """The address of a service over a data folder, in a process of its own."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    command = ["env", "COMMUNIQUE_RATE=0", sys.executable, "-c", "from communique import main; main()"]
    command += ["serve", "--data", str(data), "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + _PATIENCE
            while not _is_ready(url):
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"the service does not start: {' '.join(command)}")
                time.sleep(0.1)
            yield url
        finally:
            process.terminate()


def _is_ready(url: str) -> bool:
    try:
        return Client(url, [""], 0).send("GET", "/readyz")[0] == 200
    except (OSError, HTTPException):
        return False


if __name__ == "__main__":
    main(sys.argv[1:])

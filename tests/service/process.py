"""`communique serve` as a process of its own, and requests to it, each over a connection of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-c", "from communique import main; main()", "serve"]
_PATIENCE = 120  # seconds


class Served:
    """A service over a data folder, which may be ended in any way and started again."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.temporary = folder / "temporary"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.options: tuple[str, ...] = ()

    def start(self, *options: str) -> None:
        """Start it, unless it runs with these options, and wait until it is ready."""
        if self.process and self.options == options:
            return
        self.end(signal.SIGKILL)
        shutil.rmtree(self.temporary, ignore_errors=True)
        self.temporary.mkdir()
        command = [*COMMAND, "--data", str(self.data), "--port", str(self.port), *options]
        environment = os.environ | {"COMMUNIQUE_RATE": "0", "TMPDIR": str(self.temporary)}
        with (self.data.parent / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stderr=log, start_new_session=True
            )
        self.options = options
        until = time.monotonic() + _PATIENCE
        while self.process.poll() is None and time.monotonic() < until:
            with suppress(OSError, HTTPException):
                if self.asked("GET", "/readyz")[0] == 200:
                    return
            time.sleep(0.05)
        raise AssertionError((self.data.parent / "log").read_text()[-2000:])

    def end(self, number: int) -> int:
        """End it by a signal, and kill what it leaves; its exit code."""
        process, self.process = self.process, None
        if process is None:
            return 0
        if number != signal.SIGKILL:
            process.send_signal(number)
            process.wait(_PATIENCE)
        with suppress(ProcessLookupError):  # also what it left
            os.killpg(process.pid, signal.SIGKILL)
        return process.wait(_PATIENCE)

    def asked(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Status and JSON; a body of bytes is sent as a form. OSError or HTTPException if it goes away."""
        if isinstance(body, bytes):
            content, kind = body, "multipart/form-data; boundary=0000"
        else:
            content, kind = json.dumps(body).encode() if body else b"", "application/json"
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)) as connection:
            connection.request(method, path, content, {"Content-Type": kind} if content else {})
            answer = connection.getresponse()
            text = answer.read()
        is_json = "json" in answer.headers.get("content-type", "")
        return answer.status, json.loads(text) if is_json else text.decode()


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port: int = listener.getsockname()[1]
        return port


def form(*files: tuple[str, str]) -> bytes:
    """Files, each a name and its content, as a body with the boundary 0000."""
    parts = [
        f'--0000\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n{content}\r\n'
        for name, content in files
    ]
    return "".join([*parts, "--0000--\r\n"]).encode()

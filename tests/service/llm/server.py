"""A small server that speaks the OpenAI chat protocol, and misbehaves as told."""

from __future__ import annotations

import json
import threading
import time
from collections import abc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from service.llm.generator import GeneratorError, Message

Mode = Literal[
    "good",  # the reply, in pieces, to "stop"
    "slow",  # nothing for ten seconds
    "silent",  # the first pieces, then nothing for ten seconds
    "dropped",  # half the reply, then the connection is gone
    "closed",  # half the reply, then an end without a finish_reason
    "long",  # half the reply, and that it grew too long
    "busy",  # 429 twice, then the reply
    "later",  # 429 and to come again in a minute
    "failing",  # 500, always
    "refusing",  # 401, and the key in its words
    "unknown",  # 404
    "modern",  # 400 unless temperature and max_tokens are left out, then the reply
    "moved",  # 302 to another address
    "garbage",  # an event that is no JSON
    "other",  # JSON of another kind
    "error",  # an event that says it failed
    "plain",  # an answer that does not stream
    "empty",  # no text, and "stop"
    "endless",  # the reply again and again
    "awake",  # comments without end, which keep the connection awake
]
_INSTEAD = {
    "garbage": b"data: {not json\n\n",
    "other": b'data: {"choices": [{"delta": 5}]}\n\n',
    "error": b'data: {"error": {"message": "out of memory"}}\n\n',
}
Replies = str | Callable[[list[dict[str, str]]], str]  # what it says, or what it makes of the messages


@dataclass
class LLM:
    """What the server does, and what it has heard."""

    replies: Replies = ""
    mode: Mode = "good"
    piece: int = 7  # characters of a piece
    address: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)  # the client closed during the reply

    def pieces(self, text: str) -> list[str]:
        return [text[start : start + self.piece] for start in range(0, len(text), self.piece)]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    llm: LLM


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        llm = self.server.llm
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        llm.bodies.append(body)
        llm.headers.append({name.lower(): value for name, value in self.headers.items()})
        assert (self.path, body["stream"]) == ("/v1/chat/completions", True)
        try:
            if not self._refused(llm, body):
                text = llm.replies if isinstance(llm.replies, str) else llm.replies(body["messages"])
                self._stream(llm, text)
        except (BrokenPipeError, ConnectionResetError):
            llm.left.set()

    def _refused(self, llm: LLM, body: dict[str, Any]) -> bool:
        if llm.mode == "busy" and len(llm.bodies) < 3:
            self._answer(429, {"error": {"message": "slow down"}})
        elif llm.mode == "later":
            self._answer(429, {"error": {"message": "slow down"}}, ("Retry-After", "60"))
        elif llm.mode == "failing":
            self._answer(500, {"error": {"message": "out of memory"}})
        elif llm.mode == "refusing":
            self._answer(401, {"error": {"message": f"bad key {self.headers['authorization']}"}})
        elif llm.mode == "unknown":
            self._answer(404, {"error": {"message": f"no model {body['model']}"}})
        elif llm.mode == "modern" and (
            wrong := [name for name in ("temperature", "max_tokens") if name in body]
        ):
            self._answer(400, {"error": {"message": f"unsupported: {wrong[0]}", "param": wrong[0]}})
        elif llm.mode == "moved":
            self._answer(302, {}, ("Location", "/v1/elsewhere"))
        elif llm.mode == "plain":
            message = {"role": "assistant", "content": "Hello."}
            self._answer(200, {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
        else:
            return False
        return True

    def _answer(self, code: int, body: object, *headers: tuple[str, str]) -> None:
        content = json.dumps(body).encode()
        self.send_response(code)
        for name, value in (("Content-Type", "application/json"), ("Content-Length", str(len(content)))):
            self.send_header(name, value)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _stream(self, llm: LLM, text: str) -> None:
        self.protocol_version = "HTTP/1.1"
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._text(llm, llm.pieces(text))
        if llm.mode == "dropped":
            return
        if llm.mode in _INSTEAD:
            self._chunk(_INSTEAD[llm.mode])
        if llm.mode != "closed":
            self._event(_chunk("", "length" if llm.mode == "long" else "stop"))
            self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _text(self, llm: LLM, pieces: Sequence[str]) -> None:
        if llm.mode == "slow":
            self._wait(10)
        half = pieces[: len(pieces) // 2] if llm.mode in ("dropped", "closed", "long") else pieces
        for number, piece in enumerate(half):
            self._event(_chunk(piece))
            if llm.mode == "silent" and number == 1:
                self._wait(10)
        while llm.mode == "awake":
            self._chunk(b": still at it\n\n")
            time.sleep(0.05)
        while llm.mode == "endless":
            for piece in pieces:
                self._event(_chunk(piece))
                time.sleep(0.001)

    def _wait(self, seconds: float) -> None:
        """Until the client goes, at most so long."""
        self.connection.settimeout(seconds)
        try:
            if self.connection.recv(1) == b"":
                raise BrokenPipeError
        except TimeoutError:
            pass

    def _event(self, data: object) -> None:
        self._chunk(f"data: {json.dumps(data)}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        pass


def _chunk(text: str, finish: str | None = None) -> dict[str, object]:
    delta = {"content": text} if finish is None else {}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}


@contextmanager
def serving(replies: Replies = "", mode: Mode = "good", piece: int = 7) -> Iterator[LLM]:
    """A server on this machine that answers with `replies`; `address` is its base URL."""
    llm = LLM(replies, mode, piece)
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.llm = llm
        llm.address = f"http://127.0.0.1:{server.server_address[1]}/v1"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield llm
        finally:
            server.shutdown()
            thread.join()


class Says:
    """A Generator in this process: says a text in pieces, and remembers what it was asked."""

    name = "says"

    def __init__(self, text: str, piece: int = 5, fails: str = "") -> None:
        self.text = text
        self.piece = piece
        self.fails = fails  # with these words, after the text
        self.asked: list[Sequence[Message]] = []

    def write(self, messages: Sequence[Message]) -> abc.Generator[str, None, None]:
        self.asked.append(messages)
        for start in range(0, len(self.text), self.piece):
            yield self.text[start : start + self.piece]
        if self.fails:
            raise GeneratorError(self.fails)

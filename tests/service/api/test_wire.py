"""What no client library would send, over a socket to a real server."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.service.api.serving import KEYS, READ, app_of, settings_of
from tests.service.calling import served

KEY = f"Authorization: Bearer {READ}\r\n".encode()
HOST = b"Host: 127.0.0.1\r\n"
QUESTION = b'{"query": "peace", "k": 1}'


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with served(app_of(settings_of(tmp_path_factory.mktemp("wire"), KEYS))) as url:
        yield int(url.rpartition(":")[2])


def answered(port: int, sent: bytes) -> tuple[int, bytes]:
    """The status and all that was answered until the connection ended."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(sent)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    return int(received.split(b" ", 2)[1]), received


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (b"/static/page.css", 200),
        (b"/static/../settings.py", 404),
        (b"/static/../../pyproject.toml", 404),
        (b"/static/..\\settings.py", 404),
        (b"/static/%2e%2e%2fsettings.py", 404),
        (b"/static/%252e%252e%252fsettings.py", 404),
        (b"/v1/statements/../../readyz", 404),
        (b"/v1/statements/KEN_2024", 200),
        (b"/v1/statements/%4b%45%4e_2024", 200),
        (b"/v1/statements/%ff%fe", 404),
        (b"/v1/statements/" + b"x" * 201, 422),
        (b"http://elsewhere.example/v1/corpus", 404),
        (b"*", 404),
        (b"/v1/\xff", 400),
    ],
)
def test_targets(port: int, target: bytes, status: int) -> None:
    found, received = answered(
        port, b"GET " + target + b" HTTP/1.1\r\nConnection: close\r\n" + HOST + KEY + b"\r\n"
    )
    assert found == status
    assert b"hatchling" not in received
    assert b"COMMUNIQUE_" not in received


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (HOST, 401),
        (HOST + KEY, 200),
        (HOST + KEY.lower().replace(b"bearer", b"BEARER"), 200),
        (HOST + KEY + KEY, 200),
        (HOST + b"Authorization: Bearer \xe9\xe8\r\n", 401),
        (HOST + b"Authorization: Bearer\r\n", 401),
        (HOST + b"X-Request-ID: a\r\n b\r\n" + KEY, 200),
        (HOST + HOST + KEY, 400),
        (KEY, 400),
        (HOST + b"a b: c\r\n" + KEY, 400),
    ],
)
def test_headers(port: int, headers: bytes, status: int) -> None:
    found, received = answered(port, b"GET /v1/models HTTP/1.1\r\nConnection: close\r\n" + headers + b"\r\n")
    assert found == status
    assert received.lower().count(b"x-request-id: ") == (status != 400)


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (b"Content-Length: 26\r\n", QUESTION, 200),
        (b"Transfer-Encoding: chunked\r\n", b"1a\r\n" + QUESTION + b"\r\n0\r\n\r\n", 200),
        (
            b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
            b"1a\r\n" + QUESTION + b"\r\n0\r\n\r\n",
            200,
        ),
        (b"Content-Length: 26\r\nContent-Length: 27\r\n", QUESTION, 400),
        (b"Content-Length: -1\r\n", QUESTION, 400),
        (b"Content-Length: 99999999\r\n", QUESTION, 413),
        (b"Content-Length: 26\r\nContent-Encoding: gzip\r\n", QUESTION, 200),
        (b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n", 400),
        (b"", b"", 422),
    ],
)
def test_bodies(port: int, headers: bytes, body: bytes, status: int) -> None:
    head = b"POST /v1/search HTTP/1.1\r\nConnection: close\r\nContent-Type: application/json\r\n"
    found, received = answered(port, head + HOST + KEY + headers + b"\r\n" + body)
    assert found == status
    assert received.count(b"HTTP/1.1 ") == 1  # nothing in a body is taken for a second request


def test_a_request_without_a_host_is_of_no_host_of_ours(tmp_path_factory: pytest.TempPathFactory) -> None:
    with served(app_of(settings_of(tmp_path_factory.mktemp("open")))) as url:
        found, received = answered(int(url.rpartition(":")[2]), b"GET /healthz HTTP/1.0\r\n\r\n")
    assert found == 421
    assert b"does not answer to the host ''" in received

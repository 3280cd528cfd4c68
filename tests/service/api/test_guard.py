"""Who may come in: keys, hosts, origins, rates and sizes, and where the service may listen."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.api import guard
from service.api.guard import Guard, Rates, is_loopback
from service.api.serve import Listening, check_exposure
from service.settings import Access, Limits
from tests.service.api.serving import KENYA, KEYS, READ, WRITE, asking, bearing, path_of, settings_of

OTHER = "other-key-0123456789"
READING = [
    ("GET", "/v1/corpus"),
    ("GET", "/v1/statements"),
    ("GET", path_of(KENYA.id)),
    ("GET", path_of(KENYA.id, "/text")),
    ("GET", "/v1/models"),
    ("GET", "/v1/jobs/0"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
    ("GET", "/v1/nothing"),
    ("POST", "/v1/search"),
    ("POST", "/v1/answers"),
    ("POST", "/v1/verify"),
    ("POST", "/v1/chat/completions"),
]
WRITING = [("POST", "/v1/statements"), ("DELETE", path_of("nobody")), ("PUT", "/v1/statements")]
OPEN_PATHS = ["/", "/healthz", "/readyz", "/static/page.css", "/static/nothing.js", "/favicon.ico"]
REFUSED = (401, 403)


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with asking(settings_of(tmp_path_factory.mktemp("locked"), KEYS)) as client:
        yield client


def guarded(access: Access, client: tuple[str, int] = ("192.0.2.1", 5), **more: Any) -> TestClient:  # noqa: ANN401
    """A guard before an application that answers everything with 204, whoever else calls."""

    async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return TestClient(Guard(app, access, **more), base_url="http://127.0.0.1", client=client)


@pytest.mark.parametrize(("method", "path"), READING)
def test_reading_needs_any_of_the_keys(locked: TestClient, method: str, path: str) -> None:
    for headers in ({}, bearing(OTHER), bearing(READ[:-1]), bearing(""), {"Authorization": f"Basic {READ}"}):
        refused = locked.request(method, path, headers=headers)
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"] == 'Bearer realm="communique"'
        assert refused.json()["title"] == "Unauthorized"
    for key in (READ, WRITE):
        assert locked.request(method, path, headers=bearing(key)).status_code not in REFUSED


@pytest.mark.parametrize(("method", "path"), WRITING)
def test_writing_needs_a_key_that_writes(locked: TestClient, method: str, path: str) -> None:
    assert locked.request(method, path).status_code == 401
    refused = locked.request(method, path, headers=bearing(READ))
    assert (refused.status_code, refused.json()["detail"]) == (403, "this key may read, not add or remove")
    assert locked.request(method, path, headers=bearing(WRITE)).status_code not in REFUSED


@pytest.mark.parametrize("path", OPEN_PATHS)
def test_the_page_and_the_probes_need_no_key(locked: TestClient, path: str) -> None:
    assert locked.get(path).status_code not in REFUSED


@pytest.mark.parametrize(
    "path", ["/static/../v1/corpus", "/static/..%2fv1/corpus", "//v1/corpus", "/healthz/"]
)
def test_no_path_leads_around_the_keys(locked: TestClient, path: str) -> None:
    found = locked.get(path)
    assert found.status_code in (401, 404)
    assert "statements" not in found.text


def test_reading_may_be_public_and_writing_still_needs_its_key() -> None:
    client = guarded(Access((READ,), (WRITE,), public_read=True, rate=0))
    statuses = [client.request(method, path).status_code for method, path in READING + WRITING]
    assert statuses == [204] * len(READING) + [401] * len(WRITING)


def test_each_of_several_keys_opens_and_the_scheme_is_read_in_any_case() -> None:
    client = guarded(Access((READ, OTHER), (), rate=0))
    for header in (f"Bearer {READ}", f"bearer {OTHER}", f"BEARER  {OTHER} "):
        assert client.get("/v1/corpus", headers={"Authorization": header}).status_code == 204
    assert client.post("/v1/statements", headers=bearing(OTHER)).status_code == 403


def test_every_key_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return hmac.compare_digest(one, other)

    monkeypatch.setattr(guard, "hmac", type("Counted", (), {"compare_digest": staticmethod(compare)}))
    assert guard._is_among(READ, (READ, WRITE, OTHER))
    assert compared == [(READ.encode(), known.encode()) for known in (READ, WRITE, OTHER)]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 204),
        ("localhost:8765", 204),
        ("LOCALHOST", 204),
        ("[::1]:8765", 204),
        ("rebound.example", 421),
        ("127.0.0.1.rebound.example", 421),
        ("localhost.", 421),
        ("192.0.2.7:8765", 421),
        ("[2001:db8::1]", 421),
        ("[::1", 421),
        ("", 421),
    ],
)
def test_without_keys_only_names_of_this_machine_are_answered(host: str, status: int) -> None:
    assert guarded(Access(rate=0)).get("/healthz", headers={"Host": host}).status_code == status


def test_the_hosts_that_are_set_are_answered_and_loopback_is_always() -> None:
    client = guarded(Access((READ,), hosts=("texts.example",), rate=0))
    statuses = {
        host: client.get("/healthz", headers={"Host": host}).status_code
        for host in ("texts.example:443", "TEXTS.example", "127.0.0.1", "other.example")
    }
    assert statuses == {
        "texts.example:443": 204,
        "TEXTS.example": 204,
        "127.0.0.1": 204,
        "other.example": 421,
    }


@pytest.mark.parametrize(
    "open_to_all", [{"access": Access((READ,), rate=0)}, {"access": Access(rate=0), "insecure": True}]
)
def test_with_keys_or_insecure_any_host_is_answered(open_to_all: dict[str, Any]) -> None:
    assert guarded(**open_to_all).get("/healthz", headers={"Host": "any.example"}).status_code == 204


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 204),
        ({"Origin": "http://127.0.0.1"}, 204),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1"}, 204),
        ({"Sec-Fetch-Site": "none"}, 204),
        ({"Origin": "http://127.0.0.1:8000"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_pages_of_other_sites_may_not_send(headers: dict[str, str], status: int) -> None:
    client = guarded(Access(rate=0))
    assert client.post("/v1/search", headers=headers).status_code == status
    assert client.delete("/v1/statements/x", headers=headers).status_code == status
    assert client.get("/v1/corpus", headers=headers).status_code == 204


def test_a_rate_is_a_bucket_of_a_minute_that_refills_evenly() -> None:
    now = 100.0
    rates = Rates(3, lambda: now)
    assert [rates.wait("a") for _ in range(4)] == [0, 0, 0, pytest.approx(20)]
    assert rates.wait("b") == 0
    now = 110.0
    assert rates.wait("a") == pytest.approx(10)
    now = 120.0
    assert [rates.wait("a"), rates.wait("a")] == [0, pytest.approx(20)]
    now = 1000.0
    assert [rates.wait("a") for _ in range(4)] == [0, 0, 0, pytest.approx(20)]
    assert [Rates(0, lambda: now).wait("a") for _ in range(5)] == [0] * 5


def test_those_not_heard_of_longest_are_forgotten() -> None:
    rates = Rates(1, lambda: 0.0)
    assert [rates.wait(str(caller)) for caller in range(10_001)] == [0] * 10_001
    assert [rates.wait("0"), rates.wait("10000")] == [0, pytest.approx(60)]


def test_keys_have_rates_of_their_own_and_guesses_share_that_of_their_address() -> None:
    client = guarded(Access((READ,), (WRITE,), rate=2), clock=lambda: 0.0)
    statuses = [
        client.get("/v1/corpus", headers=bearing(key)).status_code for key in (READ, READ, READ, WRITE)
    ]
    assert statuses == [204, 204, 429, 204]
    guesses = [client.get("/v1/corpus", headers=bearing(f"guess-{number}")) for number in range(3)]
    assert [guess.status_code for guess in guesses] == [401, 401, 429]
    assert guesses[2].headers["Retry-After"] == "31"
    assert guesses[2].json()["detail"] == "more than 2 requests a minute"
    assert client.get("/healthz").status_code == 204


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("/v1/search", "1000", 204),
        ("/v1/search", "1001", 413),
        ("/v1/search", "9" * 5000, 413),
        ("/v1/statements", str(2000 + (1 << 20)), 204),
        ("/v1/statements", str(2001 + (1 << 20)), 413),
    ],
)
def test_bodies_are_refused_by_the_length_they_state(path: str, length: str, status: int) -> None:
    client = guarded(Access(rate=0), limits=Limits(body_bytes=1000, upload_bytes=2000))
    assert client.post(path, headers={"Content-Length": length}).status_code == status


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost"])
def test_loopback_may_be_listened_on_without_keys(host: str) -> None:
    assert is_loopback(host)
    check_exposure(Listening(host), Access(), insecure=False)
    shown = f"[{host}]:8765" if ":" in host else host
    assert guarded(Access()).get("/v1/corpus", headers={"Host": shown}).status_code != 421


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.0.2.1", "2001:db8::1", "desk", "localhost.example", ""]
)
def test_elsewhere_needs_a_key_or_to_be_told_so(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(
        ValueError, match=rf"--host {host} can be reached from elsewhere.*COMMUNIQUE_READ_KEYS"
    ):
        check_exposure(Listening(host), Access(), insecure=False)
    check_exposure(Listening(host), Access(read_keys=(READ,)), insecure=False)
    check_exposure(Listening(host), Access(write_keys=(WRITE,)), insecure=False)
    check_exposure(Listening(host), Access(), insecure=True)


def test_the_document_says_where_a_key_is_needed(tmp_path: Path) -> None:
    needed: dict[str, list[dict[str, list[str]]]] = {
        "": [],
        "keys": [{"key": []}],
        "public": [{}, {"key": []}],
    }
    public = Access((READ,), (WRITE,), public_read=True, rate=0)
    for name, access in (("", Access(rate=0)), ("keys", KEYS), ("public", public)):
        with asking(settings_of(tmp_path / (name or "open"), access), headers=bearing(READ)) as client:
            paths = client.get("/openapi.json").json()["paths"]
        assert paths["/v1/search"]["post"]["security"] == needed[name]
        assert paths["/v1/statements"]["post"]["security"] == (needed["keys"] if name else [])
        assert paths["/healthz"]["get"]["security"] == []
        assert not {"401", "403", "429"} & set(paths["/readyz"]["get"]["responses"])
        assert {"401", "403", "421", "429"} <= set(paths["/v1/corpus"]["get"]["responses"])

"""Who may come in: names of the host, origins, keys and rates, before any route is reached."""

from __future__ import annotations

import hmac
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.problems import ProblemResponse, problem
from service.settings import Access, Limits

_OPEN = frozenset({"/healthz", "/readyz", "/", "/favicon.ico"})  # what needs no key: no statement is in it
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM = 1 << 20  # bytes of a form beside its files
_DIGITS = 15  # of the length of a body: a number that Python reads, and no body is as long
_CALLERS = 10_000  # whose rate is remembered; those not heard of longest are forgotten first


class Guard:
    """Lets a request through to the application, or answers it with a problem.

    421 for a name of the host that is not the service's own: a page elsewhere may have its name resolve to
    this machine. 403 for a request that another site's page sends. 401 without a key that is needed, 403
    with one that only reads. 429 over the rate. 413 for a body that says it is larger than its limit.
    """

    def __init__(
        self,
        app: ASGIApp,
        access: Access,
        insecure: bool = False,
        clock: Callable[[], float] = time.monotonic,
        limits: Limits | None = None,
    ) -> None:
        self._app = app
        self._access = access
        self._limits = limits
        is_open = insecure or access.has_keys
        # A page elsewhere can have its own name resolve to this machine, but not these.
        self._hosts = frozenset(access.hosts) if access.hosts or not is_open else None
        self._rates = Rates(access.rate, clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> ProblemResponse | None:
        headers, method, path = Headers(scope=scope), scope["method"], _path(scope)
        host = headers.get("host", "")
        name = _name(host)
        if self._hosts is not None and name not in self._hosts and not is_loopback(name):
            return problem(
                421, f"this service does not answer to the host {host[:100]!r}; see COMMUNIQUE_HOSTS"
            )
        if method not in _SAFE and _is_foreign(headers, host):
            return problem(403, "requests from the pages of other sites are not accepted")
        if is_open(path):
            return None
        key = _bearer(headers.get("authorization", ""))
        is_known = _is_among(key, (*self._access.read_keys, *self._access.write_keys))
        wait = self._rates.wait(key if is_known else _address(scope))  # guesses share their address's rate
        if wait:
            seconds = str(int(wait) + 1)
            return problem(
                429, f"more than {self._access.rate} requests a minute", headers={"Retry-After": seconds}
            )
        is_write = writes(method, path)
        return self._without_key(key, is_write) or self._too_large(headers, is_write)

    def _too_large(self, headers: Headers, is_write: bool) -> ProblemResponse | None:
        sent = headers.get("content-length", "")
        if self._limits is None or not sent.isdecimal():
            return None
        most = largest_body(self._limits, is_write)
        if len(sent) <= _DIGITS and int(sent) <= most:
            return None
        return problem(413, f"the body has {sent[:_DIGITS]} bytes; accepted are up to {most}")

    def _without_key(self, key: str, is_write: bool) -> ProblemResponse | None:
        access = self._access
        if not access.needs_key(is_write):
            return None
        may_write, may_read = _is_among(key, access.write_keys), _is_among(key, access.read_keys)
        if may_write or (may_read and not is_write):
            return None
        if may_read:
            return problem(403, "this key may read, not add or remove")
        detail = "a key is needed: Authorization: Bearer KEY" if not key else "this key is not known"
        return problem(401, detail, headers={"WWW-Authenticate": 'Bearer realm="communique"'})


class Rates:
    """How soon each caller may come again: a bucket of a minute's requests that refills evenly."""

    def __init__(self, rate: int, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def wait(self, caller: str) -> float:
        """Seconds until a request of this caller is within the rate; at 0 it is counted."""
        if not self._rate:
            return 0.0
        now, each = self._clock(), 60 / self._rate
        full_at = max(self._full_at.get(caller, now), now)
        if full_at + each - now > 60.000001:
            return full_at + each - now - 60
        self._full_at[caller] = full_at + each
        self._full_at.move_to_end(caller)
        while len(self._full_at) > _CALLERS:
            self._full_at.popitem(last=False)
        return 0.0


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address; a name other than localhost may mean anything."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_open(path: str) -> bool:
    """Whether a path needs no key, and is not counted."""
    return path in _OPEN or path.startswith("/static/")


def writes(method: str, path: str) -> bool:
    """Whether a request adds or removes."""
    return path.startswith("/v1/statements") and method not in _SAFE


def largest_body(limits: Limits, is_write: bool) -> int:
    """Bytes that a request may bring."""
    return limits.upload_bytes + _FORM if is_write else limits.body_bytes


def _path(scope: Scope) -> str:
    """Without the prefix of a proxy."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


def _name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _is_foreign(headers: Headers, host: str) -> bool:
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2].lower() != host.lower()


def _bearer(value: str) -> str:
    scheme, _, key = value.partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _is_among(key: str, keys: Sequence[str]) -> bool:
    """In a time that does not tell how much of a key is right."""
    return any([hmac.compare_digest(key.encode(), known.encode()) for known in keys])


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""

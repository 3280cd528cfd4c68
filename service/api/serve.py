"""Listening: where the service may be reached, and by how many processes."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from service.api.log import log_to_stderr
from service.settings import Access

_GRACE = 30  # seconds that running requests have to finish when the service is told to end


@dataclass(frozen=True, slots=True)
class Listening:
    """An address, and the path prefix under which a proxy shows it."""

    host: str = "127.0.0.1"
    port: int = 8765
    root_path: str = ""
    workers: int = 1


def check_exposure(listening: Listening, access: Access, insecure: bool) -> None:
    """Raises ValueError for an address that others can reach, where no key is set."""
    if is_loopback(listening.host) or access.has_keys or insecure:
        return
    raise ValueError(
        f"--host {listening.host} can be reached from elsewhere, and no key is set: set COMMUNIQUE_READ_KEYS"
        " or COMMUNIQUE_WRITE_KEYS, or say --insecure to let everyone read, add and remove"
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address; a name other than localhost may mean anything."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(listening: Listening, app: ASGIApp | Callable[[], ASGIApp] | str) -> None:
    """Serve an application until told to end; several workers need the import path of a factory."""
    log_to_stderr()
    uvicorn.run(
        app,
        host=listening.host,
        port=listening.port,
        root_path=listening.root_path.rstrip("/"),
        workers=listening.workers,
        factory=isinstance(app, str),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
    )

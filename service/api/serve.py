"""Listening: where the service may be reached, and by how many processes."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from service.api.guard import is_loopback
from service.api.log import log_to_stderr
from service.settings import Access

_GRACE = 30  # seconds that running requests have to finish when the service is told to end
_SILENCE = 30  # seconds without a sign of life after which a worker is replaced; loading a model takes some


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


def listen(listening: Listening, app: ASGIApp | Callable[[], ASGIApp] | str) -> None:
    """Serve an application until told to end; several workers need the import path of a factory.

    Raises ValueError for a port that is in use, before the model is loaded. Ends the process with exit code
    0 when it is asked to end by SIGTERM.
    """
    log_to_stderr()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # uvicorn repeats the signal when all is done
    config = uvicorn.Config(
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
        timeout_worker_healthcheck=_SILENCE,
    )
    try:
        with closing(_bound(listening)) as bound, suppress(KeyboardInterrupt):
            if listening.workers > 1:
                Multiprocess(config, sockets=[bound]).run()
            else:
                uvicorn.Server(config).run(sockets=[bound])
    finally:
        gc.freeze()  # or Python looks through all that torch loaded for garbage before it ends: seconds


def _bound(listening: Listening) -> socket.socket:
    """A socket of its own: what uvicorn binds for several workers holds each reply back for 40 ms (Nagle)."""
    family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        bound.bind((listening.host, listening.port))
    except OSError as error:
        bound.close()
        reason = os.strerror(error.errno).lower() if error.errno and error.errno > 0 else str(error)
        raise ValueError(
            f"cannot listen on {listening.host}, port {listening.port}: {reason};"
            " choose another --port or --host, or end what listens there"
        ) from error
    bound.set_inheritable(True)
    return bound


def end_with_parent() -> None:
    """Have a worker end gracefully when its parent was killed; it would keep the port otherwise."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent:
            parent.join()
            os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent", daemon=True).start()

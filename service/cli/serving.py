"""Commands that serve: the page and the API, and the Model Context Protocol."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.opened import opened_engine, settings_of
from service.cli.options import Data

if TYPE_CHECKING:
    from starlette.types import ASGIApp

# Each command imports what it needs when it runs: `list` must not wait for torch.
# ruff: noqa: PLC0415


def serve(
    host: Annotated[str, typer.Option(help="Other than loopback only with a key (README).")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8765,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes; each loads the model.")] = 1,
    root_path: Annotated[str, typer.Option(help="The path prefix under which a proxy shows it.")] = "",
    insecure: Annotated[bool, typer.Option("--insecure", help="Let everyone in who can reach it.")] = False,
    data: Data = None,
) -> None:
    """Run the service: the page at /, the API under /v1, additions in the background."""
    from service.api.app import create_app
    from service.api.serve import Listening, check_exposure, listen

    settings = settings_of(data)
    listening = Listening(host, port, root_path, workers)
    check_exposure(listening, settings.access, insecure)
    typer.echo(f"http://{host}:{port}{root_path}/ as soon as the model is loaded; Ctrl+C ends it", err=True)
    if workers == 1:
        listen(listening, create_app(settings, insecure=insecure))
        return
    with TemporaryDirectory(prefix="communique-") as counts:  # where the workers count together
        os.environ |= {"COMMUNIQUE_DATA": str(settings.data), "PROMETHEUS_MULTIPROC_DIR": counts}
        os.environ["COMMUNIQUE_INSECURE"] = str(int(insecure))
        listen(listening, "service.cli.serving:worker")


def mcp(
    http: Annotated[bool, typer.Option("--http", help="Over HTTP at /mcp, not standard streams.")] = False,
    host: Annotated[str, typer.Option(help="Other than loopback only with a key (README).")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8766,
    insecure: Annotated[bool, typer.Option("--insecure", help="Let everyone in who can reach it.")] = False,
    data: Data = None,
) -> None:
    """Serve the statements to language models by the Model Context Protocol; nothing can be changed by it."""
    from service.mcp import http_app, server

    settings = settings_of(data)
    if not http:
        with opened_engine(settings) as engine:
            server(engine).run("stdio")
        return
    from service.api.guard import Guard
    from service.api.serve import Listening, check_exposure, listen

    check_exposure(Listening(host, port), settings.access, insecure)
    with opened_engine(settings) as engine:
        app = http_app(server(engine), settings.limits.body_bytes)
        listen(Listening(host, port), Guard(app, settings.access, insecure))


def worker() -> ASGIApp:
    """The application of one of several workers, which know each other by their environment."""
    from service.api.app import create_app
    from service.api.log import log_to_stderr
    from service.api.serve import end_with_parent
    from service.settings import read_settings

    end_with_parent()
    log_to_stderr()
    insecure = os.environ["COMMUNIQUE_INSECURE"] == "1"
    counts = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    return create_app(read_settings(os.environ), insecure=insecure, metrics=counts)

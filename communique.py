"""The command `communique`: the rooms put together."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

from eval.cli import evaluate
from service.cli.questions import ask, search, verify
from service.cli.serving import mcp, serve
from service.cli.statements import add, list_, remove, status

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Cited answers over policy statements.",
    epilog=(
        "Exit codes: 0 done, answered, or all citations valid; 1 not found, a file failed, or a citation is"
        " not valid; 2 wrong usage, or data that cannot be used; 130 interrupted."
    ),
)
app.command()(add)
app.command("list")(list_)
app.command()(remove)
app.command()(ask)
app.command()(search)
app.command()(verify)
app.command("eval")(evaluate)
app.command()(serve)
app.command()(mcp)
app.command()(status)


def main() -> None:
    """Run the command; foreseen errors are a line each on standard error, and exit code 2."""
    # ruff: noqa: PLC0415  (`--help` need not wait for them)
    import sqlite3

    from corpus.statement import CorpusError
    from index.encoder import ModelError
    from index.schema import StoreError

    try:
        app()
    except (CorpusError, ModelError, StoreError, ValueError, OSError) as error:
        _fail(str(error))
    except sqlite3.Error as error:
        _fail(_advice(str(error)))


def _advice(error: str) -> str:
    """What to do about an error of SQLite."""
    if "readonly" in error or "unable to open" in error:
        return f"the data folder cannot be written here: {error}; name another with --data"
    advice = "restore it from a copy, or add the statements to another folder"
    return f"the data folder is damaged or cannot be read: {error}; {advice}"


def _fail(message: str) -> NoReturn:
    from service.terminal import safe

    for line in message.split("\n"):
        typer.echo(f"error: {safe(line)}", err=True)
    sys.exit(2)

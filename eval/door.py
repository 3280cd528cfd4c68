"""Doors of this room beside `communique eval`: `python -m eval.…`."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Sequence

from corpus.statement import CorpusError
from index.encoder import ModelError
from index.schema import StoreError


def enter(main: Callable[[Sequence[str]], None]) -> None:
    """Run a command on the arguments of the process; foreseen errors are a line each, and exit code 2."""
    try:
        main(sys.argv[1:])
    except (CorpusError, ModelError, StoreError, OSError, sqlite3.Error) as error:
        sys.stderr.writelines(f"error: {line}\n" for line in str(error).split("\n"))
        sys.exit(2)

"""What commands work with, opened when it is needed: settings, the store, the model, the consoles."""

from __future__ import annotations

import json
import os
import sys
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from rich.console import Console

    from corpus.issuers import Issuers
    from index.hits import Filters
    from index.store import Store
    from service.engine import Engine
    from service.settings import Settings

# Each command imports what it needs when it runs: `list` must not wait for torch.
# ruff: noqa: PLC0415


def settings_of(data: Path | None) -> Settings:
    """The settings in the environment, over the data folder given, if one is."""
    from service.settings import read_settings

    settings = read_settings(os.environ)
    return replace(settings, data=data) if data else settings


def issuers_of(settings: Settings) -> Issuers:
    """Those that ship, and those that the settings name."""
    from corpus.issuers import load_issuers

    return load_issuers(settings.issuers)


def opened_store(folder: Path, create: bool = False) -> AbstractContextManager[Store]:
    """The store, closed at the end: SQLite then leaves one file, whole by itself."""
    from index.store import open_store

    return closing(open_store(folder, create))


@contextmanager
def opened_engine(settings: Settings) -> Iterator[Engine]:
    """The engine over a data folder; the folder is looked at before the model is loaded."""
    from index.encoder import load_encoder
    from service.engine import open_engine

    with opened_store(settings.data) as store:
        store.require_model(settings.model)
        with open_engine(settings, load_encoder(settings.model)) as engine:
            yield engine


def filters_of(
    settings: Settings, issuers: list[str] | None, statements: list[str] | None, date_from: str, date_to: str
) -> Filters:
    """Filters as options give them."""
    from service.filters import read_filters

    return read_filters(issuers_of(settings), issuers or (), statements or (), date_from, date_to)


def consoles() -> tuple[Console, Console]:
    """For results and for messages; rich leaves colour out where there is no terminal."""
    from rich.console import Console, ConsoleDimensions

    results = Console(highlight=False)
    if not sys.stdout.isatty():
        results.size = ConsoleDimensions(100, 25)  # a pipe has no width; rich would say 80
    return results, Console(stderr=True, highlight=False)


def print_json(value: object) -> None:
    """JSON for people and programs: indented, in UTF-8."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))

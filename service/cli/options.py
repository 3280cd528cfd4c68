"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Generator(StrEnum):
    """Who words an answer."""

    extractive = "extractive"
    llm = "llm"


Data = Annotated[Path | None, typer.Option("--data", help="The data folder [default: ./.communique]")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, with the names of the API.")]
IssuerFilter = Annotated[
    list[str] | None, typer.Option("--issuer", help="Only this issuer; may be repeated.")
]
StatementFilter = Annotated[
    list[str] | None, typer.Option("--statement", help="Only this id; may be repeated.")
]
FromFilter = Annotated[
    str, typer.Option("--from", help="Only from this date on: 2024, 2024-11 or 2024-11-04.")
]
ToFilter = Annotated[str, typer.Option("--to", help="Only until this date.")]

"""What became of a statement that was to be added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["added", "updated", "unchanged", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a statement, or why a file or row gave none."""

    status: Status
    source: str
    statement_id: str = ""
    passages: int = 0
    error: str = ""

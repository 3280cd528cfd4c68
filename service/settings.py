"""The settings of a run: one record, read from the environment once, at a door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from index.encoder import PACKAGED, ModelSettings


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the data lies and which model encodes it.

    data     COMMUNIQUE_DATA, a folder; ./.communique unless set
    issuers  COMMUNIQUE_ISSUERS, a CSV of further issuers and aliases, in the form of corpus/issuers.csv
    model    COMMUNIQUE_MODEL, COMMUNIQUE_QUERY_PROMPT and COMMUNIQUE_PASSAGE_PROMPT
    """

    data: Path
    issuers: Path | None
    model: ModelSettings


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings of an environment; a variable that is not set, or empty, has its default."""
    issuers = environment.get("COMMUNIQUE_ISSUERS")
    return Settings(
        data=Path(environment.get("COMMUNIQUE_DATA") or ".communique"),
        issuers=Path(issuers) if issuers else None,
        model=ModelSettings(
            environment.get("COMMUNIQUE_MODEL") or PACKAGED,
            environment.get("COMMUNIQUE_QUERY_PROMPT", ""),
            environment.get("COMMUNIQUE_PASSAGE_PROMPT", ""),
        ),
    )

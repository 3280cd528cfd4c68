"""The settings of a run, from an environment."""

from __future__ import annotations

from pathlib import Path

from index.encoder import ModelSettings
from service.settings import Settings, read_settings


def test_defaults() -> None:
    assert read_settings({}) == Settings(
        Path(".communique"), None, ModelSettings("all-MiniLM-L6-v2", query_prompt="", passage_prompt="")
    )


def test_every_variable() -> None:
    assert read_settings(
        {
            "COMMUNIQUE_DATA": "/data/of mine",
            "COMMUNIQUE_ISSUERS": "more.csv",
            "COMMUNIQUE_MODEL": "models/e5",
            "COMMUNIQUE_QUERY_PROMPT": "query: ",
            "COMMUNIQUE_PASSAGE_PROMPT": "passage: ",
            "COMMUNIQUE_OTHER": "is not ours",
        }
    ) == Settings(Path("/data/of mine"), Path("more.csv"), ModelSettings("models/e5", "query: ", "passage: "))


def test_an_empty_variable_is_one_not_set() -> None:
    names = ("DATA", "ISSUERS", "MODEL", "QUERY_PROMPT", "PASSAGE_PROMPT")
    assert read_settings({f"COMMUNIQUE_{name}": "" for name in names}) == read_settings({})

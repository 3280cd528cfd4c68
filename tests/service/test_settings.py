"""The settings of a run, from an environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.encoder import ModelSettings
from service.llm.generator import LLMSettings
from service.settings import Access, Limits, Settings, read_settings

KEY, OTHER = "k" * 16, "w" * 32


def test_defaults() -> None:
    assert read_settings({}) == Settings(
        data=Path(".communique"),
        issuers=None,
        model=ModelSettings("all-MiniLM-L6-v2", query_prompt="", passage_prompt=""),
        llm=None,
        access=Access(read_keys=(), write_keys=(), public_read=False, hosts=(), rate=600),
        limits=Limits(body_bytes=1 << 20, upload_bytes=50 << 20, upload_files=100, seconds=60),
        log_questions=False,
    )


def test_every_variable() -> None:
    assert read_settings(
        {
            "COMMUNIQUE_DATA": "/data/of mine",
            "COMMUNIQUE_ISSUERS": "more.csv",
            "COMMUNIQUE_MODEL": "models/e5",
            "COMMUNIQUE_QUERY_PROMPT": "query: ",
            "COMMUNIQUE_PASSAGE_PROMPT": "passage: ",
            "COMMUNIQUE_LLM_URL": "http://127.0.0.1:11434/v1",
            "COMMUNIQUE_LLM_MODEL": "gemma3",
            "COMMUNIQUE_LLM_KEY": "secret",
            "COMMUNIQUE_LLM_TIMEOUT": "12.5",
            "COMMUNIQUE_READ_KEYS": f"{KEY}, {OTHER},",
            "COMMUNIQUE_WRITE_KEYS": OTHER,
            "COMMUNIQUE_PUBLIC_READ": "yes",
            "COMMUNIQUE_HOSTS": "Communique.Example.org,127.0.0.1",
            "COMMUNIQUE_RATE": "0",
            "COMMUNIQUE_UPLOAD_MB": "0.5",
            "COMMUNIQUE_TIMEOUT": "5",
            "COMMUNIQUE_LOG_QUESTIONS": "1",
            "COMMUNIQUE_OTHER": "is not ours",
        }
    ) == Settings(
        data=Path("/data/of mine"),
        issuers=Path("more.csv"),
        model=ModelSettings("models/e5", "query: ", "passage: "),
        llm=LLMSettings("http://127.0.0.1:11434/v1", "gemma3", "secret", 12.5),
        access=Access((KEY, OTHER), (OTHER,), True, ("communique.example.org", "127.0.0.1"), 0),
        limits=Limits(upload_bytes=1 << 19, seconds=5),
        log_questions=True,
    )


def test_an_empty_variable_is_one_not_set() -> None:
    names = ("DATA", "ISSUERS", "MODEL", "LLM_URL", "LLM_MODEL", "READ_KEYS", "RATE", "UPLOAD_MB", "TIMEOUT")
    assert read_settings({f"COMMUNIQUE_{name}": "" for name in names}) == read_settings({})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "READ_KEYS",
            f"{KEY},short",
            "COMMUNIQUE_READ_KEYS: key 2 of 2 has 5 characters; expected at least 16",
        ),
        ("WRITE_KEYS", "é" * 20, "COMMUNIQUE_WRITE_KEYS: key 1 of 1 has 20 characters"),
        ("RATE", "many", "COMMUNIQUE_RATE is 'many'; expected a number from 0 to 1000000"),
        ("RATE", "nan", "COMMUNIQUE_RATE is 'nan'"),
        ("TIMEOUT", "0", "COMMUNIQUE_TIMEOUT is '0'; expected a number from 0.001"),
        ("PUBLIC_READ", "maybe", "COMMUNIQUE_PUBLIC_READ is 'maybe'; expected 1 or 0"),
        ("LLM_MODEL", "gemma3", "COMMUNIQUE_LLM_URL is '' and COMMUNIQUE_LLM_MODEL 'gemma3'"),
        ("LLM_URL", "http://127.0.0.1/v1", "COMMUNIQUE_LLM_MODEL ''"),
    ],
)
def test_a_value_that_is_refused(name: str, value: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_settings({f"COMMUNIQUE_{name}": value})


def test_keys_are_not_shown() -> None:
    settings = read_settings(
        {
            "COMMUNIQUE_READ_KEYS": KEY,
            "COMMUNIQUE_WRITE_KEYS": OTHER,
            "COMMUNIQUE_LLM_URL": "http://127.0.0.1/v1",
            "COMMUNIQUE_LLM_MODEL": "m",
            "COMMUNIQUE_LLM_KEY": "very secret",
        }
    )
    assert not any(secret in repr(settings) for secret in (KEY, OTHER, "very secret"))

"""The client of a language model, against a real server that behaves and misbehaves."""

from __future__ import annotations

import socket
import time
import traceback
from dataclasses import asdict
from itertools import islice

import pytest

from service.llm.generator import GeneratorError, LLMSettings, Message, OpenAIGenerator, open_generator
from tests.service.llm.server import LLM, Mode, serving

KEY = "sk-very-secret"
REPLY = "Zembla supports the pact [1]. It opposes the duty [2]."
TURNS = (Message("system", "Be brief."), Message("user", "What of the pact?"))


def settings(llm: LLM, timeout: float = 30.0, key: str = KEY) -> LLMSettings:
    return LLMSettings(llm.address, "small", key, timeout)


def written(llm: LLM, timeout: float = 30.0) -> str:
    return "".join(OpenAIGenerator(settings(llm, timeout), pauses=(0.01, 0.01)).write(TURNS))


def failure(llm: LLM, timeout: float = 30.0) -> str:
    with pytest.raises(GeneratorError) as caught:
        written(llm, timeout)
    told = "".join(traceback.format_exception(caught.value))
    assert KEY not in told
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_pieces_are_the_text() -> None:
    with serving(REPLY) as llm:
        pieces = list(open_generator(settings(llm)).write(TURNS))
    assert pieces == ["Zembla ", "support", "s the p", "act [1]", ". It op", "poses t", "he duty", " [2]."]


def test_what_is_sent_is_the_settings_and_nothing_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "from-the-environment")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Spy: from-the-environment\nAuthorization: Bearer other")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/from-the-environment")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with serving(REPLY) as llm:
        assert written(llm) == REPLY
        assert "".join(OpenAIGenerator(settings(llm, key="")).write(TURNS)) == REPLY
    assert "from-the-environment" not in str(llm.headers)
    assert [heard.get("authorization") for heard in llm.headers] == [f"Bearer {KEY}", None]
    assert llm.bodies[0] == {
        "model": "small",
        "messages": [asdict(turn) for turn in TURNS],
        "stream": True,
        "temperature": 0,
        "max_tokens": 700,
    }


def test_a_busy_server_is_asked_again() -> None:
    with serving(REPLY, "busy") as llm:
        assert written(llm) == REPLY
    assert len(llm.bodies) == 3


def test_a_model_that_refuses_an_option_is_asked_without_it() -> None:
    with serving(REPLY, "modern") as llm:
        assert written(llm) == REPLY
    assert [sorted(set(body) - {"model", "messages", "stream"}) for body in llm.bodies] == [
        ["max_tokens", "temperature"],
        ["max_tokens"],
        ["max_completion_tokens"],
    ]


@pytest.mark.parametrize(
    ("mode", "message", "requests"),
    [
        ("failing", "the language model failed (HTTP 500)", 3),
        ("later", "the language model is too busy (HTTP 429)", 1),
        ("refusing", "the language model refused the key (HTTP 401)", 1),
        ("unknown", "the language model is not known at its address (HTTP 404)", 1),
        ("moved", "the language model refused (HTTP 302)", 1),
        ("dropped", "the language model broke off", 1),
        ("closed", "the language model broke off", 1),
        ("long", "the language model broke off", 1),
        ("plain", "the language model broke off", 1),
        ("garbage", "the language model did not keep to the protocol", 1),
        ("other", "the language model did not keep to the protocol", 1),
        ("error", "the language model did not keep to the protocol", 1),
        ("endless", "the language model wrote without end", 1),
    ],
)
def test_a_failure_is_one_line_without_the_key(mode: Mode, message: str, requests: int) -> None:
    with serving(REPLY * 20, mode, piece=400) as llm:
        assert failure(llm) == message
    assert len(llm.bodies) == requests


@pytest.mark.parametrize("mode", ["slow", "silent"])
def test_silence_ends_at_the_timeout(mode: Mode) -> None:
    with serving(REPLY, mode) as llm:
        started = time.monotonic()
        assert failure(llm, timeout=0.1) == "the language model did not answer in time"
        assert 0.1 <= time.monotonic() - started < 9
        assert llm.left.wait(5)


def test_a_text_that_goes_on_ends_at_the_timeout() -> None:
    with serving(REPLY, "endless", piece=1) as llm:
        assert failure(llm, timeout=0.2) == "the language model did not finish in time"
        assert llm.left.wait(5)


def test_a_server_that_is_away() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
    with pytest.raises(GeneratorError, match=r"^the language model cannot be reached$"):
        list(open_generator(LLMSettings(address, "small")).write(TURNS))


def test_an_empty_text_is_no_failure() -> None:
    with serving("", "empty") as llm:
        assert written(llm) == ""


def test_what_came_before_a_failure_has_come() -> None:
    with serving(REPLY, "dropped") as llm:
        pieces = OpenAIGenerator(settings(llm)).write(TURNS)
        assert list(islice(pieces, 4)) == ["Zembla ", "support", "s the p", "act [1]"]
        with pytest.raises(GeneratorError, match=r"^the language model broke off$"):
            next(pieces)


def test_closing_the_iterator_stops_the_request() -> None:
    with serving(REPLY, "endless") as llm:
        pieces = OpenAIGenerator(settings(llm)).write(TURNS)
        assert next(pieces) == "Zembla "
        assert not llm.left.is_set()
        pieces.close()
        assert llm.left.wait(5)


def test_nothing_is_sent_before_the_first_piece_is_wanted() -> None:
    with serving(REPLY) as llm:
        OpenAIGenerator(settings(llm)).write(TURNS)
        assert llm.bodies == []


def test_the_key_is_in_no_representation() -> None:
    with serving() as llm:
        assert KEY not in repr(settings(llm))
        assert KEY not in repr(open_generator(settings(llm)))


@pytest.mark.parametrize("address", ["", "localhost:11434", "ftp://a/v1", "file:///etc/passwd", "http:///v1"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"^the address of the language model is .*; expected http://"):
        LLMSettings(address, "small")


@pytest.mark.parametrize("timeout", [0.0, -1.0, float("nan")])
def test_a_timeout_is_more_than_nothing(timeout: float) -> None:
    with pytest.raises(ValueError, match=r"^the timeout of the language model is .*; expected more than 0"):
        LLMSettings("http://127.0.0.1/v1", "small", timeout=timeout)


def test_comments_do_not_keep_a_model_waited_for() -> None:
    with serving("", "awake") as llm:
        assert failure(llm, timeout=0.3) == "the language model did not finish in time"
        assert llm.left.wait(10)

"""The official OpenAI client against the service: the same answers, with their citations."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import openai
import pytest

from service.api.app import create_app
from service.llm.generator import LLMSettings
from service.settings import Settings
from tests.index.fakes import WordEncoder
from tests.service.calling import KENYA, fill, served
from tests.service.llm.server import LLM, Mode, Replies, serving

QUESTION = "Does Kenya want peace?"
CARRIED = "Do the ships of Kenya carry water?"
QUOTED = "Ada Obi (Kenya), 27 September 2024: “We want peace.” [1]"
SOURCE = (
    "[1] Ada Obi (Kenya), 27 September 2024: “We want peace.”"
    f" (On peace, kenya peace, paragraph 1, version {KENYA.version[:12]})"
)


@contextmanager
def client_of(settings: Settings) -> Iterator[openai.OpenAI]:
    with (
        served(create_app(settings, WordEncoder())) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client,
    ):
        yield client


@contextmanager
def with_llm(data: Path, replies: Replies, mode: Mode = "good") -> Iterator[tuple[openai.OpenAI, LLM]]:
    with serving(replies, mode) as llm:
        settings = Settings(data=data, llm=LLMSettings(llm.address, "m", timeout=20))
        with client_of(settings) as client:
            yield client, llm


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def client(data: Path) -> Iterator[openai.OpenAI]:
    with client_of(Settings(data=data)) as client:
        yield client


def ask(client: openai.OpenAI, *turns: tuple[str, str], **options: object) -> Any:  # noqa: ANN401
    messages: Any = [{"role": role, "content": text} for role, text in turns]
    create: Any = client.chat.completions.create
    return create(model=options.pop("model", "communique"), messages=messages, **options)


def test_a_completion_and_its_annotations(client: openai.OpenAI) -> None:
    done = ask(client, ("system", "Say anything."), ("user", QUESTION), temperature=0.9, top_p=0.1)
    (choice,) = done.choices
    assert (choice.finish_reason, choice.message.role) == ("stop", "assistant")
    assert choice.message.content == f"{QUOTED}\n\nSources:\n{SOURCE}"
    (annotation,) = choice.message.annotations
    cited = annotation.url_citation
    assert choice.message.content[cited.start_index : cited.end_index] == "[1]"
    assert cited.title == "On peace"
    assert parse_qs(urlsplit(cited.url).fragment) == {
        "s": ["kenya peace"],
        "v": [KENYA.version],
        "start": ["0"],
        "end": ["14"],
    }
    assert done.communique["citations"][0]["quote"] == KENYA.text[0:14] == "We want peace."


def test_a_stream_says_the_same(client: openai.OpenAI) -> None:
    done = ask(client, ("user", QUESTION))
    chunks = list(ask(client, ("user", QUESTION), stream=True))
    deltas = [chunk.choices[0].delta for chunk in chunks]
    assert deltas[0].role == "assistant"
    assert deltas[1].content == QUOTED
    content = "".join(delta.content or "" for delta in deltas)
    assert content == done.choices[0].message.content
    (annotations,) = [delta.annotations for delta in deltas if getattr(delta, "annotations", None)]
    assert annotations == [found.model_dump() for found in done.choices[0].message.annotations]
    assert [chunk.choices[0].finish_reason for chunk in chunks][-1] == "stop"
    assert chunks[-1].communique["id"] == done.communique["id"]


def test_a_question_that_is_not_answered(client: openai.OpenAI) -> None:
    done = ask(client, ("user", "Who signed the treaty on trade?"))
    assert done.choices[0].message.content == (
        "Not found in these statements. Searched: 2 statements, 3 passages."
    )
    assert done.choices[0].message.annotations == []
    assert done.communique["status"] == "not_found"


def test_content_may_come_in_parts(client: openai.OpenAI) -> None:
    parts: Any = [{"role": "user", "content": [{"type": "text", "text": QUESTION}]}]
    done = client.chat.completions.create(model="communique", messages=parts)
    assert (done.choices[0].message.content or "").startswith(QUOTED)


def test_models(client: openai.OpenAI, data: Path) -> None:
    assert [model.id for model in client.models.list()] == ["communique", "communique-extractive"]
    with pytest.raises(openai.NotFoundError, match="no model 'gpt-5'; accepted: communique, "):
        ask(client, ("user", QUESTION), model="gpt-5")
    with with_llm(data, "") as (other, _):
        names = ["communique", "communique-extractive", "communique-llm"]
        assert [model.id for model in other.models.list()] == names


@pytest.mark.parametrize(
    ("turns", "message"),
    [
        ([("system", "x")], "the conversation has no turn of the role 'user'"),
        ([("user", "?!")], "the question is '\\?!'; expected words"),
        ([("user", "peace " * 500)], "accepted are up to 2000"),
    ],
)
def test_what_is_no_question(client: openai.OpenAI, turns: list[tuple[str, str]], message: str) -> None:
    for stream in (False, True):
        with pytest.raises(openai.UnprocessableEntityError, match=message) as raised:
            ask(client, *turns, stream=stream)
        assert raised.value.response.headers["content-type"] == "application/problem+json"


def test_a_language_model_words_it_and_its_marks_are_annotated(data: Path) -> None:
    said = "Kenya says that its ships carry water [1]. Kenya has no ships [1]. Its ships carry oil [1][9]."
    with with_llm(data, said) as (client, _):
        done = ask(client, ("user", CARRIED))
        content = done.choices[0].message.content
        assert content.startswith("Kenya says that its ships carry water. [1]\n\nNote: Left out: 2 sentences")
        (annotation,) = done.choices[0].message.annotations
        cited = annotation.url_citation
        assert content[cited.start_index : cited.end_index] == "[1]"
        assert done.communique["generator"] == "llm"
        quoted = ask(client, ("user", CARRIED), model="communique-extractive")
        assert quoted.choices[0].message.content.startswith(
            "Ada Obi (Kenya), 27 September 2024: “Our ships carry water.” [1]"
        )


def test_a_question_that_leans_on_earlier_turns_is_rewritten(data: Path) -> None:
    def replies(messages: list[dict[str, str]]) -> str:
        rewrites = "Last question" in messages[-1]["content"]
        return CARRIED if rewrites else "Kenya says that its ships carry water [1]."

    turns = (("user", "Who is Kenya?"), ("assistant", "A state."), ("user", "Do its ships carry water?"))
    with with_llm(data, replies) as (client, _):
        done = ask(client, *turns)
    assert done.communique["question"] == CARRIED
    assert done.choices[0].message.content.startswith("Kenya says that its ships carry water. [1]")


def test_a_client_that_goes_away_stops_the_language_model(data: Path) -> None:
    with with_llm(data, "Kenya wants peace and ", "endless") as (client, llm):  # no sentence ever ends
        body = {"messages": [{"role": "user", "content": CARRIED}], "stream": True}
        with httpx2.stream("POST", f"{client.base_url}chat/completions", json=body, timeout=20) as response:
            assert response.status_code == 200
            pieces = response.iter_bytes()  # held, as httpx leaves when nobody holds it
            next(pieces)
            patience = time.monotonic() + 20
            while not llm.bodies and time.monotonic() < patience:  # leave while it writes, not before
                time.sleep(0.01)
            assert llm.bodies
        assert llm.left.wait(10)

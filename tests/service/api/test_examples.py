"""The examples of the OpenAPI document are what the service answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from index.encoder import ModelSettings, load_encoder
from tests.service.api.examples import EXAMPLES, REFERENCE, produced, reference


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with reference(tmp_path_factory.mktemp("examples"), load_encoder(ModelSettings())) as client:
        document = client.get("/openapi.json").json()
        return produced(client) | {"": document}


def near(value: Any) -> Any:  # noqa: ANN401
    """Numbers with a fraction may differ a little from one processor to another."""
    if isinstance(value, dict):
        return {name: near(part) for name, part in value.items()}
    if isinstance(value, list):
        return [near(part) for part in value]
    return pytest.approx(value, abs=0.03) if isinstance(value, float) else value


def test_the_examples_are_what_the_service_answers(found: dict[str, Any]) -> None:
    examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    answers = {name: answer for name, answer in found.items() if name}
    assert answers == near(examples), "write them anew: python -m tests.service.api.examples"


def test_every_route_that_answers_with_json_has_an_example(found: dict[str, Any]) -> None:
    shown, known = set(), set()
    for path, methods in found[""]["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                content = answer.get("content", {}).get("application/json")
                if status.startswith("2") and content:
                    known.add(f"{method.upper()} {path}")
                    shown |= {f"{method.upper()} {path}"} if "example" in content else set()
    assert shown == known == {name for name in found if name}


def test_the_examples_show_an_answer_with_a_valid_citation(found: dict[str, Any]) -> None:
    answer = found["POST /v1/answers"]
    text = found["GET /v1/statements/{statement_id}/text"]["text"]
    assert answer["status"] == "answered"
    for citation in answer["citations"]:
        assert citation["statement_id"] == REFERENCE
        assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert [check["status"] for check in found["POST /v1/verify"]["checks"]] == ["valid"]

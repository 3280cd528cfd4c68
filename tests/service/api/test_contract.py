"""The OpenAPI document is kept: schemathesis sends what it allows and what it forbids to a real server.

COMMUNIQUE_TEST_CASES multiplies the requests that are drawn at random.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from schemathesis.core.failures import Failure
from schemathesis.engine import events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder

from tests.service.api.serving import KEYS, WRITE, app_of, bearing, settings_of
from tests.service.calling import served

_CASES = 10 * int(os.environ.get("COMMUNIQUE_TEST_CASES", "1"))
_CHECKS = {
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_schema_conformance", "response_headers_conformance", "allow_header_conformance"),
    *("negative_data_rejection", "positive_data_acceptance", "missing_required_header"),
    *("unsupported_method", "ignored_auth", "use_after_free", "ensure_resource_availability"),
}
_NEGATIVE = [400, 401, 403, 404, 405, 413, 415, 422]  # 413 too: what no schema allows may also be too long
# What is sent fits its schema and is refused all the same, for reasons that no JSON Schema can give.
_TOO_LARGE = r"the body has \d+ bytes"
_REFUSED = {
    "POST /v1/verify": _TOO_LARGE,  # a hundred quotes of 20,000 characters each
    "POST /v1/answers": r"is not a date",  # 2024-02-31 looks like one
    "POST /v1/search": r"is not a date",
    "GET /v1/statements": r"is not a date",
    "POST /v1/chat/completions": rf"no turn of the role 'user'|question|{_TOO_LARGE}",
    "POST /v1/statements": (
        r"is not a date|holds? (control characters|a NUL|no letter)|id has \d+ characters"
        r"|does not start with http|a speaker without 'name'"
    ),
}


@dataclass
class Found:
    """What came of a run: failures as text, answers by operation and status, and the checks made."""

    failures: list[str] = field(default_factory=list)
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)

    def hear(self, recorder: ScenarioRecorder) -> None:
        for case_id, sent in recorder.interactions.items():
            if sent.response is not None:
                label = recorder.cases[case_id].value.operation.label
                self.answers[label, sent.response.status_code] += 1
        for nodes in recorder.checks.values():
            for node in nodes:
                self.checks[node.name] += 1
                if node.failure_info:
                    failure = node.failure_info.failure
                    said = f"{failure.title}: {failure.message}\n{node.failure_info.code_sample}"
                    self.failures.append(f"{node.name}: {failure.operation}: {said}")


def run(url: str, headers: Mapping[str, str], cases: int) -> Found:
    """Every phase of schemathesis with every check, from one seed."""
    config = schemathesis.Config.from_dict(
        {
            "seed": 1,
            "headers": dict(headers),
            "continue-on-failure": True,
            "request-timeout": 20,
            "checks": {"negative_data_rejection": {"expected-statuses": _NEGATIVE}},
            "generation": {"max-examples": cases, "no-shrink": True, "database": "none"},
        }
    )
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json", config=config, headers=dict(headers))
    schema.hook(filter_failure)
    found = Found()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            found.hear(event.recorder)
        elif isinstance(event, events.NonFatalError):
            found.failures.append(f"{event.label}: {event.info.title}: {event.info.message}")
        elif isinstance(event, events.FatalError):
            raise event.exception
    return found


def filter_failure(context: Any, failure: Failure, case: Any, response: Any) -> bool:  # noqa: ANN401
    """Whether a failure is one; the name is that of schemathesis's hook."""
    label = case.operation.label
    if failure.title == "Schema-valid request rejected" and label in _REFUSED:
        return re.search(_REFUSED[label], response.json()["detail"]) is None
    # The id in the answer to an addition is that of a job, not of a statement as is guessed from its path.
    return failure.title != "Created resource not found" or failure.operation != "POST /v1/statements"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("contract")
    with served(app_of(settings_of(folder, KEYS))) as address:
        yield address


def test_the_document_is_kept(url: str) -> None:
    found = run(url, bearing(WRITE), _CASES)
    assert not found.failures, "\n\n".join(found.failures)
    assert set(found.checks) >= _CHECKS
    assert sum(found.answers.values()) > 600
    document = requests.get(f"{url}/openapi.json", headers=bearing(WRITE), timeout=20).json()
    operations = {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}
    by_id = {label for label in operations if "{" in label}  # whether an id is found there is left to chance
    assert {label for label, _ in found.answers} == operations
    assert {label for label, status in found.answers if status < 300} >= operations - by_id

"""Is it alive, and is it ready: what the probes of those who run the service are told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from index.encoder import Vectors
from service.api.app import create_app
from service.settings import Limits, Settings
from tests.index.fakes import WordEncoder
from tests.service.api.serving import asking, settings_of


class BrokenEncoder(WordEncoder):
    def encode_questions(self, texts: object) -> Vectors:
        raise RuntimeError("a secret")


def test_a_service_with_statements_is_alive_and_ready(tmp_path: Path) -> None:
    with asking(settings_of(tmp_path)) as client:
        assert client.get("/healthz").json() == {"status": "ok"}
        ready = client.get("/readyz")
    assert (ready.status_code, ready.json()) == (
        200,
        {"status": "ready", "checks": {"jobs": "ok", "search": "ok"}},
    )


def test_an_empty_service_is_ready(tmp_path: Path) -> None:
    with TestClient(
        create_app(settings_of(tmp_path / "new"), WordEncoder()), base_url="http://127.0.0.1"
    ) as client:
        assert client.get("/readyz").status_code == 200
        assert client.get("/v1/statements").json()["total"] == 0
        answer = client.post("/v1/answers", json={"question": "What of peace?"}).json()
    assert (answer["status"], answer["nearest"], answer["searched"]["statements"]) == ("not_found", [], 0)


def test_a_service_whose_model_is_broken_is_alive_and_not_ready(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    with asking(settings):
        pass
    app = create_app(settings, BrokenEncoder())
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        ready = client.get("/readyz")
        assert client.get("/healthz").status_code == 200
        broken = client.post("/v1/search", json={"query": "peace"})
    assert (ready.status_code, ready.json()["detail"]) == (503, "not ready: search: RuntimeError")
    assert (broken.status_code, "secret" in broken.text) == (500, False)


def test_a_service_that_is_too_slow_is_not_ready(tmp_path: Path) -> None:
    with asking(settings_of(tmp_path, limits=Limits(seconds=1e-9))) as client:
        ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["detail"]) == (503, "not ready: search: TimeoutError")


def test_a_service_that_runs_no_jobs_is_not_ready(tmp_path: Path) -> None:
    with asking(settings_of(tmp_path)) as client:
        client.app.state.service.runner.stop()  # type: ignore[attr-defined]
        ready = client.get("/readyz")
    assert (ready.status_code, ready.json()["detail"]) == (503, "not ready: jobs: not running")


def test_statements_that_are_gone_are_a_trouble_of_the_service(tmp_path: Path) -> None:
    with asking(settings_of(tmp_path)) as client:
        (tmp_path / "statements.sqlite").unlink()
        listed = client.get("/v1/statements")
        assert client.get("/healthz").status_code == 200
    assert (listed.status_code, listed.json()["title"]) == (503, "Service Unavailable")
    assert str(tmp_path) not in listed.text


def test_a_folder_of_another_model_is_not_opened(tmp_path: Path) -> None:
    with asking(settings_of(tmp_path)):
        pass
    other = WordEncoder("others")
    app = create_app(Settings(data=tmp_path, model=other.settings), other)
    with pytest.raises(Exception, match="was indexed with model"), TestClient(app):
        pass


def test_however_often_it_is_asked_it_is_tried_once_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Sequence[str]] = []

    class Counts(WordEncoder):
        def encode_questions(self, texts: Sequence[str]) -> Vectors:
            asked.append(texts)
            return super().encode_questions(texts)

    monkeypatch.setattr("service.api.probe._FRESH", 3600.0)
    app = create_app(settings_of(tmp_path), Counts())
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert [client.get("/readyz").status_code for _ in range(5)] == [200] * 5
    assert len(asked) == 1

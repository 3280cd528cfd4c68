"""The examples of the OpenAPI document, asked of the real service: python -m tests.service.api.examples."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from corpus.issuers import load_issuers
from corpus.readers import find_files, packaged_statements
from index.encoder import Encoder, ModelSettings, load_encoder
from index.ingest import read, write
from index.store import open_store
from service.api import openapi
from service.api.app import create_app
from service.settings import Settings
from tests.service.api.serving import ended, path_of

EXAMPLES = Path(openapi.__file__).with_name("examples.json")
REFERENCE = "EU-KOR_2024-11-04_dprk-russia"
_TIMES = {"retrieve": 12.6, "answer": 1.9}  # milliseconds, of one run on two cores
_JOB, _CREATED = "6f1d9a0c4b7e4c0f9a52d3e8b1c07f64", "2026-01-09T08:30:00.000000+00:00"


@contextmanager
def reference(folder: Path, encoder: Encoder) -> Iterator[TestClient]:
    """A client of the service over the reference statement, with a real model."""
    with closing(open_store(folder, create=True)) as store:
        reading = read(store, find_files([packaged_statements()]), load_issuers())
        assert [outcome.status for outcome in write(store, reading, encoder)] == ["added"]
    app = create_app(Settings(data=folder, model=encoder.settings), encoder)
    with TestClient(app, base_url="http://127.0.0.1:8765") as client:
        yield client


def produced(client: TestClient) -> dict[str, Any]:
    """What each route answers to the example of its request, by "METHOD path", with the same times always."""
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    asked = {
        "/v1/answers": "AnswerRequest",
        "/v1/search": "SearchRequest",
        "/v1/verify": "VerifyRequest",
        "/v1/chat/completions": "ChatRequest",
        "/v1/statements": "StatementRequest",
    }
    read_by = {
        "/v1/corpus": "/v1/corpus",
        "/v1/statements": "/v1/statements",
        "/v1/statements/{statement_id}": path_of(REFERENCE),
        "/v1/statements/{statement_id}/text": path_of(REFERENCE, "/text"),
        "/v1/models": "/v1/models",
        "/healthz": "/healthz",
        "/readyz": "/readyz",
    }
    found = {f"GET {path}": client.get(sent).json() for path, sent in read_by.items()}
    for path, schema in asked.items():
        (example,) = schemas[schema]["examples"]
        found[f"POST {path}"] = client.post(path, json=example).json()
    job = ended(client, f"/v1/jobs/{found['POST /v1/statements']['id']}")
    return {name: _settled(answer) for name, answer in (found | {"GET /v1/jobs/{job_id}": job}).items()}


def _settled(answer: Any) -> Any:  # noqa: ANN401
    """An answer with what differs from run to run made equal."""
    if "communique" in answer:
        return answer | {"created": 1767947400, "communique": _settled(answer["communique"])}
    if "timings_ms" in answer:
        assert set(answer["timings_ms"]) == set(_TIMES)
        return answer | {"timings_ms": _TIMES}
    return answer | {"id": _JOB, "created": _CREATED} if "outcomes" in answer else answer


def main() -> None:
    """Write the examples."""
    with (
        tempfile.TemporaryDirectory() as folder,
        reference(Path(folder), load_encoder(ModelSettings())) as client,
    ):
        text = json.dumps(produced(client), ensure_ascii=False, indent=1)
    EXAMPLES.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()

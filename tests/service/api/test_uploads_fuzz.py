"""Uploads that nobody should send: each file ends with an outcome, and the service goes on.

COMMUNIQUE_TEST_CASES multiplies the files that are made at random.
"""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.service.api.hostile import NAMES, damaged, monsters, samples
from tests.service.api.serving import asking, ended, settings_of

_FILES = 60 * int(os.environ.get("COMMUNIQUE_TEST_CASES", "1"))  # of each suffix
_AT_ONCE = 30
_HARMLESS = {
    *("climbing.docx", "outside.html", "tags.html", "alias.md", "object.md", "line.txt", "lines.txt"),
    *("marks.txt", "after.txt"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the data folder lies, alone."""
    return tmp_path_factory.mktemp("uploads")


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[TestClient]:
    with asking(settings_of(folder / "data")) as asker:
        yield asker


def outcomes(client: TestClient, files: Sequence[tuple[str, bytes]]) -> list[Any]:
    """What became of files that are sent together; no answer on the way is an error of the service."""
    accepted = client.post("/v1/statements", files=[("files", (name, data)) for name, data in files])
    assert accepted.status_code == 202, accepted.text
    job = ended(client, accepted.headers["Location"], seconds=200)
    assert (job["status"], job["progress"], job["error"], job["files"]) == ("done", 1.0, "", len(files))
    for outcome in job["outcomes"]:
        assert (outcome["status"] == "failed") == bool(outcome["error"])
        assert "/jobs/" not in outcome["error"]
    found: list[Any] = job["outcomes"]
    return found


def is_whole(client: TestClient, folder: Path) -> bool:
    """Whether the service answers, and nothing is left of the files or stands where it should not."""
    assert client.get("/readyz").status_code == 200
    assert client.post("/v1/answers", json={"question": "What of peace?"}).status_code == 200
    late = time.monotonic() + 10
    while (left := strays(folder)) and time.monotonic() < late:  # a job is done before its files are deleted
        time.sleep(0.02)
    return not left


def strays(folder: Path) -> list[Path]:
    """Files that are none of the store, its caches and its jobs."""
    known = re.compile(
        r"data/(statements\.sqlite(-wal|-shm)?|write\.lock|caches/.*|jobs/runner\.lock|jobs/ended/\w+/job\.json)"
    )
    found = [Path(place, name) for place, _, names in os.walk(folder) for name in names]
    return [path for path in found if not known.fullmatch(path.relative_to(folder).as_posix())]


@pytest.mark.parametrize("suffix", samples())
def test_damaged_files_fail_alone(client: TestClient, folder: Path, suffix: str) -> None:
    chance, sample = random.Random(suffix), samples()[suffix]
    other = sample.replace(b'"r', b'"g') if suffix == ".jsonl" else sample.replace(b"\nc", b"\ng")
    good = (f"good{suffix}", other if suffix in (".jsonl", ".csv") else sample)  # rows have ids of their own
    for start in range(0, _FILES, _AT_ONCE):
        files = [(f"{start + n}{suffix}", damaged(sample, suffix, chance)) for n in range(_AT_ONCE)]
        found = outcomes(client, [*files, good])
        assert {outcome["source"] for outcome in found} == {name for name, _ in [*files, good]}
        assert {outcome["error"] for outcome in found if outcome["source"] == good[0]} == {""}
    assert is_whole(client, folder)


def test_random_bytes_are_refused_or_read_under_any_suffix(client: TestClient, folder: Path) -> None:
    chance = random.Random(1)
    suffixes = [*samples(), ".htm", ".markdown", ".exe", ""]
    files = [(f"random{n}{suffixes[n % 11]}", chance.randbytes(chance.randint(0, 300))) for n in range(88)]
    assert {outcome["source"] for outcome in outcomes(client, files)} == {name for name, _ in files}
    assert is_whole(client, folder)


def test_monsters_are_survived(client: TestClient, folder: Path) -> None:
    files = [*monsters().items(), ("after.txt", b"We want peace.")]
    found = outcomes(client, files)
    told: dict[str, set[str]] = {}
    for outcome in found:
        told.setdefault(outcome["source"], set()).add(outcome["status"])
    assert set(told) == {name for name, _ in files}
    assert {name for name, statuses in told.items() if statuses == {"added"}} == _HARMLESS
    assert "root:" not in json.dumps([client.get("/v1/statements?limit=500").json(), found])
    assert is_whole(client, folder)


def test_names_are_never_paths(client: TestClient, folder: Path) -> None:
    shown: dict[str, str] = {}
    for name in NAMES:
        files = [("files", (name, f"Peace under the name {name!a}.".encode()))]
        answer = client.post("/v1/statements", files=files)
        assert answer.status_code in (202, 422), (name, answer.text)
        if answer.status_code == 202:
            (outcome,) = ended(client, answer.headers["Location"])["outcomes"]
            shown[name] = outcome["source"]
    assert not [name for name in shown.values() if len(name) > 150 or set(name) & {"/", "\\", "\0"}]
    assert (shown["../../x.txt"], shown["C:\\x\\y.html"], shown["/etc/passwd"]) == (
        "x.txt",
        "y.html",
        "passwd",
    )
    assert is_whole(client, folder)

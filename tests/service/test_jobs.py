"""A job that was accepted is on disk whole, whatever ends the process; others' files are left alone."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.outcome import Outcome
from index.schema import StoreError
from service.jobs import Job, Jobs, Upload, plain_name

STEPS = ("fsync", "mkdir", "rename", "replace", "unlink")
OLD = 8 * 24 * 3600  # seconds


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def killed_at(step: int) -> Iterator[None]:
    """Ends at a call that changes the disk, counted from 0, before it does anything."""
    with pytest.MonkeyPatch.context() as patch:
        left = iter([*[False] * step, True])

        def dying(real: Callable[..., object]) -> Callable[..., object]:
            def call(*arguments: object, **options: object) -> object:
                if next(left, False):
                    raise Killed
                return real(*arguments, **options)

            return call

        for name in STEPS:
            patch.setattr(os, name, dying(getattr(os, name)))
        yield


def uploads(*contents: bytes) -> list[Upload]:
    return [Upload(f"{number}.txt", BytesIO(content)) for number, content in enumerate(contents)]


def grow_old(path: Path) -> None:
    changed = path.stat().st_mtime - OLD
    os.utime(path, (changed, changed))


def test_what_is_added_is_there(tmp_path: Path) -> None:
    job = Jobs(tmp_path).add([Upload("../a.txt", BytesIO(b"One.")), Upload("b.md", BytesIO(b""))], 7)
    assert (job.status, job.files, job.generation) == ("queued", ("a.txt", "b.md"), 7)
    jobs = Jobs(tmp_path)
    assert jobs.get(job.id) == job
    assert jobs.waiting() == [job]
    assert [jobs.file(job, number).read_bytes() for number in (0, 1)] == [b"One.", b""]


@pytest.mark.parametrize("step", range(11))
def test_a_kill_while_adding_leaves_the_whole_job_or_none(tmp_path: Path, step: int) -> None:
    with pytest.raises(Killed), killed_at(step):  # 3 folders, 3 files, job.json, 3 folders
        Jobs(tmp_path).add(uploads(b"One.", b"Two."), 1)
    jobs = Jobs(tmp_path)
    waiting = jobs.waiting()
    assert len(waiting) == (step > 8)
    for job in waiting:
        assert (job.status, job.files) == ("queued", ("0.txt", "1.txt"))
        assert [jobs.file(job, number).read_bytes() for number in (0, 1)] == [b"One.", b"Two."]


@pytest.mark.parametrize("step", range(7))
def test_a_kill_while_a_job_ends_is_made_good(tmp_path: Path, step: int) -> None:
    jobs = Jobs(tmp_path)
    job = jobs.add(uploads(b"One.", b"Two."), 1)
    done = replace(job, status="done", progress=1.0, outcomes=(Outcome("added", "0.txt", "0", 1),))
    with pytest.raises(Killed), killed_at(step):  # sync, replace, sync, 2 files, 1 folder, rename
        jobs.save(done)
    found = Jobs(tmp_path).get(job.id)
    assert found in (job, done)
    assert (found == done) == (step > 1)
    assert jobs.waiting() == ([job] if found == job else [])
    jobs.tidy()
    assert (tmp_path / "jobs" / job.id).exists() == (found == job)
    assert jobs.get(job.id) == found
    assert jobs.file(job, 0).exists() == (found == job)


def test_a_job_that_ends_is_remembered_without_its_files(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path)
    job = jobs.add(uploads(b"One."), 1)
    outcome = Outcome("failed", "ä.txt", "x\u2028y", 3, "ä.txt: <no> text")
    jobs.save(replace(job, status="running", progress=0.5, attempts=1))
    assert jobs.waiting() == [replace(job, status="running", progress=0.5, attempts=1)]
    ended = replace(job, status="failed", outcomes=(outcome,), error="why")
    jobs.save(ended)
    assert (jobs.get(job.id), jobs.waiting()) == (ended, [])
    assert [path.name for path in (tmp_path / "jobs").rglob("*")] == ["ended", job.id, "job.json"]


def test_jobs_are_in_the_order_of_their_arrival(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path)
    added = [jobs.add(uploads(b"x"), number).id for number in range(20)]
    assert [job.id for job in jobs.waiting()] == added


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b"1",
        b"{}",
        b'{"layout": 2}',
        b'{"layout": 1}',
        b'{"layout": 1, "outcomes": [], "files": 5}',
        b'{"layout": 1, "outcomes": [{"what": 1}], "files": []}',
        b'{"layout": 1, "outcomes": [], "files": [], "more": 1}',
        None,
    ],
)
def test_what_is_no_job_is_left_alone(tmp_path: Path, content: bytes | None) -> None:
    jobs = Jobs(tmp_path)
    broken, whole = jobs.add(uploads(b"One."), 1), jobs.add(uploads(b"Two."), 1)
    path = tmp_path / "jobs" / broken.id / "job.json"
    path.unlink() if content is None else path.write_bytes(content)
    jobs.tidy()
    assert jobs.get(broken.id) is None
    assert jobs.waiting() == [whole]
    assert jobs.file(broken, 0).read_bytes() == b"One."


def test_a_layout_of_tomorrow(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path)
    job = jobs.add(uploads(b"One."), 1)
    path = tmp_path / "jobs" / job.id / "job.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"layout": 2}))
    assert (jobs.get(job.id), jobs.waiting()) == (None, [])


def test_foreign_files_in_the_folder(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path)
    job = jobs.add(uploads(b"One."), 1)
    folder = tmp_path / "jobs"
    (folder / ("0" * 32)).write_text("a file with the name of a job")
    (folder / "runner.lock").touch()
    (folder / "notes.new").mkdir()
    (folder / "ended" / "mine").mkdir(parents=True)
    for foreign in (folder / "notes.new", folder / "ended" / "mine"):
        grow_old(foreign)
    jobs.tidy()
    assert (jobs.get("0" * 32), jobs.waiting()) == (None, [job])
    assert (folder / "notes.new").is_dir()
    assert (folder / "ended" / "mine").is_dir()


@pytest.mark.parametrize("job_id", ["", "..", "ended", "0" * 31, "A" * 32, "0" * 32 + "\n", "../" + "0" * 32])
def test_what_cannot_be_a_job(tmp_path: Path, job_id: str) -> None:
    assert Jobs(tmp_path).get(job_id) is None


def test_tidying_forgets_what_is_old(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path)
    old, new, waiting = (jobs.add(uploads(b"x"), 1) for _ in range(3))
    for job in (old, new):
        jobs.save(replace(job, status="done"))
    with pytest.raises(Killed), killed_at(3):
        jobs.add(uploads(b"x"), 1)
    (broken,) = (tmp_path / "jobs").glob("*.new")
    jobs.tidy()
    assert broken.exists()
    for path in (broken, tmp_path / "jobs" / "ended" / old.id, tmp_path / "jobs" / waiting.id):
        grow_old(path)
    jobs.tidy()
    assert not broken.exists()
    assert jobs.get(old.id) is None
    assert jobs.get(new.id) == replace(new, status="done")
    assert jobs.waiting() == [waiting]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "jobs").touch()
    jobs = Jobs(tmp_path)
    with pytest.raises(StoreError, match=f"{tmp_path}/jobs cannot be written: Not a directory"):
        jobs.add(uploads(b"One."), 1)
    assert (jobs.get("0" * 32), jobs.waiting()) == (None, [])


def test_nothing_is_left_of_what_was_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = Jobs(tmp_path)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="cannot be written: No space left on device"):
        jobs.add(uploads(b"One."), 1)
    assert list((tmp_path / "jobs").iterdir()) == []


def test_reading_while_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is put away between the look into one folder and into the other."""
    jobs = Jobs(tmp_path)
    job = jobs.add(uploads(b"One."), 1)
    done = replace(job, status="done")
    real = Path.read_bytes

    def late(path: Path) -> bytes:
        monkeypatch.setattr(Path, "read_bytes", real)
        jobs.save(done)
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", late)
    assert jobs.get(job.id) == done


@given(st.text())
def test_plain_names(name: str) -> None:
    plain = plain_name(name)
    assert 1 <= len(plain) <= 150
    assert not set(plain) & set("/\\\x00\n\r\x7f\u202e\ud800")
    assert plain_name(plain) == plain
    plain.encode()


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("KEN_79_2024.txt", "KEN_79_2024.txt"),
        ("../../etc/KEN_79_2024.txt", "KEN_79_2024.txt"),
        ("C:\\texts\\a b.md", "a b.md"),
        ("folder/", "folder"),
        ("", "unnamed"),
        ("/", "unnamed"),
        (" \x00\n", "unnamed"),
        ("a\u202etxt.exe", "atxt.exe"),
        ("été 東京.pdf", "été 東京.pdf"),
        (".txt", ".txt"),
        ("x" * 200 + ".docx", "x" * 145 + ".docx"),
        ("x." + "y" * 200, "x." + "y" * 148),
        ("x" * 200, "x" * 150),
    ],
)
def test_a_plain_name(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_the_end_of_a_job() -> None:
    job = Job("0" * 32, "queued", "2024", (), 0)
    finished = [replace(job, status=status).is_finished for status in ("queued", "running", "done", "failed")]
    assert finished == [False, False, True, True]

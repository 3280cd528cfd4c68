"""Additions in the background: what becomes of them, and what they outlive."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from corpus.metadata import Names
from corpus.readers import Source
from corpus.statement import CorpusError, Statement
from index.caches import Caches
from index.encoder import Progress, Vectors
from index.ingest import Reader, read_source
from index.outcome import Outcome
from index.store import open_store
from service import isolated, runner
from service.engine import Engine, open_engine
from service.jobs import Job, Jobs, Upload
from service.runner import Runner
from service.settings import Settings
from tests.index.fakes import WORDS, WordEncoder, put

_ROOT = Path(__file__).parents[2]
_PATIENCE = 30  # seconds


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_RETRY", 0.01)
    monkeypatch.setattr(runner, "_PAUSE", 0.01)
    monkeypatch.setattr(runner, "_BUSY", 0.05)


@contextmanager
def opened(folder: Path, encoder: WordEncoder | None = None) -> Iterator[Engine]:
    encoder = encoder or WordEncoder()
    with open_engine(Settings(data=folder, model=encoder.settings), encoder, create=True) as engine:
        yield engine


@contextmanager
def running(engine: Engine, reader: Reader | None = read_source) -> Iterator[Runner]:
    runs = Runner(engine, Jobs(engine.settings.data), reader)
    runs.start()
    try:
        yield runs
    finally:
        runs.stop()
        assert not runs.is_alive


def added(folder: Path, *files: tuple[str, str]) -> Job:
    """A job of files, each a name and its content, accepted now."""
    uploads = [Upload(name, BytesIO(content.encode())) for name, content in files]
    store = open_store(folder, create=True)
    generation = store.generation
    store.close()
    return Jobs(folder).add(uploads, generation)


def ended(folder: Path, job: Job) -> Job:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        found = Jobs(folder).get(job.id)
        assert found is not None
        if found.is_finished:
            return found
        time.sleep(0.005)
    raise AssertionError(f"not ended: {found}")


def run(folder: Path, *jobs: Job, encoder: WordEncoder | None = None) -> list[Job]:
    with opened(folder, encoder) as engine, running(engine):
        return [ended(folder, job) for job in jobs]


def texts(folder: Path) -> dict[str, str]:
    store = open_store(folder)
    found = {key: statement.text for key in store.entries() if (statement := store.statement(key))}
    store.close()
    return found


def remove(folder: Path, key: str) -> bool:
    store = open_store(folder)
    with store.writing(wait=10):
        removed = store.remove(key)
    store.close()
    return removed


def is_eventually(wanted: Callable[[], bool]) -> bool:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if wanted():
            return True
        time.sleep(0.005)
    return False


class Interrupting(WordEncoder):
    """Does something when it is to encode a text with a word."""

    def __init__(self, word: str, do: Callable[[], object]) -> None:
        super().__init__()
        self.word = word
        self.do = do

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        if any(self.word in text for text in texts):
            self.do()
        return super().encode_passages(texts, progress)


def test_what_becomes_of_files(tmp_path: Path) -> None:
    first = added(tmp_path, ("a.txt", "We want peace."), ("b.txt", "We want trade."))
    second = added(
        tmp_path,
        ("a.txt", "We want peace."),
        ("b.txt", "We want water."),
        ("c.exe", "MZ"),
        ("d.txt", " "),
        ("e.txt", "We want health."),
    )
    jobs = run(tmp_path, first, second)
    assert [(job.status, job.progress, job.attempts, job.error) for job in jobs] == [("done", 1.0, 1, "")] * 2
    assert jobs[0].outcomes == (Outcome("added", "a.txt", "a", 1), Outcome("added", "b.txt", "b", 1))
    assert jobs[1].outcomes[:3] == (
        Outcome("unchanged", "a.txt", "a"),
        Outcome("failed", "c.exe", error=jobs[1].outcomes[1].error),
        Outcome("failed", "d.txt", error="d.txt: empty; expected a text"),
    )
    assert jobs[1].outcomes[1].error.startswith("c.exe: suffix '.exe' is not accepted; accepted: .txt, ")
    assert jobs[1].outcomes[3:] == (Outcome("updated", "b.txt", "b", 1), Outcome("added", "e.txt", "e", 1))
    assert texts(tmp_path) == {"a": "We want peace.", "b": "We want water.", "e": "We want health."}


def test_files_of_one_name_and_files_by_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one addition an id belongs to one file; a later one of any name brings a new version."""
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("A file here has nothing to do with one that was sent.")
    first = added(tmp_path, ("a.txt", "We want peace."), ("a.txt", "We want trade."))
    row = '{"id": "a", "text": "We want water."}'
    second = added(tmp_path, ("rows.jsonl", row))
    jobs = run(tmp_path, first, second)
    advice = "another file of this name came with it; rename one of them"
    assert jobs[0].outcomes == (
        Outcome("failed", "a.txt", "a", error=f"a.txt: {advice}"),
        Outcome("added", "a.txt", "a", 1),
    )
    assert jobs[1].outcomes == (Outcome("updated", "rows.jsonl", "a", 1),)
    assert texts(tmp_path) == {"a": "We want water."}


def test_what_came_from_a_folder_gets_a_new_version_too(tmp_path: Path) -> None:
    """And nothing is told of the folder."""
    path = tmp_path / "a.txt"
    path.write_text("We want peace.")
    store = open_store(tmp_path / "data", create=True)
    put(store, Statement("a", "We want peace."), source=str(path))
    store.close()
    (job,) = run(tmp_path / "data", added(tmp_path / "data", ("a.txt", "We want trade.")))
    assert job.outcomes == (Outcome("updated", "a.txt", "a", 1),)


def test_progress_rises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_SAVE", -1)
    monkeypatch.setattr("index.ingest._GROUP", 1)
    saved: list[Job] = []
    real = Jobs.save

    def saving(jobs: Jobs, job: Job) -> None:
        saved.append(job)
        real(jobs, job)

    monkeypatch.setattr(Jobs, "save", saving)
    run(tmp_path, added(tmp_path, ("a.txt", "We want peace."), ("b.txt", "We want trade. And water.")))
    assert [job.status for job in saved] == [*["running"] * (len(saved) - 1), "done"]
    # Begun, two files read; then each text and each sentence: a is 14 characters of 39, b 25 of 39.
    steps = [0, 0.025, 0.05]
    steps += [0.05 + 0.95 * done / 39 for done in (7, 14, 14 + 25 / 3, 14 + 50 / 3, 39)]
    assert [job.progress for job in saved] == [*map(pytest.approx, (round(step, 3) for step in steps)), 1.0]


def test_a_stopped_job_goes_on_and_tells_all_it_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.ingest._GROUP", 1)
    job = added(tmp_path, ("bad.exe", "MZ"), *((f"{word}.txt", f"We want {word}.") for word in WORDS))
    reached = threading.Event()

    def stopping() -> None:
        reached.set()
        assert is_eventually(runs._ends.is_set)

    with opened(tmp_path, Interrupting("ships", stopping)) as engine, running(engine) as runs:
        assert reached.wait(_PATIENCE)
    stopped = Jobs(tmp_path).get(job.id)
    assert stopped is not None
    assert (stopped.status, stopped.attempts) == ("queued", 0)
    assert [outcome.status for outcome in stopped.outcomes] == ["failed", *["added"] * 3]
    assert 0 < stopped.progress < 1
    assert list(texts(tmp_path)) == ["climate", "peace", "trade"]
    encoder = WordEncoder()
    (job,) = run(tmp_path, job, encoder=encoder)
    assert (job.status, job.attempts, job.progress) == ("done", 1, 1.0)
    assert {outcome.statement_id: outcome.status for outcome in job.outcomes} == {
        "": "failed",
        **dict.fromkeys(WORDS, "added"),
    }
    assert len(job.outcomes) == len(WORDS) + 1
    assert not any("peace" in text for text in encoder.encoded)
    assert texts(tmp_path) == {word: f"We want {word}." for word in sorted(WORDS)}


def test_a_job_that_a_crash_interrupted_runs_again(tmp_path: Path) -> None:
    job = added(tmp_path, ("a.txt", "We want peace."))
    Jobs(tmp_path).save(replace(job, status="running", attempts=2, progress=0.7))
    (job,) = run(tmp_path, job)
    assert (job.status, job.attempts, job.outcomes) == ("done", 3, (Outcome("added", "a.txt", "a", 1),))


def test_a_job_that_ends_the_service_each_time_is_given_up(tmp_path: Path) -> None:
    job, next_one = added(tmp_path, ("a.txt", "Peace.")), added(tmp_path, ("b.txt", "Trade."))
    Jobs(tmp_path).save(replace(job, status="running", attempts=3))
    job, next_one = run(tmp_path, job, next_one)
    assert (job.status, job.error) == ("failed", "given up: the service ended 3 times while it ran this")
    assert next_one.status == "done"
    assert texts(tmp_path) == {"b": "Trade."}


def test_what_is_removed_while_a_job_waits_stays_removed(tmp_path: Path) -> None:
    store = open_store(tmp_path, create=True)
    put(store, Statement("a", "Peace."))
    store.close()
    waiting = added(tmp_path, ("a.txt", "Peace and trade."), ("b.txt", "Water."))
    assert remove(tmp_path, "a")
    again = added(tmp_path, ("a.txt", "Debt."))
    waiting, again = run(tmp_path, waiting, again)
    assert waiting.outcomes == (
        Outcome("failed", "a.txt", "a", error="a.txt: 'a' was removed while it was being added"),
        Outcome("added", "b.txt", "b", 1),
    )
    assert again.outcomes == (Outcome("added", "a.txt", "a", 1),)  # it was sent after the removal
    assert texts(tmp_path) == {"a": "Debt.", "b": "Water."}


def test_what_is_removed_while_a_job_runs_stays_removed(tmp_path: Path) -> None:
    store = open_store(tmp_path, create=True)
    put(store, Statement("a", "Peace."))
    store.close()
    job = added(tmp_path, ("a.txt", "Peace and ships."))
    (job,) = run(tmp_path, job, encoder=Interrupting("ships", lambda: remove(tmp_path, "a")))
    assert [outcome.status for outcome in job.outcomes] == ["failed"]
    assert texts(tmp_path) == {}


def test_the_files_of_the_indexes_follow_removals(tmp_path: Path) -> None:
    """Also of the last statement: words of what was removed are not left in them."""
    job = added(tmp_path, ("a.txt", "Peace."))
    with opened(tmp_path) as engine, running(engine):
        ended(tmp_path, job)
        assert remove(tmp_path, "a")
        with engine.store() as store:
            assert is_eventually(lambda: Caches(store, len(WORDS) + 1)._is_saved(store))
            assert len(Caches(store, len(WORDS) + 1).lexical) == 0


class Failing:
    """A reader that raises errors, one each time, and then reads."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    def __call__(self, source: Source, names: Names) -> Iterable[Statement | CorpusError]:
        if self.errors:
            raise self.errors.pop(0)
        return read_source(source, names)


def test_a_full_disk_loses_no_job(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    job = added(tmp_path, ("a.txt", "Peace."))
    full = [OSError(28, "No space left on device") for _ in range(5)]
    with caplog.at_level(logging.WARNING), opened(tmp_path) as engine, running(engine, Failing(*full)):
        done = ended(tmp_path, job)
    assert (done.status, done.attempts, done.error) == ("done", 1, "")
    assert done.outcomes == (Outcome("added", "a.txt", "a", 1),)
    (record,) = caplog.records
    assert record.getMessage() == "jobs wait: [Errno 28] No space left on device"


def test_a_disk_too_full_to_note_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = added(tmp_path, ("a.txt", "Peace."))
    real, left = Jobs.save, iter(range(7))

    def full(jobs: Jobs, saved: Job) -> None:
        if next(left, None) is not None:
            raise OSError(28, "No space left on device")
        real(jobs, saved)

    monkeypatch.setattr(Jobs, "save", full)
    (done,) = run(tmp_path, job)
    assert (done.status, done.attempts, next(left, None)) == ("done", 1, None)
    assert texts(tmp_path) == {"a": "Peace."}


def test_a_busy_store_is_waited_for(tmp_path: Path) -> None:
    job = added(tmp_path, ("a.txt", "Peace."))
    with opened(tmp_path) as engine, engine.store() as store:
        with store.writing(), running(engine):
            assert is_eventually(lambda: "waits: " in (Jobs(tmp_path).get(job.id) or job).error)
        stopped = Jobs(tmp_path).get(job.id)
        assert stopped is not None
        assert (stopped.status, stopped.attempts) == ("queued", 0)
        with running(engine):
            done = ended(tmp_path, job)
    assert (done.status, done.attempts, done.error) == ("done", 1, "")
    assert done.outcomes == (Outcome("added", "a.txt", "a", 1),)


def test_an_error_nobody_foresaw_fails_its_job_alone(tmp_path: Path) -> None:
    bad, good = added(tmp_path, ("a.txt", "Peace.")), added(tmp_path, ("b.txt", "Trade."))
    with opened(tmp_path) as engine, running(engine, Failing(KeyError("what"))):
        jobs = [ended(tmp_path, job) for job in (bad, good)]
    assert [(job.status, job.error) for job in jobs] == [
        ("failed", "an error of the service, which is in its log"),
        ("done", ""),
    ]
    assert texts(tmp_path) == {"b": "Trade."}


def test_a_job_taken_away_while_it_runs(tmp_path: Path) -> None:
    gone, next_one = added(tmp_path, ("a.txt", "Peace.")), added(tmp_path, ("b.txt", "Trade."))

    def taking(source: Source, names: Names) -> Iterable[Statement | CorpusError]:
        if source.name == "a.txt":
            shutil.rmtree(source.path.parent)
        return read_source(source, names)

    with opened(tmp_path) as engine, running(engine, taking):
        assert ended(tmp_path, next_one).status == "done"
    assert Jobs(tmp_path).get(gone.id) is None
    assert texts(tmp_path) == {"b": "Trade."}


def test_a_folder_without_room_for_jobs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The service lives, and says so once."""
    (tmp_path / "jobs").touch()
    with caplog.at_level(logging.WARNING), opened(tmp_path) as engine, running(engine) as runs:
        assert is_eventually(lambda: bool(caplog.records))
        time.sleep(0.1)
        assert runs.is_alive
    (record,) = caplog.records
    assert record.getMessage() == f"jobs wait: [Errno 17] File exists: '{tmp_path}/jobs'"


def test_stopping_while_a_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that takes its reader minutes is left, and read at the next start."""
    monkeypatch.setattr(isolated, "_MODULE", "tests.service.naughty")
    job = added(tmp_path, ("a.txt", "hang"))
    with opened(tmp_path) as engine:
        with running(engine, None) as runs:
            assert is_eventually(lambda: runs._isolated._process is not None)
        stopped = Jobs(tmp_path).get(job.id)
        assert stopped is not None
        assert (stopped.status, stopped.attempts, stopped.outcomes) == ("queued", 0, ())
        monkeypatch.setattr(isolated, "_MODULE", "service.isolated")
        with running(engine, None):
            assert ended(tmp_path, job).outcomes == (Outcome("added", "a.txt", "a", 1),)


_RUNS = """
import sys, time
from pathlib import Path
from tests.service.test_runner import Interrupting, opened, running

folder, log = map(Path, sys.argv[1:])
encoder = Interrupting("number", lambda: time.sleep(0.01))
with opened(folder, encoder) as engine, running(engine):
    print("ready", flush=True)
    sys.stdin.readline()
with log.open("a") as file:
    file.writelines(f"{text}\\n" for text in encoder.encoded)
"""


def test_no_job_is_run_by_two_processes(tmp_path: Path) -> None:
    data, log = tmp_path / "data", tmp_path / "log"
    added(data, ("first.txt", "The first number."))
    command = [sys.executable, "-c", _RUNS, str(data), str(log)]
    processes = [
        subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    jobs = []
    for process, numbers in zip(processes, (range(10), range(10, 20)), strict=True):
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        jobs += [added(data, (f"{number}.txt", f"Text number {number}x.")) for number in numbers]
    done = [ended(data, job) for job in jobs[:12]]
    processes[0].communicate("stop\n", timeout=_PATIENCE)  # the other goes on with what is left
    jobs.append(added(data, ("last.txt", "The last number.")))
    done += [ended(data, job) for job in jobs[12:]]
    processes[1].communicate("stop\n", timeout=_PATIENCE)
    assert [(job.status, job.attempts) for job in done] == [("done", 1)] * 21
    assert [outcome.status for job in done for outcome in job.outcomes] == ["added"] * 21
    wanted = ["The first number.", "The last number.", *(f"Text number {number}x." for number in range(20))]
    encoded = Counter(log.read_text().splitlines())
    assert set(encoded) == set(wanted)
    assert min(encoded.values()) == 2  # as a passage and as a sentence
    assert encoded.total() <= 2 * len(wanted) + 2  # what the end of the first process interrupted runs again

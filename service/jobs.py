"""Additions to the statements as jobs: kept on disk when they are accepted, so that none is lost."""

from __future__ import annotations

import json
import os
import re
import shutil
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal

from index.outcome import Outcome

_LAYOUT = 1  # of a job's file; jobs of another are left alone
_KEPT = timedelta(days=7)  # how long a finished job can be asked about
_ID = re.compile(r"[0-9a-f]{32}")
_LONGEST_NAME = 150
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

JobStatus = Literal["queued", "running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Job:
    """An addition: what was sent, how far it is, and what became of each statement.

    files       the names they were sent under; they lie in the job's folder under numbers
    created     ISO time with zone; jobs are run in this order
    generation  of the store when the job was accepted: what is removed after it is not added again
    attempts    how often it was begun; more than once if the process died
    progress    share in [0, 1] of the work that is done
    error       why the job failed as a whole
    """

    id: str
    status: JobStatus
    created: str
    files: tuple[str, ...]
    generation: int
    attempts: int = 0
    progress: float = 0.0
    outcomes: tuple[Outcome, ...] = ()
    error: str = ""

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will become of it."""
        return self.status in ("done", "failed")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as sent: the name its sender gives it, and its content from where it stands."""

    name: str
    content: BinaryIO


class Jobs:
    """The jobs of a data folder, one folder each, those that ended apart; processes may share them."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "jobs"
        self._ended = self.folder / "ended"

    def add(self, uploads: Sequence[Upload], generation: int) -> Job:
        """Keep an addition: when this returns, it is on disk and will be run."""
        created = datetime.now(UTC).isoformat(timespec="microseconds")
        names = tuple(plain_name(upload.name) for upload in uploads)
        job = Job(uuid.uuid4().hex, "queued", created, names, generation)
        incoming = self.folder / f"{job.id}.new"
        incoming.mkdir(parents=True)
        try:
            for number, upload in enumerate(uploads):
                with (incoming / str(number)).open("wb") as file:
                    shutil.copyfileobj(upload.content, file)
                    _sync(file)
            _write(incoming, job)
            incoming.rename(self.folder / job.id)
        except OSError:
            shutil.rmtree(incoming, ignore_errors=True)
            raise
        _sync_folder(self.folder)
        return job

    def get(self, job_id: str) -> Job | None:
        """A job, None if there is none or no more."""
        if not _ID.fullmatch(job_id):
            return None
        for folder in (self.folder / job_id, self._ended / job_id):
            try:
                return _read(folder)
            except FileNotFoundError:
                continue
        return None

    def waiting(self) -> list[Job]:
        """The jobs that are not finished, in the order of their arrival."""
        found = (self.get(path.name) for path in self.folder.glob("*") if _ID.fullmatch(path.name))
        waiting = [job for job in found if job and not job.is_finished]
        return sorted(waiting, key=lambda job: (job.created, job.id))

    def file(self, job: Job, number: int) -> Path:
        """Where an uploaded file lies."""
        return self.folder / job.id / str(number)

    def save(self, job: Job) -> None:
        """Keep how far a job is; with its end its files are deleted."""
        folder = self.folder / job.id
        _write(folder, job)
        if job.is_finished:
            for number in range(len(job.files)):
                self.file(job, number).unlink(missing_ok=True)
            self._ended.mkdir(exist_ok=True)
            folder.rename(self._ended / job.id)

    def tidy(self) -> None:
        """Forget uploads that broke off, and jobs that ended long ago."""
        for path in (*self.folder.glob("*.new"), *self._ended.glob("*")):
            if _age(path) > _KEPT:
                shutil.rmtree(path, ignore_errors=True)


def plain_name(name: str) -> str:
    """The last part of a file's name as a client sends it, fit to be shown; never used as a path.

    Example: "../../etc/KEN_79_2024.txt" -> "KEN_79_2024.txt"
    """
    last = _NOT_IN_NAMES.sub("", name.replace("\\", "/")).rstrip("/").rpartition("/")[2].strip()
    stem, dot, suffix = last.rpartition(".")
    longest = _LONGEST_NAME - len(suffix) - 1
    short = f"{stem[: max(1, longest)]}{dot}{suffix}" if stem else last
    return short[:_LONGEST_NAME] or "unnamed"


def _read(folder: Path) -> Job | None:
    known: dict[str, Any] = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    if known.pop("layout") != _LAYOUT:
        return None
    outcomes = tuple(Outcome(**outcome) for outcome in known["outcomes"])
    return Job(**known | {"files": tuple(known["files"]), "outcomes": outcomes})


def _write(folder: Path, job: Job) -> None:
    temporary = folder / "job.tmp"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump({"layout": _LAYOUT} | asdict(job), file, ensure_ascii=False)
        _sync(file)
    temporary.replace(folder / "job.json")
    _sync_folder(folder)


def _sync(file: IO[Any]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """A file renamed into a folder is there after a power cut only when the folder is on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _age(path: Path) -> timedelta:
    try:
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return timedelta()
    return datetime.now(UTC) - changed

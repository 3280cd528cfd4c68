"""Additions to the statements as jobs: kept on disk when they are accepted, so that none is lost."""

from __future__ import annotations

import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal

from index.outcome import Outcome
from index.schema import StoreError

_LAYOUT = 1  # of a job's file; jobs of another are left alone
_KEPT = timedelta(days=7)  # how long a finished job can be asked about
_WHOLE = timedelta(hours=1)  # what is not whole by then is what a killed process left
_ID = re.compile(r"[0-9a-f]{32}")
_LONGEST_NAME = 150
# Controls, halves of characters, and what turns the direction of a line to make "cod.exe" of "exe.doc".
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

JobStatus = Literal["queued", "running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Job:
    """An addition: what was sent, how far it is, and what became of each statement.

    files       the names they were sent under; they lie in the job's folder under numbers
    created     ISO time with zone; jobs are run in this order
    generation  of the store when the job was accepted: what is removed after it is not added again
    attempts    how often it was begun; more than once if the process died
    progress    share in [0, 1] of the work that is done
    error       why the job failed as a whole, or what it waits for
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
        """Keep an addition: when this returns, it is on disk and will be run.

        Raises StoreError where it cannot be kept.
        """
        created = datetime.now(UTC).isoformat(timespec="microseconds")
        names = tuple(plain_name(upload.name) for upload in uploads)
        job = Job(uuid.uuid4().hex, "queued", created, names, generation)
        incoming = self.folder / f"{job.id}.new"
        try:
            incoming.mkdir(parents=True)
            for number, upload in enumerate(uploads):
                with (incoming / str(number)).open("wb") as file:
                    shutil.copyfileobj(upload.content, file)
                    _sync(file)
            _write(incoming, job)
            incoming.rename(self.folder / job.id)
            _sync_folder(self.folder)
            _sync_folder(self.folder.parent)  # the first job's folder of jobs is new itself
        except Exception as error:
            shutil.rmtree(incoming, ignore_errors=True)
            if not isinstance(error, OSError):
                raise
            raise StoreError(f"{self.folder} cannot be written: {error.strerror}") from error
        return job

    def get(self, job_id: str) -> Job | None:
        """A job, None if there is none or no more."""
        if not _ID.fullmatch(job_id):
            return None
        for folder in (self.folder / job_id, self._ended / job_id):
            try:
                return _read(folder)
            except (FileNotFoundError, NotADirectoryError):  # it has ended since, or is no job
                continue
        return None

    def waiting(self) -> list[Job]:
        """The jobs that are not finished, in the order of their arrival."""
        waiting = [job for job in self._present() if not job.is_finished]
        return sorted(waiting, key=lambda job: (job.created, job.id))

    def file(self, job: Job, number: int) -> Path:
        """Where an uploaded file lies."""
        return self.folder / job.id / str(number)

    def save(self, job: Job) -> None:
        """Keep how far a job is; with its end its files are deleted."""
        _write(self.folder / job.id, job)
        if job.is_finished:
            self._put_away(job)

    def tidy(self) -> None:
        """Put away what a killed process did not; forget broken uploads, and jobs that ended long ago."""
        for job in self._present():
            if job.is_finished:
                self._put_away(job)
        for pattern, kept in (("*.new", _WHOLE), ("ended/*", _KEPT)):
            for path in self.folder.glob(pattern):
                if _ID.fullmatch(path.stem) and _age(path) > kept:
                    shutil.rmtree(path, ignore_errors=True)

    def _present(self) -> Iterator[Job]:
        for path in self.folder.glob("*"):
            if job := self.get(path.name):
                yield job

    def _put_away(self, job: Job) -> None:
        for number in range(len(job.files)):
            self.file(job, number).unlink(missing_ok=True)
        self._ended.mkdir(exist_ok=True)
        (self.folder / job.id).rename(self._ended / job.id)


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
    """The job of a folder; None for what another version wrote, or a damaged disk, which is left alone."""
    text = (folder / "job.json").read_bytes()
    try:
        known: dict[str, Any] = json.loads(text)
        if known.pop("layout") != _LAYOUT:
            return None
        outcomes = tuple(Outcome(**outcome) for outcome in known["outcomes"])
        return Job(**known | {"files": tuple(known["files"]), "outcomes": outcomes})
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


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

"""Runs additions in the background, one after another, whatever process of the service accepted them."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from filelock import FileLock, Timeout

from corpus.readers import Source
from index.caches import Caches
from index.ingest import Reader, read, write
from index.outcome import Outcome
from index.schema import StoreError
from index.store import BusyError, Store
from service.engine import Engine
from service.isolated import IsolatedReader
from service.jobs import Job, Jobs

_PAUSE = 0.2  # seconds between looks at the jobs; another process may have accepted one
_SAVE = 0.5  # seconds between notes of how far a job is
_BUSY = 10  # seconds that a job waits for another writer before it says so
_RETRY = 5.0  # seconds until a job meets its trouble again
_ATTEMPTS = 3
_NICENESS = 10
_READING = 0.05  # share of a job that reading its files is taken for
_PASSING = (StoreError, OSError, sqlite3.Error)  # a full disk, a busy store: not a job's own fault
_WAITS = "waits: the data folder cannot be used now; whoever runs the service finds why in its log"
_log = logging.getLogger("communique.jobs")


class _StoppedError(Exception):
    """The service ends; the job goes on at its next start."""


class Runner:
    """A thread that runs the jobs of a data folder while no other process does.

    After a crash the jobs that were running run again: what they had committed is found unchanged.
    """

    def __init__(self, engine: Engine, jobs: Jobs, reader: Reader | None = None) -> None:
        self._engine = engine
        self._jobs = jobs
        self._isolated = IsolatedReader(engine.settings.issuers)
        self._reader = reader or self._isolated
        self._ends = threading.Event()
        self._wakes = threading.Event()
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._seen = self._caught_up = -1
        self._trouble = ""

    def start(self) -> None:
        """Begin, also with what an earlier process left."""
        self._thread.start()

    def wake(self) -> None:
        """Look for jobs at once."""
        self._wakes.set()

    def stop(self) -> None:
        """End after the present batch of texts; a job that is not finished goes on at the next start."""
        self._ends.set()
        self._wakes.set()
        self._isolated.close()  # a file may take its reader minutes
        self._thread.join()

    @property
    def is_alive(self) -> bool:
        """Whether jobs are run, by this process or by another one that it waits for."""
        return self._thread.is_alive()

    @property
    def is_in_trouble(self) -> bool:
        """Whether jobs wait for something outside, like room on the disk."""
        return bool(self._trouble)

    def _run(self) -> None:
        with suppress(AttributeError, OSError):  # questions come first; Linux alone knows threads by number
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        turn = FileLock(self._jobs.folder / "runner.lock")
        while not self._ends.is_set():
            try:
                self._jobs.folder.mkdir(parents=True, exist_ok=True)
                with turn.acquire(blocking=False):
                    self._run_waiting()
            except (Timeout, _StoppedError):  # another process runs them, or none any more
                self._pause()
            except Exception as error:  # whatever it is, it may pass, and jobs are not lost meanwhile
                self._tell(error)
                self._ends.wait(_RETRY)

    def _run_waiting(self) -> None:
        """Run jobs and keep the caches up, until the service ends."""
        self._jobs.tidy()
        while not self._ends.is_set():
            waiting = self._jobs.waiting()
            for job in waiting:
                self._run_job(job)
            if waiting:
                self._jobs.tidy()
            with suppress(BusyError):  # its writer has a turn; the next look is soon
                self._catch_up()
            self._trouble = ""
            self._pause()

    def _pause(self) -> None:
        self._wakes.wait(_PAUSE)
        self._wakes.clear()

    def _tell(self, error: Exception) -> None:
        """Trouble is logged when it begins, not each time it is met."""
        if repr(error) != self._trouble:
            self._trouble = repr(error)
            why = str(error) if isinstance(error, _PASSING) else "an error nobody foresaw"
            _log.warning("jobs wait: %s", why, exc_info=error)

    def _catch_up(self) -> None:
        """The files of the indexes lag behind removals; the store already hides what is gone."""
        with self._engine.store() as store:
            before, self._seen = self._seen, store.generation
            if self._caught_up != self._seen == before:  # nobody writes just now: it takes .2 seconds
                with store.writing():
                    Caches(store, self._engine.encoder.dim).save(store)
                    self._caught_up = store.generation

    def _run_job(self, job: Job) -> None:
        if job.attempts >= _ATTEMPTS:
            error = f"given up: the service ended {_ATTEMPTS} times while it ran this"
            self._jobs.save(replace(job, status="failed", error=error))
            return
        progress = _Progress(self._jobs, job, self._ends)
        try:
            while not self._has_ended(progress):
                self._ends.wait(_RETRY)
        except _StoppedError:
            with suppress(OSError):
                progress.stop()
            raise

    def _has_ended(self, progress: _Progress) -> bool:
        """Run a job; False after trouble that may pass, to be tried again."""
        try:
            if progress.is_gone:
                return True
            progress.begin()
            with self._engine.store() as store:
                progress.note(self._outcomes(store, progress))
            progress.end()
        except _PASSING as error:
            self._tell(error)
            with suppress(OSError):
                progress.wait()
            return False
        except _StoppedError:
            raise
        except Exception as error:  # the next job may have none
            _log.warning("job %s failed", progress.job.id, exc_info=error)
            progress.end("an error of the service, which is in its log")
        return True

    def _outcomes(self, store: Store, progress: _Progress) -> Iterable[Outcome]:
        job, engine = progress.job, self._engine
        files = enumerate(job.files)
        sources = [Source(self._jobs.file(job, number), name=name) for number, name in files]
        reading = read(store, progress.reading(sources), engine.issuers, self._reader)
        yield from reading.outcomes
        progress.total = reading.characters
        asked = replace(reading, generation=job.generation)
        yield from write(store, asked, engine.encoder, progress.encoded, _BUSY)


class _Progress:
    """How far a job is, kept on disk now and then; raises _StoppedError when the service ends."""

    def __init__(self, jobs: Jobs, job: Job, ends: threading.Event) -> None:
        self.job = replace(job, attempts=job.attempts + 1)
        self.total = 0
        self._jobs = jobs
        self._ends = ends
        self._outcomes = {_key(outcome): outcome for outcome in job.outcomes}
        self._done = 0.0
        self._saved = 0.0

    @property
    def is_gone(self) -> bool:
        """Whether somebody took the job away."""
        known = self._jobs.get(self.job.id)
        return known is None or known.is_finished

    def begin(self) -> None:
        """Say that it runs. What an earlier attempt added stays told."""
        self._check()
        self._done = 0.0
        self._outcomes = {key: known for key, known in self._outcomes.items() if _is_news(known)}
        self._save(status="running", error="")

    def wait(self) -> None:
        """Say that it cannot go on."""
        self._save(error=_WAITS)

    def stop(self) -> None:
        """Say that it goes on at the next start, which is no further attempt."""
        self._save(status="queued", attempts=self.job.attempts - 1)

    def end(self, error: str = "") -> None:
        """Say that it is over, and what was wrong with it as a whole."""
        if error:
            self._save(status="failed", error=error)
        else:
            self._save(status="done", progress=1.0)

    def reading(self, sources: list[Source]) -> Iterable[Source]:
        """The sources, one by one."""
        for number, source in enumerate(sources):
            self._check()
            yield source
            self._at(_READING * (number + 1) / len(sources))

    def encoded(self, characters: float, _passages: int) -> None:
        """Hears what is encoded."""
        self._done += characters
        self._at(_READING + (1 - _READING) * min(1.0, self._done / max(1, self.total)))

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """Keep outcomes; what an earlier attempt added is not called unchanged for that."""
        for outcome in outcomes:
            key = _key(outcome)
            if outcome.status != "unchanged" or key not in self._outcomes:
                self._outcomes[key] = outcome

    def _at(self, share: float) -> None:
        self._check()
        self.job = replace(self.job, progress=max(self.job.progress, round(share, 3)))
        if time.monotonic() - self._saved > _SAVE:
            self._save()

    def _check(self) -> None:
        if self._ends.is_set():
            raise _StoppedError

    def _save(self, **changes: Any) -> None:  # noqa: ANN401  (fields of a job)
        self.job = replace(self.job, outcomes=tuple(self._outcomes.values()), **changes)
        self._jobs.save(self.job)
        self._saved = time.monotonic()


def _key(outcome: Outcome) -> tuple[str, str, str]:
    """What tells it from others of its job."""
    return outcome.source, outcome.statement_id, outcome.error


def _is_news(outcome: Outcome) -> bool:
    return outcome.status in ("added", "updated")

"""Runs additions in the background, one after another, whatever process of the service accepted them."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from filelock import FileLock, Timeout

from corpus.readers import Source
from index.caches import Caches
from index.ingest import Reader, read, write
from index.outcome import Outcome
from index.store import Store
from service.engine import Engine
from service.isolated import IsolatedReader
from service.jobs import Job, Jobs

_PAUSE = 0.2  # seconds between looks at the jobs; another process may have accepted one
_SAVE = 0.5  # seconds between notes of how far a job is
_ATTEMPTS = 3
_NICENESS = 10
_READING = 0.05  # share of a job that reading its files is taken for
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
        self._caught_up = -1

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
        self._thread.join()
        self._isolated.close()

    @property
    def is_alive(self) -> bool:
        """Whether jobs are run, by this process or by another one that it waits for."""
        return self._thread.is_alive()

    def _run(self) -> None:
        with suppress(AttributeError, OSError):  # questions come first; Linux alone knows threads by number
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        turn = FileLock(self._jobs.folder / "runner.lock")
        while not self._ends.is_set():
            try:
                self._jobs.folder.mkdir(parents=True, exist_ok=True)
                with turn.acquire(blocking=False):
                    self._run_waiting()
            except Timeout:
                pass  # another process runs them
            except Exception:  # a full disk, a locked store: they pass, and jobs are not lost meanwhile
                _log.exception("jobs wait")
                self._ends.wait(5)
            self._wakes.wait(_PAUSE)
            self._wakes.clear()

    def _run_waiting(self) -> None:
        """Run jobs and keep the caches up, until the service ends."""
        self._jobs.tidy()
        while not self._ends.is_set():
            for job in self._jobs.waiting():
                try:
                    self._run_job(job)
                except _StoppedError:
                    return
            self._catch_up()
            self._wakes.wait(_PAUSE)
            self._wakes.clear()

    def _catch_up(self) -> None:
        """After removals the files of the indexes lag behind the store, which already hides what is gone."""
        with self._engine.store() as store:
            if self._caught_up != store.generation and store.dim:
                with store.writing(wait=1):
                    Caches(store, store.dim).save(store)
            self._caught_up = store.generation

    def _run_job(self, job: Job) -> None:
        if job.attempts >= _ATTEMPTS:
            error = f"given up: the service ended {_ATTEMPTS} times while it ran this"
            self._jobs.save(replace(job, status="failed", error=error))
            return
        job = replace(job, status="running", attempts=job.attempts + 1)
        self._jobs.save(job)
        progress = _Progress(self._jobs, job, self._ends)
        try:
            with self._engine.store() as store:
                progress.note(self._outcomes(store, progress))
        except _StoppedError:
            self._jobs.save(replace(progress.job, status="queued", attempts=job.attempts - 1))
            raise
        except (RuntimeError, ValueError) as error:  # StoreError, ModelError, CorpusError
            _log.warning("job %s failed: %s", job.id, type(error).__name__)
            self._jobs.save(replace(progress.job, status="failed", error=str(error)))
        else:
            self._jobs.save(replace(progress.job, status="done", progress=1.0))

    def _outcomes(self, store: Store, progress: _Progress) -> Iterable[Outcome]:
        job, engine = progress.job, self._engine
        files = enumerate(job.files)
        sources = [Source(self._jobs.file(job, number), name=name) for number, name in files]
        reading = read(store, progress.reading(sources), engine.issuers, self._reader)
        yield from reading.outcomes
        progress.total = reading.characters
        yield from write(store, replace(reading, generation=job.generation), engine.encoder, progress.encoded)


class _Progress:
    """How far a job is, kept on disk now and then; raises _StoppedError when the service ends."""

    def __init__(self, jobs: Jobs, job: Job, ends: threading.Event) -> None:
        self.job = job
        self.total = 0
        self._jobs = jobs
        self._ends = ends
        self._done = 0.0
        self._saved = time.monotonic()

    def reading(self, sources: list[Source]) -> Iterable[Source]:
        """The sources, one by one."""
        for number, source in enumerate(sources):
            yield source
            self._at(_READING * (number + 1) / len(sources))

    def encoded(self, characters: float, _passages: int) -> None:
        """Hears what is encoded."""
        self._done += characters
        self._at(_READING + (1 - _READING) * min(1.0, self._done / max(1, self.total)))

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """Keep outcomes; what an earlier attempt added is not called unchanged for that."""
        earlier = {(outcome.source, outcome.statement_id): outcome for outcome in self.job.outcomes}
        found: dict[tuple[str, str, str], Outcome] = {}
        for outcome in outcomes:
            before = earlier.get((outcome.source, outcome.statement_id))
            kept = before if before and outcome.status == "unchanged" else outcome
            found[kept.source, kept.statement_id, kept.error] = kept
            self.job = replace(self.job, outcomes=tuple(found.values()))

    def _at(self, share: float) -> None:
        if self._ends.is_set():
            raise _StoppedError
        self.job = replace(self.job, progress=round(share, 3))
        if time.monotonic() - self._saved > _SAVE:
            self._jobs.save(self.job)
            self._saved = time.monotonic()

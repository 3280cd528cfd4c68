"""What the routes share, and how they use it: the engine in threads, within a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

import anyio
from anyio import to_thread
from fastapi import Depends, Request

from service.api.metrics import Metrics
from service.api.probe import Probe
from service.corpus_view import CorpusView
from service.engine import Engine
from service.jobs import Jobs
from service.runner import Runner

_T = TypeVar("_T")


@dataclass(frozen=True)
class State:
    """Opened when the application starts."""

    engine: Engine
    jobs: Jobs
    runner: Runner
    metrics: Metrics
    view: CorpusView
    probe: Probe

    def in_time(self) -> Callable[[], bool]:
        """Tells whether a request that begins now still has time: work that has none must end by itself."""
        late = time.monotonic() + self.engine.settings.limits.seconds
        return lambda: time.monotonic() < late

    async def work(self, task: Callable[[], _T]) -> _T:
        """Do something slow in a thread; TimeoutError if it takes longer than a request may."""
        with anyio.fail_after(self.engine.settings.limits.seconds):
            return await to_thread.run_sync(task, abandon_on_cancel=True)


def _state(request: Request) -> State:
    state: State = request.app.state.service
    return state


Service = Annotated[State, Depends(_state)]

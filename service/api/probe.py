"""Whether the service can do its work now, tried at most once a second however often it is asked."""

from __future__ import annotations

import time

import anyio
from anyio import to_thread

from service.engine import Engine
from service.runner import Runner

_FRESH = 1.0  # seconds for which a finding holds
_LONGEST = 10.0  # seconds that a try may take


class Probe:
    """Of one process."""

    def __init__(self, engine: Engine, runner: Runner) -> None:
        self._engine = engine
        self._runner = runner
        self._turn = anyio.Lock()
        self._checks: dict[str, str] = {}
        self._tried = -_FRESH

    async def checks(self) -> dict[str, str]:
        """What is needed, and "ok" or why not: the store, the model and the indexes; additions."""
        async with self._turn:
            if time.monotonic() - self._tried > _FRESH:
                self._checks = {"search": await self._search(), "jobs": self._jobs()}
                self._tried = time.monotonic()
        return self._checks

    async def _search(self) -> str:
        try:
            with anyio.fail_after(min(_LONGEST, self._engine.settings.limits.seconds)):
                await to_thread.run_sync(self._engine.retriever.search, "peace", 1, abandon_on_cancel=True)
        except Exception as error:  # whatever it is, the service is not ready
            return type(error).__name__
        return "ok"

    def _jobs(self) -> str:
        if not self._runner.is_alive:
            return "not running"
        return "waiting for the data folder" if self._runner.is_in_trouble else "ok"

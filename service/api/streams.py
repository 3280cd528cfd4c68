"""Answers as they come: from a thread that works on them to a client that may go away."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator

from anyio import to_thread

from index.hits import Filters
from service.answer import Answer
from service.answerer import HITS, Choice, Event
from service.api.state import State


class AnswerStream:
    """The events of one answer; `begin` it, then iterate once."""

    def __init__(
        self,
        service: State,
        question: str,
        generator: Choice | None,
        filters: Filters = Filters(),  # noqa: B008  (frozen)
        k: int = HITS,
    ) -> None:
        self._service = service
        self._left = threading.Event()
        self._events = service.engine.answerer.stream(
            question, filters, k, generator, is_wanted=lambda: not self._left.is_set()
        )

    async def begin(self) -> None:
        """Search; what is wrong with the question is raised while it can still be told by a status."""
        self._first = await self._service.work(lambda: next(self._events))

    async def __aiter__(self) -> AsyncIterator[Event]:
        """All events; when the client goes away, the work stops."""
        try:
            yield self._first
            while event := await to_thread.run_sync(self._step, abandon_on_cancel=True):
                if isinstance(event, Answer):
                    self._service.metrics.answered(event)
                yield event
        finally:
            self._left.set()

    def _step(self) -> Event | None:
        event = next(self._events, None)
        if self._left.is_set():  # nobody waits for it: only this thread may close what it runs
            self._events.close()
        return event

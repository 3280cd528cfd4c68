"""Answers as they come: from a thread that works on them to a client that may go away."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Generator

from anyio import to_thread

from service.answer import Answer
from service.answerer import Event
from service.api.state import State


async def follow(service: State, first: Event, events: Generator[Event, None, None]) -> AsyncIterator[Event]:
    """The first event, already there, and those after it; when the client goes away, the work stops."""
    is_left = threading.Event()

    def step() -> Event | None:
        event = next(events, None)
        if is_left.is_set():  # nobody waits for it: only this thread may close what it runs
            events.close()
        return event

    try:
        yield first
        while event := await to_thread.run_sync(step, abandon_on_cancel=True):
            if isinstance(event, Answer):
                service.metrics.answered(event)
            yield event
    finally:
        is_left.set()

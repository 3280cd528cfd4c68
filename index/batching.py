"""Calls of many threads to one encoder, answered together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from itertools import accumulate
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

_Vectors = npt.NDArray[np.float32]
_Call: TypeAlias = "tuple[Sequence[str], Future[_Vectors]]"


class Together:
    """Encodes the texts of all threads that wait in one go; no thread of its own.

    Who finds nobody at work does the work of all who wait, while who comes later waits for the next turn.
    `encode` gives vectors (len(texts), dim). Where it fails for several calls, each is tried alone, so that
    one caller's trouble is not another's.
    """

    def __init__(self, encode: Callable[[Sequence[str]], _Vectors]) -> None:
        self._encode = encode
        self._turn = threading.Condition()
        self._waiting: list[_Call] = []
        self._is_busy = False

    def __call__(self, texts: Sequence[str]) -> _Vectors:
        """What `encode` gives for these texts, or raises."""
        mine: Future[_Vectors] = Future()
        with self._turn:
            self._waiting.append((texts, mine))
            self._turn.wait_for(lambda: mine.done() or not self._is_busy)
            if mine.done():
                return mine.result()
            calls, self._waiting, self._is_busy = self._waiting, [], True
        try:
            self._answer(calls)
        finally:
            with self._turn:
                self._is_busy = False
                self._turn.notify_all()
        return mine.result()

    def _answer(self, calls: Sequence[_Call]) -> None:
        try:
            vectors = self._encode([text for texts, _ in calls for text in texts])
        except BaseException as error:  # a call without an answer would wait for ever
            if len(calls) > 1 and isinstance(error, Exception):
                for call in calls:
                    self._answer([call])
                return
            for _, future in calls:
                future.set_exception(error)
            return
        ends = accumulate(len(texts) for texts, _ in calls)
        for (texts, future), end in zip(calls, ends, strict=True):
            future.set_result(vectors[end - len(texts) : end])

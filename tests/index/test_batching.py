"""Calls of many threads: each gets its own vectors, and nobody's trouble is another's."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pytest

from index.batching import Together


class Lengths:
    """A text's vector is its length; "wait" waits for `go`, "bad" is refused."""

    def __init__(self) -> None:
        self.go, self.started = threading.Event(), threading.Event()
        self.calls: list[list[str]] = []

    def __call__(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        self.calls.append(list(texts))
        self.started.set()
        if "wait" in texts:
            assert self.go.wait(60)
        if "bad" in texts:
            raise ValueError("bad")
        return np.array([[len(text)] for text in texts], np.float32).reshape(-1, 1)


def test_a_call_alone_is_answered_as_it_is() -> None:
    encode = Lengths()
    together = Together(encode)
    assert together(["a", "bcd"]).tolist() == [[1], [3]]
    assert together([]).shape == (0, 1)
    with pytest.raises(ValueError, match="bad"):
        together(["bad"])
    assert together(["ab"]).tolist() == [[2]]
    assert encode.calls == [["a", "bcd"], [], ["bad"], ["ab"]]


def test_who_waits_is_answered_together_and_trouble_stays_with_its_own() -> None:
    encode = Lengths()
    together = Together(encode)
    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(together, ["wait"])
        assert encode.started.wait(60)
        others = [pool.submit(together, texts) for texts in (["x"], ["bad"], ["yy", "zzz"], [])]
        while len(together._waiting) < 4:
            pass
        encode.go.set()
        assert first.result().tolist() == [[4]]
        assert others[0].result().tolist() == [[1]]
        assert others[2].result().tolist() == [[2], [3]]
        assert others[3].result().shape == (0, 1)
        with pytest.raises(ValueError, match="bad"):
            others[1].result()
    assert sorted(encode.calls[1]) == ["bad", "x", "yy", "zzz"]
    assert sorted(encode.calls[2:]) == [[], ["bad"], ["x"], ["yy", "zzz"]]

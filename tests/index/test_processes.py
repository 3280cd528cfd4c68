"""Several processes on one data folder."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from corpus.statement import Statement
from index.store import BusyError, open_store
from tests.index.fakes import paragraphs, put

_ROOT = Path(__file__).parents[2]
_START = """
import sys, time
from pathlib import Path
from corpus.statement import Statement
from index.caches import Caches
from index.store import open_store
from tests.index.fakes import paragraphs, put

folder = Path(sys.argv[1])
"""
_CREATE = """
print("ready", flush=True)
sys.stdin.readline()
for number in range(30):
    open_store(folder / str(number), create=True).close()
print("done", flush=True)
"""
_HOLD = """
with open_store(folder).writing():
    print("ready", flush=True)
    sys.stdin.readline()
"""
_WRITE = """
store = open_store(folder)
print("ready", flush=True)
for number in range(1, 10_000):
    with store.writing():
        if number % 5:
            put(store, Statement("a", paragraphs(*[f"turn{number}"] * (number % 4 + 1))))
        else:
            store.remove("a")
"""


@contextmanager
def process(program: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has said that it is ready; killed in the end."""
    command = [sys.executable, "-c", _START + program, str(folder)]
    with subprocess.Popen(
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        try:
            yield running
        finally:
            running.kill()


def tell(running: subprocess.Popen[str]) -> None:
    assert running.stdin is not None
    running.stdin.write("go\n")
    running.stdin.flush()


def test_a_store_may_be_made_by_several_at_once(tmp_path: Path) -> None:
    with process(_CREATE, tmp_path) as one, process(_CREATE, tmp_path) as two:
        tell(one)
        tell(two)
        for running in (one, two):
            assert running.stdout is not None
            assert running.stdout.readline() == "done\n"
            assert running.wait(30) == 0
    identities = {open_store(tmp_path / str(number)).identity for number in range(30)}
    assert len(identities) == 30


def test_a_second_writer_is_refused_or_waits(tmp_path: Path) -> None:
    store = open_store(tmp_path, create=True)
    with process(_HOLD, tmp_path) as holder:
        with pytest.raises(BusyError, match=f"another process is writing to {tmp_path}"), store.writing():
            pass
        with pytest.raises(BusyError), store.writing(wait=0.2):
            pass
        assert store.counts()["statements"] == 0  # reading goes on
        tell(holder)
        with store.writing(wait=10):
            put(store, Statement("a", "Peace."))
    assert list(store.entries()) == ["a"]


def test_the_lock_of_a_killed_writer_is_free(tmp_path: Path) -> None:
    store = open_store(tmp_path, create=True)
    with process(_HOLD, tmp_path) as holder:
        holder.kill()
        holder.wait(10)
        with store.writing():
            pass


def test_a_reader_sees_whole_statements_while_another_writes(tmp_path: Path) -> None:
    """The text of a turn has as many passages as the turn says, all of the same turn, or there is none."""
    store = open_store(tmp_path, create=True)
    seen: set[int] = set()
    with process(_WRITE, tmp_path):
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            with store.reading():
                generation, found, rows = store.generation, store.statement("a"), store.rows()
                time.sleep(0.002)
                texts = [text.split()[0] for _, _, text in store.texts([row for row, _ in rows])]
                assert store.generation == generation
            assert generation == 0 or (found is None) == (generation % 5 == 0)
            expected = [f"turn{generation}"] * (generation % 4 + 1) if found else []
            assert texts == expected
            assert found is None or found.text == paragraphs(*expected)
            seen.add(generation)
    assert len(seen) > 5

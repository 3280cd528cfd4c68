"""A process that writes is killed at any moment; what it acknowledged is there, and nothing else."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from corpus.statement import Statement
from index.caches import Caches
from index.rows import stacked
from index.store import Store, open_store
from tests.index.fakes import WORDS, NoEncoder, put, word_vector

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "12"))
_ROOT = Path(__file__).parents[2]


def content(number: int) -> str:
    """The text of a step: its own word, and a word that the encoder knows."""
    return f"step{number} {WORDS[number % len(WORDS)]} " + "\n\n".join(
        " ".join([f"part{part}"] * 70) for part in range(number % 3 + 1)
    )


def main(folder: Path, seed: int, start: int) -> None:
    """Announce and acknowledge steps on the standard output until killed."""
    chance = random.Random(seed)
    store = open_store(folder, create=True)
    for number in range(start, start + 100_000):
        key = f"s{chance.randrange(6)}"
        is_removal = chance.random() < 0.3
        say({"step": number, "id": key, "removal": is_removal})
        with store.writing(wait=5):
            if is_removal:
                store.remove(key)
            else:
                put(store, Statement(key, content(number)))
            say({"done": number})
            if number % 3 == 0:
                Caches(store, len(WORDS) + 1).save(store)


def say(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


@dataclass
class Ledger:
    """What was acknowledged: the text of each statement; and the step that may or may not have happened."""

    held: dict[str, str] = field(default_factory=dict)
    open: tuple[str, str | None] | None = None
    steps: int = 0

    def read(self, lines: list[str]) -> None:
        self.open = None
        for line in lines:
            said = json.loads(line)
            if "step" in said:
                self.steps = said["step"]
                self.open = (said["id"], None if said["removal"] else content(self.steps))
            else:
                self.settle(happened=True)

    def settle(self, happened: bool) -> None:
        if self.open and happened:
            key, text = self.open
            self.held.pop(key, None)
            if text is not None:
                self.held[key] = text
        self.open = None


def test_nothing_acknowledged_is_lost_and_nothing_removed_is_found(tmp_path: Path) -> None:
    ledger = Ledger()
    chance = random.Random(7)
    for number in range(ROUNDS):
        ledger.read(run_and_kill(tmp_path, number, ledger.steps + 1, steps=chance.randrange(1, 12)))
        store = open_store(tmp_path)
        if ledger.open:
            key, text = ledger.open
            found = store.statement(key)
            ledger.settle(happened=(found.text if found else None) == text)
        check_store(store, ledger.held)
        check_caches(store, ledger.held)
        store.close()
    assert ledger.steps >= ROUNDS


@pytest.mark.parametrize("victim", ["lexical.update", "dense.save", "_note"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_while_the_caches_are_saved(tmp_path: Path, victim: str, moment: str) -> None:
    store = open_store(tmp_path, create=True)
    put(store, Statement("a", content(3)))
    put(store, Statement("b", content(4)))
    Caches(store, len(WORDS) + 1)
    put(store, Statement("a", content(5)))
    store.remove("b")
    put(store, Statement("c", content(8)))
    store.close()
    with run(_KILLED_IN_SAVE, str(tmp_path), victim, moment) as process:
        assert process.wait(60) == -9
    store = open_store(tmp_path)
    held = {"a": content(5), "c": content(8)}
    check_store(store, held)
    check_caches(store, held)


_KILLED_IN_SAVE = """
import os, signal, sys
from pathlib import Path
import index.caches
from index.store import open_store

folder, victim, moment = sys.argv[1:]
owner, _, name = victim.rpartition(".")
classes = {"lexical": index.caches.LexicalIndex, "dense": index.caches.DenseIndex, "": index.caches}
real = getattr(classes[owner], name)

def dying(*arguments):
    if moment == "after":
        real(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(classes[owner], name, dying)
index.caches.Caches(open_store(Path(folder)), 8)
"""
_LOOP = """
import sys
from pathlib import Path
from tests.index.test_crash import main

main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
"""


def run(program: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT)


def run_and_kill(folder: Path, seed: int, start: int, steps: int) -> list[str]:
    """Lines said by a process that is killed some moment after so many of them."""
    with run(_LOOP, str(folder), str(seed), str(start)) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2 * steps)]
        time.sleep(random.Random(seed).random() * 0.03)
        process.kill()
        rest = process.stdout.read().splitlines(keepends=True)
    return [line for line in [*lines, *rest] if line.endswith("\n")]


def check_store(store: Store, held: dict[str, str]) -> None:
    assert {key: found.text for key in store.entries() if (found := store.statement(key))} == held
    rows = [row for row, _ in store.rows()]
    assert {owner for _, owner in store.rows()} == set(held)
    assert store.vectors(rows, len(WORDS) + 1).shape == (len(rows), len(WORDS) + 1)
    for passage in store.passages(rows).values():
        text = held[passage.statement_id]
        _, sentence_vectors, _ = stacked([passage])
        assert len(sentence_vectors) == len(passage.passage.sentences)
        assert text[passage.passage.start : passage.passage.end].strip()
    spans = {key: 0 for key in held}
    for passage in store.passages(rows).values():
        spans[passage.statement_id] += passage.passage.end - passage.passage.start
    assert spans == {key: len(text) for key, text in held.items()}


def check_caches(store: Store, held: dict[str, str]) -> None:
    """Both indexes hold the passages of the store, every text is found, and no word of another is."""
    caches = Caches(store, NoEncoder().dim)
    rows = [row for row, _ in store.rows()]
    assert caches.dense.rows.tolist() == rows
    assert caches.lexical.rows.tolist() == rows
    assert caches.generation == store.generation
    owners = dict(store.rows())
    for key, text in held.items():
        found, _ = caches.lexical.search(text.split()[0], 10)
        assert {owners[row] for row in found.tolist()} == {key}
        opening = min(row for row, owner in owners.items() if owner == key)
        nearest, scores = caches.dense.search(word_vector(text.split()[1]), 1, np.array([opening]))
        assert nearest.tolist() == [opening]
        assert scores[0] == pytest.approx(1, abs=1e-3)

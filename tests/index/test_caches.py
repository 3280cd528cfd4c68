"""Both indexes follow the store; lost or broken, they are made again without encoding."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from corpus.statement import Statement
from index.caches import Caches
from index.dense import DenseIndex
from index.lexical import LexicalIndex
from index.schema import StoreError
from index.store import Store, open_store
from tests.index.fakes import WORDS, paragraphs, put, word_vector

DIM = len(WORDS) + 1


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Rows 1 and 2 are of a, row 3 of b."""
    store = open_store(tmp_path / "data", create=True)
    put(store, Statement("a", paragraphs("peace", "climate")))
    put(store, Statement("b", paragraphs("trade")))
    return store


def check(caches: Caches, expected: dict[str, list[int]]) -> None:
    """Rows found for each word, by both searches; and nothing else is held."""
    rows = sorted(row for found in expected.values() for row in found)
    assert caches.lexical.rows.tolist() == rows
    assert caches.dense.rows.tolist() == rows
    for word, found in expected.items():
        assert caches.lexical.search(word, 9)[0].tolist() == found
        nearest, scores = caches.dense.search(word_vector(word), 9)
        assert nearest[scores > 0.9].tolist() == found


def noted(store: Store) -> int:
    found = json.loads((store.folder / "caches" / "caches.json").read_text())["generation"]
    assert isinstance(found, int)
    return found


def test_following_equals_making_again(store: Store) -> None:
    caches = Caches(store, DIM)
    check(caches, {"peace": [1], "climate": [2], "trade": [3], "debt": []})
    put(store, Statement("a", paragraphs("climate", "debt", "ships")))
    store.remove("b")
    put(store, Statement("c", paragraphs("peace")))
    expected = {"peace": [7], "climate": [4], "debt": [5], "ships": [6], "trade": []}
    with store.writing():
        caches.save(store)
    check(caches, expected)
    check(Caches(store, DIM), expected)
    shutil.rmtree(store.folder / "caches")
    check(Caches(store, DIM), expected)


def test_the_generation_of_the_files_is_noted(store: Store) -> None:
    caches = Caches(store, DIM)
    assert noted(store) == store.generation == caches.generation == 2
    store.remove("b")
    assert (noted(store), store.generation) == (2, 3)
    caches.save(store)
    assert noted(store) == caches.generation == 3


def test_an_empty_store_has_empty_caches(tmp_path: Path) -> None:
    check(Caches(open_store(tmp_path, create=True), DIM), {"peace": []})


def _garbage(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(b"\0garbage" * 9)


def _all_but_the_note(folder: Path) -> None:
    shutil.rmtree(folder / "lexical")
    (folder / "dense.faiss").unlink()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "folder": shutil.rmtree,
    "faiss": lambda folder: (folder / "dense.faiss").unlink(),
    "faiss garbage": _garbage("dense.faiss"),
    "bm25": lambda folder: shutil.rmtree(folder / "lexical"),
    "bm25 garbage": _garbage("lexical/meta.json"),
    "note": lambda folder: (folder / "caches.json").unlink(),
    "note garbage": _garbage("caches.json"),
    "note of no object": lambda folder: (folder / "caches.json").write_text("[]"),
    "all but the note": _all_but_the_note,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_lost_or_broken_files_are_made_again(store: Store, damage: Callable[[Path], object]) -> None:
    expected = {"peace": [1], "climate": [2], "trade": [3]}
    Caches(store, DIM)
    damage(store.folder / "caches")
    check(Caches(store, DIM), expected)
    written = (store.folder / "caches" / "dense.faiss").stat().st_mtime_ns
    check(Caches(store, DIM), expected)
    assert (store.folder / "caches" / "dense.faiss").stat().st_mtime_ns == written


def test_files_of_a_killed_writer_do_not_stand_in_the_way(store: Store) -> None:
    """Killed between its files and its commit, tantivy would write files of the same names again."""
    Caches(store, DIM)
    folder = store.folder / "caches"
    states = [folder / "caches.json", folder / "lexical" / "meta.json", folder / "lexical" / ".managed.json"]
    before = [state.read_bytes() for state in states]
    store.remove("b")
    check(Caches(store, DIM), {"peace": [1], "climate": [2]})
    for state, content in zip(states, before, strict=True):
        state.write_bytes(content)
    assert len(list(folder.glob("lexical/*.del"))) == 1
    check(Caches(store, DIM), {"peace": [1], "climate": [2], "trade": []})


def test_caches_of_another_store_are_not_taken_for_its_own(store: Store) -> None:
    """Made anew in the same folder, a store comes to the same generation and the same rows."""
    Caches(store, DIM)
    store.close()
    for path in store.folder.glob("statements.sqlite*"):
        path.unlink()
    other = open_store(store.folder, create=True)
    put(other, Statement("x", paragraphs("debt")))
    put(other, Statement("y", paragraphs("water", "ships")))
    check(Caches(other, DIM), {"debt": [1], "water": [2], "ships": [3], "peace": []})


def test_while_another_writes_vectors_follow_in_memory(store: Store) -> None:
    Caches(store, DIM)
    put(store, Statement("c", paragraphs("water")))
    writer = open_store(store.folder)
    with writer.writing():
        caches = Caches(store, DIM)
        assert noted(store) == 2
        assert caches.dense.rows.tolist() == [1, 2, 3, 4]
        assert caches.lexical.rows.tolist() == [1, 2, 3]
    check(Caches(store, DIM), {"peace": [1], "climate": [2], "trade": [3], "water": [4]})


def test_files_that_another_is_writing_are_left_alone(store: Store) -> None:
    """A first writer has no note yet: who opens beside it must not clear the folder."""
    Caches(store, DIM)
    (store.folder / "caches" / "caches.json").unlink()
    writer = open_store(store.folder)
    with writer.writing():
        check(Caches(store, DIM), {"peace": [1], "climate": [2], "trade": [3]})


@pytest.mark.parametrize("change", [{"layout": 1}, {"store": "another"}])
def test_files_of_another_layout_opened_beside_a_writer_are_made_again(
    store: Store, change: dict[str, object]
) -> None:
    """What such files hold by a row is another text, or its words in another way."""
    Caches(store, DIM)
    folder = store.folder / "caches"
    note = json.loads((folder / "caches.json").read_text())
    LexicalIndex(folder / "lexical", fresh=True).update([(row, "a", "ships") for row in (1, 2, 3)], [])
    dense = DenseIndex(DIM)
    dense.add([1, 2, 3], np.stack([word_vector("ships")] * 3))
    dense.save(folder / "dense.faiss")
    (folder / "caches.json").write_text(json.dumps(note | change))
    expected = {"peace": [1], "climate": [2], "trade": [3], "ships": []}
    writer = open_store(store.folder)
    with writer.writing():
        opened = Caches(store, DIM)
        nearest, scores = opened.dense.search(word_vector("peace"), 1)
        assert (nearest.tolist(), scores.tolist()) == ([1], [1.0])
    put(store, Statement("c", paragraphs("water")))
    with store.writing():
        opened.save(store)
    check(opened, expected | {"water": [4]})
    check(Caches(store, DIM), expected | {"water": [4]})


def test_a_folder_that_cannot_be_written_is_followed_in_memory(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    Caches(store, DIM)
    put(store, Statement("b", paragraphs("debt")))

    def refuse(*_: object) -> None:
        raise StoreError("read-only")

    monkeypatch.setattr(store, "writing", refuse)
    caches = Caches(store, DIM)
    assert caches.dense.rows.tolist() == [1, 2, 4]
    assert caches.generation == 3


def test_another_process_sees_what_was_removed(store: Store) -> None:
    reader = Caches(store, DIM)
    other = open_store(store.folder)
    writer = Caches(other, DIM)
    other.remove("a")
    reader.follow(store)
    assert reader.dense.rows.tolist() == [3]
    with other.writing():
        writer.save(other)
    reader.follow(store)  # the store stands still meanwhile, the files of BM25 do not
    check(reader, {"trade": [3], "peace": [], "climate": []})


def test_a_reader_survives_files_made_again(store: Store) -> None:
    reader = Caches(store, DIM)
    shutil.rmtree(store.folder / "caches")
    other = open_store(store.folder)
    Caches(other, DIM)
    put(other, Statement("c", paragraphs("water")))
    with other.writing():
        Caches(other, DIM).save(other)
    reader.follow(store)
    check(reader, {"peace": [1], "climate": [2], "trade": [3], "water": [4]})


def test_headings_are_searched(store: Store) -> None:
    put(store, Statement("d", paragraphs("we"), title="Ships", issuers=("Norway",)))
    caches = Caches(store, DIM)
    assert caches.lexical.search("Norwegian ships, Norway", 9)[0].tolist() == [4]
    assert caches.dense.search(word_vector("ships"), 1)[0].tolist() == [4]

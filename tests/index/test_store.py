"""Versions, removal, snapshots, and files that are no store."""

from __future__ import annotations

import random
import re
import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from corpus.metadata import Metadata
from corpus.statement import Passage, Sentence, Speaker, Statement
from index.encoder import ModelSettings
from index.rows import Encoded, Entry, StoredPassage, metadata_of, stacked
from index.schema import SCHEMA, StoreError
from index.store import BusyError, Store, open_store
from tests.index.fakes import WORDS, WordEncoder, paragraphs, put, word_vector

DIM = len(WORDS) + 1
FIRST = Statement(
    "a",
    paragraphs("peace", "trade"),
    title="On «Ünity»",
    issuers=("Kenya", "Chad"),
    speakers=(Speaker("Ada", "Minister", "Chad"),),
    date="2024-11",
    kind="speech",
    language="en",
    url="https://example.org/a",
)
SECOND = replace(FIRST, text=paragraphs("debt"), title="Corrected")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "data", create=True)


def tables(store: Store) -> tuple[object, ...]:
    """All that can be read of a store."""
    rows = [row for row, _ in store.rows()]
    passages = {row: (found.statement_id, found.passage) for row, found in store.passages(rows).items()}
    return store.generation, store.entries(), store.counts(), passages, store.vectors(rows, DIM).tolist()


def test_a_statement_is_read_as_it_was_put(store: Store) -> None:
    put(store, FIRST, source="/there/a.txt")
    assert store.statement("a") == FIRST
    assert store.entry("a") == Entry(FIRST.version, "/there/a.txt", metadata_of(FIRST))
    assert store.rows() == [(1, "a"), (2, "a")]
    assert store.counts() == {"statements": 1, "versions": 1, "passages": 2}
    peace, trade = (word_vector(f"{word} Kenya") for word in ("peace", "trade"))
    assert store.vectors([2, 1], DIM).tolist() == [trade.tolist(), peace.tolist()]
    found = store.passages([2, 1, 7])
    assert sorted(found) == [1, 2]
    assert FIRST.text[found[2].passage.start :].startswith("trade so")
    vectors, sentences, starts = stacked([found[2], found[1]])
    assert vectors.tolist() == [trade.tolist(), peace.tolist()]
    assert (sentences.tolist(), starts.tolist()) == ([trade.tolist(), peace.tolist()], [0, 1])
    assert isinstance(found[1], StoredPassage)
    assert [(row, meta.id, text.split()[0]) for row, meta, text in store.texts([1, 2])] == [
        (1, "a", "peace"),
        (2, "a", "trade"),
    ]


def test_what_is_not_there(store: Store) -> None:
    assert store.statement("a") is None
    assert store.entry("a") is None
    assert store.remove("a") is False
    assert (store.model, store.rows(), store.entries(), store.passages([1])) == (None, [], {}, {})
    put(store, FIRST)
    assert store.statement("a", "0" * 64) is None
    with pytest.raises(StoreError, match="1 of 2 passages are not in"):
        store.vectors([1, 9], DIM)


def test_an_old_version_can_be_read_but_not_found(store: Store) -> None:
    put(store, FIRST)
    put(store, SECOND)
    assert store.statement("a") == SECOND
    assert store.statement("a", FIRST.version) == replace(SECOND, text=FIRST.text)
    assert store.rows() == [(3, "a")]
    assert store.counts() == {"statements": 1, "versions": 2, "passages": 1}
    put(store, FIRST)
    assert store.statement("a") == FIRST
    assert store.counts() == {"statements": 1, "versions": 2, "passages": 2}


def test_removal_takes_all_versions_and_rows_are_never_given_again(store: Store) -> None:
    put(store, FIRST)
    put(store, SECOND)
    assert store.remove("a") is True
    assert store.statement("a", FIRST.version) is None
    assert store.counts() == {"statements": 0, "versions": 0, "passages": 0}
    store.close()
    again = open_store(store.folder)
    put(again, SECOND)
    assert again.rows() == [(4, "a")]


def test_the_generation_grows_with_every_write(store: Store) -> None:
    seen = [store.generation]
    for write in (lambda: put(store, FIRST), lambda: store.remove("a")):
        write()
        seen.append(store.generation)
    assert seen == [0, 1, 2]


def test_two_statements_may_share_a_text(store: Store) -> None:
    put(store, FIRST)
    put(store, replace(FIRST, id="b", title="Other"))
    assert [(row, meta.title) for row, meta, _ in store.texts([1, 2, 3, 4])] == [
        (1, FIRST.title),
        (2, FIRST.title),
        (3, "Other"),
        (4, "Other"),
    ]
    store.remove("a")
    assert store.statement("b") == replace(FIRST, id="b", title="Other")


def test_another_model_is_refused(store: Store) -> None:
    put(store, FIRST)
    before = tables(store)
    with pytest.raises(StoreError, match=r"was indexed with model .*'words'.*not .*'other'.*use that model"):
        put(store, SECOND, WordEncoder("other"))
    assert store.model == ModelSettings("words")
    assert tables(store) == before


def test_vectors_must_fit_the_passages() -> None:
    passage = Passage(0, 5, 1, 1, (Sentence(0, 2), Sentence(3, 5)))
    two, three = np.ones((2, DIM), np.float32), np.ones((3, DIM), np.float32)
    Encoded(FIRST, (passage,), two[:1], (two,))
    for vectors, sentences in ((two, (two,)), (two[:0], (two,)), (two[:1], (three,)), (two[:1], (two, two))):
        with pytest.raises(ValueError, match=r"a: 1 passages of \[2\] sentences"):
            Encoded(FIRST, (passage,), vectors, sentences)


def test_readers_see_one_moment(store: Store) -> None:
    put(store, FIRST)
    other = open_store(store.folder)
    with other.reading():
        before = tables(other)
        put(store, SECOND)
        store.remove("a")
        with other.reading():
            assert tables(other) == before
    assert other.counts() == {"statements": 0, "versions": 0, "passages": 0}


def test_reading_ends_with_an_error(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.reading():
        _ = store.generation // 0
    put(store, FIRST)
    assert store.counts()["passages"] == 2


@pytest.mark.parametrize("filled", [1, 40, 400])
def test_on_a_full_disk_nothing_is_changed(store: Store, filled: int) -> None:
    put(store, FIRST)
    before = tables(store)
    connection = store._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="full; nothing of this step was kept"):
        put(store, Statement("b", paragraphs(*["water"] * filled) + "x" * 40_000, language="en"))
    assert tables(store) == before
    connection.execute("PRAGMA max_page_count = 1000000")
    put(store, SECOND)
    assert store.statement("a") == SECOND


def test_what_was_removed_is_not_left_in_the_file(store: Store) -> None:
    put(store, replace(FIRST, text=paragraphs("Zanzibar lighthouse"), title="Quokka"))
    put(store, Statement("b", paragraphs("water")))
    store.remove("a")
    store.close()  # brings the log into the file and deletes it
    held = b"".join(path.read_bytes() for path in store.folder.iterdir())
    assert b"water so so" in held
    assert b"Zanzibar" not in held
    assert b"Quokka" not in held


def test_a_folder_without_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no statements in .*nowhere yet: communique add PATH makes it"):
        open_store(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()
    (tmp_path / "caches").mkdir()
    with pytest.raises(StoreError, match="no statements in"):
        open_store(tmp_path)
    assert open_store(tmp_path, create=True).counts()["statements"] == 0


def test_an_empty_file_is_a_store_that_a_crash_left_before_its_tables(tmp_path: Path) -> None:
    (tmp_path / "statements.sqlite").touch()
    store = open_store(tmp_path)
    put(store, FIRST)
    assert open_store(tmp_path).statement("a") == FIRST


def test_files_that_are_no_store_are_refused_and_left_alone(tmp_path: Path) -> None:
    for content in (b"some notes of mine\n" * 200, random.Random(1).randbytes(8192)):
        path = tmp_path / "statements.sqlite"
        path.write_bytes(content)
        with pytest.raises(StoreError, match=f"{re.escape(str(path))} cannot be used: .*restore it"):
            open_store(tmp_path, create=True)
        assert path.read_bytes() == content


@pytest.mark.parametrize("kept", [0.1, 0.4])
def test_a_truncated_store_is_refused(store: Store, kept: float) -> None:
    put(store, FIRST)
    store.close()
    path = store.folder / "statements.sqlite"
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    with pytest.raises(StoreError, match="cannot be used"):
        open_store(store.folder)


@pytest.mark.parametrize(("version", "table"), [(SCHEMA + 1, "meta"), (0, "recipes")])
def test_another_schema_is_refused_and_left_alone(tmp_path: Path, version: int, table: str) -> None:
    path = tmp_path / "statements.sqlite"
    connection = sqlite3.connect(path)
    connection.execute(f"CREATE TABLE {table} (name)")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=f"has schema {version}; this version of communique reads {SCHEMA}"):
        open_store(tmp_path, create=True)
    assert path.read_bytes() == before


def test_a_store_of_schema_1_is_brought_up(store: Store) -> None:
    put(store, FIRST)
    store.close()
    connection = sqlite3.connect(store.folder / "statements.sqlite")
    connection.execute("DROP TABLE removals")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    opened = open_store(store.folder)
    assert opened.statement("a") == FIRST
    before = opened.generation
    assert opened.remove("a")
    assert opened.removed_since("a", before)
    assert not opened.removed_since("a", opened.generation)
    put(opened, FIRST)
    assert not opened.removed_since("a", before)


def test_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StoreError, match="cannot be used"):
        open_store(tmp_path / "data", create=True)


def test_one_writer_at_a_time(store: Store) -> None:
    other = open_store(store.folder)
    with store.writing():
        with store.writing():
            pass
        with pytest.raises(BusyError, match="another process is writing"), other.writing():
            pass
    with other.writing():
        pass


def test_ids_come_in_order(store: Store) -> None:
    for key in ("c", "a", "B"):
        put(store, Statement(key, paragraphs("peace")))
    assert list(store.entries()) == ["B", "a", "c"]
    assert store.entries()["c"].metadata == Metadata(id="c")

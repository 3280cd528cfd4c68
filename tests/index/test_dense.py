"""FAISS against numpy, with ties, filters and broken files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dense import DenseIndex
from index.encoder import Vectors
from index.ties import Rows, Scores, best

AXES = np.eye(4, dtype=np.float32)


def index_of(rows: list[int], vectors: npt.ArrayLike) -> DenseIndex:
    index = DenseIndex(4)
    index.add(rows, np.asarray(vectors, np.float32))
    return index


def brute_force(rows: Rows, vectors: Vectors, question: Vectors, k: int) -> tuple[Rows, Scores]:
    scores = vectors @ question
    order = np.lexsort((rows, -scores))[:k]
    return rows[order], scores[order]


def test_the_nearest_come_first_and_ties_by_row() -> None:
    index = index_of([9, 4, 7], AXES[[0, 1, 1]])
    rows, scores = index.search(np.array([0.6, 0.8, 0, 0], np.float32), 3)
    assert rows.tolist() == [4, 7, 9]
    assert scores.tolist() == pytest.approx([0.8, 0.8, 0.6])
    assert index.search(AXES[1], 1)[0].tolist() == [4]
    assert index.search(AXES[1], 99)[0].tolist() == [4, 7, 9]


@pytest.mark.parametrize(("k", "within"), [(0, None), (-1, None), (3, []), (3, [5])])
def test_nothing_asked_or_allowed_is_nothing_found(k: int, within: list[int] | None) -> None:
    filters = None if within is None else np.array(within, np.int64)
    rows, scores = index_of([1, 2], AXES[:2]).search(AXES[0], k, filters)
    assert (rows.tolist(), scores.tolist()) == ([], [])
    assert (str(rows.dtype), str(scores.dtype)) == ("int64", "float32")


def test_an_empty_index_finds_nothing() -> None:
    assert DenseIndex(4).search(AXES[0], 5)[0].tolist() == []


@given(
    seed=st.integers(0, 10_000),
    count=st.integers(1, 120),
    different=st.integers(1, 6),
    k=st.integers(1, 130),
    share=st.sampled_from([None, 0.0, 0.1, 0.5, 1.0]),
)
def test_it_agrees_with_numpy(seed: int, count: int, different: int, k: int, share: float | None) -> None:
    """Few different vectors make many ties; thirds of whole numbers make sums exact."""
    chance = np.random.default_rng(seed)
    pool = chance.integers(-3, 4, (different, 4)).astype(np.float32)
    vectors = pool[chance.integers(0, different, count)]
    rows = chance.permutation(10 * count)[:count].astype(np.int64)
    index = index_of(rows.tolist(), vectors)
    question = chance.integers(-3, 4, 4).astype(np.float32)
    allowed = np.ones(count, np.bool_) if share is None else chance.random(count) < share
    found = index.search(question, k, None if share is None else rows[allowed])
    expected = brute_force(rows[allowed], vectors[allowed], question, k)
    assert found[0].tolist() == expected[0].tolist()
    assert found[1].tolist() == expected[1].tolist()


def test_a_shorter_search_is_the_head_of_a_longer_one() -> None:
    chance = np.random.default_rng(1)
    vectors = chance.normal(size=(30, 4)).astype(np.float32)[chance.integers(0, 30, 400)]
    index = index_of(list(range(400)), vectors)
    question = chance.normal(size=4).astype(np.float32)
    longest = index.search(question, 400)
    for k in range(1, 400, 7):
        rows, scores = index.search(question, k)
        assert rows.tolist() == longest[0][:k].tolist()
        assert scores.tolist() == longest[1][:k].tolist()


@given(
    scores=st.lists(st.integers(0, 3), max_size=60),
    missing=st.integers(0, 5),
    k=st.integers(0, 70),
    seed=st.integers(0, 9),
)
def test_best_sees_all_ties_in_any_order(scores: list[int], missing: int, k: int, seed: int) -> None:
    """`search` gives ties in an order of its own; some of `total` may never be found."""
    shuffled = np.random.default_rng(seed).permutation(len(scores))
    order = sorted(shuffled.tolist(), key=lambda row: -scores[row])

    def search(count: int) -> tuple[Rows, Scores]:
        return np.array(order[:count], np.int64), np.array([scores[r] for r in order[:count]], np.float32)

    rows, found = best(search, k, len(scores) + missing)
    expected = sorted(range(len(scores)), key=lambda row: (-scores[row], row))[:k]
    assert rows.tolist() == expected
    assert found.tolist() == [scores[row] for row in expected]


def test_removed_rows_are_not_found_and_unknown_ones_passed_over() -> None:
    index = index_of([1, 2, 3], AXES[[0, 0, 1]])
    index.remove([1, 77])
    assert index.rows.tolist() == [2, 3]
    assert index.search(AXES[0], 3)[0].tolist() == [2, 3]
    index.remove([])
    index.add([1], AXES[[0]])
    assert index.search(AXES[0], 1)[0].tolist() == [1]
    assert len(index) == 3


def test_a_saved_index_is_the_same(tmp_path: Path) -> None:
    index_of([5, 3], AXES[:2]).save(tmp_path / "dense.faiss")
    loaded = DenseIndex.load(tmp_path / "dense.faiss", 4)
    assert loaded.rows.tolist() == [3, 5]
    assert loaded.search(AXES[0], 1)[0].tolist() == [5]
    loaded.remove([5])
    loaded.add([6], AXES[[2]])
    assert loaded.rows.tolist() == [3, 6]
    assert [path.name for path in tmp_path.iterdir()] == ["dense.faiss"]


def test_a_file_that_cannot_be_used_is_an_empty_index(tmp_path: Path) -> None:
    path = tmp_path / "dense.faiss"
    assert len(DenseIndex.load(path, 4)) == 0
    index_of([5, 3], AXES[:2]).save(path)
    whole = path.read_bytes()
    assert len(DenseIndex.load(path, 8)) == 0
    for size in range(0, len(whole), 5):
        path.write_bytes(whole[:size])
        assert len(DenseIndex.load(path, 4)) == 0
    path.write_bytes(b"IxXX" + whole[4:])
    loaded = DenseIndex.load(path, 4)
    assert (len(loaded), loaded.dim) == (0, 4)
    loaded.add([1], AXES[[0]])
    assert loaded.rows.tolist() == [1]


@pytest.mark.parametrize("shape", [(1, 4), (3, 4), (2, 5), (8,)])
def test_vectors_must_have_a_row_each(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expected \(2, 4\)"):
        DenseIndex(4).add([1, 2], np.ones(shape, np.float32))


@pytest.mark.parametrize(
    "vector", [np.ones(3), np.ones((1, 4)), np.array([1, 0, np.nan, 0]), np.full(4, np.inf)]
)
def test_a_question_must_be_finite_and_of_one_dimension(vector: Vectors) -> None:
    with pytest.raises(ValueError, match="expected 4 finite numbers"):
        index_of([1], AXES[:1]).search(vector, 1)

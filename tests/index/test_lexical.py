"""BM25 against the formula itself, and what becomes of words, removed rows and broken folders."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from index.lexical import LexicalIndex

WORDS = ["harbour", "bridge", "tariff", "vaccine", "glacier", "treaty", "border", "wheat"]


def index_of(folder: Path, *texts: str) -> LexicalIndex:
    """Row 1 is the first text; its statement is "s1"."""
    index = LexicalIndex(folder)
    index.update([(row, f"s{row}", text) for row, text in enumerate(texts, 1)], [])
    return index


def found(index: LexicalIndex, question: str, k: int = 10, statements: list[str] | None = None) -> list[int]:
    rows: list[int] = index.search(question, k, statements)[0].tolist()
    return rows


def bm25(texts: list[list[str]], question: str) -> list[tuple[int, float]]:
    """Robertson and Zaragoza (2009), with ln(1 + (N - n + .5) / (n + .5)); best first, then by row."""
    average = sum(map(len, texts)) / len(texts)
    scores: defaultdict[int, float] = defaultdict(float)
    for word in dict.fromkeys(question.split()):
        holding = sum(word in text for text in texts)
        weight = math.log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))
        for row, text in enumerate(texts, 1):
            if times := text.count(word):
                room = 1.2 * (0.25 + 0.75 * len(text) / average)
                scores[row] += weight * times * 2.2 / (times + room)
    return sorted(scores.items(), key=lambda scored: (-scored[1], scored[0]))


def test_scores_are_those_of_the_formula(tmp_path: Path) -> None:
    chance = random.Random(3)
    texts = [chance.choices(WORDS, k=chance.randrange(1, 30)) for _ in range(200)]
    index = index_of(tmp_path, *map(" ".join, texts))
    for question in ("glacier", "wheat border", "treaty tariff vaccine bridge"):
        rows, scores = index.search(question, 500)
        by_row = dict(bm25(texts, question))
        assert sorted(rows.tolist()) == sorted(by_row)
        assert scores.tolist() == pytest.approx([by_row[row] for row in rows.tolist()], rel=1e-4)
        order = sorted(zip(-scores, rows, strict=True))
        assert rows.tolist() == [row for _, row in order]


def test_a_word_that_is_there_counts_once_more(tmp_path: Path) -> None:
    index = index_of(tmp_path, "harbour harbour harbour", "harbour bridge", "bridge bridge", "treaty")
    rows = np.array([4, 1, 2, 3])
    # ln(1 + 2.5 / 2.5) of each word: two of the four texts have it
    weight = math.log(2)
    plain = dict(bm25([["harbour"] * 3, ["harbour", "bridge"], ["bridge"] * 2, ["treaty"]], "harbour bridge"))
    assert index.scores("harbour of the bridges", rows).tolist() == pytest.approx(
        [0, plain[1] + weight, plain[2] + 2 * weight, plain[3] + weight], rel=1e-5
    )
    # By BM25 the one word, three times, is worth more than in company; BM25+ prefers both words.
    assert found(index, "harbour bridge")[0] == 2
    assert index.scores("", rows).tolist() == [0, 0, 0, 0]
    assert index.scores("harbour", rows[:0]).tolist() == []


def test_scores_know_what_was_removed(tmp_path: Path) -> None:
    index = index_of(tmp_path, "harbour", "harbour", "bridge")
    index.update([], [1])
    assert index.scores("harbour", np.array([1, 2, 3])).tolist()[::2] == [0, 0]
    assert index.scores("harbour", np.array([2]))[0] > 0


def test_a_shorter_search_is_the_head_of_a_longer_one(tmp_path: Path) -> None:
    chance = random.Random(4)
    texts = [" ".join(chance.choices(WORDS, k=chance.randrange(1, 5))) for _ in range(300)]
    index = index_of(tmp_path, *texts)
    for question in ("glacier", "wheat border", "treaty tariff vaccine bridge"):
        longest = index.search(question, 300)
        for k in range(1, 300, 13):
            rows, scores = index.search(question, k)
            assert rows.tolist() == longest[0][:k].tolist()
            assert scores.tolist() == longest[1][:k].tolist()


def test_identical_texts_come_by_row(tmp_path: Path) -> None:
    index = index_of(tmp_path, *["harbour bridge"] * 50, "harbour")
    assert found(index, "harbour", 4) == [51, 1, 2, 3]
    assert found(index, "bridge", 99) == list(range(1, 51))


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("harbour", [1]),
        ("HARBOURS?", [1]),
        ("committed", [2]),
        ("cooperation", [3]),
        ("coöperating", [3]),
        ("co-operation", [3]),
        ("IL-6", [2]),
        ("IL6", [2]),
        ("unbacked", [1]),
        ("UN‑backed", [1]),
        ("backed", [1]),
        ("the of and", []),
        ("the harbour", [1]),
        ("", []),
        ("...", []),
        ("elephant", []),
    ],
)
def test_words_are_stems_without_accents_and_stop_words(
    tmp_path: Path, question: str, rows: list[int]
) -> None:
    texts = "The UN-backed harbours of the world", "We commit: IL‐6", "Coopération: we cooperated"
    index = index_of(tmp_path, *texts)
    assert found(index, question) == rows


@pytest.mark.parametrize(
    "question",
    [
        "text:harbour",
        "+harbour",
        '"harbour',
        "harbour AND NOT (",
        "harbour^9",
        "row:[1 TO harbour",
        "harb*ur OR harbour",
    ],
)
def test_a_question_is_no_query_language(tmp_path: Path, question: str) -> None:
    assert found(index_of(tmp_path, "bridge", "harbour", "statement"), question) == [2]


def test_a_minus_excludes_nothing(tmp_path: Path) -> None:
    assert found(index_of(tmp_path, "harbour bridge", "harbour"), "harbour -bridge") == [1, 2]


def test_removed_rows_are_gone(tmp_path: Path) -> None:
    index = index_of(tmp_path, "harbour", "harbour", "bridge")
    index.update([(9, "s9", "harbour wheat")], [1, 3, 77])
    for same in (index, LexicalIndex(tmp_path)):
        assert same.rows.tolist() == [2, 9]
        assert len(same) == 2
        assert sorted(found(same, "harbour")) == [2, 9]
        assert found(same, "bridge") == []
    index.update([], [])
    assert index.rows.tolist() == [2, 9]
    index.update([], [2, 9])
    assert (index.rows.tolist(), found(index, "harbour")) == ([], [])


def test_a_filter_changes_no_score(tmp_path: Path) -> None:
    index = index_of(tmp_path, "harbour", "harbour bridge", "bridge", "harbour harbour")
    everywhere = dict(zip(*(part.tolist() for part in index.search("harbour bridge", 9)), strict=True))
    rows, scores = index.search("harbour bridge", 9, ["s4", "s2", "no such"])
    assert rows.tolist() == [2, 4]
    assert scores.tolist() == [everywhere[2], everywhere[4]]
    assert found(index, "harbour", 9, []) == []
    assert found(index, "harbour", 1, ["s2"]) == [2]
    assert found(index, "s2") == []


@pytest.mark.parametrize("statement", ["a b", "Ünïted–Nations 1", "-x:y", 'q"', "THE"])
def test_any_id_can_be_filtered_for(tmp_path: Path, statement: str) -> None:
    index = LexicalIndex(tmp_path)
    index.update([(1, statement, "harbour"), (2, statement.lower() + "2", "harbour")], [])
    assert found(index, "harbour", 9, [statement]) == [1]


@pytest.mark.parametrize("k", [0, -1])
def test_nothing_asked_is_nothing_found(tmp_path: Path, k: int) -> None:
    assert found(index_of(tmp_path, "harbour"), "harbour", k) == []


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    assert found(LexicalIndex(tmp_path), "harbour") == []


def test_rows_of_any_size(tmp_path: Path) -> None:
    index = LexicalIndex(tmp_path)
    index.update([(2**53 + 1, "a", "harbour"), (2**53, "a", "harbour")], [])
    assert found(index, "harbour") == [2**53, 2**53 + 1]


@pytest.mark.parametrize("damage", ["garbage", "empty", "lost files"])
def test_a_broken_folder_becomes_an_empty_index(tmp_path: Path, damage: str) -> None:
    index_of(tmp_path / "lexical", "harbour")
    meta = tmp_path / "lexical" / "meta.json"
    if damage == "lost files":
        for path in tmp_path.glob("lexical/*.*"):
            if path != meta:
                path.unlink()
    else:
        meta.write_text("{" if damage == "garbage" else "")
    index = LexicalIndex(tmp_path / "lexical")
    assert index.rows.tolist() == []
    index.update([(5, "s", "wheat")], [])
    assert found(LexicalIndex(tmp_path / "lexical"), "wheat") == [5]


def test_fresh_forgets_all(tmp_path: Path) -> None:
    index_of(tmp_path, "harbour")
    assert LexicalIndex(tmp_path, fresh=True).rows.tolist() == []


def test_another_index_of_the_folder_follows_after_reload(tmp_path: Path) -> None:
    reader = LexicalIndex(tmp_path)
    index_of(tmp_path, "harbour")
    reader.reload()
    assert found(reader, "harbour") == [1]

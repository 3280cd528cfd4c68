"""Texts of language models, in pieces, to sentences and what they cite."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.llm.marked import Marked, marked_sentences, spoken


def cut(text: str, piece: int = 10_000) -> list[tuple[str, tuple[int, ...]]]:
    pieces = [text[start : start + piece] for start in range(0, len(text), piece)]
    return [(sentence.text, sentence.cites) for sentence in marked_sentences(pieces)]


@pytest.mark.parametrize("piece", [1, 7, 10_000])
@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("It agreed [1]. It left. [2]", [("It agreed.", (1,)), ("It left.", (2,))]),
        ("It agreed.[1] It left.[2][3]", [("It agreed.", (1,)), ("It left.", (2, 3))]),
        ("They met [1, 2]. They left [2-4].", [("They met.", (1, 2)), ("They left.", (2, 3, 4))]),
        ("They met [1], and left [2].", [("They met, and left.", (1, 2))]),
        ("[1] They met. [2] They left.", [("They met.", (1,)), ("They left.", (2,))]),
        ("Zembla met Mr. Varga [1]. He left.", [("Zembla met Mr. Varga.", (1,)), ("He left.", ())]),
        ("The U.S. [1] and Zembla met.", [("The U.S. and Zembla met.", (1,))]),
        ("It said “We agree.” [1] It left.", [("It said “We agree.”", (1,)), ("It left.", ())]),
        ("They met【3†source】. They left【4】.", [("They met.", (3,)), ("They left.", (4,))]),
        ("They met [1][1].", [("They met.", (1,))]),
        ("They met [0][999].", [("They met.", (0, 999))]),
        ("- **Zembla** met [1]\n- It left. [2]", [("Zembla met", (1,)), ("It left.", (2,))]),
        ("1. They met [1].\n2) They left [2].", [("They met.", (1,)), ("They left.", (2,))]),
        ("# Peace\n\n```\nAnswer: They met [1].\n```", [("Peace", ()), ("They met.", (1,))]),
        ("<think>\nSo [1]. Well [2].\n</think>\n\nThey met [3].", [("They met.", (3,))]),
        ("<think>never ends [1].", []),
        ("<thi", [("<thi", ())]),
        ("They met [1", [("They met [1", ())]),
        ("They met [one].", [("They met [one].", ())]),
        ("They\x1b[31m met\u0000 [1].", [("They [31m met.", (1,))]),
        ("[1] [2]\n\n***\n", []),
        ("", []),
    ],
)
def test_sentences_and_their_marks(
    text: str, sentences: list[tuple[str, tuple[int, ...]]], piece: int
) -> None:
    assert cut(text, piece) == sentences


def test_a_sentence_comes_as_soon_as_enough_follows_it() -> None:
    taken = []

    def pieces() -> list[str]:
        return ["They met. ", "[1] ", "Then they all went ", "home again, and slept ", "well [2]."]

    def watched(text: list[str]) -> Iterator[str]:
        for piece in text:
            taken.append(piece)
            yield piece

    sentences = marked_sentences(watched(pieces()))
    assert next(sentences) == Marked("They met.", (1,))
    assert taken == pieces()[:4]


def test_a_long_range_is_cut() -> None:
    assert cut("They met [1-999].") == [("They met.", tuple(range(1, 22)))]


PART = st.sampled_from(
    [
        "They met",
        "Mr. Varga left",
        "the U.N.",
        " ",
        ". ",
        "! ",
        "\n",
        "[1]",
        " [2]",
        "[1, 3]",
        "【2】",
        "[",
        "“",
        "”",
    ]
)


@given(st.lists(PART, max_size=30).map("".join), st.integers(1, 9))
def test_no_letter_is_lost_or_made_up(text: str, piece: int) -> None:
    letters = [char for sentence, _ in cut(text, piece) for char in sentence if char.isalpha()]
    assert letters == [char for char in text if char.isalpha()]


@given(st.text("<think>/ \nab", max_size=40), st.integers(1, 9))
def test_thoughts_are_left_out_however_the_text_is_cut(text: str, piece: int) -> None:
    pieces = [text[start : start + piece] for start in range(0, len(text), piece)]
    assert "".join(spoken(pieces)) == "".join(spoken([text] if text else []))

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.split import CountTokens, split
from corpus.statement import Passage, Sentence, Statement


def words(texts: Sequence[str]) -> list[int]:
    """A token is a word, and two more open and close a text, as word pieces have it."""
    return [len(text.split()) + 2 for text in texts]


def characters(texts: Sequence[str]) -> list[int]:
    return [sum(not character.isspace() for character in text) for text in texts]


def sentence(length: int, end: str = ".") -> str:
    return " ".join(["We"] + ["go"] * (length - 1)) + end


def cut(text: str, max_tokens: int = 102, title: str = "") -> list[str]:
    return [text[p.start : p.end] for p in passages(text, max_tokens, title)]


def passages(text: str, max_tokens: int = 102, title: str = "") -> tuple[Passage, ...]:
    return split(Statement(id="s", text=text, title=title), words, max_tokens)


def sizes(text: str, max_tokens: int = 102) -> list[int]:
    """Words in each passage."""
    return [len(passage.split()) for passage in cut(text, max_tokens)]


def test_a_paragraph_is_a_passage() -> None:
    text = f"{sentence(40)} {sentence(30)}\n{sentence(80)}\n\n{sentence(65)}\n"
    assert passages(text) == (
        Passage(0, 212, 1, 1, _sentences((0, 120), (121, 211))),
        Passage(212, 454, 2, 2, _sentences((212, 452))),
        Passage(454, 650, 3, 3, _sentences((454, 649))),
    )


def _sentences(*spans: tuple[int, int]) -> tuple[Sentence, ...]:
    return tuple(Sentence(*span) for span in spans)


def test_a_long_paragraph_is_cut_evenly_at_sentence_ends() -> None:
    assert sizes(" ".join([sentence(10)] * 11)) == [60, 50]
    assert sizes(" ".join([sentence(10)] * 25)) == [90, 90, 70]
    assert sizes(" ".join(map(sentence, (90, 10, 10, 90)))) == [100, 100]


def test_short_paragraphs_join_the_next() -> None:
    assert sizes("\n".join(map(sentence, (20, 20, 20, 70, 30, 60)))) == [60, 70, 90]


def test_the_last_short_paragraph_joins_the_one_before() -> None:
    assert sizes("\n".join(map(sentence, (70, 80, 3)))) == [70, 83]
    assert sizes("\n".join(map(sentence, (70, 100, 3)))) == [70, 100, 3]


def test_headings_and_salutations_go_with_what_follows() -> None:
    text = "\n".join(
        [sentence(70), "Madam President,", "On Light", sentence(70), sentence(20), "On Pilots", sentence(62)]
    )
    assert cut(text) == [
        sentence(70) + "\n",
        f"Madam President,\nOn Light\n{sentence(70)}\n{sentence(20)}\n",
        f"On Pilots\n{sentence(62)}",
    ]


def test_a_heading_stays_with_the_first_part_of_a_long_paragraph() -> None:
    body = " ".join([sentence(25)] * 4)
    assert cut(f"On Light\n{body}") == [
        f"On Light\n{sentence(25)} {sentence(25)} ",
        f"{sentence(25)} {sentence(25)}",
    ]


def test_a_heading_over_a_rule_goes_with_what_follows() -> None:
    text = f"{sentence(70)}\n\n---\n\n**On Light**\n\n{sentence(70)}\n"
    assert cut(text) == [f"{sentence(70)}\n\n---\n\n", f"**On Light**\n\n{sentence(70)}\n"]


def test_the_title_stays_by_itself() -> None:
    text = f"On Light\n{sentence(10)}\n{sentence(20)}\n"
    found = passages(text, title="On Light")
    assert [(text[p.start : p.end], p.paragraph, p.last_paragraph) for p in found] == [
        ("On Light\n", 0, 0),
        (f"{sentence(10)}\n{sentence(20)}\n", 1, 2),
    ]


def test_paragraph_numbers_as_printed() -> None:
    text = "\n".join(f"{number}.\t{sentence(30)}" for number in (33, 34, 35, 36, 37))
    assert [(p.paragraph, p.last_paragraph) for p in passages(text)] == [(33, 34), (35, 37)]
    assert passages(text)[0].sentences[0].start == 0


def test_a_long_sentence_is_cut_at_clause_marks() -> None:
    first, second = sentence(9, ",") + " " + sentence(17, ";"), sentence(14, ",") + " " + sentence(15)
    assert _texts(f"{first} {second}", 32) == [first, second]


def test_a_long_sentence_without_clauses_is_cut_at_white_space() -> None:
    assert [len(part.split()) for part in _texts(sentence(90), 32)] == [23, 22, 22, 23]


def _texts(text: str, max_tokens: int) -> list[str]:
    return [text[s.start : s.end] for p in passages(text, max_tokens) for s in p.sentences]


def test_a_run_without_spaces_is_cut_by_length() -> None:
    text = "0123456789" * 40
    found = split(Statement(id="s", text=text), words, 6)  # four words, or a hundred characters
    assert [(p.start, p.end) for p in found] == [(0, 80), (80, 160), (160, 240), (240, 320), (320, 400)]


def test_accents_stay_on_their_letters() -> None:
    text = "e\u0301" * 30
    found = split(Statement(id="s", text=text), characters, 7)
    assert all(text[p.start] == "e" for p in found)
    assert "".join(text[p.start : p.end] for p in found) == text


def test_joint_tokens_beyond_those_of_the_sentences_are_found() -> None:
    def greedy(texts: Sequence[str]) -> list[int]:
        """Counts stops thrice when they come in pairs or more."""
        return [len(text.split()) + (2 * text.count(".") if text.count(".") > 1 else 0) for text in texts]

    text = " ".join([sentence(10)] * 8)
    found = split(Statement(id="s", text=text), greedy, 40)
    assert [len(p.sentences) for p in found] == [2, 2, 2, 2]


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_a_text_without_visible_characters_has_no_passages(text: str) -> None:
    assert passages(text) == ()


def test_nothing_fits() -> None:
    with pytest.raises(ValueError, match="'p' alone has 1 tokens, more than max_tokens leaves"):
        passages("peace", max_tokens=2)


@given(
    st.text(alphabet=st.sampled_from("abcA .,;:\n\t12•-…é\u0301和。"), max_size=400),
    st.integers(3, 30),
    st.sampled_from([words, characters]),
)
def test_passages_tile_and_sentences_cover(text: str, max_tokens: int, count: CountTokens) -> None:
    statement = Statement(id="s", text=text)
    found = split(statement, count, max_tokens)
    assert found == split(statement, count, max_tokens)
    if not text.strip():
        return
    assert "".join(text[p.start : p.end] for p in found) == text
    assert (found[0].start, found[-1].end) == (0, len(text))
    assert all(count([text[p.start : p.end]])[0] <= max_tokens for p in found)
    for passage in found:
        edges = [passage.start, *(e for s in passage.sentences for e in (s.start, s.end)), passage.end]
        assert edges == sorted(edges)
        assert not any(text[low:high].strip() for low, high in zip(edges[::2], edges[1::2], strict=True))
        assert all(text[s.start : s.end].strip() == text[s.start : s.end] != "" for s in passage.sentences)


@pytest.mark.parametrize("unit", ["word and more ", "a", "We go on. ", "a\n", "5. We go.\n", "和平", ": "])
def test_a_long_text_is_cut_in_linear_time(unit: str) -> None:
    text = unit * (300_000 // len(unit))
    found = split(Statement(id="s", text=text), words, 190)  # a quadratic pass takes minutes
    assert found[-1].end == len(text)

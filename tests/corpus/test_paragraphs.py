from __future__ import annotations

import textwrap
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.paragraphs import paragraph_at, paragraphs

PROSE = (
    "The harbour towns have asked for a common lighthouse fund since the storms of last winter, and the "
    "council agreed to it without a vote. Each town pays by the length of its coast. Small towns pay less.",
    "My delegation welcomes that decision of the council and will pay its share before the end of the year, "
    "as will most of our neighbours on the northern shore. We ask the others to follow.",
    "The fund alone will not calm the sea, of course. It needs pilots, who need schools, which need teachers "
    "and time, and of these the towns have little to spare at present.",
)


def numbered(text: str, title: str = "") -> list[tuple[int, str]]:
    """Numbers and texts, with white space as single spaces."""
    return [(p.number, " ".join(text[p.start : p.end].split())) for p in paragraphs(text, title)]


def counted(*texts: str) -> list[tuple[int, str]]:
    return list(enumerate(texts, 1))


def wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, 58, initial_indent=indent)


def test_a_line_is_a_paragraph() -> None:
    assert numbered("We met.\nWe spoke of peace.\n\n\nWe left.\n") == counted(
        "We met.", "We spoke of peace.", "We left."
    )


def test_the_number_of_a_place() -> None:
    text = "On ports\nWe met.\n\nWe spoke.\n"
    places = [text.index(word) for word in ("On", "We", "met", "We spoke", "spoke")]
    assert [paragraph_at(text, "On ports", place) for place in places] == [0, 1, 1, 2, 2]
    assert paragraph_at(text, "On ports", len(text)) == 2


def test_white_space_belongs_to_the_paragraph_before() -> None:
    spans = [(p.start, p.end) for p in paragraphs("\n We met.\n\n We left. \n\n")]
    assert spans == [(0, 11), (11, 23)]


def test_page_break_inside_a_paragraph() -> None:
    furniture = "12/31 16-29865\n\f\n22/09/2016 A/71/PV.11\n"
    text = f"The towns have paid for the\n{furniture}lighthouse. They wait.\nWe do not.\n"
    assert [p.start for p in paragraphs(text)] == [0, text.index("We do")]


def test_page_break_before_a_name_in_a_long_line() -> None:
    text = PROSE[0][:160] + " United\nNations in the north. So be it.\nWe thank them.\n"
    assert [p.start for p in paragraphs(text)] == [0, text.index("We thank")]


def test_one_sentence_a_line_stays_apart() -> None:
    lines = [
        "I speak to you today…",
        "As a fisherman's son.",
        "And I ask of you",
        "Not for gold",
        "But for light.",
    ]
    assert numbered(" \n \n".join(lines)) == counted(*lines)


@pytest.mark.parametrize("between", ["\n\n", "\n", "\n \n"])
def test_wrapped_lines_make_paragraphs(between: str) -> None:
    text = between.join(wrapped(paragraph) for paragraph in PROSE)
    assert numbered(text) == counted(*PROSE)


def test_indents_start_paragraphs_even_after_full_lines() -> None:
    text = "\n".join(wrapped(paragraph[: paragraph.index(".") + 1], " ") for paragraph in PROSE * 2)
    assert numbered(text) == counted(*(paragraph[: paragraph.index(".") + 1] for paragraph in PROSE * 2))


def test_wrapped_with_a_blank_line_after_every_line() -> None:
    text = "\n\n".join(wrapped(paragraph).replace("\n", "\n\n") for paragraph in PROSE)
    assert [paragraph.split()[0] for _, paragraph in numbered(text)][:1] == ["The"]
    assert all(paragraph.endswith((".", "?")) for _, paragraph in numbered(text))


def test_headings_and_salutations_of_wrapped_text_stand_alone() -> None:
    text = "\n\n".join(["Madam President,", wrapped(PROSE[0]), "Pilots and schools", wrapped(PROSE[2])])
    assert numbered(text) == counted("Madam President,", PROSE[0], "Pilots and schools", PROSE[2])


def test_wrapped_capitals() -> None:
    text = "\n\n".join(wrapped(paragraph.upper()) for paragraph in PROSE)
    assert numbered(text) == counted(*(paragraph.upper() for paragraph in PROSE))


def test_printed_numbers() -> None:
    text = "We begin.\n34.\tWe met.\nMadam President,\n35.\tWe spoke.\n“Peace.”\n37. We left.\n"
    assert [number for number, _ in numbered(text)] == [33, 34, 34, 35, 35, 37]


def test_printed_numbers_in_wrapped_text() -> None:
    text = "\n".join(
        wrapped(f"{number}. {paragraph}") for number, paragraph in zip((8, 9, 10), PROSE, strict=True)
    )
    assert numbered(text) == [(8, f"8. {PROSE[0]}"), (9, f"9. {PROSE[1]}"), (10, f"10. {PROSE[2]}")]


def test_nothing_comes_before_one() -> None:
    assert [number for number, _ in numbered("Sirs,\n1. We met.\n2. We spoke.\n3. We left.")] == [1, 1, 2, 3]


def test_misprinted_numbers_keep_the_number_before() -> None:
    text = "\n".join(f"{number}. We sailed that day." for number in (7, 8, 99, 10, 11, 121, 13))
    assert [number for number, _ in numbered(text)] == [7, 8, 8, 10, 11, 11, 13]


def test_a_record_that_counts_anew() -> None:
    printed = [*range(1, 31), *range(2, 15)]
    text = "\n".join(f"{number}. We sailed that day." for number in printed)
    assert [number for number, _ in numbered(text)] == printed


def test_lists_and_years_number_no_paragraphs() -> None:
    aims = ["1. Light.", "2. Pilots.", "3. Schools."]
    assert numbered("\n".join([*PROSE, *aims])) == counted(*PROSE, *aims)
    years = ["2022. A dry year.", "2023. A wet year.", "2024. A good year."]
    assert numbered("\n".join(years)) == counted(*years)


def test_the_title_line_is_paragraph_0() -> None:
    text = "\nOn  Lighthouses\nWe met.\nWe left.\n"
    assert numbered(text, "On Lighthouses") == [(0, "On Lighthouses"), (1, "We met."), (2, "We left.")]
    assert numbered(text, "On Pilots")[0] == (1, "On Lighthouses")
    assert numbered("On Lighthouses", "On Lighthouses") == [(0, "On Lighthouses")]
    printed = "On the\n7. We met.\n8. We spoke.\n9. We left."
    assert [number for number, _ in numbered(printed, "On the")] == [0, 7, 8, 9]


@pytest.mark.parametrize(("text", "spans"), [("", []), (" \n", [(0, 2, 1)]), ("3\n---\n", [(0, 6, 1)])])
def test_texts_that_say_nothing(text: str, spans: list[tuple[int, int, int]]) -> None:
    assert [(p.start, p.end, p.number) for p in paragraphs(text)] == spans


@given(st.text(alphabet=st.sampled_from("ab AB.,:\n\t123•-…")), st.sampled_from(["", "a", "AB"]))
def test_paragraphs_tile_the_text(text: str, title: str) -> None:
    found = paragraphs(text, title)
    assert "".join(text[p.start : p.end] for p in found) == text
    assert all(one.end == two.start for one, two in pairwise(found))
    assert [p.number for p in found if p.number < 1] in ([], [0])
    assert found == paragraphs(text, title)

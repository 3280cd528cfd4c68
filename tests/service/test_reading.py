"""Statements read whole and in parts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.statement import Speaker, Statement
from service.reading import READ_LIMIT, part_fields

SHORT = Statement(
    "port",
    "On ports\nWe met in the old town.\nWe shall meet again.\n",
    title="On ports",
    issuers=("Kenya", "Chad"),
    speakers=(Speaker("Ada Obi", "Minister", "Kenya"),),
    date="2024-11",
    kind="joint statement",
    language="en",
    url="https://example.org/port",
)
LINE = "We shall build the harbour of Port Aurel again, and its long wall too." + "\n"
LONG = Statement("long", LINE * 600)
RUN = Statement("run", "so" * READ_LIMIT)


def test_a_whole_statement() -> None:
    assert part_fields(SHORT, is_current=False) == {
        "statement_id": "port",
        "version": SHORT.version,
        "is_current": False,
        "title": "On ports",
        "issuers": ["Kenya", "Chad"],
        "speakers": [{"name": "Ada Obi", "post": "Minister", "issuer": "Kenya"}],
        "date": "2024-11",
        "kind": "joint statement",
        "url": "https://example.org/port",
        "language": "en",
        "length": 54,
        "paragraph_count": 3,
        "last_paragraph": 2,
        "start": 0,
        "end": 54,
        "next_start": None,
        "text": SHORT.text,
        "paragraphs": [
            {"paragraph": 0, "start": 0, "end": 9},
            {"paragraph": 1, "start": 9, "end": 33},
            {"paragraph": 2, "start": 33, "end": 54},
        ],
    }


@pytest.mark.parametrize(
    ("first", "last", "start", "text", "numbers"),
    [
        (1, 1, None, "We met in the old town.\n", [1]),
        (1, None, None, "We met in the old town.\nWe shall meet again.\n", [1, 2]),
        (None, 0, None, "On ports\n", [0]),
        (2, 99, None, "We shall meet again.\n", [2]),
        (1, 1, 20, "he old town.\n", [1]),
        (None, None, 40, "l meet again.\n", [2]),
        (1, 2, 0, "We met in the old town.\nWe shall meet again.\n", [1, 2]),
    ],
)
def test_parts(first: int | None, last: int | None, start: int | None, text: str, numbers: list[int]) -> None:
    part = part_fields(SHORT, True, first, last, start)
    assert part["text"] == text == SHORT.text[part["start"] : part["end"]]
    assert [place["paragraph"] for place in part["paragraphs"]] == numbers
    assert (part["paragraph_count"], part["last_paragraph"], part["next_start"]) == (3, 2, None)


@pytest.mark.parametrize(
    ("first", "last", "start", "asked"),
    [
        (9, None, None, "from paragraph 9"),
        (2, 1, None, "from paragraph 2 to paragraph 1"),
        (1, 1, 33, "from paragraph 1 to paragraph 1 from character 33"),
        (None, None, 54, "from character 54"),
    ],
)
def test_where_nothing_stands(first: int | None, last: int | None, start: int | None, asked: str) -> None:
    with pytest.raises(ValueError, match="nothing stands") as raised:
        part_fields(SHORT, True, first, last, start)
    known = "statement 'port' has paragraphs 0 to 2 and 54 characters"
    assert str(raised.value) == f"nothing stands {asked}: {known}"


def test_paragraphs_that_print_their_numbers() -> None:
    numbered = Statement("n", "".join(f"{number}. {LINE}" for number in range(7, 12)))
    part = part_fields(numbered, True, 8, 9)
    assert part["text"] == f"8. {LINE}9. {LINE}"
    assert (part["paragraph_count"], part["last_paragraph"]) == (5, 11)


def test_a_long_part_ends_with_a_paragraph() -> None:
    fitting = READ_LIMIT // len(LINE)
    part = part_fields(LONG, True, first=2)
    assert (part["start"], part["end"]) == (len(LINE), len(LINE) * (1 + fitting))
    assert part["next_start"] == part["end"]
    assert [place["paragraph"] for place in part["paragraphs"]] == list(range(2, 2 + fitting))


def test_a_paragraph_too_long_for_one_part_is_cut() -> None:
    first = part_fields(RUN, True)
    assert (first["start"], first["end"], first["next_start"]) == (0, READ_LIMIT, READ_LIMIT)
    rest = part_fields(RUN, True, start=first["next_start"])
    assert (rest["start"], rest["end"], rest["next_start"]) == (READ_LIMIT, 2 * READ_LIMIT, None)
    assert rest["paragraphs"] == [{"paragraph": 1, "start": 0, "end": 2 * READ_LIMIT}]


Runs = list[tuple[str, int]]
runs = st.lists(st.tuples(st.text("ab .\n", max_size=30), st.integers(1, 900)), min_size=1, max_size=4)


@settings(deadline=None)
@given(runs, st.integers(1, 4))
def test_reading_on_gives_everything_once(runs: Runs, first: int) -> None:
    text = "\n".join(piece * times for piece, times in runs)
    statement = Statement("a", text)
    try:
        part = part_fields(statement, True, first)
    except ValueError:
        return
    low, read = part["start"], part["text"]
    while part["next_start"] is not None:
        assert 0 < len(part["text"]) <= READ_LIMIT
        part = part_fields(statement, True, first, start=part["next_start"])
        read += part["text"]
    assert read == text[low:]

"""Suites out of training pairs, over invented speeches."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.statement import CorpusError
from eval.pairs import Pair, draw, main, read_pairs
from eval.suites.suite import Nugget, Span
from tests.eval.asking import opening, write_rows
from tests.index.fakes import WordEncoder

SPEECHES = {
    "KEN_74_2019": "We ask for peace.\nTwo ships bring\nfood. We are grateful.",
    "KEN_75_2020": "Our water is clean.",
    "HTI_76_2021": "We regret the debt.",
    "HTI_73_2018": "We came to speak of health.",
    "CHL_74_2019": "We came to speak of trade.",
}
PASSAGES: list[dict[str, Any]] = [
    {"pid": "KEN_74_2019/0", "sentences": ["We ask for peace.", "Two ships bring food."]},
    {"pid": "HTI_76_2021/0", "sentences": ["We regret the debt."]},
    {"pid": "HTI_73_2018/0", "sentences": ["We came to speak of health."]},
]
SHIPS = {"pid": "KEN_74_2019/0", "kind": "answered", "text": "What feeds Kenya?", "sents": [1, 0]}
DEBT = {"pid": "HTI_76_2021/0", "kind": "answered", "text": "What is owed?", "sents": [0]}
PAIRS: list[dict[str, Any]] = [
    SHIPS,
    {"pid": "KEN_74_2019/0", "kind": "near_miss", "text": "Who pays for the ships?"},
    {"pid": "KEN_74_2019/0", "kind": "supported", "text": "Kenya asked for peace.", "sents": [0]},
    {"pid": "KEN_74_2019/0", "kind": "unsupported", "text": "Kenya demanded peace.", "why": "strength"},
    DEBT,
    {"pid": "HTI_73_2018/0", "kind": "answered", "text": "What did Haiti speak of?", "sents": [0]},
]


def write_training(
    folder: Path, pairs: Sequence[object] = PAIRS, passages: Sequence[object] = PASSAGES
) -> Path:
    write_rows(folder / "passages.jsonl", passages)
    write_rows(folder / "pairs.jsonl", pairs)
    return folder


def write_speeches(folder: Path) -> Path:
    """A folder for each session, and one table of who spoke above them."""
    for stem, text in SPEECHES.items():
        session = folder / f"Session {stem.split('_')[1]}"
        session.mkdir(parents=True, exist_ok=True)
        (session / f"{stem}.txt").write_text(text, encoding="utf-8")
    table = "file,country,speaker,post\nKEN_74_2019.txt,Kenya,Asha Otieno,President\n"
    (folder / "metadata.csv").write_text(table, encoding="utf-8")
    return folder


def make(folder: Path, *options: str, out: str = "out", pairs: Sequence[object] = PAIRS) -> Path:
    """What the command makes of the invented pairs."""
    training, speeches = write_training(folder / "training", pairs), write_speeches(folder / "un")
    main([str(training), "--speeches", str(speeches), "--out", str(folder / out), *options])
    return folder / out


def rows(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "pairs.jsonl").read_text(encoding="utf-8").splitlines()]


def refused(folder: Path, message: str, pairs: Sequence[object] = PAIRS, *options: str) -> None:
    with pytest.raises(CorpusError, match=f"{re.escape(message)}$"):
        make(folder, *options, pairs=pairs)


def test_what_answers_is_quoted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = make(tmp_path)
    fact = "Two ships bring food. We ask for peace."
    quotes = [
        {"doc": "KEN_74_2019", "quote": quote} for quote in ("Two ships bring food.", "We ask for peace.")
    ]
    assert rows(out)[0] == {
        "id": "KEN_74_2019/0#1",
        "kind": "fact",
        "question": "What feeds Kenya?",
        "answerable": True,
        "nuggets": [{"fact": fact, "quotes": quotes}],
    }
    assert [row["id"] for row in rows(out)] == ["KEN_74_2019/0#1", "HTI_76_2021/0#5"]
    assert capsys.readouterr().out == "2 questions over 3 speeches of 2 issuers\n"


def test_near_misses_are_what_nothing_answers_if_asked_for(tmp_path: Path) -> None:
    found = rows(make(tmp_path, "--near-misses"))
    assert [row["id"] for row in found] == ["KEN_74_2019/0#1", "KEN_74_2019/0#2", "HTI_76_2021/0#5"]
    assert found[1] == {
        "id": "KEN_74_2019/0#2",
        "kind": "unanswerable",
        "grade": "near_miss",
        "question": "Who pays for the ships?",
        "answerable": False,
        "nuggets": [],
    }


def test_the_speeches_of_an_issuer_come_whole_and_with_who_spoke(tmp_path: Path) -> None:
    out = make(tmp_path, "--years", "2018", "2019")
    # 2018 has Haiti's pair and 2019 Kenya's; of Chile there is none.
    assert {path.name: path.read_text(encoding="utf-8") for path in (out / "speeches").glob("*.txt")} == {
        f"{stem}.txt": SPEECHES[stem] for stem in ("KEN_74_2019", "HTI_73_2018")
    }
    with opening(out / "pairs.jsonl", tmp_path / "data", [out / "speeches"], WordEncoder()) as opened:
        kenya = opened.statements["KEN_74_2019"]
        assert [(who.name, who.post, who.issuer) for who in kenya.speakers] == [
            ("Asha Otieno", "President", "Kenya")
        ]
        assert [question.nuggets for question in opened.suite.questions] == [
            (
                Nugget(
                    "Two ships bring food. We ask for peace.",
                    (Span("KEN_74_2019", 18, 39), Span("KEN_74_2019", 0, 17)),
                ),
            ),
            (Nugget("We came to speak of health.", (Span("HTI_73_2018", 0, 27),)),),
        ]


def test_a_table_of_who_spoke_that_lies_elsewhere(tmp_path: Path) -> None:
    table = tmp_path / "who.csv"
    table.write_text("file,speaker\nHTI_76_2021,Marie Toussaint\n", encoding="utf-8")
    out = make(tmp_path, "--metadata", str(table))
    assert (out / "speeches" / "metadata.csv").read_bytes() == table.read_bytes()


def test_twice_the_same_bytes(tmp_path: Path) -> None:
    one, two = make(tmp_path, "--near-misses"), make(tmp_path, "--near-misses", out="again")
    files = [path.relative_to(one) for path in sorted(one.rglob("*")) if path.is_file()]
    assert [path.name for path in files] == [
        "pairs.jsonl",
        "HTI_76_2021.txt",
        "KEN_74_2019.txt",
        "KEN_75_2020.txt",
        "metadata.csv",
    ]
    assert [(one / path).read_bytes() for path in files] == [(two / path).read_bytes() for path in files]


def test_fewer_issuers_than_there_are(tmp_path: Path) -> None:
    order = ["HTI", "KEN"]
    random.Random(7).shuffle(order)
    out = make(tmp_path, "--issuers", "1", "--seed", "7")
    assert [row["id"][:3] for row in rows(out)] == order[:1]


CODES = st.lists(st.sampled_from(["AGO", "BRA", "CHL", "EU", "FJI", "GEO"]))


@given(CODES, st.integers(0, 7), st.integers(0, 3))
def test_a_draw_depends_on_who_has_pairs_and_grows_with_the_number(
    codes: list[str], number: int, seed: int
) -> None:
    pairs = [Pair("p:1", "1", f"{code}_74_2019", "answered", "Why?", ()) for code in codes]
    drawn = draw(pairs, (2019, 2019), number, seed)
    assert len(drawn) == min(number, len(set(codes)))
    assert drawn <= draw(pairs, (2019, 2019), number + 1, seed) <= set(codes)
    assert drawn == draw(pairs[::-1] * 2, (2019, 2021), number, seed)
    assert draw(pairs, (2020, 2021), number, seed) == frozenset()


def test_a_name_of_one_underscore_more(tmp_path: Path) -> None:
    passage = {"pid": "EU__66_2011/3", "sentences": ["We met."]}
    folder = write_training(tmp_path, [{**DEBT, "pid": "EU__66_2011/3"}], [passage])
    (pair,) = read_pairs(folder)
    assert pair == Pair(
        f"{folder / 'pairs.jsonl'}:1",
        "EU__66_2011/3#1",
        "EU__66_2011",
        "answered",
        "What is owed?",
        ("We met.",),
    )
    assert draw([pair], (2011, 2011), 1, 0) == {"EU"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "maybe"}, "kind: 'maybe'; accepted: answered, near_miss, supported, unsupported"),
        ({"pid": "KEN_74_2019/9"}, "pid: 'KEN_74_2019/9'; accepted: that of a line of passages.jsonl"),
        ({"sents": [0, 1]}, "sents[1]: 1; accepted: less than 1, the number of sentences"),
        ({"sents": [-1]}, "sents[0]: -1; accepted: a whole number from 0 up"),
        ({"sents": []}, "sents: empty; accepted: one or more"),
        ({"text": " "}, "text: ' '; accepted: text"),
    ],
)
def test_what_is_wrong_in_a_pair(tmp_path: Path, change: dict[str, object], message: str) -> None:
    place = f"{tmp_path / 'training' / 'pairs.jsonl'}:2: "
    refused(tmp_path, place + message, [SHIPS, {**DEBT, **change}])


@pytest.mark.parametrize(
    ("passage", "message"),
    [
        ({"pid": "Kenya/0", "sentences": []}, "1: pid: 'Kenya/0'; accepted: ISSUER_SESSION_YEAR/number"),
        ({"pid": "KEN_74_2019/0"}, "1: sentences: missing; accepted: a list"),
        ({"pid": "KEN_74_2019/0", "sentences": [1]}, "1: sentences[0]: 1; accepted: text"),
    ],
)
def test_what_is_wrong_in_a_passage(tmp_path: Path, passage: dict[str, object], message: str) -> None:
    folder = write_training(tmp_path, passages=[passage])
    with pytest.raises(CorpusError, match=f"{re.escape(f'{folder}/passages.jsonl:{message}')}$"):
        read_pairs(folder)


def test_a_passage_that_is_there_twice(tmp_path: Path) -> None:
    folder = write_training(tmp_path, passages=[*PASSAGES, PASSAGES[0]])
    message = f"{folder}/passages.jsonl:4: id 'KEN_74_2019/0' is used twice"
    with pytest.raises(CorpusError, match=re.escape(message)):
        read_pairs(folder)


def test_speeches_that_are_not_those_of_the_pairs(tmp_path: Path) -> None:
    place = f"{tmp_path / 'training' / 'pairs.jsonl'}:5: "
    (write_speeches(tmp_path / "un") / "Session 76" / "HTI_76_2021.txt").unlink()
    training = write_training(tmp_path / "training")
    arguments = [str(training), "--speeches", str(tmp_path / "un"), "--out", str(tmp_path / "out")]
    missing = f"{place}pid: no file of 'HTI_76_2021' among the speeches"
    with pytest.raises(CorpusError, match=re.escape(missing)):
        main(arguments)
    other = tmp_path / "un" / "HTI_76_2021.txt"
    other.write_text("We regret the delay.", encoding="utf-8")
    stands = f"{place}sents: 'We regret the debt.' does not stand in 'HTI_76_2021'"
    with pytest.raises(CorpusError, match=re.escape(stands)):
        main(arguments)
    assert not (tmp_path / "out").exists()


def test_a_speech_that_is_there_twice(tmp_path: Path) -> None:
    write_speeches(tmp_path / "un")
    (tmp_path / "un" / "KEN_74_2019.txt").write_text("We ask for peace.", encoding="utf-8")
    first, second = tmp_path / "un" / "KEN_74_2019.txt", tmp_path / "un" / "Session 74" / "KEN_74_2019.txt"
    refused(tmp_path, f"{second}: 'KEN_74_2019' is also at {first}")


def test_two_tables_of_who_spoke(tmp_path: Path) -> None:
    above, beside = tmp_path / "un" / "metadata.csv", tmp_path / "un" / "Session 74" / "metadata.csv"
    write_speeches(tmp_path / "un")
    beside.write_text("file,speaker\nKEN_74_2019,Asha Otieno\n", encoding="utf-8")
    refused(tmp_path, f"several tables of metadata: {beside}, {above}; name one")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_there_already(tmp_path: Path) -> None:
    out = make(tmp_path)
    refused(tmp_path, f"{out / 'speeches'}: File exists; expected a new folder")


def test_years_without_pairs(tmp_path: Path) -> None:
    message = f"{tmp_path / 'training'}: no answered pair of 1990-1999"
    refused(tmp_path, message, PAIRS, "--years", "1999", "1990")

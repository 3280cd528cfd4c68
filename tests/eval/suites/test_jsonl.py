"""Our own suites, and what is wrong in a line told by its field."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.statement import CorpusError, Statement
from eval.suites.jsonl import read_jsonl
from eval.suites.suite import GoldQuestion, Nugget, Span, Suite, SuiteFile
from tests.eval.suites.mangling import mangled

TEXT = "We will open\ntwo schools. We regret the delay. We will open two schools."
STATEMENTS = {"a": Statement("a", TEXT), "caf\u00e9": Statement("caf\u00e9", "Un caf\u00e9, ha ha ha!")}
QUOTE = {"doc": "a", "quote": "open two  schools"}
ROW: dict[str, Any] = {
    "id": "q1",
    "kind": "fact",
    "question": "How many schools?",
    "answerable": True,
    "nuggets": [{"fact": "two", "quotes": [QUOTE]}],
}
NOTHING = {"id": "q9", "kind": "unanswerable", "grade": "off_topic", "question": "Why?"}
SILENT = {**NOTHING, "answerable": False, "nuggets": []}


def write(folder: Path, *rows: object, name: str = "suite.jsonl") -> Path:
    path = folder / name
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), "utf-8")
    return path


def quoting(*quotes: object) -> dict[str, object]:
    return {**ROW, "nuggets": [{"fact": "two", "quotes": list(quotes)}]}


def evidence(folder: Path, doc: str, quote: str) -> tuple[Span, ...]:
    path = write(folder, quoting({"doc": doc, "quote": quote}))
    return read_jsonl([path], STATEMENTS).questions[0].nuggets[0].evidence


def test_a_suite_of_two_files(tmp_path: Path) -> None:
    one, two = write(tmp_path, ROW, ""), write(tmp_path, SILENT, name="silent.jsonl")
    spans = (Span("a", 8, 24), Span("a", 55, 71))
    assert [TEXT[span.start : span.end] for span in spans] == ["open\ntwo schools", "open two schools"]
    assert read_jsonl([one, two], STATEMENTS) == Suite(
        "suite + silent",
        "jsonl",
        (
            SuiteFile("suite.jsonl", hashlib.sha256(one.read_bytes()).hexdigest()),
            SuiteFile("silent.jsonl", hashlib.sha256(two.read_bytes()).hexdigest()),
        ),
        (
            GoldQuestion("q1", "How many schools?", "fact", "", True, (Nugget("two", spans),), {"a": 1}),
            GoldQuestion("q9", "Why?", "unanswerable", "off_topic", False),
        ),
    )


def test_a_quote_stands_where_it_overlaps_itself_too(tmp_path: Path) -> None:
    assert evidence(tmp_path, "caf\u00e9", "ha ha") == (Span("caf\u00e9", 9, 14), Span("caf\u00e9", 12, 17))


def test_a_quote_and_an_id_are_compared_in_canonical_form(tmp_path: Path) -> None:
    assert evidence(tmp_path, "cafe\u0301", "Un\r\ncafe\u0301") == (Span("caf\u00e9", 0, 7),)


def test_the_same_place_quoted_twice_is_one_span(tmp_path: Path) -> None:
    row = quoting(QUOTE, {"doc": "a", "quote": "the delay"}, QUOTE)
    found = read_jsonl([write(tmp_path, row)], STATEMENTS).questions[0].nuggets[0].evidence
    assert found == (Span("a", 8, 24), Span("a", 55, 71), Span("a", 36, 45))


def test_a_mark_carriage_returns_and_empty_lines_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "suite.jsonl"
    path.write_bytes(
        b"\xef\xbb\xbf" + json.dumps(ROW).encode() + b"\r\n\r\n \r\n" + json.dumps(SILENT).encode()
    )
    assert [question.id for question in read_jsonl([path], STATEMENTS).questions] == ["q1", "q9"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{", "not JSON at character 1: Expecting property name enclosed in double quotes"),
        ("[1]", "expected an object, found list"),
        ('{"id": "\0"}', "not JSON at character 8: Invalid control character at"),
        ({**SILENT, "id": 7.0}, "id: 7.0; accepted: text or a whole number"),
        ({**SILENT, "id": True}, "id: true; accepted: text or a whole number"),
        ({**SILENT, "id": " "}, "id: ' '; accepted: text or a whole number"),
        ({**SILENT, "id": "q\x1b"}, r"id: 'q\x1b' holds control characters"),
        ({**SILENT, "id": "\ud800"}, "id: half a surrogate pair at character 0; accepted: Unicode"),
        (ROW, "id 'q1' is used twice; first at {path}:1"),
        ({**ROW, "kind": "riddle"}, "kind: 'riddle'; accepted: fact, position, list, change, compare,"
         " false_premise, unanswerable"),
        ({**ROW, "kind": ["fact"]}, "kind: list; accepted: fact, position, list, change, compare,"
         " false_premise, unanswerable"),
        ({**ROW, "answerable": 1}, "answerable: 1; accepted: true or false"),
        ({**ROW, "answerable": False},
         "nuggets: 1 with answerable false; accepted: some if answerable, else none"),
        ({**SILENT, "answerable": True},
         "nuggets: 0 with answerable true; accepted: some if answerable, else none"),
        ({**SILENT, "question": None}, "question: missing; accepted: text"),
        ({**SILENT, "question": "a\0"}, "question: holds a NUL character; accepted: plain text"),
        ({**SILENT, "question": float("nan")}, "question: NaN; accepted: text"),
        ({**SILENT, "grade": True}, "grade: true; accepted: text"),
        ({**ROW, "nuggets": {}}, "nuggets: dict; accepted: a list"),
        ({**ROW, "nuggets": ["two"]}, "nuggets[0]: 'two'; accepted: an object"),
        ({**ROW, "nuggets": [{"quotes": [QUOTE]}]}, "nuggets[0].fact: missing; accepted: text"),
        (quoting(), "nuggets[0].quotes: empty; accepted: one or more"),
        (quoting(QUOTE, 5), "nuggets[0].quotes[1]: 5; accepted: an object"),
        (quoting({**QUOTE, "doc": "z"}), "nuggets[0].quotes[0].doc: 'z' is no statement of the collection"),
        (quoting({**QUOTE, "doc": "A"}),
         "nuggets[0].quotes[0].doc: 'A' is no statement of the collection; did you mean 'a'?"),
        (quoting({**QUOTE, "doc": "CAF\u00c9.txt"}), "nuggets[0].quotes[0].doc: 'CAF\u00c9.txt' is no"
         " statement of the collection; did you mean 'caf\u00e9'?"),
        (quoting({**QUOTE, "doc": "caff\u00e9"}), "nuggets[0].quotes[0].doc: 'caff\u00e9' is no"
         " statement of the collection; did you mean 'caf\u00e9'?"),
        (quoting(QUOTE, {**QUOTE, "quote": "three\nschools"}),
         r"nuggets[0].quotes[1].quote: 'three\nschools' does not stand in 'a'"),
        (quoting({**QUOTE, "quote": ""}), "nuggets[0].quotes[0].quote: ''; accepted: text"),
        (quoting({**QUOTE, "quote": "\ufeff "}),
         r"nuggets[0].quotes[0].quote: '\ufeff '; accepted: text"),
        (quoting({**QUOTE, "quote": 10**99}), f"nuggets[0].quotes[0].quote: 1{'0' * 79}; accepted: text"),
    ],
)  # fmt: skip
def test_what_is_no_question_is_named(tmp_path: Path, row: object, message: str) -> None:
    path = write(tmp_path, ROW, "", row)
    with pytest.raises(CorpusError) as raised:
        read_jsonl([path], STATEMENTS)
    assert str(raised.value) == f"{path}:3: {message.format(path=path)}"


PORTS = "\u201cZembla\u2019s  ports\u201d. We regret the co-\noperation of two."


@pytest.mark.parametrize(
    ("quote", "difference"),
    [
        ("Zembla's ports", """how it is set: at character 6 it has "'", the statement '\u2019'"""),
        ('"Zembla\u2019s ports"', """how it is set: at character 0 it has '"', the statement '\u201c'"""),
        ("\u201cZembla's\nports\u201d",
         """how it is set: at character 7 it has "'", the statement '\u2019'"""),
        ("we regret", "how it is set: at character 0 it has 'w', the statement 'W'"),
        ("the cooperation", "how it is set: at character 6 it has 'o', the statement '-'"),
        ("cooperation of two.'",
         "how it is set: at character 2 it has 'o', the statement '-'"),
        ("operation of two.'", """how it is set: at character 17 it has "'", the statement ''"""),
        ("regret [indeed] the", "marked edits: at character 7 it has '[', the statement 't'"),
    ],
)  # fmt: skip
def test_a_quote_set_otherwise_is_told_where(tmp_path: Path, quote: str, difference: str) -> None:
    path = write(tmp_path, quoting({"doc": "p", "quote": quote}))
    with pytest.raises(CorpusError) as raised:
        read_jsonl([path], {"p": Statement("p", PORTS)})
    place = f"{path}:1: nuggets[0].quotes[0].quote: {quote!r} does not stand in 'p'"
    assert str(raised.value) == f"{place}; it differs only in {difference}"


def test_whole_numbers_are_ids_by_their_digits(tmp_path: Path) -> None:
    path = write(tmp_path, {**quoting({"doc": 3, "quote": "ports"}), "id": -7}, {**SILENT, "id": "-7"})
    with pytest.raises(CorpusError) as raised:
        read_jsonl([path], {"3": Statement("3", "Our ports.")})
    assert str(raised.value) == f"{path}:2: id '-7' is used twice; first at {path}:1"
    path = write(tmp_path, {**quoting({"doc": 3, "quote": "ports"}), "id": 7})
    (question,) = read_jsonl([path], {"3": Statement("3", "Our ports.")}).questions
    assert (question.id, question.nuggets[0].evidence) == ("7", (Span("3", 4, 9),))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (json.dumps(ROW, indent=2), 1),
        ("\ufeff\n \n" + json.dumps([ROW, SILENT], indent=1), 3),
        (f"{json.dumps(ROW, indent=0)}\n{json.dumps(SILENT, indent=0)}", 1),
        (f"[\n{json.dumps(ROW)},\n{json.dumps(SILENT)}\n]", 1),
    ],
)
def test_json_over_several_lines_is_one_error(tmp_path: Path, text: str, line: int) -> None:
    one, two = write(tmp_path, text), write(tmp_path, "5", name="more.jsonl")
    with pytest.raises(CorpusError) as raised:
        read_jsonl([one, two], STATEMENTS)
    assert str(raised.value).split("\n") == [
        f"{one}:{line}: not one JSON object a line; accepted: JSONL, each object on one line",
        f"{two}:1: expected an object, found int",
    ]


@pytest.mark.parametrize("first", ["[1]", "{", "[" * 100_000, '{"id": "q1",'])
def test_a_first_line_that_is_wrong_by_itself_leaves_the_others(tmp_path: Path, first: str) -> None:
    path = write(tmp_path, first, ROW, 5)
    with pytest.raises(CorpusError) as raised:
        read_jsonl([path], STATEMENTS)
    told = str(raised.value).split("\n")
    assert told[0].startswith(f"{path}:1: {'expected an object' if first == '[1]' else 'not JSON'}")
    assert told[1:] == [f"{path}:3: expected an object, found int"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_one_error(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "suite.jsonl"
    path.write_bytes(f"\ufeff{json.dumps(ROW)}\n{json.dumps(SILENT)}\n".encode(encoding))
    with pytest.raises(CorpusError) as raised:
        read_jsonl([path], STATEMENTS)
    assert str(raised.value) == f"{path}: UTF-16; accepted: UTF-8"


def test_an_id_is_unique_over_all_files(tmp_path: Path) -> None:
    one, two = write(tmp_path, SILENT, ROW), write(tmp_path, ROW, name="more.jsonl")
    with pytest.raises(CorpusError) as raised:
        read_jsonl([one, two], STATEMENTS)
    assert str(raised.value) == f"{two}:1: id 'q1' is used twice; first at {one}:2"


def test_all_that_is_wrong_is_told_together(tmp_path: Path) -> None:
    one = write(tmp_path, quoting({"doc": "a", "quote": "three schools"}), ROW, "{", {**ROW, "id": 5.5})
    two = write(tmp_path, ROW, {**ROW, "id": "q2", "answerable": 1}, name="more.jsonl")
    with pytest.raises(CorpusError) as raised:
        read_jsonl([one, two], STATEMENTS)
    told = str(raised.value).split("\n")
    assert told[0].startswith(f"{one}:1: nuggets[0].quotes[0].quote: 'three schools' does not stand in 'a'")
    assert told[1].startswith(f"{one}:3: not JSON at character 1")
    assert told[2:] == [
        f"{one}:4: id: 5.5; accepted: text or a whole number",
        f"{two}:1: id 'q1' is used twice; first at {one}:2",
        f"{two}:2: answerable: 1; accepted: true or false",
    ]


@pytest.mark.parametrize(("wrong", "told"), [(19, 19), (20, 21), (900, 21)])
def test_what_is_too_much_to_read_is_not_told(tmp_path: Path, wrong: int, told: int) -> None:
    path = write(tmp_path, *[5] * wrong)
    with pytest.raises(CorpusError) as raised:
        read_jsonl([path], STATEMENTS)
    lines = str(raised.value).split("\n")
    assert lines[18] == f"{path}:19: expected an object, found int"
    assert len(lines) == told
    assert lines[20:] == ["perhaps more: after 20 problems the rest was not read"][: told - 20]


def test_of_a_key_that_is_there_twice_the_last_counts(tmp_path: Path) -> None:
    path = write(tmp_path, json.dumps(SILENT).replace('"question"', '"question": 3, "question"'))
    assert read_jsonl([path], {}).questions[0].text == "Why?"


def test_other_encodings_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "suite.jsonl"
    path.write_bytes(json.dumps(SILENT).encode() + b'\n{"id": "\xe9"}')
    with pytest.raises(CorpusError, match=re.escape(f"{path}:2: not UTF-8 at byte 8 of the line")):
        read_jsonl([path], {})


def test_files_that_hold_nothing_or_cannot_be_read(tmp_path: Path) -> None:
    one, two = write(tmp_path, ""), write(tmp_path, " ", name="more.jsonl")
    with pytest.raises(CorpusError) as raised:
        read_jsonl([one, two], {})
    assert str(raised.value) == f"{one}, {two}: no question in it"
    with pytest.raises(CorpusError, match="no file: no question in it"):
        read_jsonl([], {})
    with pytest.raises(CorpusError, match=re.escape(f"{tmp_path}: is a folder; expected a file")):
        read_jsonl([tmp_path], {})
    missing = tmp_path / "none.jsonl"
    with pytest.raises(CorpusError, match=re.escape(f"{missing}: cannot be read: No such file")):
        read_jsonl([missing], {})


@given(mangled(ROW))
def test_whatever_a_line_holds_it_is_a_question_or_its_line_is_named(
    tmp_path_factory: pytest.TempPathFactory, row: object
) -> None:
    path = write(tmp_path_factory.mktemp("m"), SILENT, row)
    error = ""
    try:
        question = read_jsonl([path], STATEMENTS).questions[1]
        assert question.answerable is bool(question.nuggets)
        question.text.encode()
    except CorpusError as raised:
        error = str(raised)
    assert not error or error.startswith(f"{path}:2: ")
    error.encode()


@given(st.data())
def test_every_part_of_a_text_is_found_where_it_was_cut(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    text = data.draw(st.text("ab \n", min_size=1).filter(str.strip))
    start = data.draw(st.sampled_from([i for i, char in enumerate(text) if not char.isspace()]))
    end = data.draw(st.sampled_from([i + 1 for i in range(start, len(text)) if not text[i].isspace()]))
    row = quoting({"doc": "s", "quote": text[start:end].replace(" ", "\n ")})
    suite = read_jsonl([write(tmp_path_factory.mktemp("q"), row)], {"s": Statement("s", text)})
    found = suite.questions[0].nuggets[0].evidence
    assert Span("s", start, end) in found
    assert {" ".join(text[span.start : span.end].split()) for span in found} == {
        " ".join(text[start:end].split())
    }


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        ("???", "the question is '???'; expected words"),
        ("w" * 2001, "the question has 2001 characters; accepted are up to 2000"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(tmp_path: Path, question: str, problem: str) -> None:
    path = tmp_path / "s.jsonl"
    row = {"id": "q", "kind": "unanswerable", "question": question, "answerable": False, "nuggets": []}
    path.write_text(json.dumps(row), encoding="utf-8")
    with pytest.raises(CorpusError, match=re.escape(f"s.jsonl:1: question: {problem}")):
        read_jsonl([path], {})

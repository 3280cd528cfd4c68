"""SQuAD files: where answers stand, and where what is wrong stands in the file."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.statement import CorpusError, Statement, canonical
from eval.suites.squad import position, read_squad
from eval.suites.suite import GoldQuestion, Nugget, Span, Suite, SuiteFile
from tests.eval.suites.mangling import ANYTHING, mangled, paths

Row = dict[str, Any]

BOATS = "The ferry sails at noon. The ferry is red."
ANSWER: Row = {"text": "at noon", "answer_start": 16}
WHEN: Row = {
    "id": "q1",
    "question": "When?",
    "answers": [ANSWER, {"text": "noon", "answer_start": 19}, ANSWER],
}
COST: Row = {
    "id": "q2",
    "question": "How much?",
    "is_impossible": True,
    "answers": [],
    "plausible_answers": [1],
}
WHOLE: Row = {
    "version": "v2.0",
    "data": [
        {"title": "The_Ferry", "paragraphs": [
            {"context": BOATS, "qas": [WHEN, COST]},
            {"context": "Cafe\u0301\r\nbar", "qas": [
                {"id": "q3", "question": "What?", "answers": [{"text": "bar", "answer_start": 7}]},
            ]},
        ]},
        {"paragraphs": [{"context": "No title.", "qas": []}]},
        {"title": "The_Ferry", "paragraphs": [{"context": "More.", "qas": []}]},
    ],
}  # fmt: skip


def write(folder: Path, whole: object, indent: int | None = None) -> Path:
    path = folder / "boats.json"
    path.write_text(whole if isinstance(whole, str) else json.dumps(whole, indent=indent), "utf-8")
    return path


def one(context: str, answer: object, start: object) -> Row:
    answers = [{"text": answer, "answer_start": start}]
    qas = [{"id": "q", "question": "Who?", "is_impossible": False, "answers": answers}]
    return {"data": [{"title": "t", "paragraphs": [{"context": context, "qas": qas}]}]}


def changed(path: tuple[str | int, ...], value: object) -> Row:
    whole: Row = json.loads(json.dumps(WHOLE))
    place: Any = whole
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return whole


def error_of(path: Path) -> str:
    with pytest.raises(CorpusError) as raised:
        read_squad(path)
    return str(raised.value)


def test_a_file(tmp_path: Path) -> None:
    path = write(tmp_path, WHOLE)
    noon = (Span("The_Ferry/0", 16, 23), Span("The_Ferry/0", 19, 23))
    assert [BOATS[span.start : span.end] for span in noon] == ["at noon", "noon"]
    bar = (Span("The_Ferry/1", 5, 8),)
    assert read_squad(path) == Suite(
        "boats",
        "squad",
        (SuiteFile("boats.json", hashlib.sha256(path.read_bytes()).hexdigest()),),
        (
            GoldQuestion(
                "q1", "When?", answerable=True, nuggets=(Nugget("", noon),), relevant={"The_Ferry/0": 1}
            ),
            GoldQuestion("q2", "How much?", answerable=False),
            GoldQuestion(
                "q3", "What?", answerable=True, nuggets=(Nugget("", bar),), relevant={"The_Ferry/1": 1}
            ),
        ),
        (
            Statement("The_Ferry/0", BOATS, "The Ferry"),
            Statement("The_Ferry/1", "Caf\u00e9\nbar", "The Ferry"),
            Statement("boats/0", "No title."),
            Statement("The_Ferry/2", "More.", "The Ferry"),
        ),
    )


def test_a_mark_before_the_file_is_passed_over(tmp_path: Path) -> None:
    assert read_squad(write(tmp_path, "\ufeff" + json.dumps(WHOLE))).questions[1].id == "q2"


@pytest.mark.parametrize(
    ("step", "value", "message"),
    [
        (("data",), {}, "data: dict; accepted: a list"),
        (("data", 0), None, "data[0]: missing; accepted: an object"),
        (("data", 0, "title"), 5, "data[0].title: 5; accepted: text"),
        (("data", 0, "title"), "a//b", "data[0].paragraphs[0]: from title and number of the paragraph: id"
         " 'a//b/0' cannot stand in an address: between slashes no part may be empty, '.' or '..', nor may"
         " the last one be 'text'"),
        (("data", 0, "paragraphs"), "x", "data[0].paragraphs: 'x'; accepted: a list"),
        (("data", 0, "paragraphs", 1, "context"), "", "data[0].paragraphs[1].context: ''; accepted: text"),
        (("data", 0, "paragraphs", 1, "context"), "a\ud800",
         "data[0].paragraphs[1].context: half a surrogate pair at character 1; accepted: Unicode"),
        (("data", 0, "paragraphs", 0, "qas", 1), 5, "data[0].paragraphs[0].qas[1]: 5; accepted: an object"),
        (("data", 0, "paragraphs", 0, "qas", 1, "id"), "q1",
         "data[0].paragraphs[0].qas[1].id: 'q1' is used twice"),
        (("data", 0, "paragraphs", 0, "qas", 1, "is_impossible"), 1,
         "data[0].paragraphs[0].qas[1].is_impossible: 1; accepted: true or false"),
        (("data", 0, "paragraphs", 0, "qas", 1, "is_impossible"), False,
         "data[0].paragraphs[0].qas[1].answers: 0 with is_impossible false; accepted: none if it is"
         " impossible, else some"),
        (("data", 0, "paragraphs", 0, "qas", 1, "answers"), [ANSWER],
         "data[0].paragraphs[0].qas[1].answers: 1 with is_impossible true; accepted: none if it is"
         " impossible, else some"),
        (("data", 0, "paragraphs", 0, "qas", 0, "answers", 1), "noon",
         "data[0].paragraphs[0].qas[0].answers[1]: 'noon'; accepted: an object"),
        (("data", 0, "paragraphs", 0, "qas", 0, "answers", 1, "text"), "\ufeff",
         r"data[0].paragraphs[0].qas[0].answers[1].text: '\ufeff'; accepted: text"),
        (("data", 0, "paragraphs", 0, "qas", 0, "answers", 1, "answer_start"), 18,
         "data[0].paragraphs[0].qas[0].answers[1]: 'noon' does not stand at 18 of the context"),
        (("data", 0, "paragraphs", 0, "qas", 0, "answers", 1, "answer_start"), -23,
         "data[0].paragraphs[0].qas[0].answers[1].answer_start: -23; accepted: a whole number from 0 up"),
        (("data", 0, "paragraphs", 0, "qas", 0, "answers", 1, "answer_start"), 19.0,
         "data[0].paragraphs[0].qas[0].answers[1].answer_start: 19.0; accepted: a whole number from 0 up"),
        (("data", 0, "paragraphs", 0, "qas", 0, "answers", 1, "answer_start"), True,
         "data[0].paragraphs[0].qas[0].answers[1].answer_start: true; accepted: a whole number from 0 up"),
        (("data", 0, "paragraphs", 0, "qas", 0, "answers", 1, "answer_start"), float("nan"),
         "data[0].paragraphs[0].qas[0].answers[1].answer_start: NaN; accepted: a whole number from 0 up"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_path(
    tmp_path: Path, step: tuple[str | int, ...], value: object, message: str
) -> None:
    path = write(tmp_path, changed(step, value))
    assert error_of(path).split("\n")[0] == f"{path}:1: {message}"


def test_all_that_is_wrong_is_told_together(tmp_path: Path) -> None:
    whole = changed(("data", 0, "paragraphs", 1, "context"), "")
    whole["data"][0]["paragraphs"][0]["qas"][0]["question"] = 7
    whole["data"].append(5)
    path = write(tmp_path, whole)
    assert error_of(path).split("\n") == [
        f"{path}:1: data[0].paragraphs[0].qas[0].question: 7; accepted: text",
        f"{path}:1: data[0].paragraphs[1].context: ''; accepted: text",
        f"{path}:1: data[3]: 5; accepted: an object",
    ]


PRINTED = """{"data": [
  {"title": "t", "paragraphs": [
    {"context": "The ferry sails at noon.",
     "qas": [
       {"id": "q1", "question": "Is it q2?",
        "answers": [{"text": "noon", "answer_start": 19}]},
       {"id": "q2", "question": "What sails?",
        "answers": [
          {"text": "ferry", "answer_start": 4},
          {"text": "sails",
           "answer_start": 10}]}]}]}]}"""


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('"t"', "7", 2),
        ('"noon"', '"dusk"', 6),
        ('"answers": [{', '"other": [{', 5),
        ('"What', '"\\ud800', 7),
        ('"q2"', '"q1"', 7),
        (": 4", ": 3", 9),
        (": 10", ": 9", 10),
        (": 10", ": -1", 11),
    ],
)
def test_the_line_is_named(tmp_path: Path, old: str, new: str, line: int) -> None:
    path = write(tmp_path, PRINTED.replace(old, new, 1))
    assert error_of(path).startswith(f"{path}:{line}: data[0].")


@pytest.mark.parametrize(
    ("context", "answer", "start", "span"),
    [
        ("caf\u00e9 bar", "bar", 5, (5, 8)),
        ("cafe\u0301 bar", "bar", 6, (5, 8)),
        ("cafe\u0301 bar", "cafe\u0301", 0, (0, 4)),
        ("a\r\nb\r\nc", "b\r\nc", 3, (2, 5)),
        ("\ufeffab", "b", 2, (1, 2)),
        ("\U0001f41d bees", "bees", 2, (2, 6)),
    ],
)
def test_answers_stand_in_the_canonical_text(
    tmp_path: Path, context: str, answer: str, start: int, span: tuple[int, int]
) -> None:
    suite = read_squad(write(tmp_path, one(context, answer, start)))
    assert suite.questions[0].nuggets == (Nugget("", (Span("t/0", *span),)),)
    assert suite.statements[0].text[slice(*span)] == canonical(answer)


@pytest.mark.parametrize(("answer", "start"), [("cafe", 0), ("\u0301 bar", 4)])
def test_an_answer_that_cuts_a_character_is_refused(tmp_path: Path, answer: str, start: int) -> None:
    path = write(tmp_path, one("cafe\u0301 bar", answer, start))
    assert error_of(path) == (
        f"{path}:1: data[0].paragraphs[0].qas[0].answers[0]: {answer!r} is cut in the middle of a character"
        " or of a line end"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ":1: not JSON at character 1 of the line: Expecting value"),
        ('{\n"data": ]', ":2: not JSON at character 9 of the line: Expecting value"),
        ('{"data": []}\n{}', ":2: not JSON at character 1 of the line: Extra data"),
        ("[]", ":1: list; accepted: an object"),
        ("\n7", ":2: 7; accepted: an object"),
        ("\n{}", ":2: data: missing; accepted: a list"),
        ('{"data": []}', ": no question in it"),
        ('{"data": "\0"}', ":1: not JSON at character 11 of the line: Invalid control character at"),
    ],
)
def test_what_is_no_suite_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = write(tmp_path, text)
    assert error_of(path) == f"{path}{message}"


def test_json_that_cannot_be_read(tmp_path: Path) -> None:
    deep, long = write(tmp_path, "[" * 100_000), f'{{"data": {"1" * 5000}}}'
    assert error_of(deep).startswith(f"{deep}: not JSON that can be read: maximum recursion depth exceeded")
    path = write(tmp_path, long)
    assert error_of(path).startswith(f"{path}: not JSON that can be read: Exceeds the limit (4300")
    path.write_bytes(b'\xef\xbb\xbf{\n"data": "\xff"}')
    assert error_of(path) == f"{path}:2: byte 0xff is not UTF-8"
    path.write_bytes(f"\ufeff{json.dumps(WHOLE)}".encode("utf-16-be"))
    assert error_of(path) == f"{path}: UTF-16; accepted: UTF-8"
    assert error_of(tmp_path) == f"{tmp_path}: is a folder; expected a file"


@given(mangled(WHOLE), st.sampled_from([None, 0, 2]))
def test_whatever_a_file_holds_it_is_a_suite_or_its_line_is_named(
    tmp_path_factory: pytest.TempPathFactory, whole: object, indent: int | None
) -> None:
    path = write(tmp_path_factory.mktemp("m"), whole, indent)
    error = ""
    try:
        suite = read_squad(path)
        texts = {statement.id: statement.text for statement in suite.statements}
        assert len(texts) == len(suite.statements)
        spans = [span for question in suite.questions for n in question.nuggets for span in n.evidence]
        assert all(texts[span.statement][span.start : span.end] for span in spans)
    except CorpusError as raised:
        error = str(raised)
    assert not error or re.match(rf"{re.escape(str(path))}(:\d+: \w|: no question)", error)
    error.encode()


@given(ANYTHING, st.sampled_from([None, 0, 2]))
def test_every_value_is_found_where_it_begins(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent)
    for path in paths(value):
        found: Any = value
        for step in path:
            found = found[step]
        begins, _ = json.JSONDecoder().raw_decode(text, position(text, path))
        assert json.dumps(begins) == json.dumps(found)


def test_of_what_is_missing_the_place_around_it_is_told() -> None:
    text = ' {"a": [7, {"a": 8, "a": 9}]}'
    assert text[position(text, ("a", 1, "a"))] == "9"
    assert text[position(text, ("a", 1, "b"))] == "{"
    assert text[position(text, ("a", 0, "b"))] == "7"
    assert text[position(text, ("a", 5))] == "["
    assert position(text, ()) == 1

"""Which form lies at a path, and which go together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from corpus.statement import CorpusError, Statement
from eval.suites.read import brings_statements, files_of, form_of, read_suite
from tests.eval.suites import test_beir, test_jsonl, test_squad

ACCEPTED = (
    "a .jsonl file of questions, a .json file in SQuAD form, a BEIR folder with corpus.jsonl, or one of its"
    " qrels/*.tsv"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    test_beir.write(tmp_path / "bees", dev="q1\td1\t1\n", test="q2\td2\t1\n")
    test_jsonl.write(tmp_path, test_jsonl.ROW, name="own.JSONL")
    test_jsonl.write(tmp_path, test_jsonl.SILENT, name="more.jsonl")
    test_squad.write(tmp_path, test_squad.WHOLE)
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").touch()
    return tmp_path


def error_of(*paths: Path) -> str:
    with pytest.raises(CorpusError) as raised:
        read_suite(paths, {})
    return str(raised.value)


def test_forms(folder: Path) -> None:
    found = {name: form_of(folder / name) for name in ("bees", "own.JSONL", "boats.json")}
    assert found == {"bees": "beir", "own.JSONL": "jsonl", "boats.json": "squad"}
    assert [brings_statements([folder / name]) for name in found] == [True, False, True]
    assert brings_statements([folder / "own.JSONL", folder / "more.jsonl"]) is False


def test_suites_of_each_form(folder: Path) -> None:
    own = read_suite([folder / "own.JSONL", folder / "more.jsonl"], test_jsonl.STATEMENTS)
    assert (own.name, [question.id for question in own.questions], own.statements) == (
        "own + more",
        ["q1", "q9"],
        (),
    )
    other = {"x": Statement("x", "not used")}
    bees, boats = read_suite([folder / "bees"], other), read_suite([folder / "boats.json"], other)
    assert (bees.form, [question.id for question in bees.questions]) == ("beir", ["q2"])
    assert [statement.id for statement in bees.statements] == ["d1", "d2", "d3", "d4"]
    assert [
        question.id for question in read_suite([folder / "bees" / "qrels" / "dev.tsv"], {}).questions
    ] == ["q1"]
    assert (boats.form, [question.id for question in boats.questions]) == ("squad", ["q1", "q2", "q3"])


def test_the_files_of_a_suite(folder: Path) -> None:
    bees = folder / "bees"
    names = ("corpus.jsonl", "queries.jsonl", "qrels/dev.tsv", "qrels/test.tsv")
    files = {bees / name for name in names}
    assert set(files_of(bees)) == set(files_of(bees / "qrels" / "dev.tsv")) == files
    assert files_of(folder / "own.JSONL") == (folder / "own.JSONL",)
    assert files_of(folder / "none.json") == (folder / "none.json",)


def test_what_is_no_suite(folder: Path) -> None:
    empty, text, missing = folder / "empty", folder / "text.txt", folder / "none.jsonl"
    assert error_of(empty) == f"{empty}: a folder without corpus.jsonl; accepted: {ACCEPTED}"
    table = folder / "own.tsv"
    table.touch()
    assert error_of(table) == f"{table}: a file with suffix '.tsv'; accepted: {ACCEPTED}"
    assert error_of(text) == f"{text}: a file with suffix '.txt'; accepted: {ACCEPTED}"
    assert error_of(missing) == f"{missing}: no such file or folder; accepted: {ACCEPTED}"
    assert error_of() == f"no suite; accepted: {ACCEPTED}"
    long = folder / ("x" * 300)
    assert error_of(long) == f"{long}: cannot be read: File name too long"


def test_only_our_own_form_is_taken_together(folder: Path) -> None:
    own, bees, boats = folder / "own.JSONL", folder / "bees", folder / "boats.json"
    alone = "goes alone; only .jsonl files are taken together"
    assert error_of(own, bees) == f"{bees}: a BEIR folder {alone}"
    assert error_of(boats, boats) == f"{boats}: a file in SQuAD form {alone}"


def test_the_files_of_a_beir_folder_are_no_suite_of_our_own(folder: Path) -> None:
    path = folder / "bees" / "corpus.jsonl"
    assert error_of(path).split("\n")[0] == f"{path}:1: id: missing; accepted: text or a whole number"
    squad = folder / "other.json"
    squad.write_text(json.dumps(test_jsonl.ROW), "utf-8")
    assert error_of(squad) == f"{squad}:1: data: missing; accepted: a list"

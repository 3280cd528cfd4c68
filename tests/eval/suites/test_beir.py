"""BEIR folders: judgements, rationales, and what is wrong in them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.statement import CorpusError, Statement
from eval.suites.beir import read_beir
from eval.suites.suite import GoldQuestion, Nugget, Span, Suite, SuiteFile
from tests.eval.suites.mangling import mangled

Row = dict[str, Any]

HEADER = "query-id\tcorpus-id\tscore"
SENTENCES = ["Bees dance.", "Bees also sleep.", "Bees dance."]
DOCUMENTS: list[Row] = [
    {"_id": "d1", "title": "On bees", "text": " ".join(SENTENCES), "metadata": {"sentences": SENTENCES}},
    {"_id": "d2", "text": "Cafe\u0301s\r\nopen.", "metadata": {"sentences": ["Cafe\u0301s\r\n", "open."]}},
    {"_id": "d3", "title": "Only\na title", "text": " "},
    {"_id": "d4", "title": None, "text": ""},
]
EVIDENCE: list[Row] = [
    {"doc": "d1", "label": "SUPPORT", "sentences": [2, 0]},
    {"doc": "d2", "label": "CONTRADICT", "sentences": [1]},
    {"doc": "d1", "label": "SUPPORT", "sentences": [2]},
]
QUERIES: list[Row] = [
    {"_id": "q1", "text": "Do bees dance?", "metadata": {"evidence": EVIDENCE}},
    {"_id": "q2", "text": "Who sleeps?", "metadata": {}},
    {"_id": "q3", "text": "Asked elsewhere", "metadata": {"evidence": "not read"}},
]
QRELS = f"{HEADER}\nq2\td2\t0\nq1\td1\t2\nq1\td2\t1\nq1\td3\t-1\n"


def write(
    folder: Path,
    documents: list[Row] = DOCUMENTS,
    queries: list[Row] = QUERIES,
    **qrels: str,
) -> Path:
    (folder / "qrels").mkdir(parents=True, exist_ok=True)
    for name, rows in (("corpus", documents), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    for name, text in (qrels or {"test": QRELS}).items():
        (folder / "qrels" / f"{name}.tsv").write_text(text, "utf-8", newline="")
    return folder


def error_of(read: Callable[[], object]) -> str:
    with pytest.raises(CorpusError) as raised:
        read()
    return str(raised.value)


def with_query(**fields: object) -> list[Row]:
    return [{**QUERIES[0], **fields}, *QUERIES[1:]]


def with_document(**fields: object) -> list[Row]:
    return [{**DOCUMENTS[0], **fields}, *DOCUMENTS[1:]]


def with_evidence(**fields: object) -> list[Row]:
    return with_query(metadata={"evidence": [EVIDENCE[1], {**EVIDENCE[0], **fields}]})


def test_a_folder_with_rationales(tmp_path: Path) -> None:
    folder = write(tmp_path / "bees")
    bees = " ".join(SENTENCES)  # 0..11, 12..28, 29..40
    nuggets = (
        Nugget("SUPPORT", (Span("d1", 0, 11), Span("d1", 29, 40))),
        Nugget("CONTRADICT", (Span("d2", 6, 11),)),
    )
    files = [folder / name for name in ("corpus.jsonl", "queries.jsonl", "qrels/test.tsv")]
    assert read_beir(folder) == Suite(
        "bees",
        "beir",
        tuple(SuiteFile(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in files),
        (
            GoldQuestion(
                "q1", "Do bees dance?", answerable=True, nuggets=nuggets, relevant={"d1": 2, "d2": 1}
            ),
            GoldQuestion("q2", "Who sleeps?"),
        ),
        (
            Statement("d1", bees, "On bees"),
            Statement("d2", "Caf\u00e9s\nopen."),
            Statement("d3", "Only a title", "Only a title"),
            Statement("d4", ""),
        ),
    )
    assert bees[0:11] == bees[29:40] == "Bees dance."


def test_labels_that_differ_within_a_document_are_both_told(tmp_path: Path) -> None:
    evidence = [EVIDENCE[0], {"doc": "d1", "label": "CONTRADICT", "sentences": [1]}]
    folder = write(tmp_path, queries=with_query(metadata={"evidence": evidence}))
    spans = (Span("d1", 0, 11), Span("d1", 12, 28), Span("d1", 29, 40))
    assert read_beir(folder).questions[0].nuggets == (Nugget("SUPPORT, CONTRADICT", spans),)


def test_evidence_in_what_is_judged_not_relevant_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path, test=f"{HEADER}\nq1\td1\t0\nq1\td2\t1")
    message = f"'d1' is judged not relevant at {folder / 'qrels' / 'test.tsv'}:2"
    expected = f"{folder / 'queries.jsonl'}:1: metadata.evidence[0].doc: {message}"
    assert error_of(lambda: read_beir(folder)) == expected


def test_a_document_with_the_id_of_a_query_is_the_query(tmp_path: Path) -> None:
    folder = write(tmp_path, [*DOCUMENTS, {"_id": "q2", "text": "The same again."}])
    assert {question.id: question.itself for question in read_beir(folder).questions} == {
        "q1": "",
        "q2": "q2",
    }


def test_judgements_without_a_header_with_a_mark_and_carriage_returns(tmp_path: Path) -> None:
    folder = write(tmp_path, test="\ufeffq2\td4\t1\r\n\r\n q2\td3 \t3\r\n")
    assert read_beir(folder).questions == (GoldQuestion("q2", "Who sleeps?", relevant={"d4": 1, "d3": 3}),)


def test_whole_numbers_are_ids(tmp_path: Path) -> None:
    evidence = [{"doc": 12, "sentences": [0]}]
    folder = write(
        tmp_path,
        [{"_id": 12, "text": "Bees dance.", "metadata": {"sentences": ["Bees dance."]}}],
        [{"_id": 1, "text": "Who dances?", "metadata": {"evidence": evidence}}],
        test="1\t12\t1",
    )
    (question,) = read_beir(folder).questions
    assert (question.id, question.relevant) == ("1", {"12": 1})
    assert question.nuggets == (Nugget("", (Span("12", 0, 11),)),)


def test_which_of_several_judgements_is_read(tmp_path: Path) -> None:
    folder = write(tmp_path, dev="q1\td3\t1\n", test="q2\td3\t1\n")
    (folder / "qrels" / "._test.tsv").write_bytes(b"\0")
    assert [question.id for question in read_beir(folder).questions] == ["q2"]
    dev = folder / "qrels" / "dev.tsv"
    assert [question.id for question in read_beir(folder, dev).questions] == ["q1"]
    (folder / "qrels" / "test.tsv").rename(folder / "qrels" / "train.tsv")
    assert error_of(lambda: read_beir(folder)) == (
        f"{folder / 'qrels'}: no test.tsv; name the one to read instead of the folder: {dev},"
        f" {folder / 'qrels' / 'train.tsv'}"
    )
    (folder / "qrels" / "train.tsv").unlink()
    assert [question.id for question in read_beir(folder).questions] == ["q1"]
    (folder / "qrels" / "dev.tsv").unlink()
    assert error_of(lambda: read_beir(folder)) == (
        f"{folder / 'qrels'}: no *.tsv in it; expected judgements, as in test.tsv"
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("q1\td9\t1", ":2: corpus-id: 'd9' is no document of corpus.jsonl"),
        ("q9\td1\t1", ":2: query-id: 'q9' is no query of queries.jsonl"),
        ("q1\td1\t1\n\nq1\td1\t1", ":4: 'q1' and 'd1' are judged twice; first at {path}:2"),
        ("q1\td1\t1.0", ":2: score: '1.0'; accepted: an integer of at most 9 digits, such as 1"),
        ("q1\td1\t1_0", ":2: score: '1_0'; accepted: an integer of at most 9 digits, such as 1"),
        ("q1\td1\tnan", ":2: score: 'nan'; accepted: an integer of at most 9 digits, such as 1"),
        ("q1\td1\t" + "1" * 99,
         f":2: score: '{'1' * 80}'; accepted: an integer of at most 9 digits, such as 1"),
        ("q1", ":2: 1 column; accepted: query-id, corpus-id, score, separated by tabs"),
        ("q1\td1", ":2: 2 columns; accepted: query-id, corpus-id, score, separated by tabs"),
        ("q1 d1  1",
         ":2: 3 columns separated by spaces; accepted: query-id, corpus-id, score, separated by tabs"),
        ("q1\t0\td1\t1", ":2: 4 columns, as trec_eval has them; accepted: query-id, corpus-id, score,"
         " separated by tabs"),
        ("q1 0 d1 1", ":2: 4 columns separated by spaces, as trec_eval has them; accepted: query-id,"
         " corpus-id, score, separated by tabs"),
        ("q1\t\td1\t1\t\t", ":2: 6 columns; accepted: query-id, corpus-id, score, separated by tabs"),
        ("\td1\t1", ":2: query-id: ''; accepted: text or a whole number"),
        ("q1\t\0\t1", ":2: corpus-id: holds a NUL character; accepted: plain text"),
        (HEADER + "\nq1\td1\t1", ":2: score: 'score'; accepted: an integer of at most 9 digits, such as 1"),
        ("", ": no judgement in it; expected lines of query-id, corpus-id, score"),
    ],
)  # fmt: skip
def test_what_is_no_judgement_is_named(tmp_path: Path, lines: str, message: str) -> None:
    first = "q2\td2\t1" if lines.startswith(HEADER) else HEADER  # a header stands on the first line alone
    folder = write(tmp_path, test=f"{first}\n{lines}")
    path = folder / "qrels" / "test.tsv"
    assert error_of(lambda: read_beir(folder)) == f"{path}{message.format(path=path)}"


def test_all_judgements_that_are_wrong_are_told_together(tmp_path: Path) -> None:
    folder = write(tmp_path, test=f"{HEADER}\nq1 d1 1\nq1\td1\t1\nq1\td1\t2\nq1\td2\tx")
    path = folder / "qrels" / "test.tsv"
    assert error_of(lambda: read_beir(folder)).split("\n") == [
        f"{path}:2: 3 columns separated by spaces; accepted: query-id, corpus-id, score, separated by tabs",
        f"{path}:4: 'q1' and 'd1' are judged twice; first at {path}:3",
        f"{path}:5: score: 'x'; accepted: an integer of at most 9 digits, such as 1",
    ]
    write(tmp_path, test="q8\td1\t1\nq1\td9\t1")
    assert error_of(lambda: read_beir(folder)).split("\n") == [
        f"{path}:1: query-id: 'q8' is no query of queries.jsonl",
        f"{path}:2: corpus-id: 'd9' is no document of corpus.jsonl",
    ]


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        ([QUERIES[0], QUERIES[0]], "2: id 'q1' is used twice; first at {path}:1"),
        (with_query(text=None), "1: text: missing; accepted: text"),
        (with_query(text="\udcff"), "1: text: half a surrogate pair at character 0; accepted: Unicode"),
        (with_query(_id=1.5), "1: _id: 1.5; accepted: text or a whole number"),
        (with_query(metadata={"evidence": {}}), "1: metadata.evidence: dict; accepted: a list"),
        (with_query(metadata={"evidence": [3]}), "1: metadata.evidence[0]: 3; accepted: an object"),
        (with_evidence(doc="d9"), "1: metadata.evidence[1].doc: 'd9' is no document of corpus.jsonl"),
        (with_evidence(label=3), "1: metadata.evidence[1].label: 3; accepted: text"),
        (with_evidence(sentences=2), "1: metadata.evidence[1].sentences: 2; accepted: a list"),
        (with_evidence(sentences=[]), "1: metadata.evidence[1].sentences: empty; accepted: one or more"),
        (with_evidence(sentences=[0, 3]),
         "1: metadata.evidence[1].sentences[1]: 3; accepted: a sentence of 'd1', of which there are 3"),
        (with_evidence(sentences=[-1]),
         "1: metadata.evidence[1].sentences[0]: -1; accepted: a whole number from 0 up"),
        (with_evidence(sentences=[True]),
         "1: metadata.evidence[1].sentences[0]: true; accepted: a whole number from 0 up"),
    ],
)  # fmt: skip
def test_what_is_no_query_is_named(tmp_path: Path, queries: list[Row], message: str) -> None:
    folder = write(tmp_path, queries=queries)
    path = folder / "queries.jsonl"
    assert error_of(lambda: read_beir(folder)) == f"{path}:{message.format(path=path)}"


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        ([DOCUMENTS[0], *DOCUMENTS], "2: id 'd1' is used twice; first at {path}:1"),
        (with_document(_id="d1\nx"), r"1: _id: 'd1\nx' holds control characters"),
        (with_document(_id="a//b"), "1: _id: id 'a//b' cannot stand in an address: between slashes no part"
         " may be empty, '.' or '..', nor may the last one be 'text'"),
        (with_document(_id="x" * 201), "1: _id: id has 201 characters; accepted are 1 to 200"),
        (with_document(text=None), "1: text: missing; accepted: text, which may be empty"),
        (with_document(text="a\0"), "1: text: holds a NUL character; accepted: plain text"),
        (with_document(text="a\ud800"), "1: text: half a surrogate pair at character 1; accepted: Unicode"),
        (with_document(title=["x"]), "1: title: list; accepted: text"),
        (with_document(metadata=None), "1: metadata: missing; accepted: an object"),
        (with_document(metadata={}), "1: metadata.sentences: missing; accepted: a list"),
        (with_document(metadata={"sentences": [""]}), "1: metadata.sentences[0]: ''; accepted: text"),
        (with_document(metadata={"sentences": ["Bees also sleep.", "Bees dance.", "Bees dance."]}),
         "1: metadata.sentences[2]: 'Bees dance.' does not stand in the text after the sentence before it"),
    ],
)  # fmt: skip
def test_what_is_no_document_is_named(tmp_path: Path, documents: list[Row], message: str) -> None:
    folder = write(tmp_path, documents)
    path = folder / "corpus.jsonl"
    assert error_of(lambda: read_beir(folder)) == f"{path}:{message.format(path=path)}"


def test_files_that_are_not_there_or_are_no_text(tmp_path: Path) -> None:
    folder = write(tmp_path)
    qrels = folder / "qrels" / "test.tsv"
    qrels.write_bytes(b"q1\td1\t1\nq1\td\xe9\t1")
    assert error_of(lambda: read_beir(folder)) == f"{qrels}:2: byte 0xe9 is not UTF-8"
    qrels.write_bytes("\ufeffq1\td1\t1".encode("utf-16-le"))
    assert error_of(lambda: read_beir(folder)) == f"{qrels}: UTF-16; accepted: UTF-8"
    (folder / "queries.jsonl").unlink()
    found = error_of(lambda: read_beir(folder))
    assert found == f"{folder / 'queries.jsonl'}: cannot be read: No such file or directory"
    qrels.unlink()
    qrels.parent.rmdir()
    qrels.parent.touch()
    assert error_of(lambda: read_beir(folder)) == f"{qrels.parent}: cannot be read: Not a directory"


WHOLE = {"documents": DOCUMENTS, "queries": QUERIES, "qrels": QRELS.splitlines()}


@given(mangled(WHOLE))
def test_whatever_a_folder_holds_it_is_a_suite_or_a_file_is_named(
    tmp_path_factory: pytest.TempPathFactory, whole: object
) -> None:
    parts = whole if isinstance(whole, dict) else {}
    rows: dict[str, list[Any]] = {
        name: part if isinstance(part := parts.get(name), list) else [part] for name in WHOLE
    }
    qrels = "\n".join(str(row).encode(errors="replace").decode() for row in rows["qrels"])
    folder = write(tmp_path_factory.mktemp("m"), rows["documents"], rows["queries"], test=qrels)
    error = ""
    try:
        suite = read_beir(folder)
        texts = {statement.id: statement.text for statement in suite.statements}
        spans = [span for question in suite.questions for n in question.nuggets for span in n.evidence]
        assert all(texts[span.statement][span.start : span.end].strip() for span in spans)
    except CorpusError as raised:
        error = str(raised)
    assert not error or error.startswith(str(folder))
    error.encode()


@given(st.lists(st.text("ab.\u0301e", min_size=1, max_size=4), min_size=1, max_size=5))
def test_sentences_are_found_again(tmp_path_factory: pytest.TempPathFactory, sentences: list[str]) -> None:
    document = {"_id": "d", "text": "\r\n".join(sentences), "metadata": {"sentences": sentences}}
    evidence = [{"doc": "d", "sentences": list(range(len(sentences)))}]
    folder = write(
        tmp_path_factory.mktemp("s"),
        [document],
        [{"_id": "q", "text": "Who?", "metadata": {"evidence": evidence}}],
        test="q\td\t1",
    )
    suite = read_beir(folder)
    text = suite.statements[0].text
    (nugget,) = suite.questions[0].nuggets
    assert [text[span.start : span.end] for span in nugget.evidence] == text.split("\n")

"""The command from end to end, with the packaged model and the reference statement."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import communique
from corpus.readers import packaged_statements
from index.encoder import Encoder, ModelSettings, Progress, Vectors, load_encoder

REFERENCE = packaged_statements()
ID = "EU-KOR_2024-11-04_dprk-russia"
TEXT = (REFERENCE / f"{ID}.txt").read_text(encoding="utf-8")
QUESTION = "What do the ministers condemn in the strongest terms?"
_ROOT = Path(communique.__file__).parent


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401  (whatever the command says)
        return json.loads(self.out)


Run = Callable[..., Done]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder(ModelSettings())


@pytest.fixture
def run(
    tmp_path: Path,
    encoder: Encoder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """The command in this process, with data in tmp_path/"data" and the model loaded once for all."""
    monkeypatch.setenv("COMMUNIQUE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("index.encoder.load_encoder", lambda settings: encoder)

    def run(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["communique", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            communique.main()
        out, err = capsys.readouterr()
        return Done(int(left.value.code or 0), out, err)

    return run


@pytest.fixture(scope="module")
def reference_data(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    """A data folder of the reference statement, added by the command."""
    folder = tmp_path_factory.mktemp("reference") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("index.encoder.load_encoder", lambda settings: encoder)
        patch.setattr(sys, "argv", ["communique", "add", str(REFERENCE), "--data", str(folder)])
        with pytest.raises(SystemExit):
            communique.main()
    return folder


@pytest.fixture
def filled(run: Run, reference_data: Path, tmp_path: Path) -> Run:
    shutil.copytree(reference_data, tmp_path / "data")
    return run


def no_model(settings: ModelSettings) -> Encoder:
    raise AssertionError("the model was loaded")


def text_file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_journey_of_a_statement(run: Run, tmp_path: Path) -> None:
    added = run("add", REFERENCE)
    assert added == Done(0, "added 1, updated 0, unchanged 0, failed 0; 5 passages encoded\n", "")
    listed = run("list", "--json").json
    assert [(entry["id"], entry["date"]) for entry in listed] == [(ID, "2024-11-04")]
    asked = run("ask", QUESTION, "--json")
    answer = asked.json
    assert (asked.code, answer["status"]) == (0, "answered")
    for citation in answer["citations"]:
        assert TEXT[citation["start"] : citation["end"]] == citation["quote"]
        assert citation["version"] == listed[0]["version"]
    assert answer["citations"][0]["quote"].startswith("We condemn in the strongest possible terms")
    file = text_file(tmp_path, "answer.json", asked.out)
    checked = run("verify", file, "--json")
    assert (checked.code, {check["status"] for check in checked.json}) == (0, {"valid"})
    assert run("remove", ID) == Done(0, f"removed {ID}\n", "")
    after = run("ask", QUESTION, "--json")
    assert (after.code, after.json["status"]) == (1, "not_found")
    assert (after.json["searched"]["statements"], after.json["searched"]["passages"]) == (0, 0)
    assert (after.json["citations"], after.json["nearest"], after.json["answer"]) == ([], [], "")
    gone = run("verify", file, "--json")
    assert (gone.code, {check["status"] for check in gone.json}) == (1, {"unknown_statement"})
    assert run("search", "arms", "--json").json["hits"] == []
    assert run("status", "--json").json["statements"] == 0


def test_a_second_add_loads_no_model(filled: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.encoder.load_encoder", no_model)
    again = filled("add", REFERENCE)
    assert again == Done(0, "added 0, updated 0, unchanged 1, failed 0; 0 passages encoded\n", "")


def test_what_people_read(filled: Run) -> None:
    shown = filled("ask", QUESTION)
    first, second, *_ = shown.out.splitlines()
    assert first == "European Union and Republic of Korea, joint statement, 4 November 2024"
    assert second.startswith("  [1] “We condemn in the strongest possible terms")
    assert "searched 1 statement, 5 passages" in shown.out.splitlines()[-1]
    assert filled("list").out.splitlines()[1].startswith(f"{ID}  2024-11-04  European Union")
    status = [line.split(maxsplit=1) for line in filled("status").out.splitlines()]
    assert [name for name, _ in status] == [
        *("data", "statements", "versions", "passages", "generation", "schema", "model", "bytes")
    ]
    assert dict(status)["model"] == "all-MiniLM-L6-v2"


def test_fields_are_those_of_the_api(filled: Run) -> None:
    answer = filled("ask", QUESTION, "--json").json
    assert set(answer) == {
        *("id", "question", "status", "confidence", "answer", "sentences", "citations", "searched"),
        *("generator", "models", "timings_ms", "notice", "dropped"),
    }
    assert {"n", "statement_id", "version", "title", "issuers", "date", "url", "paragraph", "start"} < set(
        answer["citations"][0]
    )
    found = filled("search", "the NPT", "-k", 2, "--json")
    assert (found.code, set(found.json)) == (0, {"hits", "searched"})
    assert len(found.json["hits"]) == 2
    for hit in found.json["hits"]:
        assert TEXT[hit["start"] : hit["end"]] == hit["text"]
        assert all(hit["start"] <= light["start"] < light["end"] <= hit["end"] for light in hit["highlights"])
    assert "Nuclear Non-Proliferation Treaty (NPT)" in found.json["hits"][0]["text"]
    removed = filled("remove", ID, "nobody", "--json")
    assert (removed.code, removed.json) == (
        1,
        [{"statement_id": ID, "removed": True}, {"statement_id": "nobody", "removed": False}],
    )


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--issuer", "EU"], 1),
        (["--issuer", "South Korea", "--issuer", "Brazil"], 1),
        (["--issuer", "Brazil"], 0),
        (["--from", "2024-11"], 1),
        (["--from", "5 November 2024"], 0),
        (["--to", "2024"], 1),
        (["--to", "2024-10-31"], 0),
        (["--statement", ID], 1),
        (["--statement", "other"], 0),
        (["--from", "2025", "--to", "2023"], 0),
    ],
)
def test_filters(filled: Run, options: list[str], count: int) -> None:
    found = filled("search", "arms transfers", "--json", *options)
    assert (found.code, found.json["searched"]["statements"]) == (1 - count, count)
    assert {hit["statement_id"] for hit in found.json["hits"]} == ({ID} if count else set())
    if "--statement" not in options:
        assert len(filled("list", "--json", *options).json) == count


def test_filters_of_questions(filled: Run) -> None:
    inside = filled("ask", QUESTION, "--issuer", "EU", "--from", "2024", "--to", "2024", "--statement", ID)
    filters = f"issuer European Union · statement {ID} · from 2024 · to 2024"
    assert inside.code == 0
    assert " ".join(inside.out.split()).endswith(f"searched 1 statement, 5 passages · {filters}")
    outside = filled("ask", QUESTION, "--issuer", "Brazil", "--json")
    assert (outside.code, outside.json["status"], outside.json["nearest"]) == (1, "not_found", [])
    assert outside.json["searched"] == {
        "statements": 0,
        "passages": 0,
        "filters": {
            "issuers": ["Brazil"],
            "statements": [],
            "date_from": "",
            "date_to": "",
            "languages": [],
        },
    }


def test_metadata_from_a_table(run: Run, tmp_path: Path) -> None:
    text_file(tmp_path, "speech.txt", "We met in the old town, and we shall meet again.")
    table = text_file(tmp_path, "known.csv", "file,title,issuers,date\nspeech.txt,On meeting,EU,2023-05\n")
    assert run("add", tmp_path / "speech.txt", "--metadata", table).code == 0
    (entry,) = run("list", "--json").json
    assert (entry["title"], entry["issuers"], entry["date"]) == ("On meeting", ["European Union"], "2023-05")


def test_every_failing_file_is_named_and_the_rest_is_added(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    text_file(folder, "a.txt", "We met in the old town.")
    text_file(folder, "empty.txt", " \n")
    (folder / "binary.txt").write_bytes(b"MZ\x00\x01\x02")
    text_file(folder, "date.md", "---\ndate: someday\n---\nWe met again.")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4\nnothing")
    done = run("add", folder)
    assert done.code == 1
    assert done.out == "added 1, updated 0, unchanged 0, failed 4; 1 passages encoded\n"
    failed = done.err.splitlines()
    assert [line.split(":")[0].rpartition("/")[2] for line in failed] == [
        *("binary.txt", "broken.pdf", "date.md", "empty.txt")
    ]
    assert all(line.startswith(f"failed {folder}/") for line in failed)
    assert [entry["id"] for entry in run("list", "--json").json] == ["a"]


def test_two_files_with_one_id(run: Run, tmp_path: Path) -> None:
    first = text_file(tmp_path, "a.txt", "We met in the old town.")
    second = text_file(tmp_path, "a.md", "We never met in any town.")
    done = run("add", first, second, "--json")
    assert (done.code, [outcome["status"] for outcome in done.json]) == (1, ["failed", "added"])
    assert done.json[0]["error"].startswith(f"{second}: id 'a' belongs to {first}; give one of them another")


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ("", "the question is ''; expected words"),
        ("?! … —", "the question is '?! … —'; expected words"),
        ("\x00\x1b\x07", "the question is ''; expected words"),
        ("peace " * 16_667, "the question has 100001 characters; accepted are up to 2000"),
    ],
    ids=["empty", "punctuation", "controls", "long"],
)
@pytest.mark.parametrize("command", ["ask", "search"])
def test_questions_that_are_none(filled: Run, command: str, question: str, message: str) -> None:
    assert filled(command, question) == Done(2, "", f"error: {message}\n")


def test_a_question_with_control_characters(filled: Run) -> None:
    answer = filled("ask", QUESTION.replace(" ", "\x1b \n"), "--json").json
    assert (answer["question"], answer["status"]) == (QUESTION, "answered")


@pytest.mark.parametrize("option", ["--from", "--to"])
def test_dates_that_are_none(filled: Run, option: str) -> None:
    accepted = "write it as 2024-11-04, 2024-11, 2024, 4 November 2024 or November 2024"
    field = option.replace("--", "date_")
    for value in ("2024-13", "2023-02-29", "soon", "20241104"):
        done = filled("list", option, value)
        assert done == Done(2, "", f"error: {field}: {value!r} is not a date; {accepted}\n")


@pytest.mark.parametrize("command", [["list"], ["status"], ["ask", "Why?"], ["search", "x"], ["remove", "a"]])
def test_no_data_folder(run: Run, tmp_path: Path, command: list[str]) -> None:
    data = tmp_path / "data"
    advice = "communique add PATH makes it, or choose another --data"
    assert run(*command) == Done(2, "", f"error: no statements in {data} yet: {advice}\n")
    assert not data.exists()


def test_a_data_folder_that_cannot_be_made(run: Run, tmp_path: Path) -> None:
    blocking = text_file(tmp_path, "file", "in the way")
    done = run("add", REFERENCE, "--data", blocking / "data")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {blocking}/data/statements.sqlite cannot be used: ")


def test_another_schema(filled: Run, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "data" / "statements.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    for command in (["list"], ["add", REFERENCE], ["ask", QUESTION]):
        done = filled(*command)
        assert (done.code, done.out) == (2, "")
        assert "has schema 99; this version of communique reads 2" in done.err


def test_another_model(filled: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMUNIQUE_MODEL", "other-model")
    monkeypatch.setattr("index.encoder.load_encoder", no_model)
    more = text_file(tmp_path, "b.txt", "We met in the old town.")
    for command in (["ask", QUESTION], ["search", "x"], ["add", more]):
        done = filled(*command)
        assert (done.code, done.out) == (2, "")
        assert "was indexed with model {'name': 'all-MiniLM-L6-v2'" in done.err


def test_a_damaged_store(filled: Run, tmp_path: Path) -> None:
    path = tmp_path / "data" / "statements.sqlite"
    data = bytearray(path.read_bytes())
    data[4096:] = bytes(len(data) - 4096)
    path.write_bytes(data)
    done = filled("list")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: the data folder is damaged or cannot be read: ")


@pytest.mark.parametrize("problem", ["attempt to write a readonly database", "unable to open database file"])
def test_a_data_folder_that_cannot_be_written(
    filled: Run, monkeypatch: pytest.MonkeyPatch, problem: str
) -> None:
    def refuse(*_: object) -> None:
        raise sqlite3.OperationalError(problem)

    monkeypatch.setattr("index.store.open_store", refuse)
    message = f"the data folder cannot be written here: {problem}; name another with --data"
    assert filled("remove", ID) == Done(2, "", f"error: {message}\n")


def test_an_interruption_keeps_what_was_acknowledged(
    run: Run, tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.ingest._GROUP", 1)  # each statement by itself
    real = encoder.encode_passages

    def interrupted(texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        if any("zebra" in text for text in texts):
            raise KeyboardInterrupt
        return real(texts, progress)

    monkeypatch.setattr(encoder, "encode_passages", interrupted)
    text_file(tmp_path, "a.txt", "We condemn the transfer of rockets to the harbour.")
    text_file(tmp_path, "b.txt", "We saw a zebra in the old town.")
    done = run("add", tmp_path / "a.txt", tmp_path / "b.txt")
    assert (done.code, done.out) == (130, "added 1, updated 0, unchanged 0, failed 0; 1 passages encoded\n")
    assert [entry["id"] for entry in run("list", "--json").json] == ["a"]
    assert run("search", "rockets", "--json").json["hits"][0]["statement_id"] == "a"
    monkeypatch.setattr(encoder, "encode_passages", real)
    assert run("add", tmp_path / "a.txt", tmp_path / "b.txt").out.startswith(
        "added 1, updated 0, unchanged 1"
    )


def test_a_new_version(run: Run, tmp_path: Path) -> None:
    path = text_file(tmp_path, "a.txt", "We condemn the transfer of rockets to the harbour.")
    assert run("add", path).code == 0
    cited = run("search", "rockets", "--json").json["hits"][0]
    text_file(tmp_path, "a.txt", "We welcome the removal of rockets from the harbour.")
    assert run("add", path).out.startswith("added 0, updated 1, unchanged 0")
    assert [hit["text"] for hit in run("search", "rockets", "--json").json["hits"]] == [path.read_text()]
    file = text_file(tmp_path, "old.json", json.dumps([cited | {"quote": cited["text"]}]))
    checked = run("verify", file)
    assert (checked.code, checked.out.splitlines()[0]) == (
        1,
        "[1] superseded  a: quoted from an earlier version; the newer version no longer says it",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no JSON: Expecting value: line 1 column 1 (char 0)"),
        (b"[]", "no citations in it; expected an answer or a list of citations"),
        (b"[1]", "citation 1: expected an object with statement_id and quote, found int"),
        (b"\x00", None),
        (b"[" * 100_000, None),
    ],
)
def test_files_that_hold_no_citations(
    filled: Run, tmp_path: Path, content: bytes, message: str | None
) -> None:
    file = tmp_path / "claims.json"
    file.write_bytes(content)
    done = filled("verify", file)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert done.err.startswith(f"error: {file}:")
    assert message is None or done.err == f"error: {file}: {message}\n"


def test_messages_do_not_steer_the_terminal(run: Run, tmp_path: Path) -> None:
    done = run("add", tmp_path / "x\x1b[2J.txt")
    failed = "added 0, updated 0, unchanged 0, failed 1; 0 passages encoded\n"
    assert done == Done(1, failed, f"failed {tmp_path}/x\ufffd[2J.txt: no such file or folder\n")


_WITHOUT_MODEL = """
import sys
from communique import main
try:
    main()
finally:
    sys.stderr.write(repr(sorted({"torch", "sentence_transformers", "faiss"} & set(sys.modules))))
"""


def process(program: str, *arguments: str, stdin: str = "") -> Done:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True, text=True, input=stdin, cwd=_ROOT, timeout=60, check=False,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


def test_processes_that_need_no_model_do_not_load_it(filled: Run, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data"))
    claim = json.dumps({"statement_id": ID, "quote": "We condemn in the strongest possible terms"})
    assert process(_WITHOUT_MODEL, "list", *data).err == "[]"
    assert process(_WITHOUT_MODEL, "status", *data).err == "[]"
    checked = process(_WITHOUT_MODEL, "verify", "-", *data, stdin=claim)
    assert (checked.code, checked.err) == (0, "[]")
    assert checked.out.startswith(f"[1] valid  {ID}: quoted exactly\n")
    removed = process(_WITHOUT_MODEL, "remove", ID, *data)
    assert (removed.code, removed.out) == (0, f"removed {ID}\n")
    assert "torch" not in removed.err


def test_errors_of_a_process(tmp_path: Path) -> None:
    program = "from communique import main; main()"
    done = process(program, "list", "--data", str(tmp_path))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: no statements in {tmp_path} yet: ")
    done = process(program, "verify", str(tmp_path / "nothing.json"))
    assert done == Done(2, "", f"error: {tmp_path}/nothing.json: cannot be read: No such file or directory\n")
    assert process(program, "frobnicate").code == 2

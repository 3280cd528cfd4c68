"""`communique eval` from end to end: the packaged model, the reference statement, and the suite about it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import communique
from corpus.readers import packaged_statements
from index.encoder import Encoder, ModelSettings, load_encoder

ROOT = Path(communique.__file__).parent
SUITE = ROOT / "eval" / "reference.jsonl"
OVER = ("--corpus", packaged_statements())


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder(ModelSettings())


@pytest.fixture
def run(
    tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """The command in this process, with data in tmp_path/"data" and the model loaded once for all."""
    monkeypatch.setenv("COMMUNIQUE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("index.encoder.load_encoder", lambda settings: encoder)

    def run(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["communique", "eval", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            communique.main()
        out, err = capsys.readouterr()
        return Done(int(left.value.code or 0), out, err)

    return run


def no_model(settings: object) -> Encoder:
    raise AssertionError("the model was loaded")


def measures(run: Any) -> dict[str, tuple[float | None, int]]:  # noqa: ANN401  (JSON)
    return {measure["name"]: (measure["value"], measure["count"]) for measure in run["measures"]}


def test_the_reference_suite_is_asked_over_the_reference_statement(run: Run, tmp_path: Path) -> None:
    done = run(SUITE, *OVER, "--json")
    found = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert found["suite"]["questions"] == 17
    assert found["index"]["statements"] == 1
    known = measures(found)
    assert known["evidence recall@10"] == (1.0, 12)
    assert known["statement nDCG@10"] == (1.0, 12)
    assert known["valid quotes"] == (1.0, 17)
    assert known["false-answer rate"] == (0.0, 5)
    assert [row["id"] for row in found["questions"]] == [f"r-{n:02}" for n in range(1, 18)]


def test_a_second_run_gives_the_same_bytes_and_loads_no_model(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = [tmp_path / name for name in ("a.json", "a.html", "b.json", "b.html")]
    run(SUITE, *OVER, "--baselines", "--save", written[0], "--html", written[1])
    monkeypatch.setattr("index.encoder.load_encoder", no_model)
    printed = run(SUITE, *OVER, "--baselines", "--save", written[2], "--html", written[3], "--json")
    first, first_page, second, second_page = (path.read_bytes() for path in written)
    assert first == second == printed.out.encode()
    assert first_page == second_page
    assert first_page.startswith(b"<!doctype html>")


def test_a_run_against_itself_has_not_changed(run: Run, tmp_path: Path) -> None:
    run(SUITE, *OVER, "--save", tmp_path / "run.json")
    found = json.loads(run(SUITE, *OVER, "--against", tmp_path / "run.json", "--json").out)["comparison"]
    assert (found["run"], found["conditions"], found["only_before"]) == ("run.json", [], 0)
    assert {change["verdict"] for change in found["changes"]} == {"same"}


def test_the_table_says_it_in_a_sentence(run: Run) -> None:
    done = run(SUITE, *OVER)
    assert done.code == 0
    said = " ".join(done.out.split())
    assert "17 questions over 1 statement: on average 100 % of a question’s evidence is among the" in said
    assert "of the 5 that nothing answers, 0 % are answered anyway" in said


def test_timings_are_apart_from_the_run(run: Run, tmp_path: Path) -> None:
    run(SUITE, *OVER, "--save", tmp_path / "run.json", "--timings", tmp_path / "timings.json")
    timings = json.loads((tmp_path / "timings.json").read_text())
    assert [stage["name"] for stage in timings["stages"]] == ["encode", "search", "answer", "total"]
    assert all(
        0 < stage["p50"] <= stage["p95"] <= stage["p99"] <= stage["most"] for stage in timings["stages"]
    )
    assert (timings["questions"], timings["statements"], timings["passages"]) == (17, 1, 5)
    assert min(timings["bytes"].values()) > 0
    assert "p95" not in (tmp_path / "run.json").read_text()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"id": 1', "bad.jsonl:1: "),
        (
            '{"id": "q", "kind": "fact", "question": "Who?", "answerable": true, "nuggets": [{"fact": "x",'
            ' "quotes": [{"doc": "EU-KOR_2024-11-04_dprk-russia", "quote": "We love it"}]}]}',
            "bad.jsonl:1: nuggets[0].quotes[0].quote: 'We love it'",
        ),
    ],
)
def test_a_bad_suite_is_refused_by_file_and_line(run: Run, tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "bad.jsonl").write_text(f"{line}\n5")
    done = run(tmp_path / "bad.jsonl", *OVER)
    assert (done.code, done.out) == (2, "")
    first, second = done.err.splitlines()
    assert first.startswith("error: ")
    assert message in first
    assert second == f"error: {tmp_path}/bad.jsonl:2: expected an object, found int"


def test_a_quote_that_is_not_where_it_should_be_fails_the_run(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eval.run.verify", lambda store, claims: [SimpleNamespace(status="altered")])
    done = run(SUITE, *OVER, "--save", tmp_path / "run.json")
    assert done.code == 1
    assert "Quotes that do not stand where they are said to" in " ".join(done.out.split())
    assert measures(json.loads((tmp_path / "run.json").read_text()))["valid quotes"] == (0.0, 17)


@pytest.mark.parametrize("option", ["--save", "--html", "--timings"])
def test_where_nothing_can_be_written_nothing_is_asked(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.setattr("index.encoder.load_encoder", no_model)
    for place, reason in ((tmp_path, "it is a folder"), (tmp_path / "none" / "a.json", "there is no folder")):
        done = run(SUITE, *OVER, option, place)
        assert (done.code, done.out) == (2, "")
        assert f"{place}: cannot be written: {reason}" in done.err


def test_a_suite_is_never_overwritten(run: Run, tmp_path: Path) -> None:
    suite = tmp_path / "own.jsonl"
    suite.write_bytes(SUITE.read_bytes())
    for option in ("--save", "--html", "--timings"):
        done = run(suite, *OVER, option, tmp_path / "." / "own.jsonl")
        assert (done.code, done.out) == (2, "")
        assert "cannot be written: it is read from" in done.err
    done = run(suite, *OVER, "--save", tmp_path / "a", "--html", tmp_path / "a")
    assert "cannot be written: something else is written there" in done.err
    assert suite.read_bytes() == SUITE.read_bytes()


def test_a_report_is_not_put_among_the_statements(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    (folder / "more").mkdir(parents=True)
    (folder / "a.txt").write_text("We met.")
    done = run(SUITE, "--corpus", folder, "--html", folder / "more" / "report.html")
    assert (done.code, done.out) == (2, "")
    assert f"report.html: cannot be written: what lies in {folder} is read as a statement" in done.err


def test_files_are_written_though_nobody_reads_what_is_printed(tmp_path: Path) -> None:
    start = [sys.executable, "-c", "from communique import main; main()", "eval", SUITE, *OVER]
    options = ["--data", tmp_path / "data", "--save", tmp_path / "run.json", "--json"]
    process = subprocess.Popen(
        [*map(str, start), *map(str, options)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    process.stdout.close()
    process.wait(120)
    assert json.loads((tmp_path / "run.json").read_text())["format"] == 1


def test_without_statements_it_says_what_to_do(run: Run, tmp_path: Path) -> None:
    done = run(SUITE)
    assert done.code == 2
    assert "communique add PATH" in done.err


def test_the_line_that_the_readme_shows_is_one_of_the_suite() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = json.loads(readme.split('```json\n{"id": "r-08"')[1].split("```")[0].join(['{"id": "r-08"', ""]))
    lines = [json.loads(line) for line in SUITE.read_text(encoding="utf-8").splitlines()]
    (line,) = [row for row in lines if row["id"] == "r-08"]
    assert shown == {name: value for name, value in line.items() if name != "answer"}

"""Rankings side by side, over passages whose order is worked out by hand."""

from __future__ import annotations

import re
from math import log2
from pathlib import Path

import numpy as np
import pytest

from corpus.statement import CorpusError
from eval.ablation import Table, lines, main, measure
from eval.rankings import BASELINES, IDEAS, STEPS
from index.encoder import ModelSettings
from tests.eval.asking import (
    PEACE,
    ROWS,
    SHIPS,
    few_resamples,
    loading,
    opening,
    write_corpus,
    write_rows,
    write_squad,
)
from tests.index.fakes import WordEncoder

DEFAULT = "+ shares: the default"
# No word of it is counted by the model, to which all passages are then alike; the rows are those of Haiti's
# water, Kenya's peace and Kenya's ships.
FOOD = {**ROWS[0], "id": "q4", "question": "Who brings the food?"}


def suite(folder: Path) -> tuple[Path, Path]:
    """Ships, peace and water, a question that nothing answers, and food; and the statements."""
    return write_rows(folder / "suite.jsonl", [*ROWS, FOOD]), write_corpus(folder / "corpus")


def table(folder: Path) -> Table:
    path, corpus = suite(folder)
    with opening(path, folder / "data", [corpus], WordEncoder()) as opened:
        return measure(opened)


def of(measures: Table, ranking: str) -> dict[str, list[float]]:
    return {name: values.tolist() for name, values in measures[ranking].items()}


def test_the_default_finds_what_is_meant_and_what_is_said(tmp_path: Path) -> None:
    found = table(tmp_path)
    assert list(found) == [*BASELINES, *STEPS, *IDEAS]
    # peace and water stand in one passage each, so that the first has half of what is asked for
    assert of(found, DEFAULT) == {
        "evidence recall@1": [1, 0.5, 1],
        "evidence recall@5": [1, 1, 1],
        "evidence recall@10": [1, 1, 1],
        "evidence recall@20": [1, 1, 1],
        "evidence RR@10": [1, 1, 1],
        "statement recall@1": [1, 0.5, 1],
        "statement recall@5": [1, 1, 1],
        "statement nDCG@10": [1, 1, 1],
    }


def test_a_baseline_by_hand(tmp_path: Path) -> None:
    # By meaning, food comes third, of the second statement.
    assert of(table(tmp_path), "dense") == {
        "evidence recall@1": [1, 0.5, 0],
        "evidence recall@5": [1, 1, 1],
        "evidence recall@10": [1, 1, 1],
        "evidence recall@20": [1, 1, 1],
        "evidence RR@10": [1, 1, 1 / 3],
        "statement recall@1": [1, 0.5, 0],
        "statement recall@5": [1, 1, 1],
        "statement nDCG@10": pytest.approx([1, 1, 1 / log2(3)]),
    }


def test_a_suite_that_nothing_answers(tmp_path: Path) -> None:
    path, corpus = write_rows(tmp_path / "silent.jsonl", ROWS[2:]), write_corpus(tmp_path / "corpus")
    message = "silent: no question that a statement answers"
    with (
        opening(path, tmp_path / "data", [corpus], WordEncoder()) as opened,
        pytest.raises(CorpusError, match=re.escape(message)),
    ):
        measure(opened)


def test_what_is_said_of_a_difference() -> None:
    ranks = {
        "lower": [0.25] * 8,
        "other": [1, 0.5] * 3 + [0.75] * 2,
        "few": [1] + [0.75] * 7,
        DEFAULT: [0.75] * 8,
        "alike": [0.75] * 8,
    }
    columns = {name: {"evidence RR@10": np.array(values, float)} for name, values in ranks.items()}
    # Of 2^8 choices of signs two are as far out as eight equal losses; of 2^6 all as three of .25 and -.25.
    assert list(lines("sea", "evidence RR@10", columns)) == [
        "sea: evidence RR@10 against the default in the last column\n",
        f"{'':34}   evidence\n",
        f"{'':34}      RR@10\n",
        f"{'questions':34}          8\n",
        f"{'lower':34}      0.250  worse, p = 0.008\n",
        f"{'other':34}      0.750  noise, p = 1.000\n",
        f"{'few':34}      0.781  too few, p = 1.000\n",
        f"{DEFAULT:34}      0.750\n",
        f"{'alike':34}      0.750  same, p = 1.000\n",
        "\n",
    ]


def test_a_chance_too_small_to_be_written() -> None:
    columns = {
        name: {"evidence RR@10": np.full(11, value)} for name, value in (("lower", 0.25), (DEFAULT, 0.75))
    }
    # 2 of 2^11
    assert list(lines("sea", "evidence RR@10", columns))[4] == f"{'lower':34}      0.250  worse, p < 0.001\n"


def test_suites_of_two_forms_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    few_resamples(monkeypatch)
    path, corpus = suite(tmp_path)
    squad = write_squad(tmp_path / "sea.json", {"Is there peace?": PEACE, "Who brings the food?": SHIPS})
    encoder = WordEncoder(ModelSettings().name)
    arguments = [str(path), str(squad), "--corpus", str(corpus), "--data", str(tmp_path / "data")]
    main(arguments, loading(encoder))
    ours, theirs, rest = capsys.readouterr().out.split("\n\n")
    assert rest == ""
    printed = ours.splitlines()
    assert printed[0] == "suite: evidence RR@10 against the default in the last column"
    assert printed[1].split() == ["evidence"] * 5 + ["statement"] * 3
    assert printed[3].split() == ["questions", *["3"] * 8]
    # (1 + .5 + 0) / 3, (1 + 1 + 1/3) / 3 and (1 + 1 + .631) / 3; one question that changes says nothing
    dense = "0.500      1.000      1.000      1.000      0.778      0.500      1.000      0.877"
    assert f"{'dense':34}      {dense}  too few, p = 1.000" in printed
    printed = theirs.splitlines()
    assert printed[0] == "sea: statement nDCG@10 against the default in the last column"
    dense = "0.500      1.000      1.000      1.000      0.750      0.500      1.000      0.815"
    assert f"{'dense':34}      {dense}  too few, p = 1.000" in printed
    assert [line.split()[-1] for line in printed if line.startswith(DEFAULT)] == ["1.000"]

"""The table of runs, from runs made by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from corpus.statement import CorpusError
from eval.table import lines, main


def measure(name: str, value: float | None, count: int = 4) -> dict[str, object]:
    low, high = (None, None) if value is None else (value - 0.1, value)
    return {"name": name, "value": value, "count": count, "low": low, "high": high}


def run(form: str, measures: list[Any], **more: object) -> dict[str, Any]:
    return {
        "format": 1,
        "suite": {"name": "s", "form": form},
        "index": {},
        "settings": {},
        "questions": [],
        "measures": measures,
        "baselines": [],
        "slices": [],
        **more,
    }


BEIR = run(
    "beir",
    [measure("statement nDCG@10", 0.7), measure("sentence P@1", None, 0)],
    baselines=[{"name": "BM25", "measures": [measure("statement nDCG@10", 0.6789)]}],
)


def test_the_best_ranking_is_bold_and_what_is_not_eligible_is_blank() -> None:
    assert list(lines([BEIR])) == [
        "| suite | measure | n | default | 95 % | BM25 |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
        "| s | statement nDCG@10 | 4 | **.700** | .600–.700 | .679 |",
        "| s | sentence P@1 | 0 |  |  |  |",
    ]


def test_kinds_follow_the_measure_they_divide() -> None:
    of_kind = {"by": "kind", "name": "list", "measures": [measure("evidence recall@10", 0.5, 2)]}
    of_year = {"by": "year", "name": "2024", "measures": [measure("evidence recall@10", 1.0, 2)]}
    names = ("evidence recall@10", "passage RR@10", "citation F1", "AUROC")
    gold = run("jsonl", [measure(name, 1.0) for name in names], slices=[of_kind, of_year])
    assert list(lines([gold]))[2:] == [
        "| s | evidence recall@10 | 4 | 1.000 | .900–1.000 |",
        "| s | evidence recall@10, list | 2 | .500 | .400–.500 |",
        "| s | passage RR@10 | 4 | 1.000 | .900–1.000 |",
        "| s | citation F1 | 4 | 1.000 | .900–1.000 |",
        "| s | AUROC | 4 | 1.000 | .900–1.000 |",
    ]


def test_it_is_printed_from_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run.json").write_text(json.dumps(BEIR))
    main([str(tmp_path / "run.json")])
    assert capsys.readouterr().out == "\n".join(lines([BEIR])) + "\n"


def test_a_file_that_is_no_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"format": 99}')
    with pytest.raises(CorpusError, match="format 99, where this version has 1; accepted: "):
        main([str(tmp_path / "run.json")])

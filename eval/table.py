"""Runs side by side, as the table of the README: `python -m eval.table RUN.json...`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus.statement import CorpusError
from eval.compare import read_run
from eval.door import enter

# What tells most of a suite of each form.
_MEASURES = {
    "jsonl": ("evidence recall@10", "passage RR@10", "citation F1", "AUROC"),
    "beir": ("statement nDCG@10", "sentence P@1"),
    "squad": ("statement recall@1", "statement recall@5"),
}
_SLICED = ("evidence recall@10",)  # also shown by kind


def main(arguments: Sequence[str]) -> None:
    """Print the Markdown of the runs, which `communique eval --baselines --save` wrote."""
    parser = argparse.ArgumentParser(prog="python -m eval.table", description="Print runs as one table.")
    parser.add_argument("runs", nargs="+", type=Path, help="runs that communique eval --save wrote")
    runs = [read_run(path) for path in parser.parse_args(arguments).runs]
    try:
        sys.stdout.write("\n".join(lines(runs)) + "\n")
    except (KeyError, TypeError) as error:
        raise CorpusError(f"a run lacks {error}; write it again with communique eval --save") from error


def lines(runs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A row for each measure that tells most, a column for each ranking; what ranks best is bold."""
    names = list(dict.fromkeys(baseline["name"] for run in runs for baseline in run["baselines"]))
    yield f"| suite | measure | n | {' | '.join(['default', '95 %', *names])} |"
    yield f"| --- | --- | {' | '.join(['---:'] * (3 + len(names)))} |"
    for run in runs:
        for measure, label in _rows(run):
            others = [_of(baseline["measures"], measure["name"]) for baseline in _named(run, names)]
            is_whole = label == measure["name"]
            values = [measure["value"], *(others if is_whole else [None] * len(names))]
            first, *rest = _written(values)
            ends = [_number(end) for end in (measure["low"], measure["high"]) if end is not None]
            columns = [run["suite"]["name"], label, str(measure["count"]), first, "–".join(ends), *rest]
            yield f"| {' | '.join(columns)} |"


def _rows(run: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Measures and what they are called; those of a slice go by its name too."""
    by_name = {measure["name"]: measure for measure in run["measures"]}
    for name in _MEASURES[run["suite"]["form"]]:
        yield by_name[name], name
        for part in run["slices"] * (name in _SLICED):
            found = [measure for measure in part["measures"] if measure["name"] == name]
            if part["by"] == "kind" and found:
                yield found[0], f"{name}, {part['name']}"


def _named(run: Mapping[str, Any], names: Sequence[str]) -> list[Mapping[str, Any]]:
    known = {baseline["name"]: baseline for baseline in run["baselines"]}
    return [known.get(name, {"measures": ()}) for name in names]


def _of(measures: Sequence[Mapping[str, Any]], name: str) -> float | None:
    return next((measure["value"] for measure in measures if measure["name"] == name), None)


def _written(values: Sequence[float | None]) -> list[str]:
    best = max((value for value in values if value is not None), default=None)
    is_compared = sum(value is not None for value in values) > 1
    return [f"**{_number(value)}**" if is_compared and value == best else _number(value) for value in values]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}".removeprefix("0")


if __name__ == "__main__":
    enter(main)

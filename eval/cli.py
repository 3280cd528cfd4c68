"""The command for evaluations."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.opened import consoles, settings_of
from service.cli.options import AsJson, Data

if TYPE_CHECKING:
    from collections.abc import Iterable

# Each command imports what it needs when it runs: `list` must not wait for torch.
# ruff: noqa: PLC0415


def evaluate(  # noqa: PLR0913, PLR0917
    suite: Annotated[
        list[Path],
        typer.Argument(
            help="Questions with known answers: JSONL files, a BEIR folder or one of its qrels, a SQuAD file."
        ),
    ],
    corpus: Annotated[
        list[Path] | None,
        typer.Option(
            help="Statements that JSONL questions are asked over; may be repeated [default: --data]"
        ),
    ] = None,
    threshold_from: Annotated[
        list[Path] | None,
        typer.Option(help="Choose on this JSONL suite how sure an answer must be; may be repeated."),
    ] = None,
    baselines: Annotated[
        bool, typer.Option("--baselines", help="Also rank by BM25, by vectors, and by both in rank fusion.")
    ] = False,
    against: Annotated[Path | None, typer.Option(help="Compare with this run: JSON saved before.")] = None,
    save: Annotated[
        Path | None, typer.Option(help="Write the run as JSON: the same bytes each time.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a report to look at, one file.")] = None,
    timings: Annotated[
        Path | None, typer.Option(help="Ask once more by the clock; write the timings as JSON.")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Ask questions with known answers: how good is what comes back? 1 if a quote is not in its place."""
    from corpus.files import check_targets, write_text
    from eval.evaluation import Progresses, Request, time_questions
    from eval.evaluation import evaluate as run
    from eval.page.page import render
    from eval.suites.read import files_of
    from eval.terminal import show_report, show_timings
    from index.encoder import load_encoder
    from service.terminal import add_progress, count_progress

    written, folders = list(filter(None, (save, html, timings))), corpus or ()
    asked = [file for path in (*suite, *(threshold_from or ())) for file in files_of(path)]
    check_targets(written, [*asked, *folders])
    _check_apart(written, folders)
    settings = settings_of(data)
    console, errors = consoles()
    progresses = Progresses(partial(add_progress, errors), partial(count_progress, errors, "asking"))
    request = Request(tuple(suite), tuple(corpus or ()), tuple(threshold_from or ()), against, baselines)
    report, cases = run(request, settings, progresses, load_encoder)
    told = json.dumps(asdict(report), ensure_ascii=False, indent=1) + "\n"
    if save:
        write_text(save, told)
    if html:
        write_text(html, render(report, cases))
    typer.echo(told, nl=False) if as_json else show_report(console, report, cases)
    if timings:
        measured = time_questions(request, settings, progresses, load_encoder)
        write_text(timings, json.dumps(asdict(measured), indent=1) + "\n")
        show_timings(errors if as_json else console, measured)
    raise typer.Exit(not report.is_sound)


def _check_apart(written: Iterable[Path], folders: Iterable[Path]) -> None:
    """A report among the statements would be one of them the next time."""
    from corpus.files import shown
    from corpus.readers import SUFFIXES
    from corpus.statement import CorpusError

    for folder in folders:
        for path in written:
            if path.suffix.lower() in SUFFIXES and path.resolve().is_relative_to(folder.resolve()):
                problem = f"what lies in {shown(folder)} is read as a statement"
                raise CorpusError(f"{shown(path)}: cannot be written: {problem}")

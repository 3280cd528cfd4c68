"""An evaluation from its paths to its report: read, ask, score, compare."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from corpus.statement import CorpusError
from eval.compare import read_run
from eval.indexes import Opened, Progress, open_suite, silently
from eval.measures.abstention import choose_threshold
from eval.report import Case, Report
from eval.reporting import Threshold, report_on
from eval.run import ask
from eval.suites.read import brings_statements
from eval.timings import Timings, measure
from index.encoder import Encoder, ModelSettings, load_encoder
from service.confidence import load_calibration
from service.settings import Settings

Asking = Callable[[int], AbstractContextManager[Callable[[int], None]]]


@dataclass(frozen=True, slots=True)
class Request:
    """What to evaluate.

    suite           one file or folder of any form, or several JSONL files taken together
    corpus          files and folders a JSONL suite is asked over; none: the data folder
    threshold_from  JSONL files on which the threshold is chosen; none: the one that ships
    against         the JSON of another run to compare with
    baselines       whether BM25, dense and their rank fusion are measured beside
    """

    suite: tuple[Path, ...]
    corpus: tuple[Path, ...] = ()
    threshold_from: tuple[Path, ...] = ()
    against: Path | None = None
    baselines: bool = False


@dataclass(frozen=True, slots=True)
class Progresses:
    """How long work is shown: `encoding` as service.terminal.add_progress, `asking` by questions done."""

    encoding: Progress = silently
    asking: Asking = silently


def evaluate(
    request: Request,
    settings: Settings,
    progresses: Progresses = Progresses(),
    load: Callable[[ModelSettings], Encoder] = load_encoder,
) -> tuple[Report, tuple[Case, ...]]:
    """The report of a run, and its worst cases. Raises CorpusError, StoreError and ModelError."""
    _check(request)
    chosen_on = request.threshold_from
    with open_suite(request.suite, settings, request.corpus, progresses.encoding, load, chosen_on) as opened:
        threshold = _threshold(request, opened, settings, progresses.asking)
        questions = opened.suite.questions
        with progresses.asking(len(questions)) as progress:
            outcomes = ask(questions, opened, threshold.calibration, request.baselines, progress)
        return report_on(opened, outcomes, threshold, settings.model, request.against)


def time_questions(
    request: Request,
    settings: Settings,
    progresses: Progresses = Progresses(),
    load: Callable[[ModelSettings], Encoder] = load_encoder,
) -> Timings:
    """How long the same questions take, with nothing remembered."""
    with open_suite(request.suite, settings, request.corpus, progresses.encoding, load) as opened:
        texts = [question.text for question in opened.suite.questions]
        with progresses.asking(len(texts)) as progress:
            calibration = load_calibration(settings.model.name)
            return measure(texts, opened, calibration, load(settings.model), progress)


def _check(request: Request) -> None:
    """What is wrong is said before hours of encoding, not after."""
    if request.against:
        read_run(request.against)
    if request.threshold_from and (
        brings_statements(request.threshold_from) or brings_statements(request.suite)
    ):
        raise CorpusError("a threshold is chosen on JSONL suites, for JSONL suites over the same index")


def _threshold(request: Request, opened: Opened, settings: Settings, asking: Asking) -> Threshold:
    calibration = load_calibration(settings.model.name)
    suite = opened.threshold_suite
    if not suite:
        return Threshold(calibration)
    with asking(len(suite.questions)) as progress:
        outcomes = ask(suite.questions, opened, calibration, progress=progress)
    confidence = np.array([outcome.confidence for outcome in outcomes])
    answerable = np.array([bool(outcome.gold.answerable) for outcome in outcomes])
    try:
        chosen = choose_threshold(confidence, answerable)
    except ValueError as error:
        raise CorpusError(f"{request.threshold_from[0]}: {error}") from error
    return Threshold(replace(calibration, threshold=chosen), suite)

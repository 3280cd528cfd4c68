"""Fits the confidence: a ridge logistic regression of the signals, judged out of fold.

Run as `python -m eval.calibrate FILES... --data DIR > service/calibration.json`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eval.door import enter
from eval.indexes import open_suite
from eval.measures.abstention import Figures, choose_threshold, judge, require_both
from eval.measures.statistics import Flags, Floats
from eval.suites.suite import GoldQuestion, Suite
from index.retriever import Retriever
from service.answerer import HITS
from service.cli.opened import settings_of
from service.confidence import Signals, measure
from service.evidence import choose

_RIDGE = 3.0  # of 1, 3 and 10 the best out of fold, by a little
_STEPS = 50  # of Newton; it settles in fewer than ten


@dataclass(frozen=True, slots=True)
class Model:
    """Log odds = intercept + signals @ coefficients; coefficients (d,), none negative."""

    intercept: float
    coefficients: Floats

    def confidence(self, signals: Floats) -> Floats:
        """(n, d) signals -> (n,) probabilities."""
        odds: Floats = np.clip(self.intercept + signals @ self.coefficients, -50, 50)
        return 1 / (1 + np.exp(-odds))


def matrix(signals: Sequence[Signals]) -> Floats:
    """(n, d), a row for each question, columns in the order of the fields of Signals."""
    return np.array([astuple(row) for row in signals], float).reshape(len(signals), len(fields(Signals)))


def fit(signals: Floats, answerable: Flags, ridge: float) -> Model:
    """Ridge logistic regression by Newton steps, the intercept unpenalised (Hastie et al., ESL 4.4.1).

    signals (n, d) are standardised for the penalty, ridge / 2 times the squared length. Each signal speaks
    for an answer, so one that would get a negative coefficient gets none. Raises ValueError unless both
    kinds of question are there.
    """
    require_both(answerable)
    mean, scale = signals.mean(axis=0), signals.std(axis=0)
    scale[scale == 0] = 1
    standard = (signals - mean) / scale
    kept = np.ones(signals.shape[1], bool)
    while True:
        weights = _newton(standard[:, kept], answerable, ridge)
        if (weights[1:] >= 0).all():
            break
        kept[np.flatnonzero(kept)[int(weights[1:].argmin())]] = False
    coefficients = np.zeros(signals.shape[1])
    coefficients[kept] = weights[1:] / scale[kept]
    return Model(float(weights[0] - coefficients @ mean), coefficients)


def out_of_fold(
    signals: Floats, answerable: Flags, ridge: float, folds: int = 5, repeats: int = 20
) -> Floats:
    """(repeats, n) confidences, each from a model that has not seen the question; folds are stratified."""
    random = np.random.default_rng(0)
    found = np.zeros((repeats, len(answerable)))
    for repeat in range(repeats):
        fold = _stratified(answerable, folds, random)
        for held in range(folds):
            model = fit(signals[fold != held], answerable[fold != held], ridge)
            found[repeat, fold == held] = model.confidence(signals[fold == held])
    return found


def ask(questions: Sequence[GoldQuestion], retriever: Retriever) -> tuple[Floats, Flags]:
    """(n, d) signals and (n,) whether answerable, of the n questions of which the suite says so."""
    measured, answerable = [], []
    for question in questions:
        if question.answerable is not None:
            found = retriever.search(question.text, HITS)
            measured.append(measure(found.question, choose(found.question, found.hits)))
            answerable.append(question.answerable)
    return matrix(measured), np.array(answerable, bool)


def record(
    model: Model, threshold: float, figures: Figures, *, encoder: str, suite: Suite, date: str
) -> dict[str, object]:
    """What service/calibration.json holds and service.confidence.load_calibration reads.

    `figures` are those out of fold on the questions of the suite, `date` is ISO 8601.
    """
    names = [field.name for field in fields(Signals)]
    return {
        "model": encoder,
        "fitted_on": [asdict(file) for file in suite.files],
        "date": date,
        "intercept": round(model.intercept, 3),
        "coefficients": dict(zip(names, np.round(model.coefficients, 3).tolist(), strict=True)),
        "threshold": round(threshold, 3),
        "out_of_fold": {name: value and round(value, 3) for name, value in asdict(figures).items()},
        "questions": sorted({question.text_digest for question in suite.questions}),
    }


def _newton(standard: Floats, answerable: Flags, ridge: float) -> Floats:
    """(1 + d,) the intercept and the weights that minimise the penalised log loss."""
    design = np.column_stack([np.ones(len(standard)), standard])
    penalty = np.diag([0.0, *[ridge] * standard.shape[1]])
    weights = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ weights, -50, 50)))
        gradient = design.T @ (chance - answerable) + penalty @ weights
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design + penalty
        step = np.linalg.solve(curvature, gradient)
        weights -= step
        if np.abs(step).max() < 1e-9:
            break
    return weights


def _stratified(answerable: Flags, folds: int, random: np.random.Generator) -> npt.NDArray[np.int64]:
    fold = np.empty(len(answerable), np.int64)
    for kind in (True, False):
        places = random.permutation(np.flatnonzero(answerable == kind))
        fold[places] = np.arange(len(places)) % folds
    return fold


def main(arguments: Sequence[str]) -> None:
    """Ask the questions of the suites, fit, and print the calibration as JSON."""
    parser = argparse.ArgumentParser(prog="python -m eval.calibrate", description="Print a calibration.")
    parser.add_argument("files", nargs="+", type=Path, help="suites of questions, JSONL")
    parser.add_argument("--data", type=Path, help="the data folder [default: ./.communique]")
    parser.add_argument("--corpus", nargs="*", type=Path, default=(), help="statements to ask instead")
    options = parser.parse_args(arguments)
    settings = settings_of(options.data)
    with open_suite(options.files, settings, options.corpus) as opened:
        suite = opened.suite
        retriever = Retriever(opened.store, opened.encoder, opened.issuers)
        signals, answerable = ask(suite.questions, retriever)
    confidence = out_of_fold(signals, answerable, _RIDGE).mean(axis=0)
    threshold = choose_threshold(confidence, answerable)
    fitted = record(
        fit(signals, answerable, _RIDGE),
        threshold,
        judge(confidence, answerable, threshold),
        encoder=settings.model.name,
        suite=suite,
        date=datetime.now(UTC).date().isoformat(),
    )
    sys.stdout.write(json.dumps(fitted, indent=2) + "\n")


if __name__ == "__main__":
    enter(main)

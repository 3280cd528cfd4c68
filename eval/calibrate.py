"""Fits the confidence: a ridge logistic regression of the signals, judged out of fold.

Run as `python -m eval.calibrate FILES... --data DIR > service/calibration.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from eval.gold import auroc, read_gold
from eval.system import open_retriever, statements_of
from service.answerer import HITS
from service.confidence import Signals, measure
from service.evidence import choose
from service.settings import read_settings

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

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


@dataclass(frozen=True, slots=True)
class Figures:
    """Abstention as the README of the data defines it; a rate over nothing is nan.

    answer_rate        of the answerable questions, the share answered
    false_answer_rate  of the others, the share answered
    precision, recall, f1  of abstaining
    auroc              of the confidence
    """

    answer_rate: float
    false_answer_rate: float
    precision: float
    recall: float
    f1: float
    auroc: float


def matrix(signals: Sequence[Signals]) -> Floats:
    """(n, d), a row for each question, columns in the order of the fields of Signals."""
    return np.array([astuple(row) for row in signals], float).reshape(len(signals), len(fields(Signals)))


def fit(signals: Floats, answerable: Flags, ridge: float) -> Model:
    """Ridge logistic regression by Newton steps, the intercept unpenalised (Hastie et al., ESL 4.4.1).

    signals (n, d) are standardised for the penalty, ridge / 2 times the squared length. Each signal speaks
    for an answer, so one that would get a negative coefficient gets none. Raises ValueError unless both
    kinds of question are there.
    """
    if len(set(answerable.tolist())) < 2:
        raise ValueError(
            f"{int(answerable.sum())} of {len(answerable)} questions are answerable; need both kinds"
        )
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


def best_threshold(confidence: Floats, answerable: Flags, least_answer_rate: float = 0.85) -> float:
    """The threshold of the best F1 of abstaining that still answers the given share of the answerable.

    It lies half-way between two confidences; of equals the lowest.
    """
    ordered = np.unique(confidence)
    choices = [0.0, *((ordered[1:] + ordered[:-1]) / 2).tolist()]
    scored = [(judge(confidence, answerable, choice), choice) for choice in choices]
    allowed = [
        (figures.f1, -choice) for figures, choice in scored if figures.answer_rate >= least_answer_rate
    ]
    return float(-max(allowed)[1])


def judge(confidence: Floats, answerable: Flags, threshold: float) -> Figures:
    """The figures of answering what reaches the threshold."""
    abstained = confidence < threshold
    right = float((abstained & ~answerable).sum())
    precision, recall = _rate(right, abstained.sum()), _rate(right, (~answerable).sum())
    return Figures(
        answer_rate=_rate((~abstained & answerable).sum(), answerable.sum()),
        false_answer_rate=1 - recall,
        precision=precision,
        recall=recall,
        f1=_rate(2 * right, abstained.sum() + (~answerable).sum()),
        auroc=auroc(confidence[answerable].tolist(), confidence[~answerable].tolist()),
    )


def record(
    model: Model, threshold: float, figures: Figures, *, encoder: str, files: Sequence[str], date: str
) -> dict[str, object]:
    """What service/calibration.json holds and service.confidence.load_calibration reads.

    `figures` are those out of fold; `files` are the names of the question sets, `date` is ISO 8601.
    """
    names = [field.name for field in fields(Signals)]
    return {
        "model": encoder,
        "fitted_on": list(files),
        "date": date,
        "intercept": round(model.intercept, 3),
        "coefficients": dict(zip(names, np.round(model.coefficients, 3).tolist(), strict=True)),
        "threshold": round(threshold, 3),
        "out_of_fold": {name: round(value, 3) for name, value in asdict(figures).items()},
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


def _rate(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else float("nan")


def main(arguments: Sequence[str]) -> None:
    """Ask the questions of the suites, fit, and print the calibration as JSON."""
    parser = argparse.ArgumentParser(prog="python -m eval.calibrate", description="Fit the confidence.")
    parser.add_argument("files", nargs="+", type=Path, help="suites of questions, JSONL")
    parser.add_argument("--data", type=Path, default=Path(".communique"), help="the data folder")
    options = parser.parse_args(arguments)
    model = read_settings(os.environ).model
    store, retriever = open_retriever(options.data, model)
    statements = statements_of(store)
    questions = [question for path in options.files for question in read_gold(path, statements)]
    measured = []
    for question in questions:
        found = retriever.search(question.text, HITS)
        measured.append(measure(found.question, choose(found.question, found.hits)))
    signals, answerable = matrix(measured), np.array([question.answerable for question in questions])
    confidences = out_of_fold(signals, answerable, _RIDGE)
    threshold = best_threshold(confidences.mean(axis=0), answerable)
    figures = judge(confidences.mean(axis=0), answerable, threshold)
    names = [path.name for path in options.files]
    today = datetime.now(UTC).date().isoformat()
    fitted = record(
        fit(signals, answerable, _RIDGE), threshold, figures, encoder=model.name, files=names, date=today
    )
    sys.stdout.write(json.dumps(fitted, indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])

"""Outcomes to a report, and to the cases that people look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from pathlib import Path

from eval.abstaining import judged, measure_all
from eval.cases import cases
from eval.compare import compare_with
from eval.fingerprints import code_digest, index_digest
from eval.indexes import Opened
from eval.measures.abstention import LEAST_ANSWER_RATE
from eval.measures.calibration import reliability
from eval.measures.evidence import evidence_ranks, supported
from eval.measures.selective import risk_coverage
from eval.measures.statistics import LEVEL, MEANS, STATISTICS
from eval.rankings import BASELINES
from eval.report import (
    FORMAT,
    Asked,
    Baseline,
    Case,
    Cited,
    CurvePoint,
    FoundPassage,
    IndexFields,
    Report,
    SuiteFields,
)
from eval.run import DEPTH, Outcome
from eval.score import (
    Relevant,
    Scores,
    mean,
    relevant_passages,
    score,
    score_ranking,
)
from eval.slices import slices
from eval.suites.suite import Suite
from index.encoder import ModelSettings
from index.ranking import Weights
from index.schema import SCHEMA
from service.answerer import HITS
from service.confidence import Calibration, Signals

_SHOWN = 10  # passages of each question in the JSON
_FEW = 30  # questions: below, intervals are as wide as what is to be seen
_LIBRARIES = (
    *("communique", "faiss-cpu", "ir-measures", "numpy", "pytrec-eval-terrier", "scipy"),
    *("sentence-transformers", "tantivy", "torch", "transformers"),
)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A calibration with the threshold in use, and the suite that was chosen on; None: as it ships."""

    calibration: Calibration
    chosen_on: Suite | None = None


def report_on(
    opened: Opened,
    outcomes: Sequence[Outcome],
    threshold: Threshold,
    model: ModelSettings,
    against: Path | None = None,
) -> tuple[Report, tuple[Case, ...]]:
    """The report of what came of a suite's questions, and its worst cases; `against` as compare_with."""
    relevant = relevant_passages(outcomes, opened.store)
    scores = score(outcomes, relevant)
    questions = tuple(asked_of(outcome, found) for outcome, found in zip(outcomes, scores, strict=True))
    suite, index, settings = _suite(opened.suite), _index(opened), _settings(opened, model, threshold)
    known = judged(questions)
    can_answer = known.answerable.any()
    curve = zip(*risk_coverage(known.confidence, known.loss), strict=True) if can_answer else ()
    report = Report(
        format=FORMAT,
        suite=suite,
        index=index,
        settings=settings,
        notes=tuple(_notes(opened.suite, threshold, questions, scores)),
        measures=(*(mean(name, scores) for name in scores[0]), *measure_all(known)),
        baselines=tuple(_baselines(outcomes, relevant)),
        slices=slices(outcomes, scores, opened.statements),
        risk_coverage=tuple(CurvePoint(float(coverage), float(risk)) for coverage, risk in curve),
        reliability=reliability(known.confidence, known.answerable),
        comparison=compare_with(against, suite, index, settings, questions) if against else None,
        questions=questions,
    )
    return report, cases(outcomes, questions, opened.statements, threshold.calibration.threshold)


def asked_of(outcome: Outcome, scores: Scores) -> Asked:
    """What a report says of a question."""
    gold, spans = outcome.gold, [found.span for found in outcome.found]
    return Asked(
        id=gold.id,
        kind=gold.kind,
        grade=gold.grade,
        question=gold.text,
        answerable=gold.answerable,
        gold=gold.digest,
        issuers=outcome.question.issuers,
        dates=outcome.question.dates,
        answered=outcome.answered,
        confidence=outcome.confidence,
        measures=scores,
        evidence_ranks=evidence_ranks(spans, gold.nuggets),
        hits=tuple(
            FoundPassage(
                statement_id=found.span.statement,
                paragraph=found.paragraph,
                start=found.span.start,
                end=found.span.end,
                score=round(found.score, 6),
                nuggets=supported(found.span, gold.nuggets),
            )
            for found in outcome.found[:_SHOWN]
        ),
        citations=tuple(
            Cited(
                statement_id=cited.citation.statement_id,
                version=cited.citation.version,
                paragraph=cited.citation.paragraph,
                start=cited.citation.start,
                end=cited.citation.end,
                nuggets=supported(cited.span, gold.nuggets),
                check=cited.check,
            )
            for cited in outcome.citations
        ),
    )


def _suite(suite: Suite) -> SuiteFields:
    answers = [question.answerable for question in suite.questions]
    return SuiteFields(
        name=suite.name,
        form=suite.form,
        files=suite.files,
        questions=len(answers),
        answerable=answers.count(True),
        unanswerable=answers.count(False),
        unknown=answers.count(None),
    )


def _index(opened: Opened) -> IndexFields:
    counts = opened.store.counts()
    return IndexFields(
        statements=counts["statements"],
        passages=counts["passages"],
        generation=opened.store.generation,
        schema=SCHEMA,
        sha256=index_digest(opened.store, opened.statements),
    )


def _settings(opened: Opened, model: ModelSettings, threshold: Threshold) -> dict[str, object]:
    calibration, chosen_on = threshold.calibration, threshold.chosen_on
    encoder = model.as_dict()
    if opened.model_sha256:  # a model of one's own: where it lies is nobody else's business
        encoder |= {"name": Path(model.name).name, "sha256": opened.model_sha256}
    names = (field.name for field in fields(Signals))
    return {
        "code": code_digest(),
        "encoder": encoder,
        "issuers": opened.issuers_sha256 or "as they ship",
        "ranking": asdict(Weights()),
        "calibration": {
            "model": calibration.model,
            "fitted_on": list(calibration.fitted_on),
            "intercept": calibration.intercept,
            "coefficients": dict(zip(names, calibration.coefficients, strict=True)),
            "threshold": calibration.threshold,
            "threshold_chosen_on": [asdict(file) for file in chosen_on.files] if chosen_on else "as it ships",
            "threshold_rule": f"best F1 of abstaining that answers {LEAST_ANSWER_RATE} of the answerable",
        },
        "depth": {"retrieved": DEPTH, "answered_from": HITS},
        "interval": {"level": LEVEL, "resamples": MEANS, "resamples_of_statistics": STATISTICS},
        "versions": {name: version(name) for name in _LIBRARIES},
    }


def _notes(
    suite: Suite, threshold: Threshold, questions: Sequence[Asked], scores: Sequence[Scores]
) -> Iterator[str]:
    calibration, chosen_on = threshold.calibration, threshold.chosen_on
    chosen = {question.text_digest for question in chosen_on.questions} if chosen_on else set()
    for what, known in (("confidence was fitted", calibration.questions), ("threshold was chosen", chosen)):
        if seen := sum(question.text_digest in known for question in suite.questions):
            yield f"The {what} on {seen} of these {len(questions)} questions: on others it will do worse."
    if not calibration.is_calibrated:
        yield f"The confidence was fitted for {calibration.model}: for this model it is a rough guess."
    if len(questions) < _FEW:
        yield f"Fewer than {_FEW} questions ({len(questions)}): look at the intervals before the figures."
    if suite.form == "squad" and any(question.answerable is False for question in questions):
        yield (
            '"is_impossible" speaks of a question\'s own paragraph: another paragraph may answer it, so'
            " answers counted as false may be right."
        )
    broken = [question.id for question in questions if any(c.check != "valid" for c in question.citations)]
    if broken:
        yield f"Quotes that do not stand where they are said to: questions {', '.join(broken)}."
    told = zip(questions, scores, strict=True)
    bare = sum(q.answerable is not False and own["evidence recall@10"] is None for q, own in told)
    if 0 < bare < len(questions):
        yield f"No evidence is marked for {bare} of {len(questions)} questions: no measure of it counts them."


def _baselines(outcomes: Sequence[Outcome], relevant: Relevant) -> Iterator[Baseline]:
    for name in BASELINES if outcomes and outcomes[0].baselines else ():
        scores = score_ranking(outcomes, relevant, lambda outcome, name=name: outcome.baselines[name])  # type: ignore[misc]
        yield Baseline(name, tuple(mean(measure, scores) for measure in scores[0]))

"""What an evaluation says: measures with counts and intervals, slices, curves, and what made them."""

from __future__ import annotations

from dataclasses import dataclass

from eval.suites.suite import Form, SuiteFile

FORMAT = 1  # of the JSON; another is refused by --against
LESS_IS_BETTER = frozenset({"false-answer rate", "selective risk", "Brier", "ECE", "AURC", "AUGRC"})


@dataclass(frozen=True, slots=True)
class Measure:
    """A mean over `count` questions; value, low and high are None where none is eligible.

    low, high  95 % interval, bootstrap or, of shares and near either end, Wilson's; None also for fewer than
               two questions, for ECE, and where it would have no width
    """

    name: str
    value: float | None
    count: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """The questions of one kind, grade, issuer or year (of the statements that hold their evidence)."""

    by: str
    name: str
    questions: int
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Baseline:
    """The retrieval measures of another ranking of the same passages, in the order of the report's own."""

    name: str
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Of the most confident `coverage` of the questions, the share answered wrongly; both in [0, 1]."""

    coverage: float
    risk: float


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Questions of like confidence: how sure, on the mean, and what share of them is answerable."""

    low: float
    high: float
    count: int
    confidence: float
    answerable: float


@dataclass(frozen=True, slots=True)
class Change:
    """A measure in two runs over the same `count` questions.

    count       those to which it applies in both runs; of abstaining and of the confidence, all that the
                suite judges, whichever of them a share is of in one run or the other
    difference  now - before, with its bootstrap 95 % interval; None where all gain the same
    p           two-sided, of a paired randomisation test
    verdict     "better", "worse", or "noise" where it may be chance (p is .05 or more); "too few" where so
                few questions changed that no p could be below; "same" where the measure sees no change
    """

    name: str
    count: int
    before: float
    now: float
    difference: float
    low: float | None
    high: float | None
    p: float
    verdict: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The run compared with: its file's name, what is different in how it was made, and each measure.

    conditions  lines for people: "settings.weights.lexical: 0.2 before, 0.3 now"
    only_before, only_now  how many questions stand in one of the runs alone; they are not compared
    changed_gold  how many stand in both, but with another known answer; nor are these
    """

    run: str
    conditions: tuple[str, ...]
    only_before: int
    only_now: int
    changed_gold: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage found, and the positions of the nuggets it supports."""

    statement_id: str
    paragraph: int
    start: int
    end: int
    score: float
    nuggets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation, the positions of the nuggets it supports, and what verifying it says ("valid" or not)."""

    statement_id: str
    version: str
    paragraph: int
    start: int
    end: int
    nuggets: tuple[int, ...]
    check: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, what came of it, and its measures (None: not eligible).

    gold            GoldQuestion.digest: equal where the suite knows the same answer
    issuers, dates  what the question was understood to name
    answered        whether an answer was given; `citations` are those of the answer that was given or, had
                    it been sure enough, would have been
    hits            the first of the passages found, best first
    evidence_ranks  for each nugget, the rank of the first passage that supports it; None if not found
    """

    id: str
    kind: str
    grade: str
    question: str
    answerable: bool | None
    gold: str
    issuers: tuple[str, ...]
    dates: tuple[tuple[str, str], ...]
    answered: bool
    confidence: float
    measures: dict[str, float | None]
    evidence_ranks: tuple[int | None, ...]
    hits: tuple[FoundPassage, ...]
    citations: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class SuiteFields:
    """The suite: its files, and how many questions are answerable, are not, or are not said to be."""

    name: str
    form: Form
    files: tuple[SuiteFile, ...]
    questions: int
    answerable: int
    unanswerable: int
    unknown: int


@dataclass(frozen=True, slots=True)
class IndexFields:
    """The index asked.

    sha256  over the version and metadata of every statement, by id, and over places and vectors of all
            passages and their sentences, by row
    """

    statements: int
    passages: int
    generation: int
    schema: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Report:
    """All of a run but its timings: equal inputs give equal reports, to the byte.

    settings   what made it: encoder, ranking weights, calibration, depths, resamples, versions of libraries
    notes      lines people must know to read the figures: "the confidence was fitted on this file"
    questions  in the order of the suite
    """

    format: int
    suite: SuiteFields
    index: IndexFields
    settings: dict[str, object]
    notes: tuple[str, ...]
    measures: tuple[Measure, ...]
    baselines: tuple[Baseline, ...]
    slices: tuple[Slice, ...]
    risk_coverage: tuple[CurvePoint, ...]
    reliability: tuple[ReliabilityBin, ...]
    comparison: Comparison | None
    questions: tuple[Asked, ...]

    @property
    def is_sound(self) -> bool:
        """Whether every quote stands where its citation says: anything else is a fault, not a figure."""
        return all(cited.check == "valid" for question in self.questions for cited in question.citations)


@dataclass(frozen=True, slots=True)
class ShownPassage:
    """A passage as it is shown to people: whose, when, where, its text, and the nuggets it supports."""

    rank: int
    statement_id: str
    title: str
    who: str
    date: str
    paragraph: int
    text: str
    nuggets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ShownEvidence:
    """What should have been found for one nugget: a quote, where it stands, and the rank it was found at."""

    fact: str
    quote: str
    statement_id: str
    who: str
    date: str
    paragraph: int
    rank: int | None
    cited: bool


@dataclass(frozen=True, slots=True)
class Case:
    """A question that went wrong, with all that a person needs to see why; worst first in a report.

    problem   one line: "evidence at rank 37", "the statement was found, but not the passage", "answered,
              though nothing answers it"
    """

    asked: Asked
    problem: str
    evidence: tuple[ShownEvidence, ...]
    found: tuple[ShownPassage, ...]
    cited: tuple[ShownPassage, ...]

"""A made-up report: twelve questions to invented states, with all that a report can hold."""

from __future__ import annotations

from dataclasses import replace

from eval.report import (
    FORMAT,
    Asked,
    Baseline,
    Case,
    Change,
    Cited,
    Comparison,
    CurvePoint,
    FoundPassage,
    IndexFields,
    Measure,
    ReliabilityBin,
    Report,
    ShownEvidence,
    ShownPassage,
    Slice,
    SuiteFields,
)
from eval.suites.suite import SuiteFile

STATES = ("Zembla", "Ruritania", "Freedonia", "Sylvania")
QUESTIONS = (  # kind, question, answerable, answered, confidence, rank of the evidence
    ("fact", "When did Zembla open its northern port to foreign ships?", True, True, 0.96, 1),
    ("fact", "How many wells did Ruritania dig in the dry season?", True, True, 0.93, 1),
    ("fact", "Who leads the delegation of Freedonia?", True, True, 0.90, 2),
    ("fact", "What does Sylvania charge for the passage of its strait?", True, True, 0.87, 4),
    ("fact", "Which river forms the border that Zembla wants marked?", True, True, 0.84, 1),
    ("list", "Which measures against drought does Ruritania name?", True, True, 0.71, 37),
    ("list", "Which states does Freedonia thank, and for what?", True, True, 0.66, 8),
    ("compare", "How do Zembla and Sylvania differ on the toll?", True, False, 0.41, None),
    ("change", "Did Ruritania change its view of the treaty between 2022 and 2024?", True, False, 0.38, 12),
    ("none", "What did Zembla say about the moons of Jupiter?", False, False, 0.35, None),
    ("none", "Why did Sylvania leave the customs union?", False, True, 0.62, None),
    ("none", "What does Freedonia pay for the port of Ruritania?", False, False, 0.22, None),
)
TEXT = (
    "We have dug wells in every valley. We have planted a belt of acacias against the sand, and we ask"
    " our neighbours to do the same before the next dry season comes."
)


def measure(name: str, value: float | None, count: int = 9, spread: float = 0.08) -> Measure:
    if value is None:
        return Measure(name, None, 0)
    return Measure(name, value, count, max(0.0, value - spread), min(1.0, value + spread))


def asked(number: int) -> Asked:
    kind, question, answerable, answered, confidence, rank = QUESTIONS[number]
    name = f"{STATES[number % 4].upper()}_2024"
    return Asked(
        id=f"q{number + 1:02}",
        kind=kind,
        grade="" if answerable else ("near" if number == 10 else "far"),
        question=question,
        answerable=answerable,
        gold=f"{number:016x}",
        issuers=tuple(state for state in STATES if state in question),
        dates=(("2022", "2024"),) if kind == "change" else (),
        answered=answered,
        confidence=confidence,
        measures={"evidence recall@10": float(rank is not None and rank <= 10) if answerable else None},
        evidence_ranks=(rank,) if answerable else (),
        hits=(FoundPassage(name, 3, 120, 320, confidence, (0,) if rank == 1 else ()),),
        citations=(Cited(name, "0" * 64, 3, 120, 155, (0,) if rank == 1 else (), "valid"),),
    )


def passage(rank: int, nuggets: tuple[int, ...] = (), **changes: str) -> ShownPassage:
    shown = ShownPassage(
        rank=rank,
        statement_id=f"{STATES[rank % 4].upper()}_202{rank % 3 + 2}",
        title="General debate",
        who=f"Otto Kraus ({STATES[rank % 4]})",
        date=f"202{rank % 3 + 2}-09-2{rank % 10}",
        paragraph=rank + 2,
        text=TEXT,
        nuggets=nuggets,
    )
    return replace(shown, **changes)  # type: ignore[arg-type]


def evidence(fact: str, rank: int | None, is_cited: bool = False) -> ShownEvidence:
    return ShownEvidence(
        fact=fact,
        quote="We have planted a belt of acacias against the sand",
        statement_id="RURITANIA_2024",
        who="Rudolf Elphberg (Ruritania)",
        date="2024-09-24",
        paragraph=17,
        rank=rank,
        cited=is_cited,
    )


CASES = (
    Case(
        asked(7),
        "the statement was found, but not the passage",
        (evidence("Zembla wants no toll", 3), evidence("Sylvania lives by the toll", None)),
        tuple(passage(rank, (0,) if rank == 3 else ()) for rank in range(1, 7)),
        (passage(1),),
    ),
    Case(
        asked(10),
        "answered, though nothing answers it",
        (),
        tuple(passage(rank) for rank in range(1, 6)),
        (passage(1, text="Our customs union has served us well."),),
    ),
    Case(
        asked(5),
        "evidence comes late: at rank 37",
        (evidence("a belt of trees", 37, True), evidence("wells", 1, True)),
        tuple(passage(rank, (1,) if rank == 1 else ()) for rank in range(1, 6)),
        (passage(1, (1,)), passage(2)),
    ),
    Case(
        asked(8), "evidence comes late: at rank 12", (evidence("the view is another", 12),), (passage(1),), ()
    ),
)

_DEPTHS = (1, 5, 10, 20, 100)
_RECALL = (0.556, 0.667, 0.778, 0.778, 0.889)
_BASELINES = (
    ("BM25", (0.222, 0.333, 0.444, 0.5, 0.667)),
    ("dense", (0.444, 0.611, 0.667, 0.722, 0.889)),
    ("RRF", (0.389, 0.556, 0.722, 0.778, 0.889)),
)
_MEASURES = (
    *(measure(f"evidence recall@{k}", value) for k, value in zip(_DEPTHS, _RECALL, strict=True)),
    measure("passage nDCG@10", 0.664),
    measure("passage RR@10", 0.653),
    measure("statement recall@10", 0.889),
    measure("statement RR@10", 0.731),
    measure("sentence P@1", 0.556),
    measure("citation precision", 0.481),
    measure("citation recall", 0.5),
    measure("citation F1", 0.49),
    measure("valid quotes", 1.0, 12, 0.0),
    measure("answer rate", 0.778),
    measure("false-answer rate", 1 / 3, 3, 0.3),
    measure("abstention F1", 0.571, 12),
    measure("selective risk", 0.25, 8),
    measure("AUROC", 0.852, 12),
    measure("AURC", 0.121, 12),
    measure("coverage at 5 % risk", 0.583, 12),
    measure("ECE", 0.163, 12),
    measure("attribution accuracy", None),
)


def _slice(by: str, name: str, questions: int, recall: float | None, rate: float | None) -> Slice:
    few = measure("evidence recall@10", recall, questions)
    return Slice(by, name, questions, (few, measure("false-answer rate", rate, questions)))


_SLICES = (
    _slice("kind", "fact", 5, 1.0, None),
    _slice("kind", "list", 2, 0.5, None),
    _slice("kind", "none", 3, None, 1 / 3),
    _slice("kind", "other", 6, 0.25, None),
    _slice("grade", "near", 1, None, 1.0),
    _slice("grade", "far", 2, None, 0.0),
    *(_slice("issuer", state, 3 + 2 * place, 0.9 - place / 10, None) for place, state in enumerate(STATES)),
    *(_slice("issuer", f"Isle {number}", 1, number % 2, None) for number in range(1, 13)),
    _slice("year", "2022", 4, 0.75, None),
    _slice("year", "2024", 5, 0.8, None),
)
_COMPARISON = Comparison(
    run="before.json",
    conditions=("settings.weights.lexical: 0.2 before, 0.3 now", "index.generation: 3 before, 4 now"),
    only_before=1,
    only_now=2,
    changed_gold=3,
    changes=(
        Change("evidence recall@10", 9, 0.556, 0.778, 0.222, 0.111, 0.333, 0.031, "better"),
        Change("passage RR@10", 9, 0.641, 0.653, 0.012, -0.064, 0.088, 0.77, "noise"),
        Change("answer rate", 9, 0.778, 0.778, 0.0, 0.0, 0.0, 1.0, "same"),
        Change("citation F1", 9, 0.47, 0.49, 0.02, 0.004, 0.036, 0.25, "too few"),
        Change("Brier", 12, 0.0, 0.333, 0.333, None, None, 0.012, "worse"),
    ),
)
_WRONG = (0, 0, 0, 0, 0, 1, 1, 2, 3, 3, 3, 4)  # of the surest 1, 2, … 12
REPORT = Report(
    format=FORMAT,
    suite=SuiteFields("harbours", "jsonl", (SuiteFile("harbours.jsonl", "ab" * 32),), 12, 9, 3, 0),
    index=IndexFields(40, 1234, 4, 2, "cd" * 32),
    settings={"encoder": "words", "weights": {"lexical": 0.3, "sentence": 0.5}, "resamples": 10000},
    notes=("The confidence was fitted on this file: what is said of it is too good.",),
    measures=_MEASURES,
    baselines=tuple(
        Baseline(
            name,
            tuple(measure(f"evidence recall@{k}", value) for k, value in zip(_DEPTHS, values, strict=True)),
        )
        for name, values in _BASELINES
    ),
    slices=_SLICES,
    risk_coverage=tuple(CurvePoint(n / 12, wrong / n) for n, wrong in enumerate(_WRONG, 1)),
    reliability=(
        ReliabilityBin(0.22, 0.38, 3, 0.317, 0.333),
        ReliabilityBin(0.38, 0.66, 3, 0.563, 0.667),
        ReliabilityBin(0.71, 0.87, 3, 0.807, 1.0),
        ReliabilityBin(0.9, 0.96, 3, 0.93, 1.0),
    ),
    comparison=_COMPARISON,
    questions=tuple(map(asked, range(12))),
)

EVIL = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)> {{7*7}} \u202eevil\u202c \x00\x1b[2J 👩‍🚀"
)
LONG = f"{'Donaudampfschifffahrt' * 40} {'why ' * 1040}?"  # a word without end, and 5,000 characters


def hostile() -> tuple[Report, tuple[Case, ...]]:
    """The report with such texts wherever a suite, a run or a statement can put one."""
    bad = replace(asked(0), id=EVIL, kind=EVIL, grade=EVIL, question=EVIL + LONG, issuers=(EVIL, LONG))
    case = Case(
        bad,
        EVIL,
        (replace(evidence(EVIL, None), quote=EVIL + LONG, who=LONG, statement_id=LONG),),
        (passage(1, (0,), text=EVIL + LONG, who=EVIL, statement_id=LONG),),
        (passage(1, text=EVIL, who=LONG),),
    )
    comparison = replace(
        _COMPARISON,
        run=EVIL,
        conditions=(EVIL, LONG),
        changes=(replace(_COMPARISON.changes[0], name=EVIL, verdict=EVIL), _COMPARISON.changes[1]),
    )
    report = replace(
        REPORT,
        suite=replace(REPORT.suite, name=EVIL, files=(SuiteFile(LONG, "ef" * 32),)),
        settings={EVIL: {LONG: EVIL}},
        notes=(EVIL, LONG),
        measures=(*REPORT.measures, measure(EVIL, 0.5), measure(LONG, None)),
        baselines=(*REPORT.baselines, replace(REPORT.baselines[0], name=EVIL)),
        slices=(_slice(EVIL, LONG, 1, 0.5, None), _slice("issuer", EVIL, 9, 0.5, None)),
        comparison=comparison,
    )
    return report, (case, *CASES)

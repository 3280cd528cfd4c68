"""How likely it is that the statements searched answer a question: signals, and a calibrated model of them."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from corpus.statement import CorpusError, Statement
from index.hits import Hit
from index.question import Question
from service.evidence import Evidence, has_kind, heading, in_scope, is_quotable, names_asked, stems

_CALIBRATION = Path(__file__).with_name("calibration.json")


@dataclass(frozen=True, slots=True)
class Signals:
    """What is measured of a question and the passages found; none depends on how many statements there are.

    similarity  the best cosine of a sentence of the issuers and dates asked about, that holds the kind of
                thing asked for (a number, a date, a person); 0 without one
    lead        how far the best cosine elsewhere is above that of the issuers and dates asked about, as a
                number <= 0: others speak of the matter, those asked about do not
    names       share in [0, 1] of the question's names and numbers in the passages cited or their headings;
                1 if it has none
    scope       share in [0, 1] of the evidence that is of the issuers and dates asked about
    """

    similarity: float
    lead: float
    names: float
    scope: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model of the signals, and what it was fitted on.

    model         the encoder whose cosines it was fitted on
    intercept, coefficients   of the log odds, the latter in the order of the fields of Signals
    threshold     the least confidence with which a question is answered
    is_calibrated False for another encoder than `model`: confidences are then a rough guess
    """

    model: str
    intercept: float
    coefficients: tuple[float, ...]
    threshold: float
    is_calibrated: bool = True

    def confidence(self, signals: Signals) -> float:
        """The estimated probability in (0, 1) that the statements searched answer the question."""
        terms = zip(self.coefficients, astuple(signals), strict=True)
        odds = self.intercept + sum(coefficient * signal for coefficient, signal in terms)
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, odds))))

    def is_enough(self, signals: Signals) -> bool:
        """Whether to answer."""
        return self.confidence(signals) >= self.threshold


def load_calibration(model: str, path: Path = _CALIBRATION) -> Calibration:
    """The calibration kept as data; `is_calibrated` says whether it was made for this encoder.

    Raises CorpusError naming the file and the field if it is not what `eval.calibrate` writes.
    """
    names = tuple(field.name for field in fields(Signals))
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        found = tuple(data["coefficients"])
        coefficients = tuple(float(data["coefficients"][name]) for name in found)
        fitted, intercept, threshold = str(data["model"]), float(data["intercept"]), float(data["threshold"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CorpusError(f"{path}: not a calibration as eval.calibrate writes it: {error!r}") from error
    if found != names:
        raise CorpusError(f"{path}: coefficients: of {', '.join(found)}; accepted: {', '.join(names)}")
    return Calibration(fitted, intercept, coefficients, threshold, is_calibrated=fitted == model)


def measure(question: Question, hits: Sequence[Hit], evidence: Sequence[Evidence]) -> Signals:
    """The signals of a question, the passages found for it, and the evidence chosen of them."""
    cited = list({found.hit.row: found.hit for found in evidence}.values())
    fitting = [hit for hit in cited if in_scope(question, hit.statement)] or cited
    similarity = _best_similarity(question, fitting)
    elsewhere = [hit for hit in hits if not in_scope(question, hit.statement)]
    words = frozenset[str]().union(*(stems(f"{hit.text} {heading(hit.statement)}") for hit in cited))
    names = names_asked(question)
    return Signals(
        similarity=similarity,
        lead=min(0.0, similarity - _best_similarity(question, elsewhere)) if fitting is not cited else 0.0,
        names=len(names & words) / len(names) if names else 1.0,
        scope=sum(in_scope(question, hit.statement) for hit in cited) / max(1, len(cited)),
    )


def _best_similarity(question: Question, hits: Sequence[Hit]) -> float:
    """The best cosine of a sentence that holds the kind of thing asked for; 0 without one."""
    best = 0.0
    for hit in hits:
        for highlight in hit.highlights:
            text = hit.statement.text[highlight.sentence.start : highlight.sentence.end]
            if highlight.similarity > best and is_quotable(text) and has_kind(question, text):
                best = highlight.similarity
    return best

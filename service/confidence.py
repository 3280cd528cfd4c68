"""How likely it is that the statements searched answer a question: signals, and a model of them."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from corpus.statement import CorpusError
from index.heading import heading
from index.hits import Hit
from index.question import Question
from service.asked import (
    asks_joint,
    asks_kind,
    has_kind,
    in_scope,
    is_joint,
    is_quotable,
    names_asked,
    stems,
    words_asked,
)
from service.evidence import Evidence

_CALIBRATION = Path(__file__).with_name("calibration.json")
_NO_NAMES = 0.5  # neither for nor against an answer
_LITERAL = 0.5  # the cosine that a sentence with all words of the question is held to have at least
_TITLE_TELLS = "signed signatories issued"  # what a title that names its speakers answers without the words


@dataclass(frozen=True, slots=True)
class Signals:
    """What is measured of the passages cited for a question; none depends on how many statements there are.

    The higher a signal, the more it speaks for an answer. Where passages of the issuers and dates asked about
    are cited, similarity and kind are of those alone.

    similarity  the best cosine of question and sentence in the passages, or, if it is more, half the share of
                the question's words that a sentence and the heading of its statement hold
    names       share in [0, 1] of the question's names and numbers that stand in the passages cited or their
                headings; 0.5 if it has none
    scope       share in [0, 1] of the passages cited that are of the issuers and dates asked about
    kind        1 if a sentence of the passages holds the kind of thing asked for (a number, a date, a person,
                ...) or no such kind is asked for, else 0
    """

    similarity: float
    names: float
    scope: float
    kind: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic model of the signals.

    model         the encoder whose cosines it was fitted on
    coefficients  of the log odds, in the order of the fields of Signals
    threshold     the least confidence with which a question is answered
    is_calibrated False for another encoder than `model`: confidences are then a rough guess
    fitted_on     the SHA-256, in hex, of the question sets it was fitted on
    questions     digests of the questions in them, whose figures flatter it (eval.suites.suite: text_digest)
    """

    model: str
    intercept: float
    coefficients: tuple[float, ...]
    threshold: float
    is_calibrated: bool = True
    fitted_on: tuple[str, ...] = ()
    questions: frozenset[str] = frozenset()

    def confidence(self, signals: Signals) -> float:
        """The estimated probability in (0, 1) that the statements searched answer the question."""
        terms = zip(self.coefficients, astuple(signals), strict=True)
        odds = self.intercept + sum(coefficient * signal for coefficient, signal in terms)
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


def load_calibration(model: str, path: Path = _CALIBRATION) -> Calibration:
    """The calibration kept as data, whichever encoder it was fitted on: see `Calibration.is_calibrated`.

    Raises CorpusError naming the file and what is wrong in it.
    """
    names = [field.name for field in fields(Signals)]
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        found, fitted = dict(data["coefficients"]), str(data["model"])
        coefficients = tuple(float(value) for value in found.values())
        intercept, threshold = float(data["intercept"]), float(data["threshold"])
        files = tuple(str(file["sha256"]) for file in data["fitted_on"])
        questions = frozenset(map(str, data["questions"]))
    except KeyError as error:
        raise CorpusError(f"{path}: no field {error}; write it with eval.calibrate") from error
    except (OSError, ValueError, TypeError) as error:
        raise CorpusError(f"{path}: cannot be read as a calibration: {error}") from error
    if list(found) != names:
        raise CorpusError(f"{path}: coefficients: of {', '.join(found)}; accepted: {', '.join(names)}")
    return Calibration(fitted, intercept, coefficients, threshold, fitted == model, files, questions)


def measure(question: Question, evidence: Sequence[Evidence]) -> Signals:
    """The signals of a question and the evidence chosen for it; all 0 without evidence."""
    cited = list({found.hit.row: found.hit for found in evidence}.values())
    if not cited:
        return Signals(similarity=0.0, names=0.0, scope=0.0, kind=0.0)
    inside = [hit for hit in cited if in_scope(question, hit.statement)]
    fitting = inside or cited
    return Signals(
        similarity=max(_similarity(question, hit) for hit in fitting),
        names=_names(question, cited),
        scope=len(inside) / len(cited),
        kind=float(any(has_kind(question, hit.text) for hit in fitting)),
    )


def _similarity(question: Question, hit: Hit) -> float:
    """A short question has low cosines even with a sentence that holds its every word: hence _LITERAL."""
    known = stems(heading(hit.statement))
    if hit.passage.last_paragraph == 0 and hit.statement.speakers:
        known |= stems(_TITLE_TELLS)
    best = 0.0
    for highlight in hit.highlights:
        text = hit.statement.text[highlight.sentence.start : highlight.sentence.end]
        if is_quotable(text):
            literal = _LITERAL * _shared(question, text, known)
            best = max(best, highlight.similarity, literal)
    return best


def _shared(question: Question, text: str, known: frozenset[str]) -> float:
    """Share of the words asked that a sentence or its heading has; without any, whether it has the kind."""
    asked = words_asked(question)
    if not asked:
        return float(asks_kind(question) and has_kind(question, text))
    return len(asked & (known | stems(text))) / len(asked)


def _names(question: Question, cited: Sequence[Hit]) -> float:
    """The joint statement, asked for as such, counts as a name of any statement of several issuers."""
    names = names_asked(question)
    words = frozenset[str]().union(*(stems(f"{hit.text} {heading(hit.statement)}") for hit in cited))
    found, asked = len(names & words), len(names)
    if asks_joint(question):
        found, asked = found + any(is_joint(hit.statement) for hit in cited), asked + 1
    return found / asked if asked else _NO_NAMES

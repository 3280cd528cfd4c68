"""What each measure means, in the words of a report; the functions that compute them say it exactly."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Definition:
    """What the measures mean whose names begin with `prefix`, and whose idea they are."""

    section: str
    prefix: str
    meaning: str
    source: str


_TREC, _GAIN = "as trec_eval", "Järvelin and Kekäläinen 2002, as trec_eval"
_DISCOUNT = "each discounted by log2(rank + 1), over what the best order would gain"
_ANSWERS = "over the answers given to answerable questions"
_STRICT = "all strict of Pradeep et al. 2025"
_WRONG = "wrong (nothing answers, or no citation states a fact)"
_LIU, _ECE = "after Liu et al. 2023", "Naeini et al. 2015, bins of Nixon et al. 2019"
_RANKS = "Mann and Whitney 1947"
_RISK = "El-Yaniv and Wiener 2010"
_F1, _AURC = "van Rijsbergen 1979", "Geifman and El-Yaniv 2017"
_SECTIONS = {
    "Passages found": (
        ("evidence recall@", "share of a question’s facts that the first k passages state", "ours"),
        ("passage recall@", "share of the passages with evidence among the first k; 0 without any", _TREC),
        ("passage nDCG@", f"evidence in the first k passages, {_DISCOUNT}; 0 without any", _GAIN),
        ("passage RR@", "1 / rank of the first passage with evidence; 0 beyond k", _TREC),
    ),
    "Statements found": (
        ("statement recall@", "share of the relevant statements among the first k", _TREC),
        ("statement nDCG@", f"grades of the first k statements, {_DISCOUNT}", _GAIN),
        ("statement RR@", "1 / rank of the first relevant statement; 0 beyond k", _TREC),
    ),
    "Sentences found": (
        ("sentence P@1", "how often the best sentence of the right statement is evidence", "ours"),
        ("sentence RR", "1 / rank of the first sentence of the right statement that is evidence", "ours"),
    ),
    "Answers and citations": (
        ("valid quotes", "share found word for word where said, given or not; under 1 is a fault", "ours"),
        ("citation precision", f"share of the citations that state a fact, {_ANSWERS}", _LIU),
        ("citation recall", f"share of a question’s facts that a citation states, {_ANSWERS}", _STRICT),
        ("citation F1", f"harmonic mean of these two for each question, {_ANSWERS}", _F1),
        ("nugget recall", "share of a question’s facts that the answer cites; 0 if unanswered", _STRICT),
    ),
    "Abstention": (
        ("answer rate", "share of the answerable questions that are answered", "ours"),
        ("false-answer rate", "share of the unanswerable that are answered all the same", "ours"),
        ("abstention precision", "share of the unanswered that nothing answers", "ours"),
        ("abstention recall", "share of the unanswerable left unanswered", "ours"),
        ("abstention F1", "harmonic mean of these two", _F1),
        ("selective risk", f"share of the answers given that is {_WRONG}", _RISK),
    ),
    "Confidence": (
        ("Brier", "squared distance of confidence and 1 if answerable, else 0", "Brier 1950"),
        ("AUROC", "chance that an answerable question has more than an unanswerable one", _RANKS),
        ("ECE", "distance of confidence and share answerable, in bins of like size", _ECE),
        ("AURC", f"share of the answers that is {_WRONG}, on the mean over all coverages", _AURC),
        ("AUGRC", "share of all questions that is answered and wrong, likewise", "Traub et al. 2024"),
        ("coverage at", "largest share to answer, surest first, with no more than that share wrong", _AURC),
    ),
}
_DEFINITIONS = [Definition(section, *fields) for section, rows in _SECTIONS.items() for fields in rows]


def definition(name: str) -> Definition | None:
    """What a measure means; None for a name that begins like none."""
    return next((entry for entry in _DEFINITIONS if name.startswith(entry.prefix)), None)

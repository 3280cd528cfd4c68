"""Ranked measures of documents, as trec_eval defines them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ir_measures

_Rows = dict[str, dict[str, int]]


def ranked(
    relevant: Mapping[str, Mapping[str, int]], found: Mapping[str, Sequence[str]], names: Sequence[str]
) -> dict[str, dict[str, float | None]]:
    """The value of each measure for each question, by its id; by ir_measures with pytrec_eval.

    relevant  documents and their grades by question; those graded 0 or less are not relevant
    found     documents, best first
    names     "recall@10" (of all that is relevant), "RR@10", "nDCG@10" (the grade is the gain), at any depth

    Of a question without relevant documents every value is None; of one that found nothing, 0. Raises
    ValueError for a document found twice, and NameError for a measure that is not known.
    """
    measures = {ir_measures.parse_measure(name.replace("recall@", "R@")): name for name in names}
    values = {question: dict[str, float | None].fromkeys(names) for question in [*relevant, *found]}
    questions = [question for question in values if any(g > 0 for g in relevant.get(question, {}).values())]
    grades: _Rows = {}
    scores: _Rows = {}
    for place, question in enumerate(questions):
        grades[str(place)], scores[str(place)] = _numbered(
            question, relevant[question], found.get(question, ())
        )
    for metric in ir_measures.iter_calc(list(measures), grades, scores):
        values[questions[int(metric.query_id)]][measures[metric.measure]] = float(metric.value)
    return values


def _numbered(
    question: str, relevant: Mapping[str, int], found: Sequence[str]
) -> tuple[dict[str, int], dict[str, int]]:
    """Grades and scores of documents; numbers stand for ids, as pytrec_eval crashes on some characters.

    Scores strictly fall, so that trec_eval's order of ties never decides.
    """
    if len(set(found)) < len(found):
        raise ValueError(f"question {question!r}: a document is found twice in {list(found)!r:.200}")
    numbers = {document: str(i) for i, document in enumerate(dict.fromkeys([*found, *relevant]))}
    grades = {numbers[document]: grade for document, grade in relevant.items()}
    return grades, {numbers[document]: -rank for rank, document in enumerate(found)}

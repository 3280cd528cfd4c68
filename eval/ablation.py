"""What each part of the ranking brings, and what other rankings would: `python -m eval.ablation SUITE...`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from corpus.statement import CorpusError
from eval.door import enter
from eval.indexes import Load, Opened, open_suite
from eval.measures.evidence import evidence_recall, evidence_reciprocal_rank
from eval.measures.ranked import ranked
from eval.measures.statistics import Difference, compare, verdict
from eval.rankings import BASELINES, IDEAS, STEPS
from eval.suites.read import brings_statements
from eval.suites.suite import GoldQuestion, Span
from index.encoder import load_encoder
from index.question import Question
from index.ranking import Candidates, Floats, Ranking, Rows, rank
from index.retriever import Retriever
from service.cli.opened import settings_of

_DEPTH = 100  # passages of a ranking
_EVIDENCE = (1, 5, 10, 20)
_STATEMENT = ("recall@1", "recall@5", "nDCG@10")
_RANKINGS: Mapping[str, Ranking] = {**BASELINES, **STEPS, **IDEAS}
_DEFAULT = list(STEPS)[-1]
Values = npt.NDArray[np.float64]  # one a question
Table = Mapping[str, Mapping[str, Values]]  # by ranking, then by measure


def main(arguments: Sequence[str], load: Load = load_encoder) -> None:
    """Print for each suite every measure of every ranking, and which differ from the default by more than
    may be chance."""
    parser = argparse.ArgumentParser(prog="python -m eval.ablation", description=__doc__)
    parser.add_argument("suites", nargs="+", type=Path, help="questions, each suite by itself")
    parser.add_argument("--corpus", action="append", default=[], type=Path, help="statements of JSONL suites")
    parser.add_argument("--data", type=Path, help="the data folder [default: ./.communique]")
    options = parser.parse_args(arguments)
    for path in options.suites:
        corpus = () if brings_statements([path]) else options.corpus
        with open_suite([path], settings_of(options.data), corpus, load=load) as opened:
            deciding = "evidence RR@10" if opened.suite.form == "jsonl" else "statement nDCG@10"
            sys.stdout.writelines(lines(opened.suite.name, deciding, measure(opened)))


def measure(opened: Opened) -> Table:
    """Evidence recall@k and RR@10 over the questions with spans, and over all that something answers the
    ranks of statements, each by its best passage. Raises CorpusError for a suite that nothing answers."""
    questions = [question for question in opened.suite.questions if question.nuggets or question.relevant]
    if not questions:
        raise CorpusError(f"{opened.suite.name}: no question that a statement answers")
    found = _search(opened, questions)
    return {
        name: _evidence(questions, found[name]) | _statements(questions, found[name]) for name in _RANKINGS
    }


def lines(suite: str, deciding: str, table: Table) -> Iterator[str]:
    """The table as text: one ranking a line, then how the deciding measure differs from the default's."""
    default = table[_DEFAULT]
    yield f"{suite}: {deciding} against the default in the last column\n"
    level, kind = zip(*(measure.split() for measure in default), strict=True)
    counts = [str(len(values)) for values in default.values()]
    for head, cells in (("", level), ("", kind), ("questions", counts)):
        yield f"{head:34}" + "".join(f"{cell:>11}" for cell in cells) + "\n"
    for name, measures in table.items():
        difference = compare(default[deciding], measures[deciding])
        note = _note(difference) if difference and name != _DEFAULT else ""
        yield f"{name:34}" + "".join(f"{values.mean():11.3f}" for values in measures.values()) + note + "\n"
    yield "\n"


def _note(difference: Difference) -> str:
    p = f"p = {difference.p:.3f}" if difference.p >= 0.001 else "p < 0.001"
    return f"  {verdict(difference)}, {p}"


class _Every:
    """A ranking that is the default, and remembers the rows that each ranking puts first."""

    def __init__(self) -> None:
        self.rows: dict[str, Rows] = {}

    def __call__(self, question: Question, candidates: Candidates, k: int) -> tuple[Rows, Floats]:
        self.rows = {
            name: candidates.rows[ranking(question, candidates, _DEPTH)[0]]
            for name, ranking in _RANKINGS.items()
        }
        return rank(question, candidates, k)


def _search(opened: Opened, questions: Sequence[GoldQuestion]) -> dict[str, list[list[Span]]]:
    """By ranking, for each question, what it puts first, best first."""
    every = _Every()
    retriever = Retriever(opened.store, opened.encoder, opened.issuers, every)
    found: dict[str, list[list[Span]]] = {name: [] for name in _RANKINGS}
    for question in questions:
        retriever.search(question.text, 1)
        stored = opened.store.passages(np.unique(np.concatenate([*every.rows.values()])).tolist())
        for name, rows in every.rows.items():
            passages = [stored[row] for row in rows.tolist()]
            spans = (Span(p.statement_id, p.passage.start, p.passage.end) for p in passages)
            found[name].append([span for span in spans if span.statement != question.itself])
    return found


def _evidence(questions: Sequence[GoldQuestion], found: Sequence[Sequence[Span]]) -> dict[str, Values]:
    told = [(spans, q.nuggets) for q, spans in zip(questions, found, strict=True) if q.nuggets]
    if not told:
        return {}
    recalls = {
        f"evidence recall@{k}": np.array(
            [evidence_recall(spans, nuggets, k) for spans, nuggets in told], float
        )
        for k in _EVIDENCE
    }
    ranks = [evidence_reciprocal_rank(spans, nuggets, 10) for spans, nuggets in told]
    return recalls | {"evidence RR@10": np.array(ranks, float)}


def _statements(questions: Sequence[GoldQuestion], found: Sequence[Sequence[Span]]) -> dict[str, Values]:
    order = {
        question.id: list(dict.fromkeys(span.statement for span in spans))
        for question, spans in zip(questions, found, strict=True)
    }
    values = ranked({question.id: question.relevant for question in questions}, order, _STATEMENT)
    return {
        f"statement {name}": np.array([values[question.id][name] for question in questions], float)
        for name in _STATEMENT
    }


if __name__ == "__main__":
    enter(main)

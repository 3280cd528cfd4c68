"""Which part of the ranking brings what: `python -m eval.ablation FILES... --data DIR`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from corpus.issuers import load_issuers
from eval.gold import GoldQuestion, Span, evidence_recall, read_gold, reciprocal_rank
from eval.system import statements_of
from index.encoder import ModelSettings, load_encoder
from index.ranking import Weights
from index.retriever import Retriever
from index.store import open_store

_DENSE = Weights(
    sentence=0,
    lexical=0,
    open_sentence=0,
    open_lexical=0,
    issuer=0,
    first_issuer=0,
    joint=0,
    date=0,
    repeat=0,
)
_WORDS = replace(_DENSE, lexical=0.2, open_lexical=0.4)
_ISSUER = replace(_WORDS, issuer=0.3, first_issuer=0.05, joint=0.1)
_DATE = replace(_ISSUER, date=0.2)
_SENTENCE = replace(_DATE, sentence=0.3, open_sentence=0.5)
_STEPS = {
    "BM25, headed passages": replace(_DENSE, lexical=1.0, open_lexical=1.0),
    "dense, headed passages": _DENSE,
    "both": _WORDS,
    "+ issuer": _ISSUER,
    "+ date": _DATE,
    "+ best sentence": _SENTENCE,
    "+ shares of several issuers or dates": Weights(),
}


def main(arguments: Sequence[str]) -> None:
    """Print evidence recall@1, 5, 10, 20 and MRR@10 for each step from one search to all of the ranking."""
    parser = argparse.ArgumentParser(prog="python -m eval.ablation", description="What each part brings.")
    parser.add_argument("files", nargs="+", type=Path, help="suites of questions, JSONL")
    parser.add_argument("--data", type=Path, default=Path(".communique"), help="the data folder")
    options = parser.parse_args(arguments)
    store, encoder, issuers = open_store(options.data), load_encoder(ModelSettings()), load_issuers()
    statements = statements_of(store)
    questions = [question for path in options.files for question in read_gold(path, statements)]
    answerable = [question for question in questions if question.answerable]
    sys.stdout.write(f"{len(answerable)} answerable questions: recall@1, 5, 10, 20, MRR@10\n")
    for name, weights in _STEPS.items():
        retriever = Retriever(store, encoder, issuers, weights)
        found = [(question, _spans(retriever, question)) for question in answerable]
        rates = [sum(evidence_recall(f, q.nuggets, k) for q, f in found) / len(found) for k in (1, 5, 10, 20)]
        rates.append(sum(reciprocal_rank(f, q.nuggets, 10) for q, f in found) / len(found))
        sys.stdout.write(f"{name:38}" + " ".join(f"{rate:.3f}" for rate in rates) + "\n")


def _spans(retriever: Retriever, question: GoldQuestion) -> list[Span]:
    hits = retriever.search(question.text, 20).hits
    return [Span(hit.statement.id, hit.passage.start, hit.passage.end) for hit in hits]


if __name__ == "__main__":
    main(sys.argv[1:])

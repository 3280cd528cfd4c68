"""Hits made by hand for the tests of evidence and confidence."""

from __future__ import annotations

from corpus.statement import Passage, Sentence, Statement
from index.hits import Highlight, Hit


def make_statement(
    text: str, id: str = "a", issuers: tuple[str, ...] = ("Kenya",), date: str = "2024", title: str = ""
) -> Statement:
    return Statement(id=id, text=text, title=title, issuers=issuers, date=date)


def make_hit(
    *sentences: tuple[str, float],
    row: int = 0,
    score: float = 1.0,
    id: str = "a",
    issuers: tuple[str, ...] = ("Kenya",),
    date: str = "2024",
    paragraph: int = 1,
) -> Hit:
    """A statement of one passage: its sentences in order, with their similarities."""
    text = " ".join(sentence for sentence, _ in sentences)
    places = []
    start = 0
    for sentence, _ in sentences:
        places.append(Sentence(start, start + len(sentence)))
        start += len(sentence) + 1
    highlights = [
        Highlight(place, similarity) for place, (_, similarity) in zip(places, sentences, strict=True)
    ]
    highlights.sort(key=lambda highlight: -highlight.similarity)
    passage = Passage(0, len(text), paragraph, paragraph, tuple(places))
    return Hit(row, make_statement(text, id, issuers, date), passage, score, tuple(highlights))

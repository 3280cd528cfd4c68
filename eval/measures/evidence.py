"""Measures over spans: which evidence was found, and what citations are worth.

Nuggets after Pradeep et al. 2025 (AutoNuggetizer, castorini/nuggetizer): facts, each of which counts once.
Support by overlap of characters takes the place of their judge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from eval.suites.suite import Nugget, Span

_Ranked = dict[str, list[tuple[int, Span]]]  # by statement: rank, from 1, and span


def supports(span: Span, quote: Span) -> bool:
    """Whether a span covers at least half of the characters of a quote."""
    overlap = min(span.end, quote.end) - max(span.start, quote.start)
    return span.statement == quote.statement and overlap > 0 and 2 * overlap >= quote.end - quote.start


def is_part(sentence: Span, quote: Span) -> bool:
    """Whether at least half of a sentence or of a quote, whichever is shorter, lies in the other.

    Of a quote of several sentences each is evidence, though none of them may cover half of it.
    """
    overlap = min(sentence.end, quote.end) - max(sentence.start, quote.start)
    shorter = min(sentence.end - sentence.start, quote.end - quote.start)
    return sentence.statement == quote.statement and overlap > 0 and 2 * overlap >= shorter


def supported(span: Span, nuggets: Sequence[Nugget]) -> tuple[int, ...]:
    """Positions, from 0, of the nuggets of which a span supports some evidence."""
    return tuple(
        place
        for place, nugget in enumerate(nuggets)
        if any(supports(span, quote) for quote in nugget.evidence)
    )


def evidence_ranks(found: Sequence[Span], nuggets: Sequence[Nugget]) -> tuple[int | None, ...]:
    """For each nugget the rank, from 1, of the first span that supports it; None if none does."""
    ranked: _Ranked = defaultdict(list)
    for rank, span in enumerate(found, 1):
        ranked[span.statement].append((rank, span))
    return tuple(_first(_supporting(ranked, quote) for quote in nugget.evidence) for nugget in nuggets)


def evidence_recall(found: Sequence[Span], nuggets: Sequence[Nugget], k: int) -> float | None:
    """Share of the nuggets that one of the first k spans supports: recall@k with nuggets for documents.

    None without nuggets.
    """
    return citation_recall(found[:k], nuggets)


def evidence_reciprocal_rank(found: Sequence[Span], nuggets: Sequence[Nugget], k: int) -> float | None:
    """1 / rank of the first of the first k spans that supports any nugget, else 0 (Kantor & Voorhees 2000).

    None without nuggets.
    """
    rank = _first(evidence_ranks(found[:k], nuggets))
    return (1 / rank if rank else 0.0) if nuggets else None


def citation_precision(cited: Sequence[Span], nuggets: Sequence[Nugget]) -> float | None:
    """Share of the citations that support some nugget (Liu et al. 2023). None without either of them."""
    if not cited or not nuggets:
        return None
    return sum(bool(supported(span, nuggets)) for span in cited) / len(cited)


def citation_recall(cited: Sequence[Span], nuggets: Sequence[Nugget]) -> float | None:
    """Share of the nuggets that some citation supports, as nuggetizer's all_strict. None without nuggets."""
    ranks = evidence_ranks(cited, nuggets)
    return sum(rank is not None for rank in ranks) / len(ranks) if ranks else None


def f1(precision: float, recall: float) -> float:
    """Harmonic mean, 0 if both are 0 (van Rijsbergen 1979)."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _first(ranks: Iterable[int | None]) -> int | None:
    return min((rank for rank in ranks if rank is not None), default=None)


def _supporting(ranked: _Ranked, quote: Span) -> int | None:
    """The rank of the first span that supports a quote."""
    same = ranked.get(quote.statement, ())
    return next((rank for rank, span in same if supports(span, quote)), None)

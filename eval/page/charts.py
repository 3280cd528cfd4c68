"""Curves as SVG that takes its colours from the page: the same bytes for the same report."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from eval.page.svg import (
    HEIGHT,
    LEFT,
    TOP,
    WIDE,
    Place,
    at,
    circle,
    drawing,
    frame,
    rule,
    steps,
    text,
    written,
)
from eval.page.wording import DEFAULT, counted, number
from eval.report import Asked, CurvePoint, Measure, ReliabilityBin, Report

_FAMILIES = ("evidence recall", "statement recall")
_NARROW = WIDE - 110  # leaves room for names at the ends of lines
_ROOM = 0.12  # of the axis of depths, before the first
_GAP = 13  # between two of these names
_RISK = 0.05
_NAME = 22  # characters of a ranking's name that fit beside its line
_TALLEST = (0.1, 0.2, 0.5, 1.0)  # where the axis of risks may end

Line = tuple[str, Mapping[int, Measure]]  # a ranking's name, and its recall at each depth


def recall_chart(report: Report) -> str:
    """Recall at each depth on a logarithmic axis; "" where it is known at fewer than two."""
    family = next((name for name in _FAMILIES if len(_points(report.measures, name)) > 1), None)
    if family is None:
        return ""
    depths = tuple(_points(report.measures, family))
    named = [(DEFAULT, report.measures), *((base.name, base.measures) for base in report.baselines)]
    lines = [(name, points) for name, held in named if (points := _points(held, family))]
    described = "; ".join(f"{name} {_read_out(points)}" for name, points in lines)
    svg = drawing("recall", f"{family.capitalize()} by depth", f"{described}.")
    frame(svg, _NARROW, [(_depth(k, depths), str(k)) for k in depths], steps(1), "k (logarithmic)")
    ends = _spread([_recall_at(points, max(points), depths)[1] for _, points in lines])
    for order, (line, end) in reversed(list(enumerate(zip(lines, ends, strict=True)))):
        _draw_line(svg, line, depths, order, end)
    return tostring(svg, encoding="unicode")


def risk_chart(points: Sequence[CurvePoint], questions: Sequence[Asked]) -> str:
    """Risk by coverage, the 5 % line, and where the service itself stops answering; "" without points."""
    if not points:
        return ""
    tallest = next(top for top in _TALLEST if max(point.risk for point in points) <= top or top == 1)
    shown = _thinned([at((point.coverage, point.risk / tallest), WIDE) for point in points])
    here = operating_point(points, questions)
    described = f"From {_pair(points[0])} to {_pair(points[-1])}."
    if here:
        described += f" The service answers up to {_pair(here)}."
    svg = drawing("risk", "Risk by coverage", described)
    frame(svg, WIDE, steps(), steps(tallest), "coverage: the most confident share, answered")
    _draw_limit(svg, tallest)
    SubElement(svg, "polyline", {"class": "line default", "points": written(shown)})
    if here:
        _draw_here(svg, here, tallest)
    return tostring(svg, encoding="unicode")


def reliability_chart(bins: Sequence[ReliabilityBin]) -> str:
    """The share that is answerable by confidence, and how many questions each point stands for.

    "" where all questions are answerable, or none: there is nothing to be sure of.
    """
    if {each.answerable for each in bins} in (set(), {0.0}, {1.0}):
        return ""
    described = "; ".join(
        f"confidence {number(each.confidence)}, answerable {number(each.answerable)},"
        f" {counted(each.count, 'question')}"
        for each in bins
    )
    svg = drawing("reliability", "Reliability of the confidence", f"{described}.")
    frame(svg, WIDE, steps(), steps(1), "confidence")
    SubElement(svg, "polyline", {"class": "limit", "points": written([at((0, 0), WIDE), at((1, 1), WIDE)])})
    places = [at((each.confidence, each.answerable), WIDE) for each in bins]
    SubElement(svg, "polyline", {"class": "line default thin", "points": written(places)})
    counts = [each.count for each in bins]
    for count, place in zip(counts, places, strict=True):
        circle(svg, place, 2 + 4 * math.sqrt(count / max(counts)), "dot default")
    text(svg, (LEFT + WIDE, TOP + HEIGHT - 8), f"each point: {_range(counts)}", "label muted", "end")
    return tostring(svg, encoding="unicode")


def operating_point(points: Sequence[CurvePoint], questions: Sequence[Asked]) -> CurvePoint | None:
    """The point of the curve up to which questions were answered; None if it is not on the curve.

    It is not where something but confidence decides: where one that is left unanswered is surer than one
    that is answered.
    """
    judged = [asked for asked in questions if asked.answerable is not None]
    given = [asked.confidence for asked in judged if asked.answered]
    withheld = [asked.confidence for asked in judged if not asked.answered]
    if not given or (withheld and max(withheld) > min(given)):
        return None
    coverage = len(given) / len(judged)
    return next((point for point in points if abs(point.coverage - coverage) * len(judged) < 0.5), None)


def _points(measures: Iterable[Measure], family: str) -> dict[int, Measure]:
    """What is measured at which depth, the least first: {1: recall@1, 5: recall@5, ...}."""
    split = ((measure.name.rpartition("@"), measure) for measure in measures if measure.value is not None)
    held = {int(k): measure for (name, _, k), measure in split if name == family}
    return dict(sorted(held.items()))


def _read_out(points: Mapping[int, Measure]) -> str:
    return ", ".join(f"{number(measure.value)} at {k}" for k, measure in points.items())


def _depth(k: int, depths: Sequence[int]) -> float:
    """Where a depth stands, as a share of the axis; some room is left of the first, for its figure."""
    return _ROOM + (1 - _ROOM) * math.log(k / depths[0]) / math.log(depths[-1] / depths[0])


def _recall_at(points: Mapping[int, Measure], k: int, depths: Sequence[int]) -> Place:
    return at((_depth(k, depths), points[k].value or 0.0), _NARROW)


def _draw_line(svg: Element, line: Line, depths: Sequence[int], order: int, end: float) -> None:
    """A ranking, named at height `end`; of the first, the default, also figures and intervals."""
    name, points = line
    style = "default" if order == 0 else f"other other-{(order - 1) % 3}"
    places = {k: _recall_at(points, k, depths) for k in points}
    SubElement(svg, "polyline", {"class": f"line {style}", "points": written(places.values())})
    for place in places.values():
        circle(svg, place, 3.5 if order == 0 else 2.5, f"dot {style}")
    if order == 0:
        _draw_figures(svg, points, places)
    shown = name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"
    text(svg, (LEFT + _NARROW + 10, end + 4), shown, "label strong" if order == 0 else "label muted")


def _draw_figures(svg: Element, points: Mapping[int, Measure], places: Mapping[int, Place]) -> None:
    """The interval of each point, and its value where it is not that of the point before."""
    before = ""
    for k, (x, y) in places.items():
        low, high, value = points[k].low, points[k].high, number(points[k].value)
        if low is not None and high is not None:
            rule(svg, (x, at((0, low), _NARROW)[1]), (x, at((0, high), _NARROW)[1]), "whisker")
        if value != before:
            text(svg, (x - 4, y - 7), value, "label", "end")
        before = value


def _spread(heights: Sequence[float]) -> list[float]:
    """Heights moved apart so that names beside them do not touch; their order is kept."""
    placed: dict[int, float] = {}
    lowest = -math.inf
    for index in sorted(range(len(heights)), key=lambda index: heights[index]):
        lowest = placed[index] = max(heights[index], lowest + _GAP)
    over = max(0.0, lowest - TOP - HEIGHT)
    return [placed[index] - over for index in range(len(heights))]


def _draw_limit(svg: Element, tallest: float) -> None:
    start, end = (at((x, _RISK / tallest), WIDE) for x in (0, 1))
    rule(svg, start, end, "limit")
    text(svg, (start[0] + 4, start[1] - 4), "5 % of the answers wrong", "label muted")


def _draw_here(svg: Element, here: CurvePoint, tallest: float) -> None:
    x, y = at((here.coverage, here.risk / tallest), WIDE)
    rule(svg, (x, TOP + HEIGHT), (x, y), "whisker")
    circle(svg, (x, y), 5, "dot here")
    anchor, shift = ("end", -8) if here.coverage > 0.5 else ("start", 8)
    limit = at((0, _RISK / tallest), WIDE)[1]
    clear = min(y, limit - 14)  # of what is written at the 5 % line
    first = clear - 20 if clear > TOP + 40 else y + 20
    if limit - y > 4 * _GAP:  # between the curve and that line
        first = (y + limit) / 2
    text(svg, (x + shift, first), "answers are given up to here:", "label strong", anchor)
    text(svg, (x + shift, first + _GAP), _pair(here), "label strong", anchor)


def _range(counts: Sequence[int]) -> str:
    """Example: [11, 10, 11] -> "10 to 11 questions"."""
    few, many = min(counts), max(counts)
    return counted(many, "question") if few == many else f"{few:,} to {counted(many, 'question')}"


def _pair(point: CurvePoint) -> str:
    return f"coverage {number(point.coverage)}, risk {number(point.risk)}"


def _thinned(places: Sequence[Place]) -> list[Place]:
    """At most one place for each step of the drawing, and always the last."""
    last = {round(x): (x, y) for x, y in places}
    return list(last.values())

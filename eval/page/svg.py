"""A small drawing of a plot with its axes."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement

LEFT, TOP, HEIGHT, WIDE = 40, 24, 200, 300  # of the plot, in a drawing of 360 by 266

Place = tuple[float, float]


def drawing(name: str, title: str, description: str) -> Element:
    """An empty drawing of 360 by 266, named and described for those who do not see it."""
    svg = Element(
        "svg",
        {"viewBox": "0 0 360 266", "role": "img", "aria-labelledby": f"{name}-title {name}-desc"},
    )
    SubElement(svg, "title", {"id": f"{name}-title"}).text = title
    SubElement(svg, "desc", {"id": f"{name}-desc"}).text = description
    return svg


def frame(
    svg: Element, width: int, across: Iterable[tuple[float, str]], up: Iterable[tuple[float, str]], title: str
) -> None:
    """Both axes: a line across for each mark of the upright one, and what the level one measures."""
    for share, written in up:
        start, end = at((0, share), width), at((1, share), width)
        rule(svg, start, end, "grid" if share else "axis")
        text(svg, (LEFT - 7, start[1] + 4), written, "tick", "end")
    for share, written in across:
        x, y = at((share, 0), width)
        rule(svg, (x, y), (x, y + 4), "axis")
        text(svg, (x, y + 17), written, "tick", "middle")
    text(svg, (LEFT + width / 2, TOP + HEIGHT + 35), title, "tick", "middle")


def steps(end: float = 1) -> list[tuple[float, str]]:
    """Six marks of an axis up to `end`: where, as a share of its length, and how written: (.2, ".02") …."""
    return [(step / 5, _mark(end * step / 5)) for step in range(6)]


def _mark(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".").removeprefix("0") or "0"


def at(place: Place, width: int) -> Place:
    """Where a place between (0, 0) and (1, 1) is drawn in a plot of that width; y grows downwards."""
    x, y = place
    return LEFT + width * x, TOP + HEIGHT * (1 - y)


def written(places: Iterable[Place]) -> str:
    """Places of the drawing as SVG writes them: [(40, 224), (340, 124.04)] -> "40,224 340,124"."""
    return " ".join(",".join(map(_short, place)) for place in places)


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def rule(svg: Element, start: Place, end: Place, style: str) -> None:
    """A straight line between two places of the drawing."""
    ends = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
    SubElement(svg, "line", {"class": style, **{name: _short(value) for name, value in ends.items()}})


def circle(svg: Element, centre: Place, radius: float, style: str) -> None:
    """A circle."""
    x, y = map(_short, centre)
    SubElement(svg, "circle", {"class": style, "cx": x, "cy": y, "r": _short(radius)})


def text(svg: Element, place: Place, text: str, style: str, anchor: str = "start") -> None:
    """One line of text; `anchor` is the part of it that stands at `place`: start, middle or end."""
    x, y = map(_short, place)
    SubElement(svg, "text", {"class": style, "x": x, "y": y, "text-anchor": anchor}).text = text

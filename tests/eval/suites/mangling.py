"""JSON with something wrong at some place."""

from __future__ import annotations

import copy
from collections.abc import Iterator

from hypothesis import strategies as st

Path = tuple[str | int, ...]

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


def paths(value: object, path: Path = ()) -> Iterator[Path]:
    """The path of every value inside a value."""
    children: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    for step, child in children:
        yield (*path, step)
        yield from paths(child, (*path, step))


@st.composite
def mangled(draw: st.DrawFn, whole: object) -> object:
    """A copy in which one or two values are taken away, doubled or replaced by anything."""
    result = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 2))):
        places = list(paths(result))
        if places:
            *way, last = draw(st.sampled_from(places))
            container: object = result
            for step in way:
                container = container[step]  # type: ignore[index]
            _change(draw, container, last)
    return result


def _change(draw: st.DrawFn, container: object, last: str | int) -> None:
    what = draw(st.sampled_from(["take away", "double", "replace"]))
    if what == "take away":
        del container[last]  # type: ignore[attr-defined]
    elif what == "double" and isinstance(container, list):
        container.append(copy.deepcopy(container[last]))  # type: ignore[index]
    else:
        container[last] = draw(ANYTHING)  # type: ignore[index]

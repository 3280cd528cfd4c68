"""Two runs side by side: what is different in how they were made, and what of it is more than noise."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from corpus.files import decode, read_bytes, shown
from corpus.statement import CorpusError
from eval.abstaining import compare_all, judged
from eval.measures.statistics import compare, verdict
from eval.report import FORMAT, LESS_IS_BETTER, Asked, Change, Cited, Comparison, IndexFields, SuiteFields

_CITED = Cited("", "", 0, 0, 0, (), "")  # of another run, of which only the nuggets count

_ACCEPTED = "accepted: what communique eval --save writes"


def compare_with(
    path: Path,
    suite: SuiteFields,
    index: IndexFields,
    settings: Mapping[str, object],
    questions: Sequence[Asked],
) -> Comparison:
    """This run after the one in a file, over the questions of the same id, text and gold (Asked.gold).

    Raises CorpusError for a file that is no run of this format, or has none of these questions.
    """
    before = read_run(path)
    asked = {(row["id"], row["question"]): row for row in before["questions"]}
    common = [question for question in questions if (question.id, question.question) in asked]
    both = [question for question in common if asked[question.id, question.question]["gold"] == question.gold]
    if not both:
        found = f"none of its {len(asked)} questions is asked in this run with the same known answer"
        raise CorpusError(f"{shown(path)}: {found} ({len(common)} with another)")
    now = _conditions({"suite": asdict(suite), "index": asdict(index), "settings": settings})
    then = _conditions({name: before[name] for name in ("suite", "index", "settings")})
    earlier = [asked[question.id, question.question] for question in both]
    return Comparison(
        run=shown(Path(path.name)),
        conditions=tuple(
            _printable(f"{name}: {then.get(name, 'nothing')} before, {now.get(name, 'nothing')} now")
            for name in sorted(then.keys() | now.keys())
            if then.get(name) != now.get(name)
        ),
        only_before=len(asked) - len(common),
        only_now=len(questions) - len(common),
        changed_gold=len(common) - len(both),
        changes=(*_changes(both, [row["measures"] for row in earlier]), *_changes_of_all(both, earlier)),
    )


def _changes(questions: Sequence[Asked], before: Sequence[Mapping[str, object]]) -> Iterator[Change]:
    for name in questions[0].measures:
        pairs = [
            (earlier, later)
            for question, row in zip(questions, before, strict=True)
            if (earlier := _number(row.get(name))) is not None
            and (later := question.measures[name]) is not None
        ]
        if pairs:
            then, now = np.array(pairs, np.float64).T
            found = compare(then, now)
            assert found is not None  # there are pairs
            yield Change(
                name=name,
                count=len(pairs),
                before=float(then.mean()),
                now=float(now.mean()),
                difference=found.gain,
                low=found.low,
                high=found.high,
                p=found.p,
                verdict=verdict(found, more_is_better=name not in LESS_IS_BETTER),
            )


def _changes_of_all(questions: Sequence[Asked], before: Sequence[Mapping[str, Any]]) -> Iterator[Change]:
    """Of the measures that no single question has; none if the other run does not say what they need."""
    try:
        earlier = [
            replace(
                question,
                answered=bool(row["answered"]),
                confidence=min(1.0, max(0.0, float(row["confidence"]))),
                citations=tuple(
                    replace(_CITED, nuggets=tuple(cited["nuggets"])) for cited in row["citations"]
                ),
            )
            for question, row in zip(questions, before, strict=True)
        ]
    except (KeyError, TypeError, ValueError, OverflowError):
        return
    yield from compare_all(judged(earlier), judged(questions))


def _number(value: object) -> float | None:
    """What another run says of a measure; None for what is no number from 0 to 1, as all of these are."""
    return float(value) if isinstance(value, int | float) and 0 <= value <= 1 else None


def read_run(path: Path) -> dict[str, Any]:
    """The JSON of a run. Raises CorpusError for what is none of this format."""
    place = shown(path)
    text = decode(read_bytes(path), place)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"{place}: no JSON of a run: {error}; {_ACCEPTED}") from error
    if not isinstance(found, dict) or "format" not in found:
        given = "an object without format" if isinstance(found, dict) else type(found).__name__
        raise CorpusError(f"{place}: no run: {given}; {_ACCEPTED}")
    if found["format"] != FORMAT:
        given = f"format {found['format']!r:.80}, where this version has {FORMAT}"
        raise CorpusError(f"{place}: {given}; {_ACCEPTED}")
    rows = found.get("questions")
    names = {"id": str, "question": str, "gold": str, "measures": dict}
    for number, row in enumerate(rows if isinstance(rows, list) else [None]):
        if not isinstance(row, dict) or any(
            not isinstance(row.get(name), kind) for name, kind in names.items()
        ):
            raise CorpusError(f"{place}: questions[{number}]: expected id, question, gold and measures")
    for name in ("suite", "index", "settings"):
        if not isinstance(found.get(name), dict):
            raise CorpusError(f"{place}: {name}: expected an object")
    return found


def _printable(line: str) -> str:
    """Half a surrogate pair, which JSON may hold, cannot be written."""
    return line.encode(errors="backslashreplace").decode()


def _conditions(value: object) -> dict[str, str]:
    return {name: json.dumps(leaf) for name, leaf in leaves(value).items()}


def leaves(value: object) -> dict[str, object]:
    """The leaves of nested JSON by their dotted names, in order: {"a": {"b": [1]}} -> {"a.b[0]": 1}.

    What is empty is a leaf too: {"a": {}} -> {"a": {}}.
    """
    found: dict[str, object] = {}
    left: list[tuple[str, object]] = [("", value)]
    while left:  # no recursion: another run may be nested as deep as JSON can be read
        name, value = left.pop()
        if isinstance(value, Mapping) and value:
            parts = [(f"{name}.{key}" if name else str(key), part) for key, part in value.items()]
        elif isinstance(value, list | tuple) and value:
            parts = [(f"{name}[{place}]", part) for place, part in enumerate(value)]
        else:
            found[name] = value
            continue
        left += reversed(parts)
    return found

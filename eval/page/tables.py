"""The tables of a report, the same for the page and the terminal: what stands in which row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eval.page.definitions import definition
from eval.page.wording import DEFAULT, is_loss
from eval.report import Change, Measure, Report, Slice

FEW = 5  # with fewer questions, one more could move a share by more than a sixth
_TILES = (
    ("evidence recall@10", "statement nDCG@10"),
    ("passage RR@10", "statement RR@10"),
    ("sentence P@1",),
    ("citation F1",),
    ("answer rate",),
    ("false-answer rate",),
    ("selective risk",),
    ("AUROC",),
)
_SLICED = ("evidence recall@10", "statement recall@10", "citation F1", "answer rate", "false-answer rate")


@dataclass(frozen=True, slots=True)
class Row:
    """A measure in each ranking (None: not measured there), and which of them are best."""

    name: str
    measures: tuple[Measure | None, ...]
    best: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class SliceRow:
    """A slice: its measures in the order of its table's columns; `few` questions say little."""

    name: str
    questions: int
    measures: tuple[Measure | None, ...]
    few: bool


@dataclass(frozen=True, slots=True)
class SliceTable:
    """The slices of one sort, worst first, those with few questions last."""

    by: str
    columns: tuple[str, ...]
    rows: tuple[SliceRow, ...]

    @property
    def first(self) -> int:
        """How many rows to show at once: all of a dozen, of more those that tell something, 5 to 10."""
        telling = sum(not row.few for row in self.rows)
        return len(self.rows) if len(self.rows) <= 12 else max(5, min(10, telling))


def headline(measures: Sequence[Measure]) -> tuple[Measure, ...]:
    """The few measures to be seen first, of those that have a value."""
    found = {measure.name: measure for measure in measures if measure.value is not None}
    chosen = (next((found[name] for name in names if name in found), None) for names in _TILES)
    return tuple(filter(None, chosen))


def rankings(report: Report) -> tuple[str, ...]:
    """The names of the columns of `sections`: the default and the baselines."""
    return (DEFAULT, *(baseline.name for baseline in report.baselines))


def sections(report: Report) -> dict[str, list[Row]]:
    """All measures with those of the baselines beside them, in the report's order within each section."""
    others = [{measure.name: measure for measure in baseline.measures} for baseline in report.baselines]
    rows: dict[str, list[Row]] = {}
    for measure in report.measures:
        entry = definition(measure.name)
        row = _row(measure.name, (measure, *(other.get(measure.name) for other in others)))
        rows.setdefault(entry.section if entry else "Others", []).append(row)
    return rows


def _row(name: str, measures: tuple[Measure | None, ...]) -> Row:
    values = [measure.value for measure in measures if measure and measure.value is not None]
    top = max(values, default=None)  # baselines have no measure of which less is better
    tells = len(set(values)) > 1  # where all are equal, none is best
    best = tuple(tells and measure is not None and measure.value == top for measure in measures)
    return Row(name, measures, best)


def changed(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The changes that are some: what is worse, what is better, noise, and what too few questions tell of."""
    told = (change for change in changes if change.verdict != "same")
    order = ("worse", "better", "noise")
    return tuple(sorted(told, key=lambda change: (*order, change.verdict).index(change.verdict)))


def slice_tables(slices: Iterable[Slice]) -> tuple[SliceTable, ...]:
    """One table for each sort of slice, in the order in which they come."""
    sorts: dict[str, list[Slice]] = {}
    for part in slices:
        sorts.setdefault(part.by, []).append(part)
    return tuple(_slice_table(by, parts) for by, parts in sorts.items())


def _slice_table(by: str, parts: Sequence[Slice]) -> SliceTable:
    held = {measure.name for part in parts for measure in part.measures if measure.value is not None}
    if "evidence recall@10" in held:
        held.discard("statement recall@10")  # says less of the same
    columns = tuple(name for name in _SLICED if name in held)
    rows = [_slice_row(part, columns) for part in parts]
    return SliceTable(by, columns, tuple(sorted(rows, key=lambda row: (row.few, -_loss(row), row.name))))


def _slice_row(part: Slice, columns: Sequence[str]) -> SliceRow:
    held = {measure.name: measure for measure in part.measures}
    measures = tuple(held.get(name) for name in columns)
    first = _first(measures)
    return SliceRow(part.name, part.questions, measures, first is None or first.count < FEW)


def _loss(row: SliceRow) -> float:
    """How bad a slice is by the first of its measures that has a value; -1 without any."""
    first = _first(row.measures)
    if first is None or first.value is None:
        return -1.0
    return first.value if is_loss(first.name) else 1 - first.value


def _first(measures: Iterable[Measure | None]) -> Measure | None:
    return next((measure for measure in measures if measure and measure.value is not None), None)

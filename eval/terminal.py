"""A report as people read it in a terminal: the page's figures, sentences in a hundred columns at most."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.compare import leaves
from eval.page.tables import Row, SliceTable, changed, rankings, sections, slice_tables
from eval.page.wording import (
    chance,
    changed_gold,
    interval,
    is_loss,
    number,
    outcome,
    signed,
    summary,
    tally,
    verdict,
)
from eval.report import Case, Change, Comparison, Measure, Report
from eval.timings import Timings
from service.terminal import safe

_WIDTH = 100  # longer lines are hard to read
_WORST = 3  # ids of questions beside a sort of problem
_NAME = 40  # characters of a name
_NONE = "–"
_LEGEND = f"◆ best of its row   ↓ lower is better   {_NONE} not eligible   * few questions"
_SLICED = ("kind", "grade")  # issuers and years are too many; they stand in the page
_COLOURS = {"better": "green", "worse": "red", "noise": "dim", "too few": "dim", "same": "dim"}


def show_report(console: Console, report: Report, cases: Sequence[Case]) -> None:
    """What the report says, the sentence first, then what went wrong, and what has changed last."""
    width = min(_WIDTH, console.width)
    console.print(_text(report.suite.name, "bold"), _text(summary(report)), sep="\n", width=width)
    for note in report.notes:
        console.print(_text(f"Note: {note}", "yellow"), width=width)
    console.print(Text(), _measures(report), sep="\n")
    for table in slice_tables(report.slices):
        if table.by in _SLICED:
            console.print(Text(), _slices(table), sep="\n")
    console.print(Text(), Text(_LEGEND, "dim"), sep="\n", width=width)
    if cases:
        console.print(Text(), _problems(cases), sep="\n", width=width)
    console.print(Text(), _text(_made(report), "dim"), sep="\n", width=width)
    if report.comparison:
        _show_comparison(console, report.comparison, outcome(report))


def show_timings(console: Console, timings: Timings) -> None:
    """How long the questions took, stage by stage, and how large each part of the index is."""
    asked = f"{timings.questions:,} questions, one after another; milliseconds"
    stages = _table("stage", "p50", "p95", "p99", "most")
    for stage in timings.stages:
        figures = (stage.p50, stage.p95, stage.p99, stage.most)
        stages.add_row(_name(stage.name), *(f"{figure:,.1f}" for figure in figures))
    made = f"{timings.passages:,} passages of {timings.statements:,} statements"
    made = f"{made}; {timings.passages_per_second:,.0f} passages encoded a second"
    parts = _table("part", "MB", "bytes a passage")
    for name, size in (*timings.bytes.items(), ("total", sum(timings.bytes.values()))):
        parts.add_row(_name(name), f"{size / 1e6:,.1f}", f"{size / max(1, timings.passages):,.0f}")
    for line, table in ((asked, stages), (made, parts)):
        console.print(Text(), Text(line, "bold"), table, sep="\n", width=min(_WIDTH, console.width))


def _measures(report: Report) -> Table:
    """All measures: how many questions, the default with its interval, and the baselines."""
    table = _table("measure", "n", "default", "95 %", *rankings(report)[1:])
    for section, rows in sections(report).items():
        table.add_row(Text(section, "bold"))
        for row in rows:
            table.add_row(*_measure_cells(row))
    return table


def _measure_cells(row: Row) -> Iterable[Text]:
    default, *others = zip(row.measures, row.best, strict=True)
    measure = default[0]
    yield _name(_directed(row.name))
    yield Text(f"{measure.count:,}" if measure else "", "dim")
    yield _value(*default)
    yield Text(interval(measure.low, measure.high) if measure else "", "dim")
    yield from (_value(*other) for other in others)


def _value(measure: Measure | None, is_best: bool) -> Text:
    if measure is None:
        return Text()
    if measure.value is None:
        return Text(_NONE, "dim")
    return Text(f"◆{number(measure.value)}" if is_best else number(measure.value), "bold" if is_best else "")


def _problems(cases: Sequence[Case]) -> Table:
    """Each sort of problem, and the worst questions of it."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("questions", "what goes wrong", "the worst of these"):
        table.add_column(name, justify="right" if name == "questions" else "left", overflow="fold")
    for sort, places in tally(cases):
        worst = ", ".join(cases[place - 1].asked.id for place in places[:_WORST])
        table.add_row(f"{len(places):,}", _text(sort), _name(worst))
    return table


def _made(report: Report) -> str:
    """What made it, in a line; the JSON and the page have all of it."""
    settings, index = leaves(report.settings), report.index
    named = {"model": "encoder.name", "threshold": "calibration.threshold"}
    parts = [f"{name} {settings[key]}" for name, key in named.items() if key in settings]
    parts.append(f"index {index.sha256[:8]}, generation {index.generation}")
    parts += [f"{file.name} {file.sha256[:8]}" for file in report.suite.files]
    return f"{', '.join(parts)}. --html shows the worst questions whole."


def _slices(slices: SliceTable) -> Table:
    """One row for each slice; behind a value, of how many questions it is, where not of all."""
    table = _table(f"by {slices.by}", "n", *(_directed(name) for name in slices.columns))
    for row in slices.rows:
        cells = (_part(measure, row.questions) for measure in row.measures)
        name = _name(f"{row.name or 'not said'}{' *' if row.few else ''}")
        table.add_row(name, f"{row.questions:,}", *cells, style="dim" if row.few else "")
    return table


def _part(measure: Measure | None, questions: int) -> Text:
    if measure is None or measure.value is None:
        return Text(_NONE, "dim")
    return Text(number(measure.value) + (f" of {measure.count:,}" if measure.count != questions else ""))


def _show_comparison(console: Console, comparison: Comparison, words: str) -> None:
    width = min(_WIDTH, console.width)
    console.print(Text(), _text(f"Since {comparison.run}", "bold"), _text(words), sep="\n", width=width)
    if comparison.only_before or comparison.only_now:
        left = f"{comparison.only_before:,} of the questions before and {comparison.only_now:,} of those now"
        console.print(Text(f"Left out, as they stand in one run alone: {left}.", "dim"), width=width)
    if comparison.changed_gold:
        console.print(Text(changed_gold(comparison.changed_gold), "dim"), width=width)
    for line in comparison.conditions:
        console.print(_text(f"- {line}"), width=width)
    if changes := changed(comparison.changes):
        console.print(_changes(changes))


def _changes(changes: Iterable[Change]) -> Table:
    table = _table("measure", "verdict", "before", "now", "change", "95 %", "p", "n")
    table.columns[1].justify = "left"
    for change in changes:
        figures = (number(change.before), number(change.now), signed(change.difference))
        ends = Text(interval(change.low, change.high), "dim")
        said = _name(verdict(change), _COLOURS.get(change.verdict, ""))
        table.add_row(_name(change.name), said, *figures, ends, chance(change.p), f"{change.count:,}")
    return table


def _table(first: str, *others: str) -> Table:
    """A table without lines, its first column names and the others figures."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column(_name(first), overflow="fold")
    for name in others:
        table.add_column(_name(name), justify="right", vertical="bottom")
    return table


def _directed(name: str) -> str:
    """A measure's name, with an arrow down where lower is better."""
    return f"{name} ↓" if is_loss(name) else name


def _name(name: str, style: str = "") -> Text:
    shown = safe(name)
    return Text(shown if len(shown) <= _NAME else f"{shown[: _NAME - 1]}…", style)


def _text(text: str, style: str = "") -> Text:
    return Text(safe(text), style)

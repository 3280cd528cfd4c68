"""What people read in a terminal: answers, passages, checks and lists."""

from __future__ import annotations

import re
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from index.hits import Hit
from index.outcome import Outcome
from index.rows import Entry
from service.answer import Answer, Citation, Searched, who_and_when, written_date
from service.fields import span_of
from service.verify import Check

_WIDTH = 100  # longer lines are hard to read
_NEAREST = 3
_CONTEXT = 600  # characters of a paragraph shown on each side of a quote
_QUIET = 10  # seconds of work of which a log is told nothing
_PAUSE = 60  # seconds between two lines in a log
_COLOURS = {"valid": "green", "superseded": "yellow", "misplaced": "yellow"}


def show_answer(console: Console, answer: Answer, text_of: Callable[[Citation], str]) -> None:
    """An answer, each quote in its paragraph; `text_of` gives the text that a citation points into."""
    if answer.status == "not_found":
        _show_not_found(console, answer)
        return
    if answer.generator == "llm":
        console.print(Text(safe(answer.answer)), Text(), width=min(_WIDTH, console.width), sep="\n")
    for _, citations in groupby(answer.citations, key=lambda citation: citation.statement_id):
        for place, citation in enumerate(citations):
            if place == 0:
                console.print(Text(safe(who_and_when(citation)), "bold"))
            _show_citation(console, citation, text_of(citation))
    _show_notice(console, answer)
    console.print(Text(f"confidence {answer.confidence:.2f} · {_searched(answer.searched)}", "dim"))


def show_hits(console: Console, hits: Iterable[Hit], searched: Searched) -> None:
    """Passages, the best first, with their best sentence marked."""
    for number, hit in enumerate(hits, 1):
        _show_hit(console, f"{number}. ", hit)
    console.print(Text(_searched(searched), "dim"))


def show_checks(console: Console, checks: Iterable[Check]) -> None:
    """What became of each citation, one line each, and where."""
    for number, check in enumerate(checks, 1):
        line = Text(f"[{number}] ")
        line.append(check.status.replace("_", " "), _COLOURS.get(check.status, "red"))
        line.append(f"  {safe(check.claim.statement_id)}: {safe(check.message)}")
        console.print(line)
        console.print(_indented(Text(safe(check.claim.quote), "dim"), 4), width=min(_WIDTH, console.width))


def show_entries(console: Console, entries: Iterable[Entry]) -> None:
    """One line for each statement; issuers and titles are shortened to fit, ids and dates are not."""
    table = Table(box=None, pad_edge=False)
    for column in ("id", "date", "issuers", "title"):
        table.add_column(column, no_wrap=column in ("id", "date"))
    for entry in entries:
        known = entry.metadata
        shortened = (
            Text(safe(cell), no_wrap=True, overflow="ellipsis")
            for cell in (", ".join(known.issuers), known.title)
        )
        table.add_row(Text(safe(known.id), no_wrap=False, overflow="fold"), known.date, *shortened)
    console.print(table)


def show_outcomes(console: Console, errors: Console, outcomes: Sequence[Outcome]) -> None:
    """How many statements were added, and on standard error what failed and why."""
    for outcome in outcomes:
        if outcome.status == "failed":
            errors.print(Text.assemble(("failed ", "red"), safe(outcome.error)), soft_wrap=True)
    counts = Counter(outcome.status for outcome in outcomes)
    done = ", ".join(f"{name} {counts[name]:,}" for name in ("added", "updated", "unchanged", "failed"))
    console.print(f"{done}; {sum(outcome.passages for outcome in outcomes):,} passages encoded")


@contextmanager
def add_progress(console: Console, characters: int) -> Iterator[Callable[[float, int], None]]:
    """A bar with rate and time left, in a log a line a minute; it hears of characters and passages done."""
    columns = (
        TextColumn("encoding"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %  {task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=characters, rate="")
        started, passages, read = time.monotonic(), 0, 0.0
        tell = _log(console)

        def advance(done: float, more: int) -> None:
            nonlocal passages, read
            passages, read = passages + more, read + done
            rate = f"{passages:,} passages, {passages / max(1e-3, time.monotonic() - started):.0f}/s"
            bar.update(task, advance=done, rate=rate)
            share = 100 * read / max(1, characters)
            tell(f"encoding: {share:.0f} % of {characters:,} characters, {rate}")

        yield advance


@contextmanager
def count_progress(console: Console, doing: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar with time left, in a log a line a minute; it hears how many are done."""
    columns = TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=total)
        tell = _log(console)

        def advance(done: int) -> None:
            bar.update(task, completed=done)
            tell(f"{doing}: {done:,} of {total:,}")

        yield advance


def _log(console: Console) -> Callable[[str], None]:
    """Prints a line if it is time for one, and this is no terminal."""
    due = time.monotonic() + _QUIET

    def tell(line: str) -> None:
        nonlocal due
        if not console.is_terminal and time.monotonic() >= due:
            console.print(Text(line), soft_wrap=True)
            due = time.monotonic() + _PAUSE

    return tell


def safe(text: str) -> str:
    r"""Text that cannot steer a terminal: control and direction characters shown as U+FFFD, lines joined.

    Example: "a\n b\x1b[2J" -> "a b\ufffd[2J"
    """
    joined = re.sub(r"[\s\x1c-\x1f]+", " ", text)
    return "".join("\ufffd" if unicodedata.category(char) in ("Cc", "Cf", "Cs") else char for char in joined)


def _show_notice(console: Console, answer: Answer) -> None:
    """What the answer is not, and why sentences of a language model are not in it."""
    if answer.notice:
        console.print(Text(safe(answer.notice), "yellow"))
    for dropped in answer.dropped:
        reasons = "; ".join(reason.detail for reason in dropped.reasons)
        console.print(Text(f"- left out: {safe(reasons)}", "dim"))


def _show_citation(console: Console, citation: Citation, text: str) -> None:
    start, end = citation.passage
    paragraph = Text(f"[{citation.n}] ", "bold cyan")
    paragraph.append(_clipped(text[start : citation.start].lstrip(), at_start=True), "not bold dim default")
    paragraph.append(f"“{safe(citation.quote)}”", "bold default")  # marked where there is no colour too
    paragraph.append(_clipped(text[citation.end : end].rstrip(), at_start=False), "not bold dim default")
    console.print(_indented(paragraph, 2), width=min(_WIDTH, console.width))
    console.print(_indented(Text(_place(citation), "cyan"), 6), Text())


def _indented(text: Text, columns: int) -> Padding:
    return Padding(text, (0, 0, 0, columns), expand=False)


def _clipped(text: str, at_start: bool) -> str:
    if len(text) <= _CONTEXT:
        return safe(text)
    return "… " + safe(text[-_CONTEXT:]) if at_start else safe(text[:_CONTEXT]) + " …"


def _place(citation: Citation) -> str:
    where = f"paragraph {citation.paragraph}" if citation.paragraph else "title"
    return (
        f"{safe(citation.statement_id)}, {where}, characters {citation.start}–{citation.end},"
        f" version {citation.version[:12]}"
    )


def _show_not_found(console: Console, answer: Answer) -> None:
    found = (
        "Not found in these statements." if answer.searched.statements else "No statement passes the filters."
    )
    console.print(Text(found, "bold yellow"))
    console.print(Text(f"{_searched(answer.searched)} · confidence {answer.confidence:.2f}", "dim"))
    if answer.nearest:
        console.print(Text("The nearest passages, which do not answer it:", "dim"))
    for hit in answer.nearest[:_NEAREST]:
        _show_hit(console, "- ", hit)


def _show_hit(console: Console, mark: str, hit: Hit) -> None:
    text, passage = hit.statement.text, hit.passage
    best = hit.highlights[0].sentence
    console.print(
        Text.assemble((mark, "bold cyan"), safe(who_and_when(hit.statement)), (f"  {hit.score:.3f}", "dim"))
    )
    shown = Text(safe(text[passage.start : best.start]).lstrip(), "dim")
    shown.append(safe(text[best.start : best.end]), "not dim")
    shown.append(safe(text[best.end : passage.end]).rstrip())
    console.print(_indented(shown, 4), width=min(_WIDTH, console.width))
    where = f"paragraph {passage.paragraph}" if passage.paragraph else "title"
    start, end = span_of(hit)
    place = f"{safe(hit.statement.id)}, {where}, characters {start}–{end}"
    console.print(_indented(Text(place, "cyan"), 4), Text())


def _searched(searched: Searched) -> str:
    filters = searched.filters
    parts = [
        f"searched {_counted(searched.statements, 'statement')}, {_counted(searched.passages, 'passage')}"
    ]
    parts += [f"issuer {safe(name)}" for name in filters.issuers]
    parts += [f"statement {safe(name)}" for name in filters.statements]
    parts += [f"language {safe(name)}" for name in filters.languages]
    parts += [f"from {written_date(filters.date_from)}"] if filters.date_from else []
    parts += [f"to {written_date(filters.date_to)}"] if filters.date_to else []
    return " · ".join(parts)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"

"""Our own suites: JSONL with quotes as evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import zip_longest
from pathlib import Path

from corpus.files import read_bytes, shown
from corpus.statement import CorpusError, Statement, canonical
from eval.suites.fields import Field, read_unique, suite_file
from eval.suites.suite import GoldQuestion, Nugget, Span, Suite
from service.quotes import match_quote
from service.typography import bare, fold

KINDS = ("fact", "position", "list", "change", "compare", "false_premise", "unanswerable")

_CLOSE = 0.8  # of 1, how like an id another must be to be the one that was meant
_CHARACTER = re.compile(r"\s+|\S")


def read_jsonl(paths: Sequence[Path], statements: Mapping[str, Statement]) -> Suite:
    """The questions of one or more JSONL files, as one suite over the statements given by id.

    A line is an object of id, kind (one of KINDS), question, answerable, nuggets `[{fact, quotes: [{doc,
    quote}]}]` and, optionally, grade. A quote stands in its statement verbatim up to white space; it is
    located at every place where it does. Raises CorpusError naming file, line and field of all that is no
    such question, of nuggets without answerable or the other way round, and of ids used twice.
    """
    contents = [read_bytes(path) for path in paths]
    files = zip(map(shown, paths), contents, strict=True)
    questions = read_unique(files, "id", lambda row: _question(row, statements))
    if not questions:
        raise CorpusError(f"{', '.join(map(shown, paths)) or 'no file'}: no question in it")
    return Suite(
        " + ".join(shown(Path(path.stem)) for path in paths),
        "jsonl",
        tuple(map(suite_file, paths, contents)),
        tuple(question for _, question in questions.values()),
    )


def _question(row: Field, statements: Mapping[str, Statement]) -> GoldQuestion:
    kind, answerable = row.member("kind"), row.truth("answerable")
    if kind.value not in KINDS:
        raise kind.refused(", ".join(KINDS))
    nuggets = tuple(_nugget(nugget, statements) for nugget in row.items("nuggets"))
    if bool(nuggets) != answerable:
        found = f"{len(nuggets)} with answerable {str(answerable).lower()}"
        raise row.member("nuggets").wrong(f"{found}; accepted: some if answerable, else none")
    return GoldQuestion(
        row.identity("id"),
        row.question("question"),
        str(kind.value),
        row.optional_text("grade"),
        answerable,
        nuggets,
        {span.statement: 1 for nugget in nuggets for span in nugget.evidence},
    )


def _nugget(row: Field, statements: Mapping[str, Statement]) -> Nugget:
    quotes = row.items("quotes")
    if not quotes:
        raise row.member("quotes").wrong("empty; accepted: one or more")
    evidence = (span for quote in quotes for span in _locate(quote, statements))
    return Nugget(row.text("fact"), tuple(dict.fromkeys(evidence)))


def _locate(row: Field, statements: Mapping[str, Statement]) -> list[Span]:
    """Everywhere a quote stands in its statement, overlapping places too."""
    doc, quote = row.identity("doc"), canonical(row.text("quote")).strip()
    if doc not in statements:
        problem = f"{doc[:80]!r} is no statement of the collection{_meant(doc, statements)}"
        raise row.member("doc").wrong(problem)
    words = re.compile(r"\s+".join(map(re.escape, quote.split())))
    text, spans = statements[doc].text, []
    match = words.search(text)
    while match:
        spans.append(Span(doc, *match.span()))
        match = words.search(text, match.start() + 1)
    if not spans:
        raise row.member("quote").wrong(f"{quote[:80]!r} does not stand in {doc!r}{_difference(quote, text)}")
    return spans


def _meant(doc: str, ids: Iterable[str]) -> str:
    """The id that is this one but for case and a suffix, else one that is close, as a question; or ""."""
    known = {key.casefold(): key for key in ids}
    name = doc.casefold()
    same = [form for form in (name, name.rpartition(".")[0]) if form in known]
    close = same or get_close_matches(name, known, 1, _CLOSE)
    return f"; did you mean {known[close[0]]!r}?" if close else ""


def _difference(quote: str, text: str) -> str:
    """Where a quote leaves its statement first, and how, as the end of a sentence; "" if it is not there."""
    found = match_quote(quote, text)
    if not found.spans:
        return ""
    if found.difference:
        return _parting(found.difference.position, found.difference.quoted, found.difference.original)
    start, end = found.spans[0][0], found.spans[-1][1]
    is_set = fold(quote, *bare(quote)).chars.casefold() == fold(text, start, end).chars.casefold()
    how = "how it is set" if is_set else "marked edits"
    return f"; it differs only in {how}{_first_character(quote, text, start)}"


def _first_character(quote: str, text: str, start: int) -> str:
    """Where a quote leaves text[start:] first, white space being all alike."""
    marks = bare(quote)[0]
    if fold(text, start - marks, start).chars == fold(quote, 0, marks).chars:
        start -= marks
    for mine, its in zip_longest(_CHARACTER.finditer(quote), _CHARACTER.finditer(text, start)):
        if not mine:
            break
        other = its.group() if its else ""
        if mine.group() != other and not (mine.group().isspace() and other.isspace()):
            return _parting(mine.start(), mine.group(), other)
    return ""


def _parting(position: int, quoted: str, original: str) -> str:
    return f": at character {position} it has {quoted[:40]!r}, the statement {original[:40]!r}"

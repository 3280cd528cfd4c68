"""Our own suites: JSONL with quotes as evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from corpus.files import read_bytes, shown
from corpus.statement import CorpusError, Statement, canonical
from eval.suites.fields import Field, read_unique, suite_file
from eval.suites.suite import GoldQuestion, Nugget, Span, Suite
from service.quotes import match_quote

KINDS = ("fact", "position", "list", "change", "compare", "false_premise", "unanswerable")


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
    doc, quote = row.identity("doc"), canonical(row.text("quote"))
    if doc not in statements:
        raise row.member("doc").wrong(f"{doc[:80]!r} is no statement of the collection")
    words = re.compile(r"\s+".join(map(re.escape, quote.split())))
    text, spans = statements[doc].text, []
    match = words.search(text)
    while match:
        spans.append(Span(doc, *match.span()))
        match = words.search(text, match.start() + 1)
    if not spans:
        raise row.member("quote").wrong(f"{quote[:80]!r} does not stand in {doc!r}{_difference(quote, text)}")
    return spans


def _difference(quote: str, text: str) -> str:
    found = match_quote(quote, text).difference
    if not found:
        return ""
    return (
        f": at character {found.position} it has {found.quoted[:40]!r}, the statement {found.original[:40]!r}"
    )

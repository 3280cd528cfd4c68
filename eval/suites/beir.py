"""BEIR folders: a corpus, queries, and which documents are relevant to which, with rationales if given."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from corpus.files import read_bytes, shown
from corpus.metadata import checked_id, one_line
from corpus.statement import CorpusError, Statement, canonical
from eval.suites.fields import Field, Problems, decode_utf8, read_unique, suite_file
from eval.suites.suite import GoldQuestion, Nugget, Span, Suite

_HEADER = ("query-id", "corpus-id", "score")
_SCORE = re.compile(r"-?[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class _Judgement:
    score: int
    place: str


_Judgements: TypeAlias = dict[str, dict[str, _Judgement]]  # by query, then by document


@dataclass(frozen=True, slots=True)
class _Rationale:
    """Sentences, by their number in a document, that together show whether a claim holds."""

    row: Field
    doc: str
    label: str
    sentences: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class _Query:
    text: str
    rationales: tuple[_Rationale, ...] = ()


@dataclass(frozen=True, slots=True)
class _Document:
    """The sentences are given only of documents that rationales name."""

    statement: Statement
    sentences: tuple[Span, ...] = ()


def read_beir(folder: Path, qrels: Path | None = None) -> Suite:
    """The judged queries of a folder, with its corpus, as BEIR lays it out (Thakur et al. 2021).

    It holds corpus.jsonl, queries.jsonl and qrels/*.tsv; of several of these test.tsv is read, or `qrels`.
    A query is a question if a document is judged for it; scores below 1 are not relevant. A document with
    the id of a query is that query itself, as in ArguAna and Quora. The text of a document without text is
    its title. Rationales as in SciFact (Wadden et al. 2020) make a question
    answerable, a nugget for each document that has any, whose evidence is its sentences:
    `metadata.sentences` of a document, in the order of its text, and `metadata.evidence` of a query,
    `[{doc, label, sentences: [numbers from 0]}]`.
    Raises CorpusError naming file and line of what is not so, of what is unknown, and of what is twice.
    """
    paths = (folder / "corpus.jsonl", folder / "queries.jsonl", qrels or _qrels_path(folder / "qrels"))
    corpus, queries, judgements = (read_bytes(path) for path in paths)
    judged = _read_qrels(judgements, shown(paths[2]))
    asked = _read_queries(queries, shown(paths[1]), judged)
    named = {rationale.doc for _, query in asked.values() for rationale in query.rationales}
    documents = _read_corpus(corpus, shown(paths[0]), named)
    _check_known(judged, asked, documents)
    questions, problems = [], Problems()
    for key, (place, query) in asked.items():
        if key in judged:
            with problems.at(place):
                questions.append(_question(key, query, judged[key], documents))
    problems.check()
    return Suite(
        shown(Path(folder.resolve().name)),
        "beir",
        tuple(map(suite_file, paths, (corpus, queries, judgements))),
        tuple(questions),
        tuple(document.statement for document in documents.values()),
    )


def _qrels_path(folder: Path) -> Path:
    try:
        names = sorted(path.name for path in folder.iterdir() if path.suffix == ".tsv")
    except OSError as error:
        raise CorpusError(f"{shown(folder)}: cannot be read: {error.strerror}") from error
    names = [name for name in names if not name.startswith(".")]
    if not names:
        raise CorpusError(f"{shown(folder)}: no *.tsv in it; expected judgements, as in test.tsv")
    if len(names) == 1:
        return folder / names[0]
    if "test.tsv" not in names:
        known = ", ".join(shown(folder / name) for name in names)
        raise CorpusError(
            f"{shown(folder)}: no test.tsv; name the one to read instead of the folder: {known}"
        )
    return folder / "test.tsv"


def _read_qrels(data: bytes, place: str) -> _Judgements:
    found: _Judgements = {}
    problems = Problems()
    for number, line in enumerate(decode_utf8(data, place).split("\n"), 1):
        cells = [cell.strip() for cell in line.split("\t")]
        is_header = not found and tuple(map(str.lower, cells)) == _HEADER
        if not any(cells) or is_header:
            continue
        here = f"{place}:{number}"
        with problems.at(here):
            query, doc, score = _cells(cells)
            of_query = found.setdefault(query, {})
            if doc in of_query:
                raise CorpusError(f"{query!r} and {doc!r} are judged twice; first at {of_query[doc].place}")
            of_query[doc] = _Judgement(score, here)
    problems.check()
    if not found:
        raise CorpusError(f"{place}: no judgement in it; expected lines of {', '.join(_HEADER)}")
    return found


def _cells(cells: Sequence[str]) -> tuple[str, str, int]:
    if len(cells) != 3:
        raise CorpusError(f"{_columns(cells)}; accepted: {', '.join(_HEADER)}, separated by tabs")
    if not _SCORE.fullmatch(cells[2]):
        raise CorpusError(f"score: {cells[2][:80]!r}; accepted: an integer of at most 9 digits, such as 1")
    row = Field(dict(zip(_HEADER, cells, strict=True)))
    return row.identity(_HEADER[0]), row.identity(_HEADER[1]), int(cells[2])


def _columns(cells: Sequence[str]) -> str:
    """How many there are, if not three, and what they are known by."""
    words = cells[0].split() if len(cells) == 1 else cells
    by_spaces = " separated by spaces" if len(words) > len(cells) else ""
    of_trec = ", as trec_eval has them" if len(words) == 4 else ""
    return f"{len(words)} column{'s' * (len(words) > 1)}{by_spaces}{of_trec}"


def _read_queries(data: bytes, place: str, judged: Container[str]) -> dict[str, tuple[str, _Query]]:
    """All queries, so that unknown ones are found; rationales of those that are asked."""

    def read(row: Field) -> _Query:
        text = row.question("text")
        return _Query(text, _rationales(row) if row.identity("_id") in judged else ())

    return read_unique([(place, data)], "_id", read)


def _rationales(row: Field) -> tuple[_Rationale, ...]:
    metadata = row.member("metadata")
    if not isinstance(metadata.value, dict) or metadata.value.get("evidence") is None:
        return ()
    return tuple(map(_rationale, metadata.items("evidence")))


def _rationale(row: Field) -> _Rationale:
    sentences = row.items("sentences")
    if not sentences:
        raise row.member("sentences").wrong("empty; accepted: one or more")
    return _Rationale(row, row.identity("doc"), row.optional_text("label"), tuple(sentences))


def _read_corpus(data: bytes, place: str, named: Container[str]) -> dict[str, _Document]:
    def read(row: Field) -> _Document:
        key = row.identity("_id")
        title = one_line(row.optional_text("title"))
        if not isinstance(row.member("text").value, str):
            raise row.member("text").refused("text, which may be empty")
        text = canonical(row.optional_text("text")) or title
        statement = Statement(checked_id(key, "_id"), text, title)
        return _Document(statement, _sentences(row, statement) if key in named else ())

    rows = read_unique([(place, data)], "_id", read)
    return {key: document for key, (_, document) in rows.items()}


def _sentences(row: Field, statement: Statement) -> tuple[Span, ...]:
    """Where the sentences of a document stand in its text, one after another."""
    end, spans = 0, []
    for item in row.member("metadata").items("sentences"):
        sentence = canonical(item.as_text()).strip()
        start = statement.text.find(sentence, end)
        if start < 0:
            raise item.wrong(f"{sentence[:80]!r} does not stand in the text after the sentence before it")
        end = start + len(sentence)
        spans.append(Span(statement.id, start, end))
    return tuple(spans)


def _check_known(
    judged: _Judgements, asked: Mapping[str, tuple[str, _Query]], documents: Mapping[str, _Document]
) -> None:
    problems = Problems()
    for query, judgements in judged.items():
        for doc, judgement in judgements.items():
            if query not in asked:
                problems.add(f"{judgement.place}: query-id: {query!r} is no query of queries.jsonl")
            if doc not in documents:
                problems.add(f"{judgement.place}: corpus-id: {doc!r} is no document of corpus.jsonl")
    problems.check()


def _question(
    key: str, query: _Query, judgements: Mapping[str, _Judgement], documents: Mapping[str, _Document]
) -> GoldQuestion:
    relevant = {doc: judgement.score for doc, judgement in judgements.items() if judgement.score > 0}
    docs = dict.fromkeys(rationale.doc for rationale in query.rationales)
    for rationale in query.rationales:
        if rationale.doc in judgements and rationale.doc not in relevant:
            place = judgements[rationale.doc].place
            raise rationale.row.member("doc").wrong(f"{rationale.doc!r} is judged not relevant at {place}")
    nuggets = tuple(_nugget([r for r in query.rationales if r.doc == doc], documents) for doc in docs)
    return GoldQuestion(
        key,
        query.text,
        answerable=True if nuggets else None,
        nuggets=nuggets,
        relevant=relevant,
        itself=key if key in documents else "",
    )


def _nugget(rationales: Sequence[_Rationale], documents: Mapping[str, _Document]) -> Nugget:
    """One fact, of all the rationales of one document: any sentence of theirs is evidence of it."""
    spans = {span for rationale in rationales for span in _evidence(rationale, documents)}
    labels = dict.fromkeys(rationale.label for rationale in rationales if rationale.label)
    return Nugget(", ".join(labels), tuple(sorted(spans, key=lambda span: (span.start, span.end))))


def _evidence(rationale: _Rationale, documents: Mapping[str, _Document]) -> list[Span]:
    if rationale.doc not in documents:
        raise rationale.row.member("doc").wrong(f"{rationale.doc!r} is no document of corpus.jsonl")
    sentences = documents[rationale.doc].sentences
    for number in rationale.sentences:
        if number.as_count() >= len(sentences):
            raise number.refused(f"a sentence of {rationale.doc!r}, of which there are {len(sentences)}")
    return [sentences[number.as_count()] for number in rationale.sentences]

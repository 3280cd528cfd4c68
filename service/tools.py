"""What language models may do here: ask, search, read and verify, and what they are told of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast
from unicodedata import normalize

from pydantic import Field, WithJsonSchema
from typing_extensions import TypedDict

from index.retriever import checked_question
from service.answer import Searched
from service.fields import (
    AnswerFields,
    CheckFields,
    HitFields,
    SearchedFields,
    answer_fields,
    check_fields,
    hit_fields,
)
from service.reading import PartFields, part_fields
from service.verify import read_claim
from service.verify import verify as check

if TYPE_CHECKING:
    from service.engine import Engine

Question = Annotated[
    str,
    Field(
        description="A question in natural language, up to 2,000 characters; name issuers and years if they"
        " matter. It must stand alone: nothing of the conversation is known here."
    ),
]
Query = Annotated[str, Field(description="A question, a topic or a few words, up to 2,000 characters.")]
Hits = Annotated[int, Field(ge=1, le=100, description="How many passages, the best first.")]
IssuerFilter = Annotated[
    Sequence[str],
    Field(
        description="Only statements of any of these issuers (countries, organisations); common names and"
        " abbreviations are understood: EU, South Korea, UAE. Empty: all."
    ),
]
StatementFilter = Annotated[
    Sequence[str], Field(description="Only the statements with these ids (statement_id). Empty: all.")
]
FromFilter = Annotated[
    str, Field(description="Only statements from this date on: 2024, 2024-11 or 2024-11-04. Empty: any date.")
]
ToFilter = Annotated[
    str, Field(description="Only statements until this date, inclusive: 2024 is to its last day.")
]
LanguageFilter = Annotated[
    Sequence[str], Field(description="Only statements in these languages, ISO 639-1: en, fr. Empty: all.")
]
Generator = Annotated[
    Literal["extractive", "llm"],
    Field(
        description="extractive: quotations alone, for you to write with. llm: sentences by the server's"
        " language model, each checked against its quotations; slower; `notice` says if there is none."
    ),
]
StatementId = Annotated[str, Field(description="The statement_id of a citation or of a hit.")]
Version = Annotated[
    str, Field(description="The version of a citation, to read what was cited then. Empty: the current one.")
]
FromParagraph = Annotated[
    int | None, Field(ge=0, description="Read from this paragraph on, numbered as in citations.")
]
ToParagraph = Annotated[int | None, Field(ge=0, description="Read until this paragraph, inclusive.")]
Start = Annotated[
    int | None, Field(ge=0, description="Read on from this character: the next_start of the reply before.")
]
_CLAIM = {
    "type": "object",
    "properties": {
        "statement_id": {"type": "string"},
        "quote": {
            "type": "string",
            "description": "The words as quoted; […] is an omission, [x] an edit.",
        },
        "version": {"type": "string", "description": "The version quoted from; left out: the current one."},
        "start": {"type": "integer", "minimum": 0, "description": "Where the quote starts, in characters."},
        "end": {"type": "integer", "minimum": 0, "description": "Where it ends, exclusive."},
    },
    "required": ["statement_id", "quote"],
}
Citations = Annotated[
    list[Annotated[dict[str, Any], WithJsonSchema(_CLAIM)]],
    Field(min_length=1, max_length=100, description="Citations; those of `ask` can be given as they are."),
]


class FoundFields(TypedDict):
    """Passages, the best first, and how much was searched."""

    hits: list[HitFields]
    searched: SearchedFields


class ChecksFields(TypedDict):
    """What became of citations, in their order."""

    checks: list[CheckFields]


class InputError(Exception):
    """What was given cannot be used; the message says why to whoever gave it."""


class Tools:
    """The tools by name; models read their docstrings. Each raises InputError; threads may share them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(  # noqa: PLR0913, PLR0917  (models fill flat parameters better than nested ones)
        self,
        question: Question,
        issuers: IssuerFilter = (),
        statements: StatementFilter = (),
        date_from: FromFilter = "",
        date_to: ToFilter = "",
        languages: LanguageFilter = (),
        generator: Generator = "extractive",
    ) -> AnswerFields:
        """Answer a question from the statements, in quotations with who said them, when and where.

        `status` is "answered" or "not_found". Answered: `sentences` carry marks [n] of `citations`; each
        citation has the verbatim `quote` and its statement_id, version, start and end (character offsets
        into that version), which belong to it wherever you repeat it. not_found: the statements under
        `searched` do not answer the question, which is a finding to report; `nearest` shows passages that
        are near and do not answer. `confidence` is the probability that the question is answered.
        If searched.statements is 0, the filters let nothing through.
        """
        with _told():
            checked_question(question)
            filters = self._engine.filters(
                issuers=issuers,
                statements=statements,
                date_from=date_from,
                date_to=date_to,
                languages=languages,
            )
        return answer_fields(self._engine.answerer.answer(question, filters, generator=generator))

    def search(  # noqa: PLR0913, PLR0917
        self,
        query: Query,
        k: Hits = 10,
        issuers: IssuerFilter = (),
        statements: StatementFilter = (),
        date_from: FromFilter = "",
        date_to: ToFilter = "",
        languages: LanguageFilter = (),
    ) -> FoundFields:
        """Find the passages nearest to a query: `hits`, the best first, and how much was `searched`.

        There are always nearest passages: a hit is no proof that its statement answers anything. Each has its
        statement_id, version, paragraph, verbatim `text` and place (start, end); `highlights` are the places
        of its best sentences. A higher `score` is better.
        """
        with _told():
            checked_question(query)
            filters = self._engine.filters(
                issuers=issuers,
                statements=statements,
                date_from=date_from,
                date_to=date_to,
                languages=languages,
            )
        found = self._engine.retriever.search(query, k, filters)
        searched = Searched(found.statements, found.passages, filters)
        fields = cast("SearchedFields", asdict(searched))
        return {"hits": list(map(hit_fields, found.hits)), "searched": fields}

    def read_statement(
        self,
        statement_id: StatementId,
        version: Version = "",
        from_paragraph: FromParagraph = None,
        to_paragraph: ToParagraph = None,
        start: Start = None,
    ) -> PartFields:
        """Read a statement, or some of its paragraphs, with who issued it and when.

        A reply holds up to 20,000 characters: `text` is what stands from `start` to `end` of the statement,
        `next_start` is where to read on, null at the end of what was asked for. `paragraphs` says where those
        in `text` stand; `paragraph_count`, `last_paragraph` and `length` (characters) speak of the whole.
        `is_current` is false if the statement has a newer version.
        """
        with self._engine.store() as store, _told():
            key = normalize("NFC", statement_id)
            entry = store.entry(key)
            if entry is None:
                raise ValueError(f"no statement {key!r} here, or it was removed; search gives ids")
            statement = store.statement(key, version or entry.version)
            if statement is None:
                raise ValueError(
                    f"statement {key!r} never had version {version!r}; it is now {entry.version}"
                )
            is_current = statement.version == entry.version
            return part_fields(statement, is_current, from_paragraph, to_paragraph, start)

    def verify(self, citations: Citations) -> ChecksFields:
        """Check whether statements say what quotations say they say, in the order given.

        `status` of each of `checks`: valid; misplaced (said elsewhere: see `spans`); superseded (an earlier
        version said it); altered (see `difference`); absent (nothing like it is said there);
        unknown_statement; unknown_version. Only a valid quotation may be passed on as it is.
        """
        with _told():
            claims = [read_claim(fields, f"citation {number}") for number, fields in enumerate(citations, 1)]
        with self._engine.store() as store:
            return {"checks": list(map(check_fields, check(store, claims)))}

    def text(self, statement_id: str) -> str:
        """The text of a statement in its current version, which offsets point into."""
        with self._engine.store() as store:
            statement = store.statement(normalize("NFC", statement_id))
        if statement is None:
            raise InputError(f"no statement {statement_id!r} here, or it was removed")
        return statement.text


@contextmanager
def _told() -> Iterator[None]:
    """Only what is wrong with what was given is told; an error of ours may name what is nobody's business."""
    try:
        yield
    except ValueError as error:
        raise InputError(str(error)) from error

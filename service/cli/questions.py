"""Commands for questions: answers, passages, and the checking of citations."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.opened import consoles, filters_of, opened_engine, opened_store, print_json, settings_of
from service.cli.options import AsJson, Data, FromFilter, Generator, IssuerFilter, StatementFilter, ToFilter

if TYPE_CHECKING:
    from index.store import Store
    from service.answer import Citation

# Each command imports what it needs when it runs: `list` must not wait for torch.
# ruff: noqa: PLC0415


def ask(  # noqa: PLR0913, PLR0917  (the options of a command)
    question: str,
    issuer: IssuerFilter = None,
    statement: StatementFilter = None,
    date_from: FromFilter = "",
    date_to: ToFilter = "",
    generator: Annotated[
        Generator | None, typer.Option(help="Who words it [default: llm, where COMMUNIQUE_LLM_URL is set].")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question with quotations and where they stand, or say that there is no answer."""
    from index.retriever import checked_question
    from service.fields import answer_fields
    from service.terminal import show_answer

    settings = settings_of(data)
    filters = filters_of(settings, issuer, statement, date_from, date_to)
    checked_question(question)  # before the seconds that the model takes to load
    with opened_engine(settings) as engine:
        if not engine.calibration.is_calibrated:
            fitted, used = engine.calibration.model, settings.model.name
            typer.echo(f"note: the confidence was fitted on {fitted}, not on {used}", err=True)
        answer = engine.answerer.answer(question, filters, generator=generator.value if generator else None)
        if as_json:
            print_json(answer_fields(answer))
        else:
            with engine.store() as store:
                show_answer(consoles()[0], answer, lambda cited: _text(store, cited))
    raise typer.Exit(answer.status == "not_found")


def search(  # noqa: PLR0913, PLR0917
    query: str,
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many passages.")] = 10,
    issuer: IssuerFilter = None,
    statement: StatementFilter = None,
    date_from: FromFilter = "",
    date_to: ToFilter = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Find the passages nearest to a question."""
    from index.retriever import checked_question
    from service.answer import Searched
    from service.fields import hit_fields
    from service.terminal import show_hits

    settings = settings_of(data)
    filters = filters_of(settings, issuer, statement, date_from, date_to)
    checked_question(query)
    with opened_engine(settings) as engine:
        found = engine.retriever.search(query, k, filters)
    searched = Searched(found.statements, found.passages, filters)
    if as_json:
        print_json({"hits": list(map(hit_fields, found.hits)), "searched": asdict(searched)})
    else:
        show_hits(consoles()[0], found.hits, searched)
    raise typer.Exit(not found.hits)


def verify(
    file: Annotated[Path, typer.Argument(help="JSON of an answer, or of citations; - reads standard input.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Check citations against the statements: valid, altered and where, unknown, superseded."""
    from corpus.files import decode, read_bytes, shown
    from service.fields import check_fields
    from service.terminal import show_checks
    from service.verify import read_claims
    from service.verify import verify as check

    place = shown(file)
    content = sys.stdin.buffer.read() if place == "-" else read_bytes(file)
    claims = read_claims(decode(content, place), place)
    with opened_store(settings_of(data).data) as store:
        checks = check(store, claims)
    print_json(list(map(check_fields, checks))) if as_json else show_checks(consoles()[0], checks)
    raise typer.Exit(any(found.status != "valid" for found in checks))


def _text(store: Store, cited: Citation) -> str:
    statement = store.statement(cited.statement_id, cited.version)
    return statement.text if statement else ""

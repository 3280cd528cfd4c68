"""The command `communique`: the rooms put together."""

from __future__ import annotations

import json
import os
import sys
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from unicodedata import normalize

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

    from rich.console import Console
    from starlette.types import ASGIApp

    from corpus.issuers import Issuers
    from corpus.readers import Source
    from corpus.sidecar import Sidecar
    from index.encoder import Encoder
    from index.hits import Filters
    from index.outcome import Outcome
    from index.store import Store
    from service.answer import Citation
    from service.engine import Engine
    from service.settings import Settings

_EPILOG = (
    "Exit codes: 0 done, answered, or all citations valid; 1 not found, a file failed, or a citation is not"
    " valid; 2 wrong usage, or data that cannot be used; 130 interrupted."
)
# Each command imports the rooms it needs: `list` must not wait for torch.
# ruff: noqa: PLC0415
app = typer.Typer(
    no_args_is_help=True,
    epilog=_EPILOG,
    pretty_exceptions_enable=False,
    help="Cited answers over policy statements.",
)


class Generator(StrEnum):
    """Who words an answer."""

    extractive = "extractive"
    llm = "llm"


Data = Annotated[Path | None, typer.Option("--data", help="The data folder [default: ./.communique]")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, with the names of the API.")]
IssuerFilter = Annotated[
    list[str] | None, typer.Option("--issuer", help="Only this issuer; may be repeated.")
]
StatementFilter = Annotated[
    list[str] | None, typer.Option("--statement", help="Only this id; may be repeated.")
]
FromFilter = Annotated[
    str, typer.Option("--from", help="Only from this date on: 2024, 2024-11 or 2024-11-04.")
]
ToFilter = Annotated[str, typer.Option("--to", help="Only until this date.")]


@app.command()
def add(
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of them.")],
    metadata: Annotated[Path | None, typer.Option(help="CSV of metadata; a column names the files.")] = None,
    wait: Annotated[float, typer.Option(help="Seconds to wait for another writer.")] = 30,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Add statements from txt, md, html, pdf, docx, jsonl and csv files; unchanged ones cost nothing."""
    from corpus.sidecar import read_sidecar
    from service.terminal import show_outcomes

    settings = _settings(data)
    console, errors = _consoles()
    sources, outcomes = _found(paths, read_sidecar(metadata) if metadata else None)
    try:
        with _store(settings.data, create=True) as store:
            outcomes += _added(store, sources, settings, wait, errors)
    finally:  # what came before an error or an interruption is kept, so it is told
        if as_json:
            _print_json([asdict(outcome) for outcome in outcomes])
        elif outcomes or not sources:
            show_outcomes(console, errors, outcomes)
    raise typer.Exit(any(outcome.status == "failed" for outcome in outcomes))


@app.command("list")
def list_(
    issuer: IssuerFilter = None,
    date_from: FromFilter = "",
    date_to: ToFilter = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """List the statements."""
    from service.fields import entry_fields
    from service.terminal import show_entries

    settings = _settings(data)
    filters = _filters(settings, issuer, None, date_from, date_to)
    with _store(settings.data) as store:
        entries = [entry for entry in store.entries().values() if filters.allow(entry.metadata)]
    _print_json(list(map(entry_fields, entries))) if as_json else show_entries(_consoles()[0], entries)


@app.command()
def remove(
    ids: Annotated[list[str], typer.Argument(help="Ids of statements.")],
    wait: Annotated[float, typer.Option(help="Seconds to wait for another writer.")] = 30,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Remove statements with all their versions; they are never found or cited again."""
    from index.caches import Caches
    from service.terminal import safe

    with _store(_settings(data).data) as store, store.writing(wait):
        removed = {key: store.remove(normalize("NFC", key)) for key in ids}
        if dim := store.dim:
            Caches(store, dim).save(store)
    if as_json:
        _print_json([{"statement_id": key, "removed": was_there} for key, was_there in removed.items()])
    else:
        for key, was_there in removed.items():
            typer.echo(f"removed {safe(key)}" if was_there else f"no statement {key!r}")
    raise typer.Exit(not all(removed.values()))


@app.command()
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

    settings = _settings(data)
    filters = _filters(settings, issuer, statement, date_from, date_to)
    checked_question(question)  # before the seconds that the model takes to load
    with _engine(settings) as engine:
        if not engine.calibration.is_calibrated:
            fitted, used = engine.calibration.model, settings.model.name
            typer.echo(f"note: the confidence was fitted on {fitted}, not on {used}", err=True)
        answer = engine.answerer.answer(question, filters, generator=generator.value if generator else None)
        if as_json:
            _print_json(answer_fields(answer))
        else:
            with engine.store() as store:
                show_answer(_consoles()[0], answer, lambda cited: _text(store, cited))
    raise typer.Exit(answer.status == "not_found")


@app.command()
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

    settings = _settings(data)
    filters = _filters(settings, issuer, statement, date_from, date_to)
    checked_question(query)
    with _engine(settings) as engine:
        found = engine.retriever.search(query, k, filters)
    searched = Searched(found.statements, found.passages, filters)
    if as_json:
        _print_json({"hits": list(map(hit_fields, found.hits)), "searched": asdict(searched)})
    else:
        show_hits(_consoles()[0], found.hits, searched)
    raise typer.Exit(not found.hits)


@app.command()
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
    with _store(_settings(data).data) as store:
        checks = check(store, claims)
    _print_json(list(map(check_fields, checks))) if as_json else show_checks(_consoles()[0], checks)
    raise typer.Exit(any(found.status != "valid" for found in checks))


@app.command("eval")
def evaluate(  # noqa: PLR0913, PLR0917
    suite: Annotated[
        list[Path],
        typer.Argument(help="Questions with known answers: JSONL files, a BEIR folder, or a SQuAD file."),
    ],
    corpus: Annotated[
        list[Path] | None,
        typer.Option(
            help="Statements that JSONL questions are asked over; may be repeated [default: --data]"
        ),
    ] = None,
    threshold_from: Annotated[
        list[Path] | None,
        typer.Option(help="Choose on this JSONL suite how sure an answer must be; may be repeated."),
    ] = None,
    baselines: Annotated[
        bool, typer.Option("--baselines", help="Also rank by BM25, by vectors, and by both in rank fusion.")
    ] = False,
    against: Annotated[Path | None, typer.Option(help="Compare with this run: JSON saved before.")] = None,
    save: Annotated[
        Path | None, typer.Option(help="Write the run as JSON: the same bytes each time.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a report to look at, one file.")] = None,
    timings: Annotated[
        Path | None, typer.Option(help="Ask once more by the clock; write the timings as JSON.")
    ] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Ask questions with known answers: how good is what comes back? 1 if a quote is not in its place."""
    from corpus.files import check_targets, write_text
    from eval.evaluation import Progresses, Request, time_questions
    from eval.evaluation import evaluate as run
    from eval.page.page import render
    from eval.terminal import show_report, show_timings
    from service.terminal import add_progress, count_progress

    check_targets(filter(None, (save, html, timings)), [*suite, *(corpus or ()), *(threshold_from or ())])
    settings = _settings(data)
    console, errors = _consoles()
    progresses = Progresses(partial(add_progress, errors), partial(count_progress, errors, "asking"))
    request = Request(tuple(suite), tuple(corpus or ()), tuple(threshold_from or ()), against, baselines)
    report, cases = run(request, settings, progresses, lambda _: _encoder(settings))
    told = json.dumps(asdict(report), ensure_ascii=False, indent=1) + "\n"
    typer.echo(told, nl=False) if as_json else show_report(console, report)
    if save:
        write_text(save, told)
    if html:
        write_text(html, render(report, cases))
    if timings:
        measured = time_questions(request, settings, progresses, lambda _: _encoder(settings))
        write_text(timings, json.dumps(asdict(measured), indent=1) + "\n")
        show_timings(errors if as_json else console, measured)
    raise typer.Exit(not report.is_sound)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Other than loopback only with a key (README).")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8765,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes; each loads the model.")] = 1,
    root_path: Annotated[str, typer.Option(help="The path prefix under which a proxy shows it.")] = "",
    insecure: Annotated[bool, typer.Option("--insecure", help="Let everyone in who can reach it.")] = False,
    data: Data = None,
) -> None:
    """Run the service: the page at /, the API under /v1, additions in the background."""
    from service.api.app import create_app
    from service.api.serve import Listening, check_exposure, listen

    settings = _settings(data)
    listening = Listening(host, port, root_path, workers)
    check_exposure(listening, settings.access, insecure)
    typer.echo(f"http://{host}:{port}{root_path}/ as soon as the model is loaded; Ctrl+C ends it", err=True)
    if workers == 1:
        listen(listening, create_app(settings, insecure=insecure))
        return
    with TemporaryDirectory(prefix="communique-") as counts:  # where the workers count together
        os.environ |= {"COMMUNIQUE_DATA": str(settings.data), "PROMETHEUS_MULTIPROC_DIR": counts}
        os.environ["COMMUNIQUE_INSECURE"] = str(int(insecure))
        listen(listening, "communique:worker")


@app.command()
def mcp(
    http: Annotated[bool, typer.Option("--http", help="Over HTTP at /mcp, not standard streams.")] = False,
    host: Annotated[str, typer.Option(help="Other than loopback only with a key (README).")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8766,
    insecure: Annotated[bool, typer.Option("--insecure", help="Let everyone in who can reach it.")] = False,
    data: Data = None,
) -> None:
    """Serve the statements to language models by the Model Context Protocol; nothing can be changed by it."""
    from service.mcp import http_app, server

    settings = _settings(data)
    if not http:
        with _engine(settings) as engine:
            server(engine).run("stdio")
        return
    from service.api.guard import Guard
    from service.api.serve import Listening, check_exposure, listen

    check_exposure(Listening(host, port), settings.access, insecure)
    with _engine(settings) as engine:
        app = http_app(server(engine), settings.limits.body_bytes)
        listen(Listening(host, port), Guard(app, settings.access, insecure))


def worker() -> ASGIApp:
    """The application of one of several workers, which know each other by their environment."""
    from service.api.app import create_app
    from service.api.log import log_to_stderr
    from service.api.serve import end_with_parent
    from service.settings import read_settings

    end_with_parent()
    log_to_stderr()
    insecure = os.environ["COMMUNIQUE_INSECURE"] == "1"
    counts = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    return create_app(read_settings(os.environ), insecure=insecure, metrics=counts)


@app.command()
def status(data: Data = None, as_json: AsJson = False) -> None:
    """Say what the data folder holds."""
    from corpus.files import shown
    from index.schema import SCHEMA

    with _store(_settings(data).data) as store:
        model = store.model
        known: dict[str, Any] = {
            "data": shown(store.folder),
            **store.counts(),
            "generation": store.generation,
            "schema": SCHEMA,
            "model": model.as_dict() if model else None,
            "bytes": sum(file.stat().st_size for file in store.folder.rglob("*") if file.is_file()),
        }
    if as_json:
        _print_json(known)
        return
    for name, value in known.items():
        typer.echo(f"{name:<11} {value['name'] if isinstance(value, dict) else value}")


def main() -> None:
    """Run the command; every foreseen error is one line on standard error, and exit code 2."""
    import sqlite3

    from corpus.statement import CorpusError
    from index.encoder import ModelError
    from index.schema import StoreError

    try:
        app()
    except (CorpusError, ModelError, StoreError, ValueError, OSError) as error:
        _fail(str(error))
    except sqlite3.Error as error:
        advice = "restore it from a copy, or add the statements to another folder"
        _fail(f"the data folder is damaged or cannot be read: {error}; {advice}")


def _fail(message: str) -> NoReturn:
    from service.terminal import safe

    typer.echo(f"error: {safe(message)}", err=True)
    sys.exit(2)


def _added(
    store: Store, sources: Iterable[Source], settings: Settings, wait: float, errors: Console
) -> Iterator[Outcome]:
    """What becomes of the files; the model is loaded only if there is something to encode."""
    from index.ingest import read, write
    from service.terminal import add_progress

    reading = read(store, sources, _issuers(settings))
    yield from reading.outcomes
    if not reading.changed:
        return
    store.require_model(settings.model)
    encoder = _encoder(settings)
    with add_progress(errors, reading.characters) as progress:
        yield from write(store, reading, encoder, progress, wait)


def _settings(data: Path | None) -> Settings:
    from service.settings import read_settings

    settings = read_settings(os.environ)
    return replace(settings, data=data) if data else settings


def _found(paths: list[Path], sidecar: Sidecar | None) -> tuple[list[Source], list[Outcome]]:
    """The files to read; a path that cannot be read is a failure of its own."""
    from corpus.readers import find_files
    from corpus.statement import CorpusError
    from index.outcome import Outcome

    sources: list[Source] = []
    failed = []
    for path in paths:
        try:
            sources += find_files([path], sidecar)
        except CorpusError as error:
            failed.append(Outcome("failed", str(path), error=str(error)))
    return list({source.path.absolute(): source for source in sources}.values()), failed


def _issuers(settings: Settings) -> Issuers:
    from corpus.issuers import load_issuers

    return load_issuers(settings.issuers)


def _encoder(settings: Settings) -> Encoder:
    from index.encoder import load_encoder

    return load_encoder(settings.model)


def _store(folder: Path, create: bool = False) -> AbstractContextManager[Store]:
    """The store, closed at the end: SQLite then leaves one file, whole by itself."""
    from index.store import open_store

    return closing(open_store(folder, create))


@contextmanager
def _engine(settings: Settings) -> Iterator[Engine]:
    """The engine over a data folder; the folder is looked at before the model is loaded."""
    from service.engine import open_engine

    with _store(settings.data) as store:
        store.require_model(settings.model)
        with open_engine(settings, _encoder(settings)) as engine:
            yield engine


def _filters(
    settings: Settings, issuers: list[str] | None, statements: list[str] | None, date_from: str, date_to: str
) -> Filters:
    from service.filters import read_filters

    return read_filters(_issuers(settings), issuers or (), statements or (), date_from, date_to)


def _text(store: Store, cited: Citation) -> str:
    statement = store.statement(cited.statement_id, cited.version)
    return statement.text if statement else ""


def _consoles() -> tuple[Console, Console]:
    """For results and for messages; rich leaves colour out where there is no terminal."""
    from rich.console import Console, ConsoleDimensions

    results = Console(highlight=False)
    if not sys.stdout.isatty():
        results.size = ConsoleDimensions(100, 25)  # a pipe has no width; rich would say 80
    return results, Console(stderr=True, highlight=False)


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))

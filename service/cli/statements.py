"""Commands for the statements: adding, listing and removing them, and what the data folder holds."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from unicodedata import normalize

import typer

from service.cli.opened import (
    consoles,
    filters_of,
    issuers_of,
    opened_store,
    print_json,
    settings_of,
)
from service.cli.options import AsJson, Data, FromFilter, IssuerFilter, ToFilter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console

    from corpus.readers import Source
    from corpus.sidecar import Sidecar
    from index.outcome import Outcome
    from index.store import Store
    from service.settings import Settings

# Each command imports what it needs when it runs: `list` must not wait for torch.
# ruff: noqa: PLC0415


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

    settings = settings_of(data)
    console, errors = consoles()
    sources, outcomes = _found(paths, read_sidecar(metadata) if metadata else None)
    try:
        with opened_store(settings.data, create=True) as store:
            outcomes += _added(store, sources, settings, wait, errors)
    finally:  # what came before an error or an interruption is kept, so it is told
        if as_json:
            print_json([asdict(outcome) for outcome in outcomes])
        elif outcomes or not sources:
            show_outcomes(console, errors, outcomes)
    raise typer.Exit(any(outcome.status == "failed" for outcome in outcomes))


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

    settings = settings_of(data)
    filters = filters_of(settings, issuer, None, date_from, date_to)
    with opened_store(settings.data) as store:
        entries = [entry for entry in store.entries().values() if filters.allow(entry.metadata)]
    print_json(list(map(entry_fields, entries))) if as_json else show_entries(consoles()[0], entries)


def remove(
    ids: Annotated[list[str], typer.Argument(help="Ids of statements.")],
    wait: Annotated[float, typer.Option(help="Seconds to wait for another writer.")] = 30,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Remove statements with all their versions; they are never found or cited again."""
    from index.caches import Caches
    from service.terminal import safe

    with opened_store(settings_of(data).data) as store, store.writing(wait):
        removed = {key: store.remove(normalize("NFC", key)) for key in ids}
        if dim := store.dim:
            Caches(store, dim).save(store)
    if as_json:
        print_json([{"statement_id": key, "removed": was_there} for key, was_there in removed.items()])
    else:
        for key, was_there in removed.items():
            typer.echo(f"removed {safe(key)}" if was_there else f"no statement {key!r}")
    raise typer.Exit(not all(removed.values()))


def status(data: Data = None, as_json: AsJson = False) -> None:
    """Say what the data folder holds."""
    from corpus.files import shown
    from index.schema import SCHEMA

    with opened_store(settings_of(data).data) as store:
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
        print_json(known)
        return
    for name, value in known.items():
        typer.echo(f"{name:<11} {value['name'] if isinstance(value, dict) else value}")


def _added(
    store: Store, sources: Iterable[Source], settings: Settings, wait: float, errors: Console
) -> Iterator[Outcome]:
    """What becomes of the files; the model is loaded only if there is something to encode."""
    from index.encoder import load_encoder
    from index.ingest import read, write
    from service.terminal import add_progress

    reading = read(store, sources, issuers_of(settings))
    yield from reading.outcomes
    if not reading.changed:
        return
    store.require_model(settings.model)
    encoder = load_encoder(settings.model)
    with add_progress(errors, reading.characters) as progress:
        yield from write(store, reading, encoder, progress, wait)


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

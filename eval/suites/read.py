"""Suites of every form, known by what lies at their path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from corpus.files import shown
from corpus.statement import CorpusError, Statement
from eval.suites.beir import read_beir
from eval.suites.jsonl import read_jsonl
from eval.suites.squad import read_squad
from eval.suites.suite import Form, Suite

_ACCEPTED = (
    "a .jsonl file of questions, a .json file in SQuAD form, a BEIR folder with corpus.jsonl, or one of its"
    " qrels/*.tsv"
)


def form_of(path: Path) -> Form:
    """The form of the suite at a path, which is not read. Raises CorpusError if there is none."""
    try:
        is_folder, is_there = path.is_dir(), path.exists()
        is_beir = (_beir_folder(path) / "corpus.jsonl").exists()
    except OSError as error:
        raise CorpusError(f"{shown(path)}: cannot be read: {error.strerror}") from error
    suffix = path.suffix.lower()
    if not is_there:
        raise CorpusError(f"{shown(path)}: no such file or folder; accepted: {_ACCEPTED}")
    if is_beir:
        return "beir"
    if is_folder or suffix not in (".jsonl", ".json"):
        found = "a folder without corpus.jsonl" if is_folder else f"a file with suffix {suffix!r}"
        raise CorpusError(f"{shown(path)}: {found}; accepted: {_ACCEPTED}")
    return "jsonl" if suffix == ".jsonl" else "squad"


def files_of(path: Path) -> tuple[Path, ...]:
    """The files that the suite at a path is read from, or would be."""
    folder = _beir_folder(path)
    if not folder.is_dir():
        return (path,)
    return (folder / "corpus.jsonl", folder / "queries.jsonl", *folder.glob("qrels/*.tsv"))


def brings_statements(paths: Sequence[Path]) -> bool:
    """Whether the suite at these paths has a collection of its own; if not, it is asked over an index.

    Raises CorpusError for no path, for what is no suite, and for several that are not all .jsonl.
    """
    forms = [form_of(path) for path in paths]
    if not forms:
        raise CorpusError(f"no suite; accepted: {_ACCEPTED}")
    for path, form in zip(paths, forms, strict=True):
        if len(forms) > 1 and form != "jsonl":
            name = "a BEIR folder" if form == "beir" else "a file in SQuAD form"
            raise CorpusError(f"{shown(path)}: {name} goes alone; only .jsonl files are taken together")
    return forms[0] != "jsonl"


def read_suite(paths: Sequence[Path], statements: Mapping[str, Statement]) -> Suite:
    """The suite at these paths, over `statements` by id unless it brings its own.

    Raises as brings_statements and the readers.
    """
    if not brings_statements(paths):
        return read_jsonl(paths, statements)
    (path,) = paths
    if form_of(path) == "squad":
        return read_squad(path)
    folder = _beir_folder(path)
    return read_beir(folder, None if folder == path else path)


def _beir_folder(path: Path) -> Path:
    """The folder that judgements named instead of it are of."""
    return path.absolute().parents[1] if path.suffix.lower() == ".tsv" and path.is_file() else path

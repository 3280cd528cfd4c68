"""A suite out of training pairs: `python -m eval.pairs TRAINING --speeches FOLDER --out FOLDER`.

TRAINING holds pairs.jsonl and passages.jsonl, questions written for passages of speeches; a passage goes by
ISSUER_SESSION_YEAR/number, after the file of its speech. A near miss is not answered by the passage it was
written for, but what else is in the collection may answer it: false-answer rates of near misses are too high
rather than too low. They are left out unless asked for.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.files import read_bytes, shown
from corpus.issuers import load_issuers
from corpus.readers import Source, find_files, read_file
from corpus.sidecar import SIDECAR_NAME, read_sidecar
from corpus.statement import CorpusError, Statement
from eval.door import enter
from eval.suites.fields import Field, Problems, read_rows, read_unique

_KINDS = ("answered", "near_miss", "supported", "unsupported")
_STEM = re.compile(r"(?P<issuer>[^_/]+)_+\d+_(?P<year>\d{4})")


@dataclass(frozen=True, slots=True)
class Pair:
    """A question or claim for a passage of a speech.

    place      `file:line`
    id         the passage's, and the number of the pair in its file, from 1
    sentences  those that answer; none for a near miss
    """

    place: str
    id: str
    speech: str
    kind: str
    text: str
    sentences: tuple[str, ...]


def read_pairs(folder: Path) -> list[Pair]:
    """The pairs of a folder in their order. Raises CorpusError naming file, line and field."""
    path, problems = folder / "passages.jsonl", Problems()
    rows = read_unique([(shown(path), read_bytes(path))], "pid", _sentences)
    passages = {pid: sentences for pid, (_, sentences) in rows.items()}
    path = folder / "pairs.jsonl"
    found = read_rows(read_bytes(path), shown(path), "pid", lambda row: _pair(row, passages), problems)
    pairs = [
        Pair(place, f"{pid}#{number}", pid.partition("/")[0], *pair)
        for number, (place, pid, pair) in enumerate(found, 1)
    ]
    problems.check()
    return pairs


def draw(pairs: Iterable[Pair], years: tuple[int, int], issuers: int, seed: int) -> frozenset[str]:
    """The codes of so many issuers that have pairs in the years, first and last included; all if fewer."""
    codes = {_issuer(pair.speech) for pair in pairs if _is_of(pair.speech, years)}
    order = sorted(codes)
    random.Random(seed).shuffle(order)
    return frozenset(order[:issuers])


def questions(pairs: Iterable[Pair], statements: Mapping[str, Statement]) -> list[dict[str, object]]:
    """The pairs as lines of a suite (see eval.suites.jsonl) over the speeches given by stem.

    Any one of the sentences that answer counts as the whole evidence. Raises CorpusError for a pair whose
    speech is not given, or does not hold a sentence verbatim up to white space.
    """
    return [_question(pair, statements) for pair in pairs]


def main(arguments: Sequence[str]) -> None:
    """Write pairs.jsonl, and the folder `speeches` of what it is asked over with its metadata."""
    options = _parser().parse_args(arguments)
    years, out = (min(options.years), max(options.years)), options.out / "speeches"
    pairs = [pair for pair in read_pairs(options.training) if _is_of(pair.speech, years)]
    issuers = draw(pairs, years, options.issuers, options.seed)
    sidecar = read_sidecar(options.metadata) if options.metadata else None
    sources = [
        source
        for source in find_files([options.speeches], sidecar)
        if _is_of(source.path.stem, years) and _issuer(source.path.stem) in issuers
    ]
    kinds = ("answered", "near_miss") if options.near_misses else ("answered",)
    kept = [pair for pair in pairs if _issuer(pair.speech) in issuers and pair.kind in kinds]
    rows = questions(kept, _read(sources))
    if not rows:
        raise CorpusError(f"{shown(options.training)}: no {' or '.join(kinds)} pair of {years[0]}-{years[1]}")
    _copy(sources, out)
    lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    (options.out / "pairs.jsonl").write_text(lines, encoding="utf-8")
    sys.stdout.write(f"{len(rows)} questions over {len(sources)} speeches of {len(issuers)} issuers\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval.pairs", description="A suite of training pairs.")
    parser.add_argument("training", type=Path, help="the folder of pairs.jsonl and passages.jsonl")
    parser.add_argument("--speeches", required=True, type=Path, help="a folder of ISSUER_SESSION_YEAR.txt")
    parser.add_argument("--metadata", type=Path, help="a table of who spoke; metadata.csv beside or above")
    parser.add_argument("--out", required=True, type=Path, help="a folder, without `speeches` in it")
    parser.add_argument("--years", nargs=2, type=int, default=(2019, 2021), help="first and last; 2019 2021")
    parser.add_argument("--issuers", type=int, default=80, help="how many are drawn; 80")
    parser.add_argument("--seed", type=int, default=4, help="another draws other issuers")
    parser.add_argument("--near-misses", action="store_true", help="also what a passage does not answer")
    return parser


def _sentences(row: Field) -> tuple[str, ...]:
    if not _STEM.fullmatch(row.identity("pid").partition("/")[0]):
        raise row.member("pid").refused("ISSUER_SESSION_YEAR/number")
    return tuple(sentence.as_text() for sentence in row.items("sentences"))


def _pair(row: Field, passages: Mapping[str, tuple[str, ...]]) -> tuple[str, str, tuple[str, ...]]:
    kind, sentences = row.member("kind"), passages.get(row.identity("pid"))
    if kind.value not in _KINDS:
        raise kind.refused(", ".join(_KINDS))
    if sentences is None:
        raise row.member("pid").refused("that of a line of passages.jsonl")
    if kind.value != "answered":
        return str(kind.value), row.text("text"), ()
    places = [(place, place.as_count()) for place in row.items("sents")]
    for place, number in places:
        if number >= len(sentences):
            raise place.refused(f"less than {len(sentences)}, the number of sentences")
    if not places:
        raise row.member("sents").wrong("empty; accepted: one or more")
    return str(kind.value), row.text("text"), tuple(sentences[number] for _, number in places)


def _question(pair: Pair, statements: Mapping[str, Statement]) -> dict[str, object]:
    if pair.speech not in statements:
        raise CorpusError(f"{pair.place}: pid: no file of {pair.speech!r} among the speeches")
    statement = statements[pair.speech]
    text = " ".join(statement.text.split())
    for sentence in pair.sentences:
        if " ".join(sentence.split()) not in text:
            raise CorpusError(f"{pair.place}: sents: {sentence[:80]!r} does not stand in {pair.speech!r}")
    quotes = [{"doc": statement.id, "quote": sentence} for sentence in pair.sentences]
    is_answered = pair.kind == "answered"
    return {
        "id": pair.id,
        "kind": "fact" if is_answered else "unanswerable",
        **({} if is_answered else {"grade": pair.kind}),
        "question": pair.text,
        "answerable": is_answered,
        "nuggets": [{"fact": " ".join(pair.sentences), "quotes": quotes}] if is_answered else [],
    }


def _read(sources: Iterable[Source]) -> dict[str, Statement]:
    """The statement in each by the stem of its file. Raises CorpusError for what cannot be read, or a stem
    that is there twice."""
    names, found, places = load_issuers(), dict[str, Statement](), dict[str, Path]()
    for source in sources:
        stem = source.path.stem
        if stem in found:
            raise CorpusError(f"{shown(source.path)}: {stem!r} is also at {shown(places[stem])}")
        for statement in read_file(source.path, names, source.sidecar):
            if isinstance(statement, CorpusError):
                raise statement
            found[stem], places[stem] = statement, source.path
    return found


def _copy(sources: Iterable[Source], folder: Path) -> None:
    """The files and their one sidecar; others in the folder would be asked too, so that it has to be new."""
    sidecars = {source.sidecar.path for source in sources if source.sidecar}
    if len(sidecars) > 1:
        raise CorpusError(f"several tables of metadata: {', '.join(map(shown, sorted(sidecars)))}; name one")
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise CorpusError(f"{shown(folder)}: {error.strerror}; expected a new folder") from error
    for source in sources:
        shutil.copyfile(source.path, folder / source.path.name)
    for path in sidecars:
        shutil.copyfile(path, folder / SIDECAR_NAME)


def _is_of(stem: str, years: tuple[int, int]) -> bool:
    match = _STEM.fullmatch(stem)
    return match is not None and years[0] <= int(match["year"]) <= years[1]


def _issuer(stem: str) -> str:
    return stem.partition("_")[0]


if __name__ == "__main__":
    enter(main)

"""Checking citations, of ours or of anybody, against the store."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from corpus.statement import Statement
from index.store import Store
from service.quotes import Difference, QuoteMatch, match_quote

CheckStatus = Literal[
    "valid", "misplaced", "superseded", "altered", "absent", "unknown_statement", "unknown_version"
]


@dataclass(frozen=True, slots=True)
class Claim:
    """What a citation says: this quote stands in this statement, in this version and place if given."""

    statement_id: str
    quote: str
    version: str = ""
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """What became of a claim.

    valid              the statement says it, where the claim says
    misplaced          the statement says it, but elsewhere than at the given offsets: see `spans`
    superseded         the given version said it; the statement has a newer version
    altered            the statement says something else there: see `difference`
    absent             the statement says nothing like it
    unknown_statement  no such statement, or it was removed
    unknown_version    the statement never had that version

    spans            where each piece of the quote stands in the text of the version checked
    current_version  of the statement, "" if unknown; `is_current` whether the quote stands in that one
    """

    claim: Claim
    status: CheckStatus
    message: str
    spans: tuple[tuple[int, int], ...] = ()
    difference: Difference | None = None
    current_version: str = ""
    is_current: bool = False


def read_claim(fields: object, place: str) -> Claim:
    """A claim from the JSON of a citation; other fields of a citation are passed over.

    Raises ValueError naming `place` and the field for what is no citation.
    """
    if not isinstance(fields, Mapping):
        raise ValueError(
            f"{place}: expected an object with statement_id and quote, found {type(fields).__name__}"
        )
    for name in ("statement_id", "quote"):
        if not fields.get(name) or not _is_text(fields[name]):
            raise ValueError(f"{place}: field {name!r}: expected text, found {fields.get(name)!r}")
    offsets = [fields.get(name) for name in ("start", "end")]
    for name, offset in zip(("start", "end"), offsets, strict=True):
        if offset is not None and (isinstance(offset, bool) or not isinstance(offset, int) or offset < 0):
            raise ValueError(f"{place}: field {name!r}: expected a number from 0, found {offset!r}")
    version = fields.get("version") or ""
    if not _is_text(version):
        raise ValueError(f"{place}: field 'version': expected text, found {version!r}")
    return Claim(fields["statement_id"], fields["quote"], version, *offsets)


def _is_text(value: object) -> bool:
    """Half a surrogate pair, which JSON may hold, is no text: SQLite refuses it."""
    return isinstance(value, str) and not any("\ud800" <= char <= "\udfff" for char in value)


def read_claims(text: str, place: str) -> list[Claim]:
    """The claims of a JSON text: an answer, an object with `citations`, a list of citations, or one.

    Raises ValueError naming `place` and what was found.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{place}: no JSON: {error}") from error
    if isinstance(found, Mapping):
        found = found.get("citations", [found])
    if not isinstance(found, list) or not found:
        raise ValueError(f"{place}: no citations in it; expected an answer or a list of citations")
    return [read_claim(fields, f"{place}: citation {number}") for number, fields in enumerate(found, 1)]


def verify(
    store: Store, claims: Iterable[Claim], is_wanted: Callable[[], bool] = lambda: True
) -> list[Check]:
    """Check claims against one state of the store, in their order; TimeoutError once they are not wanted."""
    checks = []
    with store.reading():
        for claim in claims:
            if not is_wanted():
                raise TimeoutError("nobody waits for these checks any more")
            checks.append(_check(store, claim))
    return checks


def _check(store: Store, claim: Claim) -> Check:
    current = store.statement(claim.statement_id)
    if current is None:
        return Check(
            claim, "unknown_statement", f"no statement {claim.statement_id!r} here, or it was removed"
        )
    cited = store.statement(claim.statement_id, claim.version) if claim.version else current
    if cited is None:
        message = f"statement {claim.statement_id!r} never had version {claim.version[:12]}"
        return Check(claim, "unknown_version", message, current_version=current.version)
    match = match_quote(claim.quote, cited.text, claim.start, claim.end)
    is_newest = cited.version == current.version
    is_current = match.valid and (is_newest or match_quote(claim.quote, current.text).valid)
    status, message = _verdict(claim, match, cited, is_newest, is_current)
    return Check(claim, status, message, match.spans, match.difference, current.version, is_current)


def _verdict(
    claim: Claim, match: QuoteMatch, cited: Statement, is_newest: bool, is_current: bool
) -> tuple[CheckStatus, str]:
    if match.difference:
        return "altered", _where(match.difference)
    if not match.valid:
        return "absent", f"statement {cited.id!r} says nothing like it"
    if not is_newest:
        still = "the newer version still says it" if is_current else "the newer version no longer says it"
        return "superseded", f"quoted from an earlier version; {still}"
    if _is_elsewhere(claim, match, cited.text):
        places = ", ".join(f"{start}-{end}" for start, end in match.spans)
        return "misplaced", f"the quote stands at {places}, not at {claim.start}-{claim.end}"
    return (
        "valid",
        "quoted exactly"
        if match.verdict == "exact"
        else "quoted faithfully, with marked edits or typography",
    )


def _is_elsewhere(claim: Claim, match: QuoteMatch, text: str) -> bool:
    """Whether words lie between the given offsets and those of the quote."""
    if claim.start is None or claim.end is None:
        return False
    edges = ((claim.start, match.spans[0][0]), (claim.end, match.spans[-1][1]))
    return any(char.isalnum() for edge in edges for char in text[min(edge) : max(edge)])


def _where(difference: Difference) -> str:
    return (
        f"{difference.reason}: at character {difference.position} the quote has {difference.quoted!r},"
        f" the statement {difference.original!r}"
    )

"""The issuers of statements: their canonical names, and how texts speak of them.

The table is issuers.csv; cells hold several wordings separated by ";":
    name           the canonical name
    code           ISO 3166 alpha-3 code or acronym; for metadata, not looked for in texts
    kind           state, organisation, institution, other; or none: a phrase that holds an issuer's
                   name without meaning it ("South China Sea"), so that nothing is found inside it
    parent         the issuer an institution belongs to
    aliases        common, former and official names, acronyms and metonyms ("Burma", "Kremlin")
    capitals       seats that stand for a government ("Seoul")
    demonyms       adjectives and people ("Kenyan"); plurals in -s are understood
    metadata_only  spellings that metadata may use but a text may mean otherwise ("Korea", "General
                   Assembly"), other codes and misspellings; may repeat the name itself
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from corpus.statement import CorpusError

Form = Literal["name", "capital", "demonym"]

_TABLE = Path(__file__).with_name("issuers.csv")
_COLUMNS = ("name", "code", "kind", "parent", "aliases", "capitals", "demonyms", "metadata_only")
_KINDS = ("state", "organisation", "institution", "other", "none")
_MATCHED: dict[str, Form] = {"name": "name", "aliases": "name", "capitals": "capital", "demonyms": "demonym"}
_WORD = re.compile(r"[^\W_]+")
# One character for one, so that offsets into the plain text are offsets into the text.
_PLAIN = str.maketrans(
    dict.fromkeys("‘’ʻʼ´`", "'") | dict.fromkeys("‐‑‒–", "-") | dict.fromkeys("\t\n\r\u00a0\u202f", " ")
)
# "the Paris Agreement" speaks of a text or a meeting, not of the French government.
_INSTRUMENT = re.compile(
    r"\+\d| (?:(?:[A-Z][a-z]+|I+V?|climate|peace) )?"
    r"(?:(?:[Aa]greement|[Aa]ccord|[Cc]onvention|[Pp]rotocol|[Aa]mendment|[Pp]rinciple|[Cc]ommitment)s?"
    r"|[Tt]reaty|[Pp]act|[Ss]tatute|[Cc]lub|[Mm]emorandum|[Pp]rocess|[Cc]onsensus|[Cc]riteria"
    r"|Declaration|Platform|Programme|Program|Action|Initiative|Framework|Round|Act|Mechanism"
    r"|[Tt]alks|Strategy|Dialogue|Summit|Conference|Group|Format|Agenda|Package|Charter|Plan|Document)\b"
)
# Not issuers when a question is typed without capitals.
_ORDINARY_WORDS = ("chad", "commonwealth", "danish", "guinea", "lima", "polish", "quad", "swedes", "turkey")


@dataclass(frozen=True, slots=True)
class Mention:
    """An issuer spoken of in `text[start:end]`; acronyms and metonyms count as names."""

    issuer: str
    start: int
    end: int
    form: Form


@dataclass(frozen=True, slots=True)
class _Term:
    text: str
    issuer: str
    form: Form


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Issuers:
    """Built by `load_issuers`; terms are held by their first word, the longest first."""

    _names: Mapping[str, str]
    _parents: Mapping[str, str]
    _terms: Mapping[str, tuple[_Term, ...]]
    _lower_terms: Mapping[str, tuple[_Term, ...]]

    def canonical(self, name: str) -> str:
        """The canonical name for any wording or code of the table; an unknown name only loses outer space.

        Accents, punctuation and a leading "the" do not count, nor does case above three letters. A name
        may be inverted as ISO does it: "KOR", "south korea", "Korea, Republic of" -> "Republic of Korea".
        """
        stem, _, rest = name.partition(",")
        return self._names.get(_key(name)) or self._names.get(_key(f"{rest} {stem}")) or name.strip()

    def parent(self, issuer: str) -> str:
        """The issuer an institution belongs to, else "": "European Commission" -> "European Union"."""
        return self._parents.get(issuer, "")

    def find(self, text: str) -> tuple[Mention, ...]:
        """Mentions in order, the longest at each place; they never overlap. `text` is NFC.

        Case counts; in a text typed without any capitals, wordings of more than three letters that are no
        ordinary words ("turkey") are found all the same. Skipped are capitals that name a treaty or a meeting
        ("Paris Agreement"), and what may mean two issuers ("Korea", "Congolese", "Dominican").
        """
        plain = text.translate(_PLAIN)
        terms = self._lower_terms if plain.islower() else self._terms
        mentions = []
        end = 0
        for word in _WORD.finditer(plain):
            start = word.start()
            candidates = terms.get(word.group(), ()) if start >= end else ()
            term = next((term for term in candidates if _stands_at(term, plain, start)), None)
            if term is None:
                continue
            end = start + len(term.text)
            if term.issuer and not (term.form == "capital" and _is_instrument(plain, start, end)):
                mentions.append(Mention(term.issuer, start, end, term.form))
        return tuple(mentions)


def load_issuers(extra: Path | None = None) -> Issuers:
    """The packaged table, then the rows of `extra`: UTF-8 CSV, the same columns, all but `name` optional.

    A row of `extra` whose name is known extends that issuer, and its spelling becomes the canonical one; a
    wording of another issuer moves to the row; kind "none" takes an issuer out.
    Raises CorpusError naming file, line and field.
    """
    table = _Table()
    for path in (_TABLE, extra) if extra else (_TABLE,):
        rows = tuple(_read(path))
        _check_unique(rows)
        for row in rows:
            table.add(row)
        for row in rows:
            table.set_parent(row)
    terms = tuple(table.terms())
    lower = (_Term(term.text.lower(), term.issuer, term.form) for term in terms if _survives_lowering(term))
    return Issuers(table.names, table.parents, _by_first_word(terms), _by_first_word(lower))


@dataclass(frozen=True, slots=True)
class _Row:
    place: str
    cells: Mapping[str, tuple[str, ...]]

    @property
    def name(self) -> str:
        return self.cells["name"][0]

    @property
    def issuer(self) -> str:
        return "" if self.cells["kind"] == ("none",) else self.name

    def wordings(self) -> Iterator[tuple[str, str]]:
        for column in ("name", "code", "aliases", "capitals", "demonyms", "metadata_only"):
            for wording in self.cells[column]:
                yield column, wording


@dataclass(slots=True)
class _Table:
    """What the rows add up to: names by key; by key and text, the form of each wording looked for."""

    names: dict[str, str] = field(default_factory=dict)
    forms: dict[str, dict[str, Form]] = field(default_factory=lambda: defaultdict(dict))
    parents: dict[str, str] = field(default_factory=dict)

    def add(self, row: _Row) -> None:
        for column, wording in row.wordings():
            known = self.names.get(_key(wording))
            if known and known != row.issuer and (column == "name" or _key(known) == _key(wording)):
                self._rename(known, row.issuer)
            self.names[_key(wording)] = row.issuer
        for column, form in _MATCHED.items():
            for wording in row.cells[column]:
                self.forms[_key(wording)].setdefault(_plain(wording), form)
        for wording in row.cells["metadata_only"]:
            self.forms.pop(_key(wording), None)

    def _rename(self, old: str, new: str) -> None:
        """Keep `canonical(canonical(x)) == canonical(x)` when a row takes over an issuer's own name."""
        self.names = {key: new if name == old else name for key, name in self.names.items()}
        self.parents = {
            new if child == old else child: new if parent == old else parent
            for child, parent in self.parents.items()
        }

    def set_parent(self, row: _Row) -> None:
        for parent in row.cells["parent"]:
            if not self.names.get(_key(parent)):
                raise CorpusError(f"{row.place}: parent: {parent!r} has no row; add one for it")
            self.parents[row.name] = self.names[_key(parent)]

    def terms(self) -> Iterator[_Term]:
        for key, wordings in self.forms.items():
            for text, form in wordings.items():
                yield _Term(text, self.names[key], form)
                if form == "demonym" and text.endswith(("an", "i")):
                    yield _Term(text + "s", self.names[key], form)


def _read(path: Path) -> Iterator[_Row]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, restkey="", restval="", strict=True)
            header = reader.fieldnames or ()
            if "name" not in header or set(header) - set(_COLUMNS):
                raise CorpusError(f"{path}:1: columns {', '.join(header)!r}; accepted: {', '.join(_COLUMNS)}")
            for cells in reader:
                yield _row(f"{path}:{reader.line_num}", cells)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CorpusError(f"{path}: cannot be read as a UTF-8 CSV file: {error}") from error


def _row(place: str, cells: Mapping[str, str]) -> _Row:
    if "" in cells:
        raise CorpusError(f"{place}: more cells than columns ({cells['']}); quote a cell that holds a comma")
    split = {column: _wordings(cells.get(column, "")) for column in _COLUMNS}
    for column in ("name", "code", "kind", "parent"):
        if len(split[column]) > 1 or (column == "name" and not split[column]):
            raise CorpusError(f"{place}: {column}: {cells[column]!r}; accepted: one value")
    if not set(split["kind"]) <= set(_KINDS):
        raise CorpusError(f"{place}: kind: {cells['kind']!r}; accepted: {', '.join(_KINDS)}")
    row = _Row(place, split)
    for column, wording in row.wordings():
        if not _plain(wording)[:1].isalnum():
            raise CorpusError(f"{place}: {column}: {wording!r} does not start with a letter or a digit")
    return row


def _wordings(cell: str) -> tuple[str, ...]:
    return tuple(unicodedata.normalize("NFC", part.strip()) for part in cell.split(";") if part.strip())


def _check_unique(rows: tuple[_Row, ...]) -> None:
    owners: dict[str, _Row] = {}
    for row in rows:
        for column, wording in row.wordings():
            owner = owners.setdefault(_key(wording), row)
            if owner.name != row.name:
                raise CorpusError(
                    f"{row.place}: {column}: {wording!r} already stands for {owner.name!r} ({owner.place});"
                    " a wording has one issuer"
                )


def _key(name: str) -> str:
    """What `canonical` compares: "The Côte d’Ivoire" -> "cote d ivoire", "U.S." -> "US"."""
    letters = unicodedata.normalize("NFKD", name.replace("&", " and "))
    words = _WORD.findall("".join(c for c in letters if unicodedata.category(c) not in {"Mn", "Cf"}))
    if sum(map(len, words)) <= 3:
        return "".join(words)
    return " ".join(words).casefold().removeprefix("the ")


def _plain(wording: str) -> str:
    return " ".join(wording.translate(_PLAIN).split())


def _by_first_word(terms: Iterator[_Term] | tuple[_Term, ...]) -> Mapping[str, tuple[_Term, ...]]:
    held: dict[str, list[_Term]] = defaultdict(list)
    for term in sorted(terms, key=lambda term: (-len(term.text), term.text)):
        held[_WORD.findall(term.text)[0]].append(term)
    return {word: tuple(terms) for word, terms in held.items()}


def _survives_lowering(term: _Term) -> bool:
    """Whether a text without capitals may mean the term: not "us", "eu", "turkey"."""
    return not term.issuer or (len(term.text) > 3 and term.text.lower() not in _ORDINARY_WORDS)


def _stands_at(term: _Term, plain: str, start: int) -> bool:
    if not plain.startswith(term.text, start):
        return False
    end = start + len(term.text)
    following = plain[end : end + 1]
    return not (term.text[-1].isalnum() and (following.isalnum() or following == "$"))  # "US$" is money


def _is_instrument(plain: str, start: int, end: int) -> bool:
    # "the Brussels-Seoul agreement" is one between two governments.
    return plain[start - 1 : start] not in {"-", "/"} and _INSTRUMENT.match(plain, end) is not None

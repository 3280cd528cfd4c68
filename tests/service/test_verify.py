"""Citations checked against a store of several versions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.statement import Statement
from index.store import Store, open_store
from service.quotes import Difference
from service.verify import Check, Claim, read_claim, read_claims, verify
from tests.index.fakes import put

OLD = Statement("port", "We condemn the transfer of 250 rockets. We shall rebuild the harbour of Port Aurel.")
NEW = Statement("port", "We condemn the transfer of 250 rockets. We hope for a new harbour at Port Aurel.")
LONG = Statement(
    "long",
    "The two ministers met in the old town.\n\nThey agreed that the border shall not be closed, and that"
    " trade goes on. They thanked Zembla; its 12 ships had come in time.\n\n"
    "3. They will meet again in spring.",
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = open_store(tmp_path_factory.mktemp("data"), create=True)
    for statement in (OLD, NEW, LONG, Statement("gone", "We condemn the transfer of 250 rockets.")):
        put(store, statement)
    store.remove("gone")
    yield store
    store.close()


def check(store: Store, claim: Claim) -> Check:
    (only,) = verify(store, [claim])
    assert only.claim == claim
    return only


def test_an_exact_quote_is_valid(store: Store) -> None:
    claim = Claim("port", "We condemn the transfer of 250 rockets.", NEW.version, 0, 39)
    assert check(store, claim) == Check(
        claim, "valid", "quoted exactly", ((0, 39),), current_version=NEW.version, is_current=True
    )


def test_version_and_offsets_may_be_left_out(store: Store) -> None:
    found = check(store, Claim("port", "a new harbour"))
    start = NEW.text.index("a new harbour")
    assert (found.status, found.spans) == ("valid", ((start, start + 13),))


@pytest.mark.parametrize(
    ("quote", "pieces"),
    [
        ("They thanked Zembla … had come in time", ["They thanked Zembla", "had come in time"]),
        (
            "“The two ministers [of Zembla] met in the  old town.”",
            ["The two ministers", "met in the old town."],
        ),
        (
            "They [the ministers] agreed that the border shall not be closed",
            ["They", "agreed that the border shall not be closed"],
        ),
    ],
    ids=["ellipsis", "insertion and quotation marks", "explanation"],
)
def test_marked_edits_are_faithful(store: Store, quote: str, pieces: list[str]) -> None:
    found = check(store, Claim("long", quote))
    assert (found.status, found.message) == ("valid", "quoted faithfully, with marked edits or typography")
    assert [LONG.text[start:end] for start, end in found.spans] == pieces


def test_an_ellipsis_over_a_negation_is_altered(store: Store) -> None:
    found = check(store, Claim("long", "They agreed that the border … and that trade goes on"))
    assert (found.status, found.message) == (
        "altered",
        "a negation is omitted: at character 28 the quote has '…', the statement 'shall not be closed,'",
    )


def test_a_quote_elsewhere_is_misplaced(store: Store) -> None:
    found = check(store, Claim("port", "We condemn the transfer of 250 rockets.", NEW.version, 40, 79))
    assert (found.status, found.message, found.spans) == (
        "misplaced",
        "the quote stands at 0-39, not at 40-79",
        ((0, 39),),
    )


@pytest.mark.parametrize("place", [(0, 40), (0, 38)])
def test_a_space_or_stop_more_or_less_is_no_other_place(store: Store, place: tuple[int, int]) -> None:
    claim = Claim("port", "We condemn the transfer of 250 rockets", NEW.version, *place)
    assert check(store, claim).status == "valid"


@pytest.mark.parametrize(
    ("quote", "is_current", "message"),
    [
        (
            "We condemn the transfer of 250 rockets.",
            True,
            "quoted from an earlier version; the newer version still says it",
        ),
        (
            "We shall rebuild the harbour",
            False,
            "quoted from an earlier version; the newer version no longer says it",
        ),
    ],
)
def test_an_earlier_version_is_superseded(store: Store, quote: str, is_current: bool, message: str) -> None:
    found = check(store, Claim("port", quote, OLD.version))
    assert (found.status, found.message) == ("superseded", message)
    assert (found.is_current, found.current_version) == (is_current, NEW.version)
    assert [OLD.text[start:end] for start, end in found.spans] == [quote]


def test_what_only_the_newer_version_says_is_not_in_the_earlier(store: Store) -> None:
    claim = Claim("port", "We hope for a new harbour at Port Aurel.", OLD.version)
    assert check(store, claim).status == "absent"


@pytest.mark.parametrize(
    ("quote", "quoted", "original"),
    [
        ("We condemn the transfer of 350 rockets.", "350", "250"),
        ("We condemn the transfer of 250 torpedoes.", "torpedoes", "rockets"),
        ("We do not condemn the transfer of 250 rockets.", "do not", ""),
        ("We welcome the transfer of 250 rockets.", "welcome", "condemn"),
    ],
    ids=["number", "word", "negation", "strength"],
)
def test_changed_words_are_altered(store: Store, quote: str, quoted: str, original: str) -> None:
    found = check(store, Claim("port", quote))
    difference = found.difference
    assert found.status == "altered"
    assert isinstance(difference, Difference)
    assert (difference.quoted, difference.original) == (quoted, original)
    assert quote[difference.position :].startswith(quoted)
    assert found.message == (
        f"{difference.reason}: at character {difference.position} the quote has {quoted!r},"
        f" the statement {original!r}"
    )
    assert not found.is_current


def test_a_dropped_negation_is_altered(store: Store) -> None:
    found = check(
        store, Claim("long", "They agreed that the border shall be closed, and that trade goes on.")
    )
    assert found.status == "altered"
    assert found.difference is not None
    assert (found.difference.quoted, found.difference.original) == ("", "not")


def test_what_nobody_said_is_absent(store: Store) -> None:
    claim = Claim("port", "Green cheese is what the moon is made of.")
    assert check(store, claim) == Check(
        claim, "absent", "statement 'port' says nothing like it", current_version=NEW.version
    )


@pytest.mark.parametrize("name", ["gone", "never", "PORT", ""])
def test_unknown_and_removed_statements(store: Store, name: str) -> None:
    claim = Claim(name, "We condemn the transfer of 250 rockets.", OLD.version)
    message = f"no statement {name!r} here, or it was removed"
    assert check(store, claim) == Check(claim, "unknown_statement", message)


def test_an_unknown_version(store: Store) -> None:
    claim = Claim("port", "We condemn the transfer of 250 rockets.", LONG.version)
    message = f"statement 'port' never had version {LONG.version[:12]}"
    assert check(store, claim) == Check(claim, "unknown_version", message, current_version=NEW.version)


def test_checks_come_in_the_order_of_the_claims(store: Store) -> None:
    claims = [Claim("gone", "a"), Claim("port", "We condemn"), Claim("port", "The moon is made of cheese")]
    found = verify(store, claims)
    assert [one.status for one in found] == ["unknown_statement", "valid", "absent"]
    assert [one.claim for one in found] == claims
    assert verify(store, []) == []


@given(st.data())
def test_every_stored_sentence_is_valid_where_it_stands(store: Store, data: st.DataObject) -> None:
    rows = [row for row, _ in store.rows()]
    passage = data.draw(st.sampled_from(list(store.passages(rows).values())))
    sentence = data.draw(st.sampled_from(passage.passage.sentences))
    statement = store.statement(passage.statement_id)
    assert statement is not None
    quote = statement.text[sentence.start : sentence.end]
    claim = Claim(statement.id, quote, statement.version, sentence.start, sentence.end)
    found = check(store, claim)
    assert (found.status, found.message) == ("valid", "quoted exactly")
    assert found.spans == ((sentence.start, sentence.end),)


CITATION = {"n": 1, "statement_id": "port", "quote": "We condemn", "version": "v", "start": 0, "end": 10}
CLAIM = Claim("port", "We condemn", "v", 0, 10)


@pytest.mark.parametrize(
    ("found", "claims"),
    [
        (CITATION, [CLAIM]),
        ([CITATION, {"statement_id": "b", "quote": "q"}], [CLAIM, Claim("b", "q")]),
        ({"answer": "…", "status": "answered", "citations": [CITATION, CITATION]}, [CLAIM, CLAIM]),
        ({**CITATION, "version": None, "start": None}, [Claim("port", "We condemn", "", None, 10)]),
    ],
    ids=["one citation", "list", "answer", "nulls"],
)
def test_claims_of_json(found: object, claims: list[Claim]) -> None:
    assert read_claims(json.dumps(found), "a.json") == claims


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.json: no JSON: Expecting value: line 1 column 1 (char 0)"),
        ("{", "a.json: no JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("[]", "a.json: no citations in it; expected an answer or a list of citations"),
        ('{"citations": []}', "a.json: no citations in it; expected an answer or a list of citations"),
        ('{"citations": "x"}', "a.json: no citations in it; expected an answer or a list of citations"),
        ("3", "a.json: no citations in it; expected an answer or a list of citations"),
        ('["x"]', "a.json: citation 1: expected an object with statement_id and quote, found str"),
        ("{}", "a.json: citation 1: field 'statement_id': expected text, found None"),
        ('[{"statement_id": "a"}]', "a.json: citation 1: field 'quote': expected text, found None"),
    ],
)
def test_what_holds_no_citations(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  (the whole message is compared)
        read_claims(text, "a.json")
    assert str(caught.value) == message


def test_too_many_brackets() -> None:
    with pytest.raises(ValueError, match=r"^a\.json: no JSON: maximum recursion depth exceeded"):
        read_claims("[" * 100_000, "a.json")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("statement_id", 3, "field 'statement_id': expected text, found 3"),
        ("statement_id", "", "field 'statement_id': expected text, found ''"),
        ("statement_id", "\ud800", "field 'statement_id': expected text, found '\\ud800'"),
        ("quote", ["a"], "field 'quote': expected text, found ['a']"),
        ("quote", "half \udc00", "field 'quote': expected text, found 'half \\udc00'"),
        ("version", 7, "field 'version': expected text, found 7"),
        ("start", -1, "field 'start': expected a number from 0, found -1"),
        ("start", "0", "field 'start': expected a number from 0, found '0'"),
        ("end", 1.5, "field 'end': expected a number from 0, found 1.5"),
        ("end", True, "field 'end': expected a number from 0, found True"),
    ],
)
def test_wrong_fields(field: str, value: object, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        read_claim({**CITATION, field: value}, "citation 4")
    assert str(caught.value) == f"citation 4: {message}"


def test_offsets_beyond_the_text_do_no_harm(store: Store) -> None:
    assert check(store, Claim("port", "We condemn", NEW.version, 10**30, 10**30 + 5)).status == "misplaced"
    assert check(store, Claim("port", "We condemn", NEW.version, 10, 0)).status == "misplaced"


def test_checks_that_nobody_waits_for_end(tmp_path: Path) -> None:
    store = open_store(tmp_path, create=True)
    with pytest.raises(TimeoutError):
        verify(store, [Claim("a", "b")], lambda: False)
    assert verify(store, [], lambda: False) == []

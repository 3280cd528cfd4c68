"""What comes of each question, against the retriever and the answerer as they are used."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.indexes import Opened
from eval.rankings import BASELINES
from eval.run import DEPTH, Outcome, Retrieved, ask
from eval.suites.suite import GoldQuestion, Nugget, Span
from index.hits import Filters, Hit
from index.ranking import rank
from index.retriever import Found, Retriever
from service.answerer import Answerer
from service.confidence import Calibration
from tests.eval.asking import (
    ROWS,
    SHIPS,
    opening,
    write_beir,
    write_corpus,
    write_rows,
)
from tests.index.fakes import WORDS, WordEncoder

HALF = Calibration("words", 0.0, (0.0, 0.0, 0.0, 0.0), 0.4)  # .5 wherever there is evidence
NEVER = replace(HALF, threshold=0.6)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """Kenya and Haiti with the questions of both."""
    folder = tmp_path_factory.mktemp("run")
    corpus = write_corpus(folder / "corpus")
    with opening(write_rows(folder / "suite.jsonl"), folder / "data", [corpus], WordEncoder()) as found:
        yield found


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    """150 documents, each of other words."""
    folder = tmp_path_factory.mktemp("many")
    texts = {f"d{n:03}": f"{WORDS[n % 7]} and {WORDS[n % 5]} number {n} are asked." for n in range(150)}
    with opening(write_beir(folder / "many", texts), folder / "data", encoder=WordEncoder()) as found:
        yield found


@pytest.fixture(scope="module")
def plain(many: Opened) -> dict[str, Retriever]:
    """A retriever for each ranking of the 150; "" is the default."""
    parts = many.store, many.encoder, many.issuers
    return {name: Retriever(*parts, ranking) for name, ranking in {"": rank, **BASELINES}.items()}


def retrieved(hits: Sequence[Hit]) -> tuple[Retrieved, ...]:
    return tuple(
        Retrieved(
            Span(hit.statement.id, hit.passage.start, hit.passage.end), hit.passage.paragraph, hit.score
        )
        for hit in hits
    )


def place(opened: Opened, statement: str, quote: str) -> Span:
    start = opened.statements[statement].text.index(quote)
    return Span(statement, start, start + len(quote))


def asked(opened: Opened, *questions: GoldQuestion, calibration: Calibration = HALF) -> tuple[Outcome, ...]:
    return ask(questions, opened, calibration, with_baselines=True)


def test_each_question_with_all_that_came_of_it(opened: Opened) -> None:
    done: list[int] = []
    ships, both, debt = ask(opened.suite.questions, opened, HALF, progress=done.append)
    assert done == [1, 2, 3]
    assert [found.gold.id for found in (ships, both, debt)] == ["q1", "q2", "q3"]
    assert ships.found[0] == Retrieved(
        Span("kenya", *(opened.statements["kenya"].text.index("Two"), len(opened.statements["kenya"].text))),
        2,
        ships.found[0].score,
    )
    assert (ships.answered, ships.confidence, ships.baselines) == (True, 0.5, {})
    assert ships.question.terms == ("ships", "bring", "food")
    assert SHIPS in ships.citations[0].citation.quote
    assert (ships.citations[0].check, ships.citations[0].span.statement) == ("valid", "kenya")
    assert (ships.sentence_ranks, both.sentence_ranks, debt.sentence_ranks) == ((1,), (1, 1), ())


def test_what_is_not_answered_has_the_citations_it_would_have_had(opened: Opened) -> None:
    given = ask(opened.suite.questions, opened, HALF)
    refused = ask(opened.suite.questions, opened, NEVER)
    assert [outcome.answered for outcome in (*given, *refused)] == [True] * 3 + [False] * 3
    assert [replace(outcome, answered=True) for outcome in refused] == list(given)


@settings(max_examples=25)
@given(st.lists(st.sampled_from([*WORDS, "kenya", "asked", "2024", "number 7"]), min_size=1, max_size=4))
def test_everything_is_as_if_searched_by_itself(
    many: Opened, plain: dict[str, Retriever], words: list[str]
) -> None:
    text = " ".join(words)
    for outcome in asked(many, GoldQuestion("a", text), GoldQuestion("b", f"{text} and peace")):
        own = outcome.gold.text
        found = {name: retriever.search(own, DEPTH) for name, retriever in plain.items()}
        assert outcome.found == retrieved(found[""].hits)
        assert outcome.question == found[""].question
        assert outcome.baselines == {
            name: tuple(hit.span for hit in retrieved(found[name].hits)) for name in BASELINES
        }
        answer = Answerer(plain[""], HALF, {}).answer(own)
        assert tuple(cited.citation for cited in outcome.citations) == answer.citations
        assert (outcome.answered, outcome.confidence) == (answer.status == "answered", answer.confidence)


def test_passages_are_found_down_to_the_depth(many: Opened) -> None:
    (outcome,) = asked(many, GoldQuestion("a", "peace"))
    assert len(outcome.found) == 100
    assert len({found.span for found in outcome.found}) == 100
    scores = [found.score for found in outcome.found]
    assert scores == sorted(scores, reverse=True)
    assert len(outcome.baselines["dense"]) == 100
    # by words: the 22 of number 0, 7, ..., 147 and the 30 of 0, 5, ..., 145, of which 5 are both
    assert len(outcome.baselines["BM25"]) == 22 + 30 - 5


def test_a_question_does_not_find_itself(many: Opened) -> None:
    gold = GoldQuestion("d003", "Is number 3 asked?", relevant={"d004": 1})
    (plain,) = asked(many, gold)
    (other,) = asked(many, replace(gold, itself="d003"))
    before = [hit.span for hit in plain.found]
    assert before[0].statement == "d003"
    assert [hit.span for hit in other.found] == before[1:]
    for name, spans in plain.baselines.items():
        assert "d003" in {span.statement for span in spans}
        assert other.baselines[name] == tuple(span for span in spans if span.statement != "d003")


def test_a_question_is_searched_once(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    texts: list[str] = []
    original = Retriever.search

    def counting(retriever: Retriever, text: str, k: int, filters: Filters = Filters()) -> Found:  # noqa: B008
        texts.append(f"{text} {filters.statements}")
        return original(retriever, text, k, filters)

    monkeypatch.setattr(Retriever, "search", counting)
    ask(opened.suite.questions[:2], opened, NEVER, with_baselines=True)
    one, two = "How many ships bring food?", "What is said of peace and water?"
    assert texts == [f"{one} ()", f"{one} ('kenya',)", f"{two} ()", f"{two} ('kenya',)", f"{two} ('haiti',)"]


def test_the_rank_of_the_first_sentence_with_evidence(tmp_path: Path) -> None:
    ships, debt, health = "Two ships bring food.", "The debt of the port grows.", "Its health is bad."
    corpus = write_corpus(tmp_path / "corpus", {"port": f"{ships} {debt} {health}"})
    suite = write_rows(tmp_path / "suite.jsonl", ROWS[2:])
    with opening(suite, tmp_path / "data", [corpus], WordEncoder()) as opened:
        spans = [place(opened, "port", quote) for quote in (ships, debt, f"{ships} {debt} {health}")]
        ranks = [
            asked(opened, GoldQuestion("a", "Which ships?", nuggets=nuggets))[0].sentence_ranks
            for nuggets in (
                (Nugget("", (spans[0],)),),
                (Nugget("", (spans[1],)),),
                (Nugget("", (spans[1],)), Nugget("", (spans[0],))),
                (Nugget("", (spans[2],)),),  # of which each is a part
            )
        ]
        assert ranks[0] == ranks[2] == ranks[3] == (1,)
        assert ranks[1][0] in (2, 3)


def test_a_citation_that_the_statement_does_not_bear_out(opened: Opened) -> None:
    changed = {key: replace(found, text=f" {found.text}") for key, found in opened.statements.items()}
    for statements in (changed, {}):
        (outcome,) = ask(opened.suite.questions[:1], replace(opened, statements=statements), HALF)
        assert {cited.check for cited in outcome.citations} == {"inexact"}


def test_a_text_that_was_tampered_with(tmp_path: Path) -> None:
    corpus, suite = write_corpus(tmp_path / "corpus"), write_rows(tmp_path / "suite.jsonl", ROWS[2:])
    with opening(suite, tmp_path / "data", [corpus], WordEncoder()) as opened:
        folder = opened.store.folder
    with sqlite3.connect(folder / "statements.sqlite") as connection:
        connection.execute("UPDATE versions SET text = replace(text, 'Two', 'Ten')")
    connection.close()
    with opening(suite, folder) as opened:
        (outcome,) = asked(opened, GoldQuestion("a", "Which ships bring food?"))
        assert "Ten ships" in outcome.citations[0].citation.quote
        assert outcome.citations[0].check == "unknown_version"


def test_of_an_empty_index_nothing_is_found(tmp_path: Path) -> None:
    corpus, suite = write_corpus(tmp_path / "corpus"), write_rows(tmp_path / "suite.jsonl", ROWS[2:])
    with opening(suite, tmp_path / "data", [corpus], WordEncoder()):
        pass
    for path in corpus.iterdir():
        path.unlink()
    with opening(suite, tmp_path / "data", [corpus], WordEncoder()) as opened:
        (outcome,) = asked(opened, *opened.suite.questions)
    assert (outcome.found, outcome.citations, outcome.answered, outcome.confidence) == ((), (), False, 0.0)
    assert outcome.baselines == {"BM25": (), "dense": (), "RRF": ()}

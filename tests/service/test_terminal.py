"""What people read: exact renderings, and texts that try to steer the terminal."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from corpus.metadata import Metadata
from corpus.statement import Passage, Sentence, Speaker, Statement
from index.hits import Filters, Highlight, Hit
from index.outcome import Outcome
from index.rows import Entry
from service.answer import Answer, AnswerSentence, Citation, Dropped, Searched
from service.llm.support import Failure
from service.terminal import (
    add_progress,
    count_progress,
    safe,
    show_answer,
    show_checks,
    show_entries,
    show_hits,
    show_outcomes,
)
from service.verify import Check, Claim

TEXT = "We met.\n\nOur ports are open. Ships may come [bold]and go[/bold]. We are glad.\n\nThe end."
STATEMENT = Statement(
    "ports-2024", TEXT, "On ports", ("Zembla",), (Speaker("Ada Moor", "Minister", "Zembla"),), "2024-03"
)
HIT = Hit(
    7,
    STATEMENT,
    Passage(9, 79, 2, 2, (Sentence(9, 28), Sentence(29, 64), Sentence(65, 77))),
    0.75,
    (Highlight(Sentence(29, 64), 0.8), Highlight(Sentence(9, 28), 0.5), Highlight(Sentence(65, 77), 0.1)),
)
CITATION = Citation(
    n=1,
    statement_id=STATEMENT.id,
    version=STATEMENT.version,
    title=STATEMENT.title,
    issuers=STATEMENT.issuers,
    speakers=STATEMENT.speakers,
    date=STATEMENT.date,
    kind="",
    url="",
    paragraph=2,
    start=29,
    end=64,
    quote=TEXT[29:64],
    passage=(9, 79),
)
ANSWER = Answer(
    id="x",
    question="May ships come?",
    status="answered",
    confidence=0.815,
    answer="",
    sentences=(AnswerSentence("", (1,), 1.0),),
    citations=(CITATION,),
    searched=Searched(1, 3, Filters(issuers=("Zembla",), date_from="2024")),
    nearest=(),
    generator="extractive",
    models={},
    timings_ms={},
)


@pytest.fixture
def console() -> Console:
    return Console(file=StringIO(), width=100, force_terminal=False, highlight=False)


def printed(console: Console) -> str:
    """What was printed, without the spaces that rich puts at the ends of lines."""
    assert isinstance(console.file, StringIO)
    return "".join(f"{line.rstrip()}\n" for line in console.file.getvalue().splitlines())


def test_an_answer(console: Console) -> None:
    show_answer(console, ANSWER, lambda citation: TEXT)
    assert printed(console) == (
        "Ada Moor (Zembla), March 2024\n"
        "  [1] Our ports are open. “Ships may come [bold]and go[/bold].” We are glad.\n"
        f"      ports-2024, paragraph 2, characters 29–64, version {STATEMENT.version[:12]}\n"
        "\n"
        "confidence 0.81 · searched 1 statement, 3 passages · issuer Zembla · from 2024\n"
    )


def test_an_answer_of_a_language_model(console: Console) -> None:
    answer = replace(
        ANSWER,
        answer="Zembla says that ships may come. [1]\x1b",
        generator="llm",
        notice="Left out: 1 sentence.",
        dropped=(Dropped((Failure("name", "the name “X\x1b” is unknown"), Failure("quote", "no"))),),
    )
    show_answer(console, answer, lambda citation: TEXT)
    lines = printed(console).splitlines()
    assert lines[:3] == ["Zembla says that ships may come. [1]�", "", "Ada Moor (Zembla), March 2024"]
    assert lines[-3:-1] == [
        "Left out: 1 sentence.",
        "- left out: the name “X�” is unknown; no",
    ]


def test_a_notice_stands_below_the_quotes(console: Console) -> None:
    show_answer(console, replace(ANSWER, notice="The model is away."), lambda citation: TEXT)
    assert printed(console).splitlines()[-2] == "The model is away."


def test_quotes_of_one_statement_stand_below_one_name(console: Console) -> None:
    second = replace(CITATION, n=2, paragraph=0, start=0, end=7, quote="We met.", passage=(0, 9))
    show_answer(console, replace(ANSWER, citations=(CITATION, second)), lambda citation: TEXT)
    lines = printed(console).splitlines()
    assert lines.count("Ada Moor (Zembla), March 2024") == 1
    assert lines[4:6] == [
        "  [2] “We met.”",
        f"      ports-2024, title, characters 0–7, version {STATEMENT.version[:12]}",
    ]


def test_a_long_paragraph_is_clipped_around_its_quote(console: Console) -> None:
    text = "é" * 700 + " Here it is. " + "ü" * 700
    long = replace(CITATION, start=701, end=712, quote="Here it is.", passage=(0, len(text)))
    show_answer(console, replace(ANSWER, citations=(long,)), lambda citation: text)
    shown = printed(console)
    assert (shown.count("é"), shown.count("ü")) == (599, 599)  # and a space on each side of the quote
    assert "[1] …\n" in shown
    assert "Here it is." in shown
    assert " …\n      ports-2024" in shown


def test_not_found(console: Console) -> None:
    nothing = replace(ANSWER, status="not_found", confidence=0.2, citations=(), nearest=(HIT,) * 5)
    show_answer(console, nothing, lambda citation: TEXT)
    hit = (
        "- Ada Moor (Zembla), March 2024  0.750\n"
        "    Our ports are open. Ships may come [bold]and go[/bold]. We are glad.\n"
        "    ports-2024, paragraph 2, characters 9–77\n"
        "\n"
    )
    assert printed(console) == (
        "Not found in these statements.\n"
        "searched 1 statement, 3 passages · issuer Zembla · from 2024 · confidence 0.20\n"
        "The nearest passages, which do not answer it:\n" + 3 * hit
    )


def test_not_found_where_there_is_nothing(console: Console) -> None:
    nothing = replace(
        ANSWER, status="not_found", confidence=0.0, citations=(), searched=Searched(0, 0, Filters())
    )
    show_answer(console, nothing, lambda citation: "")
    assert printed(console) == (
        "No statement passes the filters.\nsearched 0 statements, 0 passages · confidence 0.00\n"
    )


def test_hits(console: Console) -> None:
    filters = Filters(("Zembla",), ("ports-2024", "b"), "2024-03", "2024-11-04", ("en",))
    show_hits(console, [HIT, HIT], Searched(1200, 34000, filters))
    assert printed(console).splitlines()[4:] == [
        "2. Ada Moor (Zembla), March 2024  0.750",
        "    Our ports are open. Ships may come [bold]and go[/bold]. We are glad.",
        "    ports-2024, paragraph 2, characters 9–77",
        "",
        "searched 1,200 statements, 34,000 passages · issuer Zembla · statement ports-2024 · statement b ·",
        "language en · from March 2024 · to 4 November 2024",
    ]


def test_checks(console: Console) -> None:
    claim = Claim("ports-2024", "Our [bold]ports[/bold]\nare open")
    unknown = Check(claim, "unknown_statement", "no such thing")
    show_checks(console, [Check(claim, "valid", "quoted exactly"), unknown])
    assert printed(console) == (
        "[1] valid  ports-2024: quoted exactly\n"
        "    Our [bold]ports[/bold] are open\n"
        "[2] unknown statement  ports-2024: no such thing\n"
        "    Our [bold]ports[/bold] are open\n"
    )


ENTRIES = (
    Entry("v", "a.txt", Metadata("a", "A [b]title[/b]", ("Zembla", "Brazil"), (), "2024-03")),
    Entry("v", "b.txt", Metadata("b" * 40, "T" * 90, ("I" * 40,), (), "2024")),
)


def test_entries_are_shortened_but_for_their_ids(console: Console) -> None:
    show_entries(console, ENTRIES)
    assert printed(console) == (
        f"{'id':40}  date     {'issuers':23}  title\n"
        f"{'a':40}  2024-03  {'Zembla, Brazil':23}  A [b]title[/b]\n"
        f"{'b' * 40}  2024     {'I' * 22}…  {'T' * 23}…\n"
    )


def test_entries_of_a_pipe_are_whole() -> None:
    console = Console(file=StringIO(), width=10_000, force_terminal=False)
    show_entries(console, ENTRIES)
    assert printed(console) == (
        f"{'id':40}  date     {'issuers':40}  title\n"
        f"{'a':40}  2024-03  {'Zembla, Brazil':40}  A [b]title[/b]\n"
        f"{'b' * 40}  2024     {'I' * 40}  {'T' * 90}\n"
    )


def test_outcomes(console: Console) -> None:
    errors = Console(file=StringIO(), width=40, force_terminal=False)
    why = "b.txt: empty; expected a text of at least one [letter]"
    outcomes = [Outcome("added", "a.txt", "a", 1200), Outcome("failed", "b.txt", error=why)]
    show_outcomes(console, errors, [*outcomes, Outcome("unchanged", "c.txt", "c")])
    assert printed(console) == "added 1, updated 0, unchanged 1, failed 1; 1,200 passages encoded\n"
    assert printed(errors) == f"failed {why}\n"


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("time.monotonic", clock)
    return clock


def test_a_log_hears_nothing_of_quick_work(console: Console, clock: Clock) -> None:
    with add_progress(console, 100) as encoded, count_progress(console, "asking", 8) as asked:
        clock.now += 9.5
        encoded(50.0, 3)
        asked(7)
    assert printed(console) == ""


def test_a_log_hears_of_encoding_once_a_minute(console: Console, clock: Clock) -> None:
    with add_progress(console, 2_000_000) as advance:
        for _ in range(15):
            clock.now += 10
            advance(12_345.5, 100)
    assert printed(console).splitlines() == [
        "encoding: 1 % of 2,000,000 characters, 100 passages, 10/s",
        "encoding: 4 % of 2,000,000 characters, 700 passages, 10/s",
        "encoding: 8 % of 2,000,000 characters, 1,300 passages, 10/s",
    ]


def test_a_log_hears_of_questions_once_a_minute(console: Console, clock: Clock) -> None:
    with count_progress(console, "asking", 1190) as advance:
        for done in range(0, 1190, 170):
            clock.now += 25
            advance(done)
    assert printed(console).splitlines() == [f"asking: {done} of 1,190" for done in (0, 510)] + [
        "asking: 1,020 of 1,190"
    ]


def test_a_terminal_has_a_bar_and_no_lines(clock: Clock) -> None:
    console = Console(file=StringIO(), width=100, force_terminal=True, force_interactive=False)
    with add_progress(console, 100) as encoded, count_progress(console, "asking", 8) as asked:
        clock.now += 600
        encoded(50.0, 3)
        asked(7)
    assert "encoding:" not in printed(console)
    assert "asking:" not in printed(console)


HOSTILE = "a\x1b[2J\x07\x9b1m\u202eb\u200b\x00\r\nc\u2028d\ud800"


def test_controls_are_shown_and_lines_are_joined() -> None:
    assert safe(HOSTILE) == "a\ufffd[2J\ufffd\ufffd1m\ufffdb\ufffd\ufffd c d\ufffd"
    assert safe("") == ""
    assert safe("Être – “ok” 日本") == "Être – “ok” 日本"


@given(st.text())
def test_nothing_that_steers_is_left(text: str) -> None:
    assert all(char.isprintable() or char == "\ufffd" for char in safe(text) if ord(char) < 0x300)
    assert safe(safe(text)) == safe(text)


def test_hostile_records_do_not_reach_the_terminal() -> None:
    """With colour on: what is left after rich's own colours holds no control character."""
    console = Console(file=StringIO(), width=100, force_terminal=True, color_system=None, highlight=False)
    statement = Statement(
        HOSTILE.replace("\ud800", ""), f"{HOSTILE[:-1]}. {HOSTILE[:-1]}", HOSTILE[:-1], (HOSTILE,)
    )
    hit = replace(HIT, statement=statement, passage=Passage(0, 15, 1, 1, (Sentence(0, 15),)))
    hit = replace(hit, highlights=(Highlight(Sentence(0, 15), 1.0),))
    filters = Filters((HOSTILE,), (HOSTILE,), languages=(HOSTILE,))
    citation = replace(CITATION, statement_id=HOSTILE, issuers=(HOSTILE,), speakers=(), quote=HOSTILE)
    claim = Claim(HOSTILE, HOSTILE)
    show_hits(console, [hit], Searched(1, 1, filters))
    show_answer(console, replace(ANSWER, citations=(citation,)), lambda _: statement.text)
    show_answer(console, replace(ANSWER, status="not_found", nearest=(hit,)), lambda _: "")
    show_checks(console, [Check(claim, "altered", HOSTILE)])
    show_entries(console, [Entry("v", HOSTILE, Metadata(HOSTILE, HOSTILE, (HOSTILE,)))])
    show_outcomes(console, console, [Outcome("failed", HOSTILE, error=HOSTILE)])
    shown = printed(console).replace("\x1b[1m", "").replace("\x1b[0m", "").replace("\x1b[2m", "")
    assert {char for char in shown if not char.isprintable()} <= {"\n"}
    assert shown.count("\ufffd[2J") >= 10

"""What is understood of a question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.issuers import load_issuers
from corpus.statement import Speaker, Statement
from index.question import Name, Question, understand
from index.speakers import speaker_names

ISSUERS = load_issuers()
STATEMENTS = (
    Statement("a", "", issuers=("Argentina",), speakers=(Speaker("Javier Milei", "President", "Argentina"),)),
    Statement("b", "", issuers=("Jordan",), speakers=(Speaker("Abdullah II ibn Al Hussein", "King"),)),
    Statement(
        "c", "", issuers=("Honduras",), speakers=(Speaker("Iris Xiomara Castro Sarmiento", "President"),)
    ),
    Statement("d", "", issuers=("Argentina",), speakers=(Speaker("Alberto Fernández", "President"),)),
    Statement("e", "", issuers=("Brazil",), speakers=(Speaker("Lula da Silva", "President"),)),
    Statement("f", "", issuers=("Senegal",), speakers=(Speaker("Macky Sall", "President"),)),
    Statement("g", "", issuers=("Mali",), speakers=(Speaker("Choguel Sall", "Minister"),)),
    Statement("h", "", issuers=("Japan", "Italy"), speakers=(Speaker("Fumio Kishida", "Prime Minister"),)),
)
SPEAKERS = speaker_names(STATEMENTS)


def ask(text: str) -> Question:
    return understand(text, ISSUERS, SPEAKERS)


def year(number: int) -> tuple[str, str]:
    return f"{number}-01-01", f"{number}-12-31"


def test_names_of_speakers() -> None:
    milei = speaker_names(STATEMENTS[:1])
    assert dict(milei) == dict.fromkeys(
        ("Javier Milei", "Milei", "President Javier", "President Milei"), "Argentina"
    )


def test_a_name_of_two_issuers_or_of_an_unknown_one_is_left_out() -> None:
    assert {name for name in SPEAKERS if "Sall" in name or "Kishida" in name} == {
        "Macky Sall",
        "President Sall",
        "Choguel Sall",
        "Minister Sall",
    }


@pytest.mark.parametrize(
    ("text", "issuers"),
    [
        ("Did Nairobi send Kenyan police to Haiti?", ("Kenya", "Haiti")),
        ("What does the European Commission want?", ("European Commission", "European Union")),
        ("Milei's plan", ("Argentina",)),
        ("Did Milei keep it when he took over from Fernandez?", ("Argentina",)),
        ("By King Abdullah’s count", ("Jordan",)),
        ("What kind of steering of AI does Lula want?", ("Brazil",)),
        ("President Sall on debt", ("Senegal",)),
        ("Castro on debt", ("Honduras",)),
        ("What did Fidel Castro say?", ()),
        ("a castro, in general", ()),
        ("climate neutrality: nepal versus sri lanka", ("Nepal", "Sri Lanka")),
        ("", ()),
    ],
)
def test_issuers(text: str, issuers: tuple[str, ...]) -> None:
    assert ask(text).issuers == issuers


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("in 2024", [year(2024)]),
        ("its September 2023 address", [("2023-09-01", "2023-09-30")]),
        ("on 4 November 2024", [("2024-11-04", "2024-11-04")]),
        ("on Nov. 4th, 2024", [("2024-11-04", "2024-11-04")]),
        ("the battles of 14-16 September 2022", [("2022-09-14", "2022-09-16")]),
        ("2024-11 and 2024-11-04", [("2024-11-01", "2024-11-30"), ("2024-11-04", "2024-11-04")]),
        ("which others, 2022-24", [year(2022), year(2023), year(2024)]),
        ("between 2022 and 2024", [year(2022), year(2023), year(2024)]),
        ("from 2022 through 2023 to 2024", [year(2022), year(2023), year(2024)]),
        ("in 2022 as after the coup, in 2024", [year(2022), year(2024)]),
        ("from 1946 to 2024", [("1946-01-01", "2024-12-31")]),
        ("31 February 2024", [("2024-02-01", "2024-02-29")]),
        ("2,024 people, 2024.5 and 12024", []),
        ("resolution 1718", []),
    ],
)
def test_dates(text: str, dates: list[tuple[str, str]]) -> None:
    assert list(ask(text).dates) == dates


def test_terms_are_content_words_without_issuers_and_dates() -> None:
    question = ask("Which 20 firms did Kenya's president name in 2024, and the U.S. firms' anti-gang plan?")
    assert question.terms == ("20", "firms", "president", "anti-gang", "plan")
    assert question.text.startswith("Which 20")


@pytest.mark.parametrize(
    ("text", "asks_who"),
    [
        ("Which other countries back Argentina's claim?", True),
        ("backing for Argentina's claim - which other countries, 2022-24", True),
        ("Which Latin American and Caribbean governments sent police to Haiti?", True),
        ("Which of the Baltic states spoke of Belarus?", True),
        ("Which speakers have called for it?", True),
        ("What do developing countries say about the EU's border charge?", True),
        ("Who else wants the veto gone?", True),
        ("Which countries does Kenya thank?", False),
        ("Which states has the European Union blamed?", False),
        ("What do the United States say about Haiti?", False),
        ("On what terms should the poorest states be able to borrow?", False),
        ("Which treaties are the Marshall Islands getting ready to join?", False),
        ("What does Kenya's government want?", False),
        ("I need what the president said, and what Kenya's government wants", False),
        ("What is the name of the minister?", False),
        ("Name two states that want the veto gone.", True),
        ("What line did its minister take?", False),
    ],
)
def test_a_question_may_ask_for_issuers(text: str, asks_who: bool) -> None:
    assert ask(text).asks_who is asks_who


@given(st.text())
def test_any_text_is_understood_the_same_way_twice(text: str) -> None:
    question = ask(text)
    assert question == ask(text)
    assert len(set(question.terms)) == len(question.terms)
    assert all(first <= last for first, last in question.dates)


@pytest.mark.parametrize(
    ("text", "matter"),
    [
        ("What did Kenya say of police in 2024?", "What did say of police in ?"),
        ("police for Haiti's capital", "police for 's capital"),
        ("sea level rise", "sea level rise"),
        ("Kenya, 2024?", "Kenya, 2024?"),
        ("Kenya 2023-2024", "Kenya 2023-2024"),
        ("What did Ukraine say about Russia?", "What did Ukraine say about Russia?"),
        ("What did Ukraine say about Russian ships?", "What did say about ships?"),
        ("", ""),
    ],
)
def test_matter_is_what_is_left_or_all(text: str, matter: str) -> None:
    assert ask(text).matter == matter


def test_names_tell_where_they_stand() -> None:
    question = ask("Milei or Brussels' European Commission, 2022-23?")
    texts = [question.text[name.start : name.end] for name in question.names]
    assert texts == ["Milei", "Brussels", "European Commission", "2022-23"]
    assert question.names[0] == Name(0, 5, ("Argentina",))
    assert question.names[2].issuers == ("European Commission", "European Union")
    assert question.names[3].dates == (year(2022), year(2023))
    assert question.without(question.names[3:]) == "Milei or Brussels' European Commission, ?"


@given(st.text())
def test_without_names_every_text_stays(text: str) -> None:
    question = ask(text)
    assert question.without(()) in (text, " ".join(text.split()))
    assert question.matter == question.without(question.names)

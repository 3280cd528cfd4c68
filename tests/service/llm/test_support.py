from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.llm.support import Failure, Shown, check_sentence, support

ABOUT = "Norway (Ola Nordmann, Foreign Minister), 2024-09-24. General Debate, 79th session"


def checks(
    sentence: str, *texts: str, about: str = ABOUT, question: str = "", similarity: float = 0.8
) -> list[str]:
    cited = [Shown(text, about) for text in texts]
    return [failure.check for failure in check_sentence(sentence, cited, question, similarity)]


def details(sentence: str, text: str, question: str = "") -> list[str]:
    return [found.detail for found in check_sentence(sentence, [Shown(text, ABOUT)], question, 0.8)]


def test_a_sentence_that_cites_nothing() -> None:
    found = check_sentence("Norway said so.", [], "", 1.0)
    assert found == (Failure("citation", "the sentence cites nothing"),)


SEA = "We will not let the northern sea become a zone of fear, and we say so to our neighbours."


@pytest.mark.parametrize(
    ("sentence", "failed"),
    [
        ("Norway would not let the sea become “a zone of fear”.", []),
        ('Norway would not let the sea become "a zone of fear."', []),
        ("Norway would not let the sea become «a zone of fear».", []),
        ("Norway would not let the sea become ‘a zone of fear’.", []),
        ("Norway would not let the “northern sea … a zone of fear”.", []),
        ("Norway would not let the sea become “a place of fear”.", ["quote"]),
        ("Norway would not let the sea become a zone of “fear”.", []),
        ("Norway would not let the sea become a zone of “terror”.", ["quote"]),
        ("Norway wouldn't let the neighbours' northern sea become a zone of fear.", []),
    ],
)
def test_quotes(sentence: str, failed: list[str]) -> None:
    assert checks(sentence, SEA) == failed


@pytest.mark.parametrize(
    ("written", "evidence", "passes"),
    [
        ("5,000 tons", "5000 tons", True),
        ("five thousand tons", "5 000 tons", True),
        ("5,001 tons", "5,000 tons", False),
        ("1.2 million tons", "1,200,000 tons", True),
        ("$1.2bn", "1.2 billion dollars", True),
        ("$5", "5 tons", False),
        ("5 million tons", "5 billion tons", False),
        ("30% of tons", "thirty per cent of tons", True),
        ("30 percent of tons", "30 tons", False),
        ("2,000 percent of tons", "two thousand per cent of tons", True),
        ("half of the tons", "50 percent of the tons", True),
        ("two-thirds of the tons", "2/3 of the tons", True),
        ("one third of the tons", "two thirds of the tons", False),
        ("10 percent of tons", "10 to 15 percent of tons", True),
        ("2 million tons", "between 2 and 3 million tons", True),
        ("twenty-five tons", "25 tons", True),
        ("two hundred and fifty thousand tons", "250,000 tons", True),
        ("one and a half million tons", "1.5 million tons", True),
        ("the 21st century of tons", "the twenty-first century of tons", True),
        ("thousands of tons", "tons", False),
        ("tens of thousands of tons", "tens of thousands of tons", True),
        ("tons in the 1990s", "tons in the 1980s", False),
        ("tons since 2019", "tons since 2018", False),
        ("one of the tons", "tons", True),
        ("tons of the 79th session", "tons", True),  # the heading has it
    ],
)
def test_numbers(written: str, evidence: str, passes: bool) -> None:
    failed = checks(
        f"Norway shipped {written} of northern grain.", f"We shipped {evidence} of northern grain."
    )
    assert failed == ([] if passes else ["number"])


def test_a_number_that_changes_places() -> None:
    text = "The plan begins in 2003 with elections and ends in 2005 with statehood."
    assert details("The plan begins in 2005 with elections.", text) == [
        "the number “2005” stands elsewhere in the evidence"
    ]
    assert details("The plan ends in 2005 with statehood.", text) == []


@pytest.mark.parametrize(
    ("written", "evidence", "passes"),
    [
        ("November 4, 2024", "4 November 2024", True),
        ("2024-11-04", "the 4th of November 2024", True),
        ("4 Nov. 2024", "November 4, 2024", True),
        ("November 2024", "4 November 2024", True),
        ("4 November 2024", "November 2024", False),
        ("4 November 2023", "4 November 2024", False),
        ("5 November 2024", "4 November 2024", False),
        ("6 November", "4-6 November", True),
        ("4 November 2024", "4 November", True),  # the heading has the year
        ("24 September 2024", "the day of talks", True),  # the heading has the day
    ],
)
def test_dates(written: str, evidence: str, passes: bool) -> None:
    failed = checks(
        f"The talks on the ceasefire closed on {written}.",
        f"The talks on the ceasefire closed on {evidence}.",
    )
    assert failed == ([] if passes else ["date"])


@pytest.mark.parametrize(
    ("sentence", "failed"),
    [
        ("Norway thanked Seoul for the grain.", []),
        ("Nordmann thanked South Korea for the grain.", []),
        ("Oslo thanked the Republic of Korea for the grain.", []),
        ("Norway thanked Pyongyang for the grain.", ["name"]),
        ("Norway thanked Korea's Minister Lindqvist for the grain.", ["name"]),
        ("Moreover, the grain helped the African people.", []),
        ("It thanked the WFP for the grain.", []),
        ("It thanked the IMF for the grain.", ["name"]),
        ("Lindqvist thanked the African people for the grain.", ["name"]),
    ],
)
def test_names(sentence: str, failed: list[str]) -> None:
    text = (
        "We thank the Republic of Korea and the World Food Programme: the grain helped the people of Africa."
    )
    assert checks(sentence, text) == failed


def test_a_name_that_only_the_question_has() -> None:
    found = details("Norway thanked Chile for the grain.", "We are thankful for the grain.", "What of Chile?")
    assert found == ["the name “Chile” is only in the question"]


def test_who_says_it() -> None:
    text = "The grain of Chile reached us, and we are thankful for the grain."
    assert details("Chile said that the grain reached it.", text) == ["“Chile” is not who says it"]
    assert checks("Chile said that the grain reached Norway.", "Chile said that the grain reached us.") == []


def test_names_that_change_places() -> None:
    text = "At dawn Chile helped Kenya with the harvest."
    assert details("At dawn Kenya helped Chile with the harvest.", text) == [
        "the name “Kenya” stands elsewhere in the evidence",
        "the name “Chile” stands elsewhere in the evidence",
    ]


def test_negation_and_strength_are_checked() -> None:
    assert checks("Norway supports the sea blockade.", "We do not support the sea blockade.") == ["negation"]
    assert checks("Norway condemned the sea blockade.", "We are concerned about the sea blockade.") == [
        "strength"
    ]


def test_support_is_half_cosine_half_words() -> None:
    cited = [Shown("The harvest failed.", "Norway, 2024")]
    # harvest and Norway of harvest, Norway, burn, quick: 2 of 4; .5 * .6 + .5 * .5
    assert support("Norway's harvest burned quickly.", cited, 0.6) == pytest.approx(0.55)
    assert support("", cited, -0.3) == 0.0
    assert support("The harvest failed.", cited, 1.2) == 1.0
    assert checks("Its schools opened early.", "The harvest failed.", similarity=0.1) == ["support"]


WORDS = "we do not support the 1,200 ships and two-thirds of Kenya condemned 4 November 2024 never urge half"
SAYINGS = st.lists(st.sampled_from(WORDS.split()), min_size=3).map(" ".join)


@settings(deadline=None)  # the first example loads the tables
@given(SAYINGS)
def test_a_copy_passes(text: str) -> None:
    assert checks(text, text, similarity=0.0) == []


@settings(deadline=None)  # the first example loads the tables
@given(st.text(), st.text(), st.text(), st.floats(-1, 1))
def test_any_text_is_judged(sentence: str, text: str, about: str, similarity: float) -> None:
    cited = [Shown(text, about)]
    assert 0 <= support(sentence, cited, similarity) <= 1
    assert all("\n" not in found.check for found in check_sentence(sentence, cited, "", similarity))


def test_part_of_a_sentence_is_no_copy() -> None:
    assert checks("support the sea blockade.", "We do not support the sea blockade.") == ["negation"]

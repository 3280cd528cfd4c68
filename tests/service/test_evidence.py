from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.hits import Hit
from index.question import Question
from service.asked import has_kind, in_scope, is_quotable, names_asked, stem, strayed
from service.evidence import choose
from service.sentences import ranked_sentences
from tests.service.asking import make_hit, make_statement

WATER = "Wells and pipes bring clean water to the villages."
ROADS = "Asphalt now reaches every county seat of the north."
TEACHERS = "Young teachers earn twice what they did before."


def quotes(question: Question, *hits: Hit) -> list[str]:
    return [found.quote for found in choose(question, hits)]


def test_the_sentence_most_like_the_question_is_chosen() -> None:
    found = choose(Question("Is there water?"), [make_hit((ROADS, 0.1), (WATER, 0.8), (TEACHERS, 0.1))])
    assert [(evidence.quote, evidence.start, evidence.end) for evidence in found] == [(WATER, 52, 102)]
    # nobody is asked by name, so neighbours count for nothing; .1 as no kind of thing is asked for
    assert found[0].score == pytest.approx(0.8 + 0.1)


def test_a_weaker_passage_counts_less_than_its_sentence() -> None:
    near = make_hit((ROADS, 0.6), row=1, score=1.0)
    far = make_hit((WATER, 0.7), row=2, score=0.5, id="b")
    assert quotes(Question("What is built?"), near, far) == [ROADS]


def test_a_number_is_preferred_where_one_is_asked_for() -> None:
    with_number = "The army has 400 engineers in the field."
    hits = [make_hit((WATER, 0.5), row=1), make_hit((with_number, 0.49), row=2, id="b")]
    best = max(choose(Question("How many engineers are there?"), hits), key=lambda found: found.score)
    assert best.quote == with_number
    assert best.score == pytest.approx(0.49 + 0.1 + 0.05)


def test_neighbours_count_where_one_issuer_is_asked() -> None:
    question = Question("Does Kenya have water?", issuers=("Kenya",))
    ranked = ranked_sentences(
        question, [make_hit((ROADS, 0.3), ("Wells.", 0.9), (WATER, 0.5), (TEACHERS, 0.7))]
    )
    # what is not worth quoting is no neighbour; .4 of what the better one has more, .1 for no kind asked for
    assert [(found.text, found.place) for found in ranked] == [(TEACHERS, 3), (WATER, 2), (ROADS, 0)]
    assert [found.own for found in ranked] == pytest.approx([0.8, 0.6, 0.4])
    assert [found.score for found in ranked] == pytest.approx([0.8 - 0.08, 0.6 + 0.08, 0.4])


@pytest.mark.parametrize(
    ("question", "gain"),
    [
        (Question("Who drinks water?", terms=("drinks", "water")), 0.8 / 2),
        # the name is a word that the sentence lacks, unless the heading has it
        (Question("Who in Peru drinks water?", issuers=("Peru",), terms=("drinks", "water")), 0.8 / 3),
        (Question("Who in Kenya drinks water?", issuers=("Kenya",), terms=("drinks", "water")), 0.1 / 2),
        (Question("Who else?", issuers=("Kenya",), terms=("drinks", "water"), asks_who=True), 0.8 / 2),
        (Question("In 2024?", dates=(("2024-01-01", "2024-12-31"),), terms=("drinks", "water")), 0.1 / 2),
        (Question("In 1950?", dates=(("1950-01-01", "1950-12-31"),), terms=("drinks", "water")), 0.8 / 3),
    ],
)
def test_words_weigh_more_in_an_open_question(question: Question, gain: float) -> None:
    hits = [make_hit((WATER, 0.5), row=1), make_hit((TEACHERS, 0.5), row=2, id="b")]
    score = {found.text: found.score for found in ranked_sentences(question, hits)}
    assert score[WATER] - score[TEACHERS] == pytest.approx(gain)


@pytest.mark.parametrize(
    ("text", "states", "asks"),
    [
        ("Clean water comes to the villages.", 0, 0),
        ("12. Clean water comes to the villages.", 0, 0),
        ("Clean water comes to 40 villages.", 1, 0),
        ("Clean water cannot come to the villages.", 1, 0),
        ("Clean water doesn’t come to the villages.", 1, 0),
        ("A survey found clean water in the villages.", 1, 0),
        ("Thus no water comes to 40 villages.", 3, 0),
        ("Who brings clean water to the villages?", 0, 1),
        ("Why is there no water in the villages?”", 1, 1),
    ],
)
def test_a_sentence_that_states_ranks_above_one_that_asks(text: str, states: int, asks: int) -> None:
    hits = [make_hit((text, 0.5))]
    (anyone,) = ranked_sentences(Question("Is there food?"), hits)
    assert anyone.score == pytest.approx(0.5 + 0.1 + 0.05 * states - 0.1 * asks)
    (named,) = ranked_sentences(Question("Is there food?", issuers=("Kenya",)), hits)
    assert named.score == pytest.approx(0.5 + 0.1 + 0.03 * states - 0.1 * asks)


def test_ranked_sentences_know_their_place_and_ties_go_by_row() -> None:
    hits = [make_hit((WATER, 0.5), row=2, id="b"), make_hit(("Thank you.", 0.9), (WATER, 0.5), row=1)]
    ranked = ranked_sentences(Question("Is there food?"), hits)
    assert [(found.hit.row, found.place, found.sentence.start) for found in ranked] == [(1, 1, 11), (2, 0, 0)]
    assert {found.text for found in ranked} == {WATER}


def test_a_sentence_that_repeats_another_is_left_out() -> None:
    again = "Wells and pipes bring clean water to all the villages."
    hits = [make_hit((WATER, 0.8), row=1), make_hit((again, 0.79), row=2, id="b", date="2023")]
    assert quotes(Question("Is there water?"), *hits) == [WATER]


def test_this_brings_the_sentence_before_it() -> None:
    leaning = "This halved the price of bread within a year."
    assert quotes(Question("Is bread cheap?"), make_hit((ROADS, 0.0), (leaning, 0.8))) == [
        f"{ROADS} {leaning}"
    ]


def test_neighbours_that_answer_nearly_as_well_are_one_quote() -> None:
    assert quotes(Question("What is done?"), make_hit((WATER, 0.8), (ROADS, 0.75))) == [f"{WATER} {ROADS}"]


def test_each_issuer_asked_about_gets_its_share_in_the_order_of_the_question() -> None:
    question = Question("How do Chile and Kenya differ on roads?", issuers=("Chile", "Kenya"))
    kenya = make_hit((ROADS, 0.8), row=1)
    chile = make_hit((TEACHERS, 0.6), row=2, id="c", issuers=("Chile",))
    peru = make_hit((WATER, 0.8), row=3, id="p", issuers=("Peru",))
    assert quotes(question, kenya, chile, peru) == [TEACHERS, ROADS]


def test_each_date_asked_about_gets_its_share_oldest_first() -> None:
    years = (("2022-01-01", "2022-12-31"), ("2024-01-01", "2024-12-31"))
    question = Question("How did the plans change from 2022 to 2024?", dates=years)
    new = make_hit((ROADS, 0.8), row=1, date="2024")
    old = make_hit((WATER, 0.65), row=2, id="b", date="2022")
    between = make_hit((TEACHERS, 0.8), row=3, id="c", date="2023")
    assert quotes(question, new, old, between) == [WATER, ROADS]


def test_a_question_for_issuers_gets_one_sentence_of_each() -> None:
    question = Question("Which countries build?", asks_who=True)
    texts = [f"{name} builds {thing}." for name, thing in (("Peru", "wide roads"), ("Laos", "deep wells"))]
    hits = [make_hit((text, 0.8), row=row, id=text, issuers=(text[:4],)) for row, text in enumerate(texts)]
    assert quotes(question, *hits) == texts


def test_a_title_line_answers_who_and_little_else() -> None:
    title = make_hit(("Joint Statement by Minister Ada Bold and Minister Ben Cole", 0.6), row=1, paragraph=0)
    body = make_hit((WATER, 0.5), row=2, id="b")
    assert choose(Question("Who signed it?"), [title, body])[0].hit is title
    assert quotes(Question("What is said of water?", terms=("water",)), title, body) == [WATER]


def test_no_hits_give_no_evidence() -> None:
    assert choose(Question("Is there water?"), []) == ()


def test_page_furniture_and_greetings_are_no_evidence() -> None:
    hits = [make_hit(("- 12 -", 0.9), ("Mr. President, Excellencies,", 0.9), ("24-12345 (E)", 0.9))]
    assert choose(Question("Is there water?"), hits) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("---", False), ("12 13 14 15", False), ("Thank you, Mr. President.", False), (WATER, True)],
)
def test_quotable(text: str, expected: bool) -> None:
    assert is_quotable(text) is expected


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("How many troops were sent?", "They sent 40 soldiers.", True),
        ("How many troops were sent?", "They sent soldiers in 2023.", False),
        ("When is the vote?", "The vote is in December.", True),
        ("What share of it is sea?", "Some 40 per cent is sea.", True),
        ("Which sanctions were adopted?", "We adopted a plan.", False),
        ("Why is it so?", "It is so.", True),
    ],
)
def test_kind_asked_for(question: str, text: str, expected: bool) -> None:
    assert has_kind(Question(question), text) is expected


def test_names_are_capitals_inside_sentences_and_numbers() -> None:
    assert names_asked(Question("What did I hear Minister Bold say of SDG 14?")) == {
        "minister",
        "bold",
        "sdg",
        "14",
    }


@pytest.mark.parametrize(
    ("word", "expected"), [("condemned", "condemn"), ("Villages", "villag"), ("gas", "gas")]
)
def test_stem(word: str, expected: str) -> None:
    assert stem(word) == expected


@pytest.mark.parametrize(
    ("question", "issuers", "expected"),
    [
        (Question("What does Chile say?", issuers=("Chile",)), ("Kenya",), False),
        (
            Question("What does the joint statement say of Chile?", issuers=("Chile",)),
            ("Kenya", "Peru"),
            True,
        ),
        (Question("What does the joint statement say?"), ("Kenya",), False),
        (Question("Who else backs Chile?", issuers=("Chile",), asks_who=True), ("Kenya",), True),
        (Question("And in 2023?", dates=(("2023-01-01", "2023-12-31"),)), ("Kenya",), False),
    ],
)
def test_scope(question: Question, issuers: tuple[str, ...], expected: bool) -> None:
    assert in_scope(question, make_statement(WATER, issuers=issuers)) is expected


SENTENCES = st.sampled_from([WATER, ROADS, TEACHERS, "This is so.", "- 3 -", "It rained for 40 days."])
PASSAGES = st.lists(st.tuples(SENTENCES, st.floats(-1, 1)), min_size=1, max_size=4)


@given(st.lists(st.tuples(PASSAGES, st.floats(0, 2), st.sampled_from(["2022", "2023"])), max_size=6))
def test_evidence_is_quotable_apart_and_independent_of_the_order_of_hits(
    drawn: list[tuple[list[tuple[str, float]], float, str]],
) -> None:
    hits = [
        make_hit(*sentences, row=row, score=score, id=str(row), date=date)
        for row, (sentences, score, date) in enumerate(drawn)
    ]
    found = choose(Question("How many days did it rain?", terms=("days", "rain")), hits)
    assert found == choose(Question("How many days did it rain?", terms=("days", "rain")), hits[::-1])
    assert sum(len(evidence.sentences) for evidence in found) <= 9
    for evidence in found:
        assert evidence.quote == evidence.hit.statement.text[evidence.start : evidence.end]
        assert all(is_quotable(sentence) for sentence in evidence.quote.split("- 3 -") if sentence.strip())
    spans = sorted((evidence.hit.row, evidence.start, evidence.end) for evidence in found)
    assert all(a[0] < b[0] or a[2] < b[1] for a, b in pairwise(spans))


def test_whoever_is_asked_about_another_is_quoted_and_not_the_other() -> None:
    asked = make_hit(("We stand with Haiti in this hour.", 0.5), row=0, id="k", issuers=("Kenya",))
    other = make_hit(("Kenya has agreed to lead the mission.", 0.55), row=1, id="h", issuers=("Haiti",))
    named = ("Kenya", "Haiti")
    about = Question("What did Kenya say about Haiti?", issuers=named)
    before = Question("On Kenya, what did Haiti say?", issuers=named)
    both = Question("What did Kenya and Haiti say?", issuers=named)
    assert [strayed(about, hit.statement) for hit in (asked, other)] == [0, 1]
    assert [strayed(before, hit.statement) for hit in (asked, other)] == [0, 0]
    assert [strayed(both, hit.statement) for hit in (asked, other)] == [0, 0]
    institution = Question(
        "What does the European Commission say about Chad?",
        issuers=("European Commission", "European Union", "Chad"),
    )
    union = make_hit(("We met.", 0.5), issuers=("European Union",))
    assert strayed(institution, union.statement) == 0

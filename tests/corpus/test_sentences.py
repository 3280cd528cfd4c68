from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.sentences import ended, goes_on, sentence_spans

# Labelled by hand: "‖" stands where one sentence ends and the next one starts.
LABELLED = (
    "H.E. Mr. Tomas Varga opened the debate. ‖He spoke for the region.",
    "We thank H.E. Ms. Ana Lopes, and H. E. Dr. Okoro. ‖They led us well.",
    "Our thanks go to Mr. Ban Ki-moon. ‖Mr. Annan preceded him.",
    "Messrs. Adams and Brown met Mmes. Curie and Diop. ‖They agreed.",
    "Prof. J. F. Keller and Gen. A. B. Osei signed it. ‖The Rev. Martin Luther King, Jr. had a dream.",
    "The late John F. Kennedy spoke here. ‖So did Dag H. Hammarskjold.",
    "St. Lucia and St. Vincent joined Ft. Collins. ‖All three voted.",
    "Sr. Gomez and Mme. Petit arrived. ‖Hon. Lee did not.",
    "Lt. Col. Reyes and Capt. Moor report to Sgt. Hill. ‖They serve in blue helmets.",
    "We met President Vladimir V. Putin. ‖It was brief.",
    "The U.S. delegation abstained. ‖The U.K. did not.",
    "We left the U.S. ‖We returned to Geneva.",
    "The U.N. Charter binds us. ‖It binds the U.S.S.R. as well.",
    "Acme Corp. and Bolt Ltd. supply Delta Inc. with parts. ‖That must end.",
    "Relations between the U.S. Government and Cuba improved. ‖We welcome it.",
    "Resolution No. 1718 (2006) stands. ‖Nos. 4 and 5 lapsed.",
    "See para. 4 of the report. ‖Paras. 5 and 6 differ.",
    "Under Art. 51 of the Charter, self-defence is inherent. ‖Art. 2 forbids force.",
    "It was adopted last year (A/58/PV.7, p.5). ‖We voted for it.",
    "He said so in 1994 (A/49/PV.3, p. 12). ‖Nobody replied.",
    "See vol. 3, pp. 4-9, fig. 2 and sect. IV. ‖The rest is annexed.",
    "Growth reached 3.5 per cent. ‖Debt fell by 1.2 billion.",
    "It costs $4.5 billion a year. ‖That is 0.7 per cent of income.",
    "It was signed on 4 Nov. 2024 in Seoul. ‖It entered into force in Jan. 2025.",
    "We adopted it in 2015. ‖In 2030 it ends.",
    "There were 193. ‖Only 2 were absent.",
    "[Resolution 2625 (XXV).] ‖We recall it.",
    "The Council so decided [resolution 242 (1967)]. ‖It still binds.",
    "Some States, e.g. Malta, are islands. ‖Others, i.e. Chad, are not.",
    "Food, water, medicine, etc. are scarce. ‖Aid is late.",
    "They need food, water, etc. ‖We shall send it.",
    "Israel vs. the rest is no answer. ‖Nor is war v. peace.",
    "The figure (approx. 40 per cent) is high. ‖Cf. the annex.",
    "Viet Nam et al. sponsored it. ‖We did too.",
    "1. We met in Paris. ‖We agreed.",
    "33.\tThe Council failed. ‖It must act.",
    "12. Mr. President, we agree. ‖Thank you.",
    "We propose three steps: ‖\n1. Stop the war. ‖\n2. Feed the hungry. ‖\n3. Talk.",
    "a. We must act. ‖\nb. We must pay.",
    "(a) The first aim is peace. ‖(b) The second is bread.",
    "III. The path ahead is long. ‖It is steep.",
    "We ask for: ‖\n• food; ‖\n• water; ‖\n• peace.",
    "Our aims are: ‖\n- to end hunger ‖\n- to end war",
    "First, to stop the fire; second, to free the captives; third, to rebuild. ‖That is all.",
    "He said, “We shall overcome.” ‖We did.",
    'He said: "Enough." ‖Nobody moved.',
    "“Peace is a duty”. ‖So it was written.",
    "“Who will act?” he asked. ‖“We will!” they said.",
    "“We are one. ‖We are many.” ‖That was our song.",
    "(This is an aside.) ‖We go on.",
    "It is over (we hope). ‖It was long.",
    "He asked (who would not?) for help. ‖It came.",
    "The Charter says “We the peoples ...”. ‖It does not say States.",
    "“No more war!” ‖That was the cry.",
    "She wrote: 'Let them live.' ‖They live.",
    "I address you today… ‖And I am glad.",
    "We waited... ‖Nobody came.",
    "We waited ... and waited. ‖Nobody came.",
    "He paused… then he spoke. ‖We listened.",
    "What now? ‖Who acts? ‖Nobody!",
    "Never again!! ‖Really?! ‖Yes.",
    "Let me be clear: we will not yield. ‖Not now.",
    "Peace - real peace - is near. ‖Hope is not lost.",
    "Mr. President,\nwe thank you. ‖You are\nkind to us.",
    "The peoples of the\nUnited Nations met Mr.\nVarga in Geneva. ‖They\nagreed.",
    "The first point ends here. ‖\nThe second starts here.",
    "A heading without a stop ‖\n\nThe text follows. ‖It goes on.",
    "One line… ‖\n\nand another one.",
    "The rights of all ‖\n\nThe duties of some",
    "The work of the\n\nCouncil is slow and its results\n\nare few. ‖We regret it.",
    "Excellencies, ‖\n\nLadies and gentlemen, ‖\n\nWe meet in hard times.",
    "They defend their rights.‖The Council does not. ‖It waits.",
    "It ended in war.‖Nobody won.",
    "It is over ! ‖We go home .  ‖Good night .",
    "See www.un.org for the text. ‖Write to info@un.org today.",
    "The vote (10 to 2, with 3 abstentions) carried. ‖It was close.",
    "**We must act.** ‖**Now.**",
    "It is so in law. so that we may act. ‖We do.",
    "Peace be upon you. ‖السلام عليكم. ‖Thank you.",
    "Thank you, Mr. President. ‖I thank you, Sir. ‖Long live the U.N.!",
    "Nous sommes réunis. ‖M. Dupont a parlé. ‖Merci.",
    "我们聚集一堂。‖和平是责任！‖谢谢。",
    "हम मिले। ‖शांति कर्तव्य है।",
)

# What is still read wrongly; a change that mends one of these shows here.
MISSED = (
    "He lives in Washington, D.C. ‖His family is in St. John's.",
    "It entered the U.N. in 1945. ‖In the U.N. We trust.",
    "The session opened at 10.30 a.m. on Monday. ‖It closed at 6 p.m. ‖Nobody objected.",
    "Some 1. 5 million fled. ‖They need help.",
    "“Peace.” (A/58/PV.7, p. 3) ‖We recall it.",
    "Yahoo! is a company, said nobody. ‖Enough.",
)


def sentences(text: str, one_paragraph: bool = False) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, 0, len(text), one_paragraph)]


def labelled(passage: str) -> list[str]:
    return [part.strip() for part in passage.split("‖")]


@pytest.mark.parametrize("passage", LABELLED)
def test_labelled_sentences(passage: str) -> None:
    assert sentences(passage.replace("‖", "")) == labelled(passage)


@pytest.mark.parametrize("passage", MISSED)
def test_known_misses(passage: str) -> None:
    assert sentences(passage.replace("‖", "")) != labelled(passage)


def test_spans_point_into_the_whole_text() -> None:
    text = "Before. We met Mr. Varga. He agreed. After."
    assert sentence_spans(text, 8, 36) == [(8, 25), (26, 36)]


def test_blank_lines_in_one_paragraph_part_only_after_a_stop() -> None:
    text = "We thank the Economic\n\nForum for its work.\n\n7\n\nIt goes on."
    assert sentences(text) == ["We thank the Economic", "Forum for its work.", "7", "It goes on."]
    assert sentences(text, one_paragraph=True) == [
        "We thank the Economic\n\nForum for its work.",
        "7",
        "It goes on.",
    ]


def test_page_numbers_inside_a_sentence_do_not_end_it() -> None:
    text = "The state of the\n10/25 15-29664\n\f\n01/10/2015 A/70/PV.23\nworld is grave. We act."
    assert sentences(text) == [text[: text.index(" We act")], "We act."]


def test_numbers_alone_on_their_line_belong_to_what_follows() -> None:
    assert sentences("33.\n\nThe Council failed. It must act.") == [
        "33.\n\nThe Council failed.",
        "It must act.",
    ]


def test_dash_in_a_wrapped_line_is_no_list_item() -> None:
    assert sentences("We want peace\n- a just peace -\nand bread.") == [
        "We want peace\n- a just peace -\nand bread."
    ]


def test_initial_and_number_at_the_head_of_a_wrapped_line_are_no_list_items() -> None:
    text = "I thank President Thomas\nA. Okoro, who read page\n12. The vote is due."
    assert sentences(text)[0].startswith("I thank President Thomas\nA. Okoro, who read page\n12.")


@pytest.mark.parametrize(
    ("line", "following", "expected"),
    [
        ("in the name of", "Europe", True),
        ("we shall", "act", True),
        ("we agreed.", "and left", False),
        ("Excellencies,", "We meet", False),
        ("our aims", "- peace", False),
        ("", "peace", False),
    ],
)
def test_goes_on(line: str, following: str, expected: bool) -> None:
    assert goes_on(line, following) is expected


def test_ended() -> None:
    closed = ["We agreed.", "“Enough!” ", "(so it is.)", "three aims:", "和平。", "**Thank you.**"]
    open_ended = ["Excellencies,", "The Road Ahead", "", "(A/58/PV.7)"]
    assert [ended(line) for line in closed + open_ended] == [True] * 6 + [False] * 4


@given(st.text(alphabet=st.sampled_from('aB.!?…\n\t ,:;-•3("”。Mr')), st.integers(0, 9), st.booleans())
def test_spans_cover_every_visible_character_once(text: str, skip: int, one_paragraph: bool) -> None:
    start = min(skip, len(text))
    spans = sentence_spans(text, start, len(text), one_paragraph)
    assert spans == sentence_spans(text, start, len(text), one_paragraph)
    assert all(text[low:high] == text[low:high].strip() != "" for low, high in spans)
    edges = [start, *(edge for span in spans for edge in span), len(text)]
    assert edges == sorted(edges)
    assert all(not text[low:high].strip() for low, high in list(pairwise(edges))[::2])


@pytest.mark.parametrize(
    "unit", ["The work goes on, Mr. Smith says. ", "word ", "a", '.”"', "Mr. ", ". ", "- a\n"]
)
def test_one_long_line_is_cut_in_linear_time(unit: str) -> None:
    text = unit * (400_000 // len(unit))
    spans = sentence_spans(text, 0, len(text))  # a quadratic pass takes minutes
    assert spans[0][0] == 0
    assert spans[-1][1] == len(text.rstrip())


def test_windows_do_not_show() -> None:
    sentence = "The work of the U.N. goes on, Mr. Smith says in No. 7. "
    text = sentence * 1_000
    assert sentence_spans(text, 0, len(text)) == [
        (first, first + len(sentence) - 1) for first in range(0, len(text), len(sentence))
    ]

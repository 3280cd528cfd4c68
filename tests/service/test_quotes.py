from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.edits import MARKS, OMISSION
from service.quotes import QuoteMatch, match_quote

TEXT = (
    "The two ministers met in Port Aurel on 3 May.\n"
    "We condemn in the strongest terms Zembla’s continued unlawful transfers of 40 long-range rockets to "
    "its neighbour, and the deploy\u00adment of 2,500 troops along the river. Zembla cannot and will never "
    "have the status of an observer State. It must withdraw within ten days. We are concerned about the "
    "rules-based order “as we know it” — and about co-\noperation on fi\ufb01shing. Growth fell by -2.5 per "
    "cent, not by 25. The Council did not meet in March. We will rebuild the harbour, the road and the "
    "school before winter comes."
)

FAITHFUL = {
    "white space": "The two  ministers\nmet in Port\u00a0Aurel",
    "enclosing marks": "“Zembla cannot and will never have the status”",
    "straight apostrophe": "strongest terms Zembla's continued unlawful transfers",
    "soft hyphen left out": "the deployment of 2,500 troops",
    "soft hyphen put in": "unlaw\u00adful transfers",
    "line-end hyphen left out": "about cooperation on",
    "line-end hyphen kept": "about co-operation on",
    "line-end hyphen put in": "the two minis-\nters met",
    "other hyphen": "40 long‑range rockets",
    "other dash": "“as we know it”–and about",
    "other quotation marks": '"as we know it" — and',
    "ligature undone": "on fifishing",
    "look-alike letters": "unl\u0430wful tr\u0430nsfers",
    "first letter": "we condemn in the strongest terms",
    "bracketed first letter": "[w]e condemn in the strongest terms",
    "bracketed letter inside": "and the school before [W]inter comes",
    "ellipsis": "We condemn in the strongest terms … the deployment of 2,500 troops",
    "bracketed ellipsis": "We condemn [...] Zembla’s continued unlawful transfers",
    "dots": "We will rebuild the harbour, ... and the school",
    "sentences left out": "The two ministers met in Port Aurel … We are concerned about the rules-based",
    "whole sentence with a not": "Growth fell by -2.5 per cent, not by 25. … We will rebuild the harbour",
    "ellipses around": "… We will rebuild the harbour …",
    "insertion": "It must withdraw [from the river] within ten days",
    "sic": "Zembla cannot [sic] and will never have",
    "pronoun replaced": "within ten days. [The ministers] are concerned about",
    "subject replaced": "[Zembla] must withdraw within ten days",
    "another ending": "the school[s] before winter com[ing]",
    "comma before the closing mark": "“We will rebuild the harbour, the road,”",
}

SPAN_OF = {
    "ellipsis": ["We condemn in the strongest terms", "the deploy\u00adment of 2,500 troops"],
    "line-end hyphen left out": ["about co-\noperation on"],
    "pronoun replaced": ["within ten days.", "are concerned about"],
    "ligature undone": ["on fi\ufb01shing"],
    "ellipses around": ["We will rebuild the harbour"],
}

ALTERED = [  # the quote, what it has, what the text has, why not
    ("We condemn in the mildest terms", "mildest", "strongest", "the wording differs"),
    ("the deployment of 2,600 troops along", "2,600", "2,500", "a number is changed"),
    ("It must withdraw within nine days", "nine", "ten", "a number is changed"),
    ("Growth fell by 2.5 per cent", "2.5", "-2.5", "a number is changed"),
    ("It must not withdraw within ten days", "not", "", "a negation is added"),
    ("The Council did meet in March", "", "not", "a negation is omitted"),
    ("Zembla can and will never have the status", "can", "cannot", "a negation is omitted"),
    ("The Council … meet in March", "…", "did not", "a negation is omitted"),
    ("The Council [did] meet in March", "[did]", "did not", "a negation is omitted"),
    ("It must withdraw [not] within ten days", "[not]", "", "a negation is added"),
    ("It must withdraw within [20] days", "[20]", "ten", "a number is omitted"),
    ("We [regret] in the strongest terms", "[regret]", "condemn", "a word of stance is omitted"),
    ("harbour, the Road and", "Road", "road", "upper and lower case differ"),
    ("continued transfers of 40 long-range", "", "unlawful", "words are left out without an ellipsis"),
    ("the road and the old school before", "old", "", "words are added"),
    ("lawful transfers of 40 long-range rockets", "lawful", "unlawful", "the wording differs"),
]


@pytest.mark.parametrize("name", FAITHFUL)
def test_a_marked_or_typographic_edit_is_faithful(name: str) -> None:
    match = match_quote(FAITHFUL[name], TEXT)
    assert (match.verdict, match.difference) == ("faithful", None)
    if name in SPAN_OF:
        assert [TEXT[start:end] for start, end in match.spans] == SPAN_OF[name]


@pytest.mark.parametrize(("quote", "quoted", "original", "reason"), ALTERED)
def test_a_changed_quote_is_altered_and_the_place_is_named(
    quote: str, quoted: str, original: str, reason: str
) -> None:
    match = match_quote(quote, TEXT)
    assert match.verdict == "altered"
    assert match.difference is not None
    found = match.difference
    assert (found.quoted, found.original, found.reason) == (quoted, original, reason)
    assert quote[found.position :].startswith(quoted)
    assert all(original in TEXT[start:end] or quote.startswith(quoted) for start, end in match.spans)


@pytest.mark.parametrize(
    ("quote", "original", "reason"),
    [
        ("40 long range rockets", "40 long-range rockets", "spaces or hyphens differ"),
        ("[Zembla] will never have the status", "will never have the status", "a negation is omitted"),
    ],
)
def test_a_refusal_that_is_no_single_word_shows_the_passage(quote: str, original: str, reason: str) -> None:
    difference = match_quote(quote, TEXT).difference
    assert difference is not None
    assert difference.reason == reason
    assert difference.original == original


def test_exact_quotes_are_found_where_they_were_said_to_be() -> None:
    text = "We agree. They object. We agree."
    assert match_quote("We agree.", text) == QuoteMatch("exact", ((0, 9),))
    assert match_quote("We agree.", text, 23, 32) == QuoteMatch("exact", ((23, 32),))
    assert match_quote("We  agree.", text, 23, 32) == QuoteMatch("faithful", ((23, 32),))
    assert match_quote("They object.", text, 23, 32) == QuoteMatch("exact", ((10, 22),))
    assert match_quote("We agree.", text, 900, 909) == QuoteMatch("exact", ((0, 9),))


@pytest.mark.parametrize(
    "quote", ["", " ", "…", "[...] … (...)", "“”", "[Zembla]", "The moon is made of green cheese"]
)
def test_what_is_not_there_is_absent(quote: str) -> None:
    assert match_quote(quote, TEXT) == QuoteMatch("absent")
    assert match_quote(quote, "") == QuoteMatch("absent")


@pytest.mark.parametrize(
    ("quote", "why"),
    [
        ("the … in … terms … the", "single words"),
        ("We condemn … will rebuild the harbour", "two words on one side of several sentences"),
        ("unlawful transfers … The two ministers met in Port Aurel", "the wrong order"),
        ("[We] must [condemn] the [road]", "more brackets than words"),
        (" … ".join(["the deployment", "of 2,500", "troops along"] * MARKS), "too many omissions"),
        ("ten day", "a cut word"),
        ("Zembla can", "a cut negation"),
        ("5 per cent", "a cut number"),
        ("2.5 per cent", "a cut sign"),
        ("10 per cent", "another number"),
    ],
)
def test_stitched_and_cut_quotes_are_refused(quote: str, why: str) -> None:
    assert not match_quote(quote, TEXT).valid, why


def test_an_ellipsis_stands_for_so_many_characters_and_no_more() -> None:
    left, right = "We condemn the transfers of rockets", "and the deployment of the troops"
    for length, verdict in ((OMISSION, "faithful"), (OMISSION + 1, "altered")):
        text = f"{left} {'x' * (length - 2)} {right}"
        assert match_quote(f"{left} … {right}", text).verdict == verdict
    assert match_quote(f"{left} … {right}", f"{left}.\n\nAnother statement.", 0, 5).verdict == "altered"


def test_brackets_of_the_text_are_its_own_words() -> None:
    text = "I spoke to [President Ada] Moor and to [Chancellor Bo] Lind about harbours."
    assert match_quote("“I spoke to\n[President Ada] Moor and”", text).verdict == "faithful"
    assert match_quote("I spoke to [President Ada] … [Chancellor Bo] Lind about", text).verdict == "faithful"
    assert match_quote("I spoke to [Senator Ada] Moor and … Lind about harbours", text).verdict == "altered"


def test_brackets_hide_no_number_beside_the_quote() -> None:
    text = "We ended the shock of PLAN-19 in the spring."
    assert match_quote("the shock of PLAN-[20]", text).verdict == "altered"
    assert match_quote("for resolution ES-11/[2]", "We voted for resolution ES-11/1.").verdict == "altered"
    assert match_quote("the shock of [the crisis]", text.replace("-19", "")).verdict == "faithful"


def test_a_superscript_is_not_a_digit() -> None:
    assert match_quote("a limit of 102 tonnes", "They set a limit of 10² tonnes today").verdict == "altered"


@pytest.mark.parametrize(
    "quote",
    [
        "…" * 10_000,
        "[" * 10_000,
        "[a] " * 2_500,
        "of the … " * 1_100,
        "a-\n" * 3_300,
        "of the [x] " * 15 + "of the",
        ". " * 5_000,
    ],
    ids=["ellipses", "open brackets", "brackets", "omissions", "line ends", "insertions", "dots"],
)
def test_hostile_quotes_end(quote: str) -> None:
    assert not match_quote(quote, f"{TEXT} " * 200).valid  # backtracking would take for ever


WORDS = [
    "harbour",
    "treaty",
    "border",
    "winter",
    "signal",
    "copper",
    "orchard",
    "lantern",
    "timber",
    "velvet",
]
texts = st.lists(st.sampled_from(WORDS), min_size=4, max_size=40)


@given(texts, st.data())
def test_every_run_of_words_is_exact(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first + 1, len(words)))
    quote = " ".join(words[first:last])
    start = len(" ".join([*words[:first], ""]))
    assert match_quote(quote, text, start, start + len(quote)) == QuoteMatch(
        "exact", ((start, start + len(quote)),)
    )
    ((begin, end),) = match_quote(quote, text).spans
    assert text[begin:end] == quote


@given(
    texts, st.integers(0, 39), st.sampled_from(["quarrel", "never", "12", "Harbour", "harbours", "unsigned"])
)
def test_no_quote_with_another_word_is_valid(words: list[str], at: int, other: str) -> None:
    text = " ".join(["it", *words])
    changed = [*words[: at % len(words)], other, *words[at % len(words) + 1 :]]
    match = match_quote(" ".join(["it", *changed]), text)
    assert not match.valid
    if match.difference and len(set(words)) == len(words):  # else it may align with a repetition
        assert match.difference.quoted == other


@given(texts, st.randoms(use_true_random=False))
def test_typography_changes_no_words(words: list[str], chance: random.Random) -> None:
    text = " ".join(words)
    noisy = "".join(chance.choice([" ", "\n", "\u00a0 "]) if char == " " else char for char in text)
    noisy = re.sub("(?<=r)(?=e)|(?<=n)(?=t)", lambda _: chance.choice(["", "\u00ad", "-\n"]), noisy)
    match = match_quote(f"“{noisy}”", text)
    assert (match.verdict, match.spans) == ("faithful", ((0, len(text)),))


@given(
    st.text(alphabet="ab1 .,…[]-'\n\u00adﬁ²é", max_size=40),
    st.text(alphabet="ab1 .,…-'\n\u00adﬁ²é", max_size=60),
)
def test_spans_lie_in_the_text_in_order(quote: str, text: str) -> None:
    match = match_quote(quote, text)
    flat = [offset for span in match.spans for offset in span]
    assert flat == sorted(flat)
    assert all(0 <= start < end <= len(text) for start, end in match.spans)
    assert (match.difference is not None) == (match.verdict == "altered")


def _speech(chance: random.Random) -> str:
    names, verbs = (
        ["The Council", "Our region", "Zembla", "This Assembly"],
        ["supports", "will rebuild", "has signed", "must protect"],
    )
    lines = []
    for _ in range(30):
        said = " ".join(chance.sample(WORDS, 6))
        lines.append(
            f"{chance.choice(names)} {chance.choice(verbs)} {said} and its {chance.randint(2, 99)} ports."
        )
    return " ".join(lines)


def _honest(words: list[str], chance: random.Random) -> str:
    at = chance.randrange(3, len(words) - 4)
    edited = chance.choice(
        [
            [*words[:at], "…", *words[at + 1 :]],
            [*words[:at], "[...]", *words[at + 1 :]],
            [*words[:at], "[sic]", *words[at:]],
            [f"[{words[0][0].lower()}]{words[0][1:]}", *words[1:]],
            ["“" + words[0], *words[1:], "…”"],
        ]
    )
    return chance.choice([" ", "\n", "  "]).join(edited)


def _bad(words: list[str], other: list[str], chance: random.Random) -> str:
    at = chance.randrange(3, len(words) - 4)
    edited = chance.choice(
        [
            [*words[:at], "glacier", *words[at + 1 :]],
            [*words[:at], "not", *words[at:]],
            [*words[:at], "[not]", *words[at:]],
            [*words[:-2], "100", words[-1]],
            [*words[:-2], "[100]", words[-1]],
            [*words[:at], words[at + 1], words[at], *words[at + 2 :]],
            [*words[:at], *words[at + 1 :]],
            [*words, "…", *other],
        ]
    )
    return " ".join(edited)


def test_a_bench_of_honest_and_bad_quotes() -> None:
    chance = random.Random(11)
    speech, elsewhere = _speech(chance), _speech(chance)
    sentences, others = speech.split(". "), elsewhere.split(". ")
    rejected, accepted = [], []
    for _ in range(150):
        words = chance.choice(sentences).rstrip(".").split()
        honest, bad = _honest(words, chance), _bad(words, chance.choice(others).split(), chance)
        rejected += [] if match_quote(honest, speech).valid else [honest]
        accepted += [bad] if match_quote(bad, speech).valid else []
    assert (rejected, accepted) == ([], [])

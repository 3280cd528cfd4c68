from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.statement import CorpusError
from service.llm.content import words
from service.llm.negation import contradiction
from service.llm.strength import load_rows, misjudged, wordings


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("we condemn it", [("concern", {6.0})]),
        ("its condemnation of the raid", [("concern", {6.0})]),
        ("we strongly condemn it", [("concern", {6.5})]),
        ("condemns in the strongest terms", [("concern", {6.5})]),
        ("we are deeply concerned by it", [("concern", {3.5})]),
        ("concerning the raid", []),
        ("we call upon them", [("demand", {3.0})]),
        ("urged them", [("demand", {4.0})]),
        ("they must leave", [("demand", {3.0, 4.0, 5.0})]),
        ("we urge them and welcome it", [("demand", {4.0}), ("support", {3.0})]),
        ("said and stated", []),
    ],
)
def test_wordings(text: str, found: list[tuple[str, set[float]]]) -> None:
    assert [(one.scale, set(one.ranks)) for one in wordings(text)] == found


@pytest.mark.parametrize(
    ("sentence", "evidence", "problem"),
    [
        (
            "It condemned the raid.",
            "We express concern over the raid.",
            "“condemned” is stronger than “concern”",
        ),
        ("It voiced concern over the raid.", "We condemn the raid.", "“concern” is weaker than “condemn”"),
        ("It condemned the raid.", "We strongly condemn the raid.", "“condemned” is weaker than “condemn”"),
        ("It demanded a truce.", "We call for a truce.", "“demanded” is stronger than “call for”"),
        ("It invited them to a truce.", "We urge them to a truce.", "“invited” is weaker than “urge”"),
        ("It pledged a truce.", "We intend a truce.", "“pledged” is stronger than “intend”"),
        ("It supports the truce.", "We reject the truce.", "“supports” is stronger than “reject”"),
        ("It acknowledged the truce.", "We support the truce.", "“acknowledged” is weaker than “support”"),
        ("It deplored the raid.", "The raid lasted for days.", "“deplored” is stronger than anything"),
        ("Its condemnation of the raid stands.", "We condemn the raid.", ""),
        ("It called for a truce.", "We must have a truce.", ""),
        ("It says the raid ended.", "We condemn the raid, which ended.", ""),
        ("With the support of Chile it eats.", "We welcome Chile.", ""),
    ],
)
def test_misjudged(sentence: str, evidence: str, problem: str) -> None:
    found = misjudged(sentence, [evidence])
    assert found == (f"{problem} in the evidence" if problem else "")


def test_wording_is_compared_with_what_is_said_on_the_same_matter() -> None:
    evidence = [
        "We condemn the raid on the harbour at dawn.",
        "We are concerned about the price of wheat in our villages.",
    ]
    assert misjudged("It condemned the raid on the harbour.", evidence) == ""
    assert misjudged("It condemned the price of wheat in its villages.", evidence) == (
        "“condemned” is stronger than “are concerned” in the evidence"
    )


@pytest.mark.parametrize(
    ("sentence", "evidence", "problem"),
    [
        ("It supports the sea blockade.", "We do not support the sea blockade.", "not … support"),
        ("It did not support the sea blockade.", "We support the sea blockade.", "not … support"),
        ("It will not support the blockade.", "We refuse to support the blockade.", ""),
        ("It found the raid not acceptable.", "The raid is unacceptable.", ""),
        ("It spoke with proof of guilt.", "We speak without proof of guilt.", "without … proof"),
        ("It agreed to sign the pact.", "It has failed to sign the pact.", "failed to … sign"),
        ("Peace is a need, not a luxury good.", "Peace is a need rather than a luxury good.", ""),
        ("It supports not only peace talks.", "We support peace talks.", ""),
        ("It helped the harvest.", "We helped the harvest and did not sleep.", ""),
    ],
)
def test_contradiction(sentence: str, evidence: str, problem: str) -> None:
    found = contradiction(sentence, [evidence])
    where = (
        "sentence, not in the evidence" if problem and "not" in sentence else "evidence, not in the sentence"
    )
    assert found == (f"“{problem}” is denied in the {where}" if problem else "")


def test_words() -> None:
    assert words("The talks that failed must denuclearize") == ["talk", "fail", "denucleariz"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("scale,rank\n", "columns ['scale', 'rank']; accepted: scale, rank, phrase, wordings, use"),
        ("scale,rank,phrase,wordings,use\nconcern,high,x,x,act\n", "rank: 'high'; accepted: a number"),
        ("scale,rank,phrase,wordings,use\nconcern,1,x,x,yes\n", "use: 'yes'; accepted: act, word, basis"),
        ("scale,rank,phrase,wordings,use\nconcern,1,x,;,act\n", "wordings: nothing; accepted"),
    ],
)
def test_a_table_that_is_wrong(tmp_path: Path, lines: str, message: str) -> None:
    table = tmp_path / "strength.csv"
    table.write_text(lines, encoding="utf-8")
    with pytest.raises(CorpusError) as raised:
        load_rows(table)
    assert message in str(raised.value)
    assert str(table) in str(raised.value)


WORDS = "we condemn strongly support the raid never urge welcome truce"


@settings(deadline=None)  # the first example loads the tables
@given(st.lists(st.sampled_from(WORDS.split()), unique=True))
def test_a_text_agrees_with_itself(sayings: list[str]) -> None:
    text = " ".join(sayings)
    assert (misjudged(text, [text]), contradiction(text, [text])) == ("", "")

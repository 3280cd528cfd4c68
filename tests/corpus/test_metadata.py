from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.clues import confirmed, from_heading, from_name, kind_of
from corpus.metadata import (
    Metadata,
    checked_id,
    from_fields,
    language_code,
    merge,
    one_line,
    statement,
    web_address,
)
from corpus.statement import CorpusError, Speaker
from tests.corpus.reading import EU, ROK, FewNames

NAMES = FewNames()
LONG = "The ministers met and agreed on a programme of work. " * 5


def test_every_field_that_people_write() -> None:
    fields = {
        "id": "a-1",
        "Title": " Joint\nStatement ",
        "issuers": ["EU", "South Korea"],
        "speakers": [{"name": "Ana Silva", "post": "Minister", "issuer": "EU"}, "Kim Min-ji"],
        "date": "4 November 2024",
        "kind": "Joint Statement",
        "language": "en-GB",
        "url": "https://example.org/a",
        "unknown": [1, 2],
    }
    assert from_fields(fields, "f:1") == Metadata(
        id="a-1",
        title="Joint Statement",
        issuers=("EU", "South Korea"),
        speakers=(Speaker("Ana Silva", "Minister", "EU"), Speaker("Kim Min-ji")),
        date="2024-11-04",
        kind="joint statement",
        language="en",
        url="https://example.org/a",
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"country": "Brazil"}, Metadata(issuers=("Brazil",))),
        ({"organisation": "EU; NATO"}, Metadata(issuers=("EU", "NATO"))),
        ({"issuer": None, "country": "Brazil"}, Metadata(issuers=("Brazil",))),
        ({"_id": 7}, Metadata(id="7")),
        ({"year": 2024}, Metadata(date="2024")),
        ({"date": "2024-11", "year": 2024}, Metadata(date="2024-11")),
        ({"speaker": "Mr; Silva", "post": "Head"}, Metadata(speakers=(Speaker("Mr; Silva", "Head"),))),
        ({"speakers": "A; B", "posts": "; Head"}, Metadata(speakers=(Speaker("A"), Speaker("B", "Head")))),
        ({"post": "Head"}, Metadata()),
        ({"title": "  ", "date": "", "url": None, "issuers": []}, Metadata()),
    ],
)
def test_spellings_of_fields(fields: dict[str, object], expected: Metadata) -> None:
    assert from_fields(fields, "f:1") == expected


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"title": ["a"]}, "f:1: field 'title': expected text, found list"),
        ({"title": "x" * 1001}, "f:1: field 'title': 1001 characters; accepted are up to 1000"),
        ({"issuers": [True]}, "f:1: field 'issuers': expected text, found bool"),
        ({"issuer": {"a": 1}}, "f:1: field 'issuer': expected text, found dict"),
        ({"date": 2024.5}, "f:1: field 'date': expected text, found float"),
        (
            {"date": "soon"},
            "f:1: field 'date': 'soon' is not a date; write it as 2024-11-04, 2024-11, 2024,"
            " 4 November 2024 or November 2024",
        ),
        ({"language": "English"}, "f:1: field 'language': 'English' is no code; write it as en or pt-BR"),
        (
            {"url": "javascript:alert(1)"},
            "f:1: field 'url': 'javascript:alert(1)' does not start with http:// or https://",
        ),
        ({"speakers": "A; B", "posts": "Head"}, "f:1: 1 posts for 2 speakers; expected one for each"),
        (
            {"speakers": [{"post": "Head"}]},
            "f:1: field 'speakers': a speaker without 'name'; accepted: name, post, issuer",
        ),
        ({"id": " "}, "f:1: id has 0 characters; accepted are 1 to 200"),
        ({"id": "x" * 201}, "f:1: id has 201 characters; accepted are 1 to 200"),
    ],
)
def test_a_wrong_field_is_named_with_what_is_accepted(fields: dict[str, object], message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        from_fields(fields, "f:1")
    assert str(caught.value) == message


def test_an_id_without_control_characters_or_half_surrogates() -> None:
    assert checked_id(" cafe\u0301 ", "f") == "café"
    for wrong in ("a\x1bb", "caf\udce9"):
        with pytest.raises(CorpusError, match="holds control characters or is no Unicode; rename"):
            checked_id(wrong, "f")


@pytest.mark.parametrize("wrong", ["..", "a/../b", "a//b", "/a", "a/", "a/text"])
def test_an_id_stands_in_an_address_as_it_is(wrong: str) -> None:
    with pytest.raises(CorpusError, match=f"id '{wrong}' cannot stand in an address"):
        checked_id(wrong, "f")
    assert checked_id("text", "f") == "text"
    assert checked_id("A/RES/79/1", "f") == "A/RES/79/1"


def test_the_first_source_that_knows_a_field_wins() -> None:
    first = Metadata(title="A", issuers=("EU",))
    second = Metadata(title="B", date="2024", speakers=(Speaker("X"),))
    assert merge(first, second) == Metadata(title="A", issuers=("EU",), date="2024", speakers=(Speaker("X"),))


@pytest.mark.parametrize(
    ("issuers", "speakers", "expected"),
    [
        (("EU",), ("A", "B"), [("A", EU), ("B", EU)]),
        (("EU", "KOR"), ("A", "B"), [("A", EU), ("B", ROK)]),
        (("EU", "KOR"), ("A",), [("A", "")]),
        ((), ("A",), [("A", "")]),
    ],
)
def test_whom_speakers_speak_for(
    issuers: tuple[str, ...], speakers: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    metadata = Metadata(id="a", issuers=issuers, speakers=tuple(map(Speaker, speakers)))
    made = statement("Text.", metadata, NAMES, "f")
    assert [(speaker.name, speaker.issuer) for speaker in made.speakers] == expected


def test_issuers_are_canonical_and_named_once() -> None:
    metadata = Metadata(
        id="a", issuers=("ROK", "KOR", " Ruritania"), speakers=(Speaker("A", issuer="South Korea"),)
    )
    made = statement("Cafe\u0301.\r\n", metadata, NAMES, "f")
    assert (made.issuers, made.speakers, made.text) == (
        (ROK, "Ruritania"),
        (Speaker("A", issuer=ROK),),
        "Café.\n",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f: empty: the text holds no letter and no digit"),
        (" \n\u200b--\n", "f: empty: the text holds no letter and no digit"),
        ("a\0b", "f: the text holds a NUL character; expected plain text"),
        ("a\ud800", "f: the text holds half a surrogate pair at character 1; expected Unicode"),
    ],
)
def test_texts_that_are_none(text: str, message: str) -> None:
    with pytest.raises(CorpusError) as caught:
        statement(text, Metadata(id="a"), NAMES, "f")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        (
            "BRA_79_2024",
            Metadata(
                title="Brazil, General Debate of the United Nations General Assembly, 79th session, 2024",
                issuers=("Brazil",),
                date="2024",
                kind="speech",
            ),
        ),
        (
            "KOR_52_1997",
            Metadata(
                title=f"{ROK}, General Debate of the United Nations General Assembly, 52nd session, 1997",
                issuers=(ROK,),
                date="1997",
                kind="speech",
            ),
        ),
        ("BRA_78_2024", Metadata()),
        ("XXX_79_2024", Metadata()),
        ("EU-KOR_2024-11-04_topic", Metadata(issuers=(EU, ROK), date="2024-11-04")),
        ("NATO_2024-11-04", Metadata(issuers=("NATO",), date="2024-11-04")),
        ("EU-XXX_2024-11-04_topic", Metadata(date="2024-11-04")),
        ("2024-11-04 topic", Metadata(date="2024-11-04")),
        ("2024-13-04_topic", Metadata()),
        ("topic_2024-11-04", Metadata()),
        ("2024-11-04-05", Metadata()),
    ],
)
def test_clues_in_file_names(stem: str, expected: Metadata) -> None:
    assert from_name(stem, NAMES) == expected


@pytest.mark.parametrize(
    ("text", "title", "date"),
    [
        (f"Joint Statement on Trade\n{LONG}", "Joint Statement on Trade", ""),
        (
            f"\n Joint Statement\non Trade\n\nSeoul, 4 November 2024\n\n{LONG}",
            "Joint Statement on Trade",
            "2024-11-04",
        ),
        (f"Remarks on Peace\n\n(New York, November 4, 2024)\n{LONG}", "Remarks on Peace", "2024-11-04"),
        (f"Seoul, 4 November 2024\n\n{LONG}", "", "2024-11-04"),
        (f"4 November 2024\n5 November 2024\n{LONG}", "", ""),
        (f"31 February 2024\n\n{LONG}", "", ""),
        ("A treaty was signed on 4 November 2024\nin Seoul", "", ""),
        (f"Mr. President\n\n{LONG}", "", ""),
        (f"We met in Seoul.\n\n{LONG}", "", ""),
        (f"I am glad to speak\n\n{LONG}", "", ""),
        (f"Since the last session of the\n\n{LONG}", "", ""),
        ("On behalf of the delegation of Bhutan\n\nhave come here to speak", "", ""),
        ("The ministers of both countries met\nSeoul and agreed on a\nprogramme of work.", "", ""),
        ("Joint Statement on Trade", "", ""),
        (f"{'Very ' * 70}long\n\n{LONG}", "", ""),
        ("", "", ""),
    ],
)
def test_clues_in_the_first_lines(text: str, title: str, date: str) -> None:
    assert from_heading(text) == Metadata(title=title, date=date)


def test_in_markdown_only_a_heading_of_the_first_level_is_the_title() -> None:
    assert from_heading("\n# On Trade #\nText", markdown=True) == Metadata(title="On Trade")
    assert from_heading("## On Trade\n\nText", markdown=True) == Metadata()
    assert from_heading("", markdown=True) == Metadata()


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("DPRK/Russia: Joint Statement by the High Representative", "joint statement"),
        ("EU-Japan joint statement", "joint statement"),
        ("Joint Declaration of Intent", "joint declaration"),
        ("G7 Foreign Ministers' Communiqué", "communiqué"),
        ("Security Council resolution 2231 (2015)", "resolution"),
        ("Seoul Declaration", "declaration"),
        ("Opening remarks by the Minister", "speech"),
        ("Address to the General Assembly", "speech"),
        ("Press statement – resolution of the dispute", "statement"),
        ("Measures to address hunger", ""),
        ("Conflict prevention and the resolution of disputes", ""),
        ("Understatement of risks", ""),
        ("", ""),
    ],
)
def test_kinds_in_titles(title: str, kind: str) -> None:
    assert kind_of(title) == kind


def test_a_title_kept_apart_must_be_confirmed_by_the_text() -> None:
    assert confirmed("Joint Statement", "JOINT\nSTATEMENT\n\nText") == "Joint Statement"
    assert confirmed("Template 7", "JOINT\nSTATEMENT\n\nText") == ""
    assert confirmed("Joint", "Joint Statement") == ""


@pytest.mark.parametrize(
    ("value", "code"),
    [("pt-BR", "pt"), ("EN", "en"), ("zh_Hans", "zh"), ("fil", "fil"), ("English", ""), ("", "")],
)
def test_language_codes(value: str, code: str) -> None:
    assert language_code(value) == code


def test_only_addresses_that_can_be_followed_safely() -> None:
    assert web_address(" https://example.org/a?b=c ") == "https://example.org/a?b=c"
    for wrong in ("javascript:alert(1)", "/a/b", 'http://a"onclick=', "http://a b", "ftp://a"):
        assert web_address(wrong) == ""


@given(st.text())
def test_a_field_is_one_printable_line(text: str) -> None:
    line = one_line(text)
    assert line == " ".join(line.split()) == one_line(line)
    assert not any(ord(char) < 32 or 0xD800 <= ord(char) < 0xE000 for char in line)


@given(st.text(max_size=300))
def test_a_title_comes_from_the_text(text: str) -> None:
    title = from_heading(text).title
    assert one_line(title) in one_line(text)

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import issuers
from corpus.issuers import Issuers, Mention, load_issuers
from corpus.statement import CorpusError

ISSUERS = load_issuers()
HEADER = "name,code,kind,parent,aliases,capitals,demonyms,metadata_only\n"
DPRK = "Democratic People's Republic of Korea"

with Path(issuers.__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))


def wordings(row: dict[str, str], *columns: str) -> list[str]:
    return [wording for column in columns for wording in row[column].split(";") if wording]


MATCHED = [
    (wording, row) for row in ROWS for wording in wordings(row, "name", "aliases", "capitals", "demonyms")
]
ANY_WORDING = st.sampled_from([wording for wording, _ in MATCHED])


def found(text: str, table: Issuers = ISSUERS) -> list[tuple[str, str]]:
    return [(text[mention.start : mention.end], mention.issuer) for mention in table.find(text)]


def extended(tmp_path: Path, text: str) -> Issuers:
    path = tmp_path / "extra.csv"
    path.write_text(text, encoding="utf-8")
    return load_issuers(path)


def test_mentions_carry_span_and_form() -> None:
    assert ISSUERS.find("Did Seoul and the Kremlin hear Kenyan concerns?") == (
        Mention("Republic of Korea", 4, 9, "capital"),
        Mention("Russian Federation", 18, 25, "name"),
        Mention("Kenya", 31, 37, "demonym"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("nobody in particular", []),
        ("the Democratic People’s Republic of Korea", [("Democratic People’s Republic of Korea", DPRK)]),
        ("the DPRK, South Korea", [("DPRK", DPRK), ("South Korea", "Republic of Korea")]),
        (
            "Equatorial Guinea, Papua New Guinea, Guinea-Bissau, Guinea",
            [(name, name) for name in ("Equatorial Guinea", "Papua New Guinea", "Guinea-Bissau", "Guinea")],
        ),
        ("Niger, Nigeria", [("Niger", "Niger"), ("Nigeria", "Nigeria")]),
        ("Nigerien or Nigerian", [("Nigerien", "Niger"), ("Nigerian", "Nigeria")]),
        ("South Sudan and Sudan", [("South Sudan", "South Sudan"), ("Sudan", "Sudan")]),
        ("Dominica", [("Dominica", "Dominica")]),
        ("the Dominican Republic", [("Dominican Republic", "Dominican Republic")]),
        ("DR Congo", [("DR Congo", "Democratic Republic of the Congo")]),
        ("Congo-Brazzaville", [("Congo-Brazzaville", "Republic of the Congo")]),
        ("Mexico City", [("Mexico City", "Mexico")]),
        ("East German or German", [("East German", "German Democratic Republic"), ("German", "Germany")]),
        ("Côte d’Ivoire's", [("Côte d’Ivoire", "Côte d'Ivoire")]),
        ("Cote d'Ivoire", [("Cote d'Ivoire", "Côte d'Ivoire")]),
        ("United\nStates", [("United\nStates", "United States")]),
        ("Malé", [("Malé", "Maldives")]),
    ],
)
def test_longest_name_wins(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Brussels–Seoul",
        "Brussels-Seoul",
        "Brussels/Seoul",
        "Brussels’s, Seoul's",
        "the Brussels-Seoul agreement",
    ],
)
def test_pairs_and_possessives(text: str) -> None:
    assert found(text) == [("Brussels", "European Union"), ("Seoul", "Republic of Korea")]


def test_acronyms_keep_their_case() -> None:
    assert found("EU-South Korea") == [("EU", "European Union"), ("South Korea", "Republic of Korea")]
    assert found("Does it help us? The US, the U.S. and the U.S.'s") == [
        ("US", "United States"),
        ("U.S.", "United States"),
        ("U.S.", "United States"),
    ]
    assert found("It cost US$5 million, US $ 6 million or 7 million US dollars") == [("US", "United States")]


@pytest.mark.parametrize(
    "text",
    [
        "Korea and the Korean Peninsula",
        "Congo and Congolese, or a Dominican envoy",
        "polish the turkey",
        "Male voices",
        "What did the UN, the General Assembly and the Security Council hear?",
        "The WHO, the IMF and the World Bank",
        "Northern Ireland, New Mexico, New Guinea",
        "the South China Sea, the Indian Ocean, Lake Chad and the Jordan River",
        "Latin American and African-American voices in South America",
        "Turkish Cypriots",
        "Indonesiana and Francesca, Omanic",
        "AND THE CAN PER ARE",
    ],
)
def test_what_names_no_issuer(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "the Paris Agreement",
        "the Paris climate agreement",
        "Minsk agreements",
        "Vienna Convention",
        "Doha Political Declaration",
        "Bridgetown Initiative",
        "Beijing+25",
        "Madrid Principles",
    ],
)
def test_capitals_of_treaties_are_no_governments(text: str) -> None:
    assert found(text) == []


def test_text_without_capitals() -> None:
    assert found("what do south korea, kenyan envoys and nato want from us, turkey") == [
        ("south korea", "Republic of Korea"),
        ("kenyan", "Kenya"),
        ("nato", "NATO"),
    ]
    assert found("What does kenya want") == []


def test_plurals_of_demonyms() -> None:
    assert found("Kenyans, Iraqis, Swedes") == [
        ("Kenyans", "Kenya"),
        ("Iraqis", "Iraq"),
        ("Swedes", "Sweden"),
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("KOR", "Republic of Korea"),
        ("KR", "Republic of Korea"),
        ("Korea", "Republic of Korea"),
        ("Korea, Republic of", "Republic of Korea"),
        ("Korea, Democratic People's Republic of", DPRK),
        ("  south   KOREA ", "Republic of Korea"),
        ("Congo, the Democratic Republic of the", "Democratic Republic of the Congo"),
        ("Congo", "Republic of the Congo"),
        ("Burma", "Myanmar"),
        ("Swaziland", "Eswatini"),
        ("Cape Verde", "Cabo Verde"),
        ("Turkey", "Türkiye"),
        ("cote d’ivoire", "Côte d'Ivoire"),
        ("The Bahamas", "Bahamas"),
        ("Trinidad & Tobago", "Trinidad and Tobago"),
        ("St Kitts and Nevis", "Saint Kitts and Nevis"),
        ("USSR", "Russian Federation"),
        ("YMD", "Democratic Yemen"),
        ("U.S.A.", "United States"),
        ("AU", "African Union"),
        ("AUS", "Australia"),
        ("Brussels", "European Union"),
        ("UN", "United Nations"),
        ("EU", "European Union"),
        ("South China Sea", "South China Sea"),
        ("us", "us"),
        (" Atlantis ", "Atlantis"),
        ("", ""),
    ],
)
def test_canonical(name: str, expected: str) -> None:
    assert ISSUERS.canonical(name) == expected


def test_parent() -> None:
    assert ISSUERS.parent("European Commission") == "European Union"
    assert ISSUERS.parent(ISSUERS.canonical("High Representative")) == "European Union"
    assert ISSUERS.parent("France") == ""


def test_every_wording_of_the_table_has_one_issuer() -> None:
    owners: dict[str, str] = {}
    for row in ROWS:
        for wording in wordings(row, "name", "code", "aliases", "capitals", "demonyms", "metadata_only"):
            assert owners.setdefault(wording, row["name"]) == row["name"]
            expected = wording if row["kind"] == "none" else row["name"]
            assert ISSUERS.canonical(wording) == expected


def test_every_wording_looked_for_is_found() -> None:
    for wording, row in MATCHED:
        if row["kind"] == "none" or wording in wordings(row, "metadata_only"):
            assert found(f"({wording})") == []
        else:
            assert found(f"({wording})") == [(wording, row["name"])]


def test_metadata_only_hides_no_alias() -> None:
    for row in ROWS:
        assert not set(wordings(row, "metadata_only")) & set(wordings(row, "aliases", "capitals", "demonyms"))


def test_every_state_is_complete() -> None:
    states = [row for row in ROWS if row["kind"] == "state"]
    codes = {row["code"] for row in states}
    assert (
        len(codes) == len(states) == 195 + 2 + 4
    )  # members and observers; Cook Islands, Niue; four of the past
    assert {row["name"] for row in states if not row["demonyms"]} == {
        "Dominica",  # "Dominican" and "Congolese" mean two issuers each
        "Dominican Republic",
        "Republic of the Congo",
    }
    assert {row["name"] for row in states if not row["capitals"]} == {
        "Belgium",  # Brussels is the European Union
        "Seychelles",  # Victoria is too much else
        *("Djibouti", "Holy See", "Luxembourg", "Monaco", "San Marino", "Singapore"),  # named as the state
        *("Czechoslovakia", "Democratic Yemen", "Yugoslavia"),
    }


@given(
    st.lists(ANY_WORDING | st.sampled_from(["", "’s", "–", " Agreement", "xx"]) | st.text(max_size=5)),
    st.booleans(),
)
def test_mentions_reproduce_the_table_and_never_overlap(parts: list[str], spaced: bool) -> None:
    text = (" " if spaced else "").join(parts)
    end = 0
    for mention in ISSUERS.find(text):
        assert end <= mention.start < mention.end <= len(text)
        end = mention.end
        span = text[mention.start : mention.end]
        assert mention.issuer in {ISSUERS.canonical(span), ISSUERS.canonical(span.removesuffix("s"))}


@given(st.text() | ANY_WORDING)
def test_canonical_is_idempotent(name: str) -> None:
    once = ISSUERS.canonical(name)
    assert ISSUERS.canonical(once) == once


def test_extra_rows_extend_and_override(tmp_path: Path) -> None:
    table = extended(
        tmp_path,
        "name,kind,parent,aliases,metadata_only\n"
        "Hanse,organisation,,Hanseatic League;HL,\n"
        "Hanse Diet,institution,HL,Hansetag,\n"
        "Kenya,,,Harambee House,Nairobi\n",
    )
    text = "The Hansetag of the Hanseatic League wrote to Harambee House in Nairobi."
    assert found(text, table) == [
        ("Hansetag", "Hanse Diet"),
        ("Hanseatic League", "Hanse"),
        ("Harambee House", "Kenya"),
    ]
    assert table.parent("Hanse Diet") == "Hanse"
    assert table.canonical("Nairobi") == "Kenya"
    assert found(text) == [("Nairobi", "Kenya")]


def test_an_extra_row_moves_a_wording(tmp_path: Path) -> None:
    table = extended(tmp_path, "name,capitals\nBelgium,Brussels\n")
    assert found("Brussels, EU", table) == [("Brussels", "Belgium"), ("EU", "European Union")]


def test_an_extra_row_renames_an_issuer(tmp_path: Path) -> None:
    table = extended(tmp_path, "name,aliases\nTurkey,\nEurope,European Union\n")
    assert found("Ankara on Türkiye", table) == [("Ankara", "Turkey"), ("Türkiye", "Turkey")]
    assert table.canonical("TUR") == "Turkey"
    assert table.canonical("EU") == "Europe"
    assert table.parent("European Commission") == "Europe"


def test_an_extra_row_takes_an_issuer_out(tmp_path: Path) -> None:
    table = extended(tmp_path, "name,kind\nQuad,none\n")
    assert found("the Quad", table) == []
    assert table.canonical("Quad") == "Quad"


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("title,code\nX,Y\n", 1, "columns 'title, code'; accepted: name, code, kind"),
        (HEADER + ",XX,state,,,,,\n", 2, "name: ''; accepted: one value"),
        (HEADER + "A land;B land,XX,state,,,,,\n", 2, "name: 'A land;B land'; accepted: one value"),
        (HEADER + "Hanse,,city,,,,,\n", 2, "kind: 'city'; accepted: state, organisation"),
        (HEADER + "\nHanse,,,Atlantis,,,,\n", 3, "parent: 'Atlantis' has no row"),
        (HEADER + "Hanse,,,,$$$,,,\n", 2, "aliases: '$$$' does not start with a letter or a digit"),
        (HEADER + "Hanse,,,,,,,,surplus\n", 2, "more cells than columns (['surplus'])"),
        (HEADER + "Hanse,,,,HL,,,\nHall,,,,,HL,,\n", 3, "capitals: 'HL' already stands for 'Hanse'"),
    ],
)
def test_errors_name_line_and_field(tmp_path: Path, text: str, place: int, message: str) -> None:
    with pytest.raises(CorpusError) as error:
        extended(tmp_path, text)
    assert str(error.value).startswith(f"{tmp_path / 'extra.csv'}:{place}: {message}")


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(
        CorpusError, match=r"missing\.csv: cannot be read as a UTF-8 CSV file: .*No such file"
    ):
        load_issuers(tmp_path / "missing.csv")
    (tmp_path / "latin.csv").write_bytes("name\nTürkiye\n".encode("latin-1"))
    with pytest.raises(CorpusError, match=r"latin\.csv: cannot be read as a UTF-8 CSV file"):
        load_issuers(tmp_path / "latin.csv")

"""One small file of each format, and the statement it is."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.readers import find_files, packaged_statements
from corpus.sidecar import read_sidecar
from corpus.statement import Speaker, Statement, canonical
from tests.corpus.reading import EU, ROK, error_of, make_pdf, read_all, read_one

WORK = "The ministers of both countries met in Seoul and agreed on a programme of work on trade and climate."
CONCERN = "They are concerned by the situation and call on all parties to return to the talks at once."
LIMA = "# Remarks in Lima\n\nFriends, *welcome*.\n"


def test_txt_with_the_clues_of_its_name_and_first_lines(tmp_path: Path) -> None:
    path = tmp_path / "EU-KOR_2024-11-04_trade.txt"
    path.write_bytes(f"\ufeffJoint Statement on Trade\r\n\r\n{WORK}\r\n".encode())
    assert read_one(path) == Statement(
        id="EU-KOR_2024-11-04_trade",
        text=f"Joint Statement on Trade\n\n{WORK}\n",
        title="Joint Statement on Trade",
        issuers=(EU, ROK),
        date="2024-11-04",
        kind="joint statement",
    )


def test_md_with_front_matter(tmp_path: Path) -> None:
    path = tmp_path / "remarks.md"
    front = "title: Remarks\nissuer: EU\nspeaker: Ana Silva\npost: Minister\ndate: 2024-11\nlanguage: no\n"
    path.write_text(f"---\n{front}unknown: [1]\nurl: https://example.org/r\n---\n{LIMA}", encoding="utf-8")
    assert read_one(path) == Statement(
        id="remarks",
        text=LIMA,
        title="Remarks",
        issuers=(EU,),
        speakers=(Speaker("Ana Silva", "Minister", EU),),
        date="2024-11",
        kind="speech",
        language="no",
        url="https://example.org/r",
    )


def test_md_without_front_matter(tmp_path: Path) -> None:
    path = tmp_path / "remarks.markdown"
    path.write_text(LIMA, encoding="utf-8")
    assert read_one(path) == Statement(id="remarks", text=LIMA, title="Remarks in Lima", kind="speech")


@pytest.mark.parametrize(
    ("front", "message"),
    [
        (
            "title: a\nissuers: [EU",
            "a.md:4: front matter is no YAML: expected ',' or ']', but got '<stream end>'",
        ),
        ("- a\n- b", "a.md:2: front matter: expected 'field: value' lines"),
        ("title: {a: b}", "a.md: field 'title': expected text, found dict"),
        ("url: example.org", "a.md: field 'url': 'example.org' does not start with http:// or https://"),
        ("[" * 600, "a.md:1: front matter is no YAML: nested too deeply"),
    ],
)
def test_wrong_front_matter(tmp_path: Path, front: str, message: str) -> None:
    path = tmp_path / "a.md"
    path.write_text(f"---\n{front}\n---\nText\n", encoding="utf-8")
    assert error_of(path) == message


def test_a_dashed_line_without_a_second_one_is_text(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("---\nfield: value\n", encoding="utf-8")
    assert read_one(path).text == "---\nfield: value\n"


def test_html(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(
        f"""<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8">
        <title>Joint Statement on Trade</title>
        <link rel="canonical" href="https://example.org/a/b"><script>var a = "x"</script>
        <meta property="article:published_time" content="2024-11-04T10:00:00Z"></head>
        <body><nav><a href="/">Home</a> <a href="/x">Topics</a></nav>
        <article><h1>Joint Statement on Trade</h1><p>{WORK}</p>
        <p>We are <b>deeply</b>
        concerned;<br>we call for talks at once (note&nbsp;1).</p>
        <ul><li>The first step is to meet again soon.</li><li>The second step is to agree on terms.</li></ul>
        <p>{CONCERN}</p></article>
        <footer>Copyright 2019. Last update: 3 May 2021</footer></body></html>""",
        encoding="utf-8",
    )
    text = (
        f"Joint Statement on Trade\n\n{WORK}\n\n"
        f"We are deeply concerned;\nwe call for talks at once (note\xa01).\n\n"
        f"The first step is to meet again soon.\n\nThe second step is to agree on terms.\n\n{CONCERN}"
    )
    assert read_one(path) == Statement(
        id="page",
        text=text,
        title="Joint Statement on Trade",
        date="2024-11-04",
        kind="joint statement",
        language="en",
        url="https://example.org/a/b",
    )


@pytest.mark.parametrize(
    ("head", "date"),
    [
        ('<meta name="date" content="2024">', "2024"),
        ('<meta name="dc.date" content="soon"><meta name="date" content="2024-11">', "2024-11"),
        ('<script type="application/ld+json">{"datePublished": "2024-11-04"}</script>', "2024-11-04"),
        ('<script>{"datePublished": "2024-11-04"} {"datePublished": "2020-01-01"}</script>', ""),
        ('<meta name="modified" content="2020-01-01">', ""),
    ],
)
def test_the_date_a_page_states_and_not_that_of_its_footer(tmp_path: Path, head: str, date: str) -> None:
    path = tmp_path / "page.htm"
    body = f"<p>{WORK}</p><p>{CONCERN}</p><footer>&copy; 2019, last update 3 May 2021</footer>"
    path.write_text(f"<html><head>{head}</head><body>{body}</body></html>", encoding="utf-8")
    assert read_one(path).date == date


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (b"<p>Short.</p>", "Short."),
        (
            b"<html><body><nav>Menu</nav><table><tr><td>A</td><td>B</td></tr></table></body></html>",
            "Menu A B",
        ),
        ("<meta charset=iso-8859-1><p>\x93caf\xe9\x94".encode("latin-1"), "“café”"),
        ("<meta charset=windows-1251><p>Мир".encode("cp1251"), "Мир"),
        ("<meta charset=nonsense><p>Мир".encode(), "Мир"),
        ('<?xml version="1.0" encoding="iso-8859-1"?><p>Мир'.encode(), "Мир"),
        ("<p>Мир".encode("utf-16"), "Мир"),
    ],
)
def test_small_pages_and_their_character_sets(tmp_path: Path, page: bytes, text: str) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(page)
    assert read_one(path).text == text


def test_pdf_without_running_heads_and_page_numbers(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    pages = [
        [
            "Council of Ministers",
            "Joint Statement",
            "",
            "We met in Seoul and dis-",
            "cussed trade.",
            "",
            "All",
            "1",
        ],
        ["Council of Ministers", "agreed to meet again", "next year.", "- 2 -"],
        ["Council of Ministers", "Thank you.", "3 of 3"],
    ]
    path.write_bytes(make_pdf(pages, "/Title (Joint Statement) /CreationDate (D:20090102)"))
    assert read_one(path) == Statement(
        id="paper",
        text="Council of Ministers\nJoint Statement\n\nWe met in Seoul and dis-\ncussed trade.\n\nAll\n"
        "agreed to meet again\nnext year.\nThank you.",
        title="Joint Statement",
        kind="joint statement",
    )


def test_what_two_pages_share_is_text(tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(
        make_pdf([["We agree.", "Never again."], ["We object.", "Never again."]], "/Title (Draft B)")
    )
    made = read_one(path)
    assert (made.text, made.title) == ("We agree.\nNever again.\nWe object.\nNever again.", "")


def test_docx_with_tables_and_tracked_changes(tmp_path: Path) -> None:
    document = docx.Document()
    document.core_properties.title = "Old template"
    document.add_heading("Joint Statement on Trade", level=0)
    changed = document.add_paragraph("We ")
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    for change in (
        f"<w:del {space}><w:r><w:delText>may</w:delText></w:r></w:del>",
        f"<w:ins {space}><w:r><w:t>will</w:t></w:r></w:ins>",
        f"<w:r {space}><w:t xml:space='preserve'> act</w:t><w:noBreakHyphen/><w:t>ively.</w:t></w:r>",
        f"<w:r {space}><w:br/><w:t>Soon.</w:t></w:r>",
    ):
        changed._p.append(parse_xml(change))
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Seoul", "Brussels"
    document.add_paragraph("Thank you.")
    path = tmp_path / "EU_2024-11-04.docx"
    document.save(str(path))
    assert read_one(path) == Statement(
        id="EU_2024-11-04",
        text="Joint Statement on Trade\n\nWe will act-ively.\nSoon.\n\nSeoul\n\nBrussels\n\nThank you.",
        title="Joint Statement on Trade",
        issuers=(EU,),
        date="2024-11-04",
        kind="joint statement",
    )


def test_docx_text_boxes_come_once(tmp_path: Path) -> None:
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    markup = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    box = "<w:txbxContent><w:p><w:r><w:t>In the box</w:t></w:r></w:p></w:txbxContent>"
    document = docx.Document()
    document.add_paragraph("Before")._p.append(
        parse_xml(
            f'<w:r xmlns:w="{word}" xmlns:mc="{markup}"><mc:AlternateContent><mc:Choice Requires="wps">{box}'
            f"</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r>"
        )
    )
    path = tmp_path / "a.docx"
    document.save(str(path))
    assert read_one(path).text == "Before\n\nIn the box"


def test_the_order_of_precedence(tmp_path: Path) -> None:
    table = tmp_path / "metadata.csv"
    table.write_text("file,title,date,kind\nBRA_79_2024.md,Listed,2024-09,address\n", encoding="utf-8")
    path = tmp_path / "BRA_79_2024.md"
    path.write_text(
        "---\ntitle: Written\n---\n# Heading\n\nSeoul, 4 November 2024\n\nText\n", encoding="utf-8"
    )
    made = read_one(path, read_sidecar(table))
    assert (made.title, made.date, made.kind, made.issuers) == ("Written", "2024-09", "address", ("Brazil",))
    made = read_one(path)
    assert (made.title, made.date, made.kind, made.issuers) == ("Written", "2024", "speech", ("Brazil",))


def test_the_reference_statement() -> None:
    (source,) = find_files([packaged_statements()])
    made = read_one(source.path, source.sidecar)
    first = (
        "DPRK/Russia: Joint Statement by the High Representative Josep Borrell and Minister of Foreign"
        " Affairs of the Republic of Korea Cho Tae-yul on DPRK-Russia Cooperation"
    )
    post = "High Representative of the European Union for Foreign Affairs and Security Policy"
    assert made == Statement(
        id="EU-KOR_2024-11-04_dprk-russia",
        text=source.path.read_text(encoding="utf-8"),
        title=first,
        issuers=(EU, ROK),
        speakers=(
            Speaker("Josep Borrell", post, EU),
            Speaker("Cho Tae-yul", "Minister of Foreign Affairs", ROK),
        ),
        date="2024-11-04",
        kind="joint statement",
        language="en",
    )
    assert made.text.startswith(first + "\n")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_the_text_of_a_txt_file_is_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(io.BytesIO(f"Word{text}".encode()).getvalue())
    assert [made.text for made in read_all(path) if isinstance(made, Statement)] == [canonical(f"Word{text}")]

"""JSONL and CSV files, sidecars, and which files of a folder are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.metadata import Metadata
from corpus.readers import find_files
from corpus.sidecar import Sidecar, read_sidecar
from corpus.statement import CorpusError, Speaker, Statement
from tests.corpus.reading import EU, ROK, error_of, read_all, read_one


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def results(path: Path, sidecar: Sidecar | None = None) -> list[Statement | str]:
    """Statements, and errors as text with the folder left out."""
    found = read_all(path, sidecar)
    return [str(x).replace(f"{path.parent}/", "") if isinstance(x, CorpusError) else x for x in found]


def test_jsonl_where_a_bad_line_does_not_lose_the_others(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    lines = [
        b'\xef\xbb\xbf{"_id": "a", "title": "Joint statement", "text": "One.", "issuers": ["EU", "KOR"],'
        b' "speakers": [{"name": "A", "issuer": "KOR"}], "date": 2024, "metadata": {}}',
        b'{"text": "Two."',
        b"",
        b'{"text": 3}',
        b"[1]",
        b'{"text": "Cafe\xe9"}',
        b'{"text": "\\ud800"}',
        b'{"text": " ", "id": "b"}',
        b'{"text": "Again.", "id": "a"}',
        b"[" * 100_000,
        b'{"text": "Ten.\\r\\nEleven.", "date": "soon"}',
        b'{"text": "Last.\\r\\n"}',
    ]
    path.write_bytes(b"\n".join(lines))
    assert results(path) == [
        Statement(
            id="a",
            text="One.",
            title="Joint statement",
            issuers=(EU, ROK),
            speakers=(Speaker("A", issuer=ROK),),
            date="2024",
            kind="joint statement",
        ),
        "corpus.jsonl:2: not JSON at character 15: Expecting ',' delimiter",
        "corpus.jsonl:4: field 'text': expected text, found int",
        "corpus.jsonl:5: expected an object, found list",
        "corpus.jsonl:6: not UTF-8 at byte 14 of the line",
        "corpus.jsonl:7: the text holds half a surrogate pair at character 0; expected Unicode",
        "corpus.jsonl:8: empty: the text holds no letter and no digit",
        "corpus.jsonl:9: id 'a' is already on line 1",
        "corpus.jsonl:10: not JSON that can be read: maximum recursion depth exceeded while decoding"
        " a JSON array from a unicode string",
        "corpus.jsonl:11: field 'date': 'soon' is not a date; write it as 2024-11-04, 2024-11, 2024,"
        " 4 November 2024 or November 2024",
        Statement(id="corpus-12", text="Last.\n"),
    ]


def test_csv_statements(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    rows = [
        "\ufeffText;Issuers;Date;Other",
        '"One;\r\ntwo ""three"".";"EU; KOR";2024-11-04;x',
        "Four.;EU;;;;",
        "Five;EU",
        '"Six"seven;EU;2024;x',
        ";;;",
        "Eight.;Ruritania;2024-11;",
    ]
    path.write_bytes("\r\n".join(rows).encode())
    assert results(path) == [
        Statement(id="table-2", text='One;\ntwo "three".', issuers=(EU, ROK), date="2024-11-04"),
        Statement(id="table-4", text="Four.", issuers=(EU,)),
        "table.csv:5: 2 cells under 4 columns",
        "table.csv:6: ';' expected after '\"'; quotes inside a quoted cell are doubled",
        Statement(id="table-8", text="Eight.", issuers=("Ruritania",), date="2024-11"),
    ]


def test_a_cell_may_hold_a_long_statement(tmp_path: Path) -> None:
    long = "word " * 100_000
    assert read_one(written(tmp_path / "a.csv", f"id,text\nx,{long}\n")).text == long


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "file,title\na.txt,A\n",
            "a.csv:1: no column 'text' among file, title; a sidecar is no file of statements",
        ),
        ("", "a.csv:1: no names of columns in the first line"),
        ("text\n", "a.csv: no statement in it; expected rows with a 'text'"),
        ('"text', "a.csv:1: unexpected end of data; quotes inside a quoted cell are doubled"),
    ],
)
def test_csv_files_without_statements(tmp_path: Path, text: str, message: str) -> None:
    assert error_of(written(tmp_path / "a.csv", text)) == message


def test_an_empty_jsonl_file(tmp_path: Path) -> None:
    assert (
        error_of(written(tmp_path / "a.jsonl", "\n\n"))
        == "a.jsonl: no statement in it; expected rows with a 'text'"
    )


def test_a_sidecar_by_file_name_with_or_without_suffix(tmp_path: Path) -> None:
    table = (
        "\ufefffile,country,speaker,post,session,year\nsub/a.txt,Brazil,Ana,Head,79,2024\nb,South Korea,,,,\n"
    )
    sidecar = read_sidecar(written(tmp_path / "table.csv", table + "a.txt,Brazil,Ana,Head,79,2024\n"))
    about_a = Metadata(issuers=("Brazil",), speakers=(Speaker("Ana", "Head"),), date="2024")
    assert sidecar.about("a.txt") == about_a
    assert sidecar.about("a.pdf") == Metadata()
    assert sidecar.about("b.pdf") == Metadata(issuers=("South Korea",))
    assert sidecar.errors() == ()
    made = read_one(written(tmp_path / "a.txt", "Text"), sidecar)
    assert made == Statement(
        id="a", text="Text", issuers=("Brazil",), speakers=(Speaker("Ana", "Head", "Brazil"),), date="2024"
    )


def test_a_sidecar_is_asked_for_the_ids_of_rows(tmp_path: Path) -> None:
    sidecar = read_sidecar(written(tmp_path / "table.csv", "id,issuer\nx,EU\n"))
    path = written(tmp_path / "a.jsonl", '{"id": "x", "text": "One."}\n{"id": "y", "text": "Two."}\n')
    assert read_all(path, sidecar) == [
        Statement(id="x", text="One.", issuers=(EU,)),
        Statement(id="y", text="Two."),
    ]


def test_a_wrong_row_of_a_sidecar_concerns_its_file_alone(tmp_path: Path) -> None:
    table = "name,date\na.txt,soon\nb.txt,2024\nc.txt,2023\nc.txt,2022\n"
    sidecar = read_sidecar(written(tmp_path / "table.csv", table))
    place = f"{tmp_path}/table.csv"
    wrong_date = (
        f"{place}:2: field 'date': 'soon' is not a date; write it as 2024-11-04, 2024-11, 2024,"
        " 4 November 2024 or November 2024"
    )
    conflict = f"{place}:5: field 'name': 'c.txt' has another row that says otherwise"
    assert [str(error) for error in sidecar.errors()] == [wrong_date, conflict]
    assert sidecar.about("b.txt") == Metadata(date="2024")
    assert [str(error) for error in read_all(written(tmp_path / "a.txt", "Text"), sidecar)] == [wrong_date]
    assert [str(error) for error in read_all(written(tmp_path / "c.txt", "Text"), sidecar)] == [conflict]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title,date\nA,2024\n", "1: no column of file names; expected one of file, filename, name, id"),
        ("file,date\na.txt\n", "2: 1 cells under 2 columns"),
        ("file,date\n,2024\n", "2: field 'file': empty; expected the name of a file"),
    ],
)
def test_a_table_that_is_no_sidecar(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path / "table.csv", text)
    with pytest.raises(CorpusError) as caught:
        read_sidecar(path)
    assert str(caught.value) == f"{path}:{message}"


def found_in(folder: Path, *paths: Path, sidecar: Sidecar | None = None) -> list[tuple[str, str]]:
    """Each file with the sidecar that describes it, by their paths in the folder."""
    sources = find_files(paths or (folder,), sidecar)
    return [
        (
            str(source.path.relative_to(folder)),
            str(source.sidecar.path.relative_to(folder)) if source.sidecar else "",
        )
        for source in sources
    ]


def test_a_folder_gives_its_files_in_order_with_the_nearest_sidecar(tmp_path: Path) -> None:
    for name in ("b.txt", "a.MD", "x/c.jsonl", "x/y/d.html", "picture.png", ".hidden.txt", ".git/e.txt"):
        written(tmp_path / name, "Text")
    written(tmp_path / "metadata.csv", "file,date\nb.txt,2024\n")
    (tmp_path / "x" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere")
    assert found_in(tmp_path) == [
        ("a.MD", "metadata.csv"),
        ("b.txt", "metadata.csv"),
        ("x/c.jsonl", "metadata.csv"),
        ("x/y/d.html", ""),
    ]
    assert found_in(tmp_path, tmp_path / "b.txt", tmp_path) == [
        ("b.txt", "metadata.csv"),
        ("a.MD", "metadata.csv"),
        ("x/c.jsonl", "metadata.csv"),
        ("x/y/d.html", ""),
    ]


def test_a_given_sidecar_describes_all_and_is_not_read(tmp_path: Path) -> None:
    for name in ("a.txt", "x/y/b.txt", "c.csv"):
        written(tmp_path / name, "Text")
    written(tmp_path / "metadata.csv", "file,date\na.txt,2024\n")
    sidecar = read_sidecar(written(tmp_path / "given.csv", "file,date\na.txt,2023\n"))
    assert found_in(tmp_path, sidecar=sidecar) == [
        ("a.txt", "given.csv"),
        ("c.csv", "given.csv"),
        ("x/y/b.txt", "given.csv"),
    ]


def test_a_metadata_csv_with_texts_is_a_file_of_statements(tmp_path: Path) -> None:
    written(tmp_path / "metadata.csv", "id,text\na,Text\n")
    assert found_in(tmp_path) == [("metadata.csv", "")]


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    accepted = ".txt, .md, .markdown, .html, .htm, .pdf, .docx, .jsonl, .csv"
    for path, message in (
        (written(tmp_path / "a.png", ""), f"suffix '.png' is not accepted; accepted: {accepted}"),
        (tmp_path / "gone.txt", "no such file or folder"),
        (tmp_path / "gone", f"suffix '' is not accepted; accepted: {accepted}"),
    ):
        with pytest.raises(CorpusError) as caught:
            find_files([path])
        assert str(caught.value) == f"{path}: {message}"

"""Files that are not what their names say, or meant to do harm."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import docx
import pypdf
import pytest

from corpus.statement import CorpusError
from tests.corpus.reading import error_of, make_pdf, read_all, read_one

FRENCH = "Le Président s’est félicité de l’élan donné à la coopération – « déjà forte ».\n"


@pytest.mark.parametrize(
    "data",
    [
        FRENCH.encode(),
        FRENCH.encode("utf-8-sig"),
        FRENCH.encode("cp1252"),
        FRENCH.encode("utf-16"),
        b"\xfe\xff" + FRENCH.encode("utf-16-be"),
        FRENCH.encode("utf-32"),
    ],
    ids=["utf-8", "utf-8 with mark", "cp1252", "utf-16 le", "utf-16 be", "utf-32"],
)
def test_encodings(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    assert read_one(path).text == FRENCH


NEITHER = "is neither UTF-8 nor plausible Windows-1252; save it as UTF-8"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "a.txt: empty; expected a text"),
        (b" \n\t\n", "a.txt: empty; expected a text"),
        (b"\xef\xbb\xbf\n", "a.txt: empty: the text holds no letter and no digit"),
        (b"a\nb\0c", "a.txt:2: NUL byte: binary, or UTF-16 without its mark; save it as UTF-8"),
        (b"%PDF-1.7\n", "a.txt: is a PDF file, not text; give it its own suffix or save it as text"),
        (
            b"PK\x03\x04",
            "a.txt: is a zip file (Word, for instance), not text; give it its own suffix or save it as text",
        ),
        ("Мир и безопасность".encode("cp1251"), f"a.txt:1: byte 0 (0xcc) {NEITHER}"),
        ("First\nZażółć gęślą jaźń ".encode("cp1250"), f"a.txt:2: byte 8 (0xbf) {NEITHER}"),
        ("An élan, cut ".encode()[:-1] + b"\xc3", f"a.txt:1: byte 13 (0xc3) {NEITHER}"),
        (b"\x81\x8d Wort", f"a.txt:1: byte 0 (0x81) {NEITHER}"),
        (b"\xff\xfea", "a.txt: broken utf-16 at byte 2; save it as UTF-8"),
        (b"\xe9" + b"\x01\x02\x03abcdefgh" * 9, f"a.txt:1: byte 0 (0xe9) {NEITHER}"),
    ],
)
def test_what_is_no_text(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    assert error_of(path) == message


def test_control_characters_of_a_text_stay_and_those_of_a_title_do_not(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    text = "Joint \x1b[31mStatement\n\nPage\x0cbreak and \x07 bell.\n"
    path.write_text(text, encoding="utf-8")
    made = read_one(path)
    assert (made.text, made.title) == (text, "Joint [31mStatement")


@pytest.mark.parametrize("separator", ["", " ", ".  "])
def test_a_long_line_is_read(tmp_path: Path, separator: str) -> None:
    path = tmp_path / "a.txt"
    text = f"word{separator}" * (5_000_000 // (4 + len(separator)))
    path.write_text(text, encoding="utf-8")
    assert read_one(path).text == text  # a quadratic pass would take minutes


def encrypted(data: bytes) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(data))
    writer.encrypt("secret", algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (encrypted(make_pdf([["Text"]])), "a.pdf: encrypted; save it without the password"),
        (make_pdf([[], []]), "a.pdf: 2 pages without text, perhaps scanned; run OCR on it first"),
        (make_pdf([["Text"]])[:200], "a.pdf: no PDF file, or a damaged one: Failed to load document"),
        (b"Text", "a.pdf: no PDF file, or a damaged one: Failed to load document"),
    ],
    ids=["encrypted", "scanned", "truncated", "text"],
)
def test_pdf_files_without_text(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    assert error_of(path).startswith(message)


def test_docx_files_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    document = docx.Document()
    document.add_paragraph("Text")
    document.save(str(path))
    whole = path.read_bytes()
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("other.xml", "<a/>")
        other = stream.getvalue()
    with io.BytesIO() as stream:  # another root than a document's
        with zipfile.ZipFile(stream, "w") as archive, zipfile.ZipFile(path) as original:
            for name in original.namelist():
                part = original.read(name)
                archive.writestr(name, b"<a/>" if name == "word/document.xml" else part)
        rootless = stream.getvalue()
    for data in (whole[: len(whole) // 2], other, rootless, b"Text", b"\xd0\xcf\x11\xe0 an encrypted file"):
        path.write_bytes(data)
        assert error_of(path).startswith("a.docx: no Word file, or damaged or protected: ")


def test_a_docx_that_unpacks_to_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    data = bytearray(path.read_bytes())
    size = data.index(b"PK\x01\x02") + 24  # where the directory says how long the part is unpacked
    data[size : size + 4] = (1 << 31).to_bytes(4, "little")
    path.write_bytes(data)
    assert error_of(path) == f"a.docx: unpacks to {1 << 31} bytes; accepted are up to {1 << 29}"


def test_html_nested_without_end(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(b"<div>" * 5000 + b"deep" + b"</div>" * 5000)
    assert error_of(path) == "a.html: empty: the text holds no letter and no digit"


def test_a_folder_or_pipe_as_a_file(tmp_path: Path) -> None:
    folder, pipe = tmp_path / "a.txt", tmp_path / "b.txt"
    folder.mkdir()
    os.mkfifo(pipe)
    assert error_of(folder) == "a.txt: is a folder; expected a file"
    assert error_of(pipe) == "b.txt: is not a regular file"
    assert error_of(tmp_path / "gone.jsonl") == "gone.jsonl: cannot be read: No such file or directory"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Text", encoding="utf-8")
    path.chmod(0)
    assert error_of(path) == "a.txt: cannot be read: Permission denied"


def test_a_file_name_that_is_not_utf8_needs_an_id(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.md"))
    path.write_text("Text", encoding="utf-8")
    (error,) = read_all(path)
    assert isinstance(error, CorpusError)
    assert str(error) == (
        f"{tmp_path}/caf\\xe9.md: id 'caf\\udce9' holds control characters or is no Unicode;"
        " rename the file or give another id"
    )
    path.write_text("---\nid: cafe\n---\nText", encoding="utf-8")
    assert read_one(path).id == "cafe"

"""Files to upload that nobody should send: damaged, deep, endless, lying about what they are."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable

import docx

from tests.corpus.reading import make_pdf

_ENTITIES = b'<!DOCTYPE a [<!ENTITY a0 "ha">%s]>' % b"".join(
    b'<!ENTITY a%d "%s">' % (level, b"&a%d;" % (level - 1) * 10) for level in range(1, 12)
)
_OUTSIDE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x; peace</a>'
NAMES = (
    *(
        "../../x.txt",
        "..\\..\\x.md",
        "C:\\x\\y.html",
        "/etc/passwd",
        "a.txt",
        ".txt",
        "..",
        ".",
        "x",
        "",
        " ",
    ),
    *(
        "a" * 300 + ".txt",
        "é東京.md",
        "a\tb.txt",
        "a\x7f.csv",
        "\u202etxt.exe",
        "a.TXT",
        "a.txt.gz",
        "con.pdf",
    ),
    *(
        "metadata.csv",
        "job.json",
        "job.tmp",
        "0",
        "a.docx",
        "a.jsonl",
        "a.htm",
        "%2e%2e%2fx.txt",
        "\u2028.txt",
    ),
)


def samples() -> dict[str, bytes]:
    """A good file for each suffix."""
    page = b"<html><head><title>On peace</title></head><body><p>We want peace and water.</p></body></html>"
    return {
        ".txt": "We want peace.\n\nÁgua for all.".encode(),
        ".md": b"---\ntitle: On peace\ndate: 2024\n---\n# Peace\n\nWe want peace.\n",
        ".html": page,
        ".pdf": make_pdf([["We want peace."]]),
        ".docx": _word("We want peace."),
        ".jsonl": b'{"id": "r1", "text": "We want peace."}\n{"id": "r2", "text": "Trade.", "date": "2024"}\n',
        ".csv": b'id,text,date\nc1,"We want peace, and water.",2024\nc2,Trade.,2023\n',
    }


def monsters() -> dict[str, bytes]:
    """Files made to break their readers, by name."""
    deep = 5000
    return {
        "bomb.docx": _zipped("word/document.xml", b"\0" * (64 << 20)),
        "entities.docx": _zipped("word/document.xml", _ENTITIES + b"<a>&a11;</a>"),
        "outside.docx": _zipped("word/document.xml", _OUTSIDE),
        "climbing.docx": _zipped("../../../climbed.txt", b"peace"),
        "half.docx": _word("We want peace.")[:-200],
        "entities.html": _ENTITIES + b"<html><body><p>peace &a11;</p></body></html>",
        "outside.html": _OUTSIDE,
        "deep.html": b"<div>" * deep + b"peace" + b"</div>" * deep,
        "tags.html": b"<p>peace" * 5000,
        "script.html": b"<html><body><script>" + b"peace;" * 1000 + b"</script></body></html>",
        "deep.md": b"---\na: " + b"[" * deep + b"\n---\npeace\n",
        "alias.md": b"---\na: &a [x]\n"
        + b"".join(b"b%d: &b%d [*a,*a]\n" % (n, n) for n in range(99))
        + b"---\npeace\n",
        "object.md": b"---\na: !!python/object/apply:os.system ['exit']\n---\npeace\n",
        "deep.jsonl": b'{"text": ' + b"[" * deep + b"\n",
        "number.jsonl": b'{"text": "peace", "id": ' + b"9" * 9000 + b"}\n",
        "lone.jsonl": b'{"text": "a \\ud800"}\n{"id": "\\udfff", "text": "a"}\n{"text": "a\\u0000b"}\n',
        "kinds.jsonl": b'{"text": null}\n[]\n"a"\n{"text": {}}\n{"text": "a", "speakers": [[1]]}\n\n{}\n',
        "line.txt": b"peace " * 200_000,
        "lines.txt": b"peace.\n" * 3000,
        "nul.txt": b"peace\0peace",
        "latin.txt": "paix à été".encode("latin-1"),
        "broken.txt": b"peace \xff\xfe\xfa \xc3\x28",
        "utf16.txt": b"\xff\xfe" + "peace".encode("utf-16-le")[:-1],
        "space.txt": b" \n\t\r\n" * 1000,
        "marks.txt": ("p" + "\u0301" * 5000 + "eace").encode(),
        "wide.csv": b"text," + b"a," * 50_000 + b"\npeace\n",
        "quote.csv": b'id,text\n1,"peace\n' + b"x\n" * 5000,
        "none.csv": b"id;date\n1;2024\n",
        "rows.csv": b"id,text\n" + b"same,peace\n" * 2000,
        "empty.pdf": b"%PDF-1.4\n%%EOF",
        "cut.pdf": make_pdf([["We want peace."]])[:200],
        "loop.pdf": b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 1 0 R/Kids[1 0 R]/Count 99>>endobj\n"
        b"trailer<</Root 1 0 R>>",
        "zip.pdf": _word("peace"),
        "pdf.docx": make_pdf([["We want peace."]]),
    }


def damaged(data: bytes, suffix: str, chance: random.Random) -> bytes:
    """A file with some of its bytes changed; of a Word file now and then those of the text inside."""
    if suffix == ".docx" and chance.random() < 0.5:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            text = archive.read("word/document.xml")
        return _zipped("word/document.xml", mutated(text, chance))
    return mutated(data, chance)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Some bytes of a file changed, left out, repeated or moved."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(changed) + 1)
        to = min(len(changed), at + chance.randint(0, 40))
        chance.choice(_MUTATIONS)(changed, at, to, chance)
    return bytes(changed)


def _flip(data: bytearray, at: int, to: int, chance: random.Random) -> None:
    data[at:to] = chance.randbytes(to - at)


def _cut(data: bytearray, at: int, to: int, _: random.Random) -> None:
    del data[at:to]


def _end(data: bytearray, at: int, _to: int, _: random.Random) -> None:
    del data[at:]


def _repeat(data: bytearray, at: int, to: int, chance: random.Random) -> None:
    data[at:at] = data[at:to] * chance.randint(1, 50)


def _insert(data: bytearray, at: int, _: int, chance: random.Random) -> None:
    data[at:at] = chance.choice(_PIECES)


_MUTATIONS: tuple[Callable[[bytearray, int, int, random.Random], None], ...] = (
    _flip,
    _cut,
    _end,
    _repeat,
    _insert,
)
_PIECES = (
    *(
        b"\0",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"\r",
        b'"',
        b"<",
        b"]]>",
        b"---\n",
        b"\\ud800",
        b"%PDF-",
        b"PK\x03\x04",
    ),
    *(
        "\u202e\u0301é".encode(),
        b"9" * 5000,
        b"[" * 3000,
        b"<b>" * 500,
        b"\x1b[2J",
        b"{{",
        b"endobj",
        b"\x0c",
    ),
)


def _word(text: str) -> bytes:
    document, file = docx.Document(), io.BytesIO()
    document.add_paragraph(text)
    document.save(file)
    return file.getvalue()


def _zipped(name: str, content: bytes) -> bytes:
    """A Word file with one part in the place of another."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(_word("peace"))) as good,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bad,
    ):
        for part in good.namelist():
            if part != name:
                bad.writestr(part, good.read(part))
        bad.writestr(name, content)
    return file.getvalue()

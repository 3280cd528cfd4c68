"""Whatever a file does to its reader, the next file is read, and what is read is what read_file gives."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.issuers import load_issuers
from corpus.readers import Source, read_file
from corpus.statement import CorpusError, Statement
from service import isolated
from service.isolated import IsolatedReader

NAMES = load_issuers()
BROKEN = "cannot be read: its reader broke down, or needed more than {} seconds or 4 GiB"
Told = list[Statement | str]


@pytest.fixture(scope="module")
def reader() -> Iterator[IsolatedReader]:
    reader = IsolatedReader(None)
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def naughty() -> Iterator[IsolatedReader]:
    """Its process does what files say; each may take half a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(isolated, "_MODULE", "tests.service.naughty")
        reader = IsolatedReader(None, 0.5)
        yield reader
        reader.close()


def told(found: Iterator[Statement | CorpusError]) -> Told:
    return [str(one) if isinstance(one, CorpusError) else one for one in found]


def read(reader: IsolatedReader, folder: Path, content: bytes, name: str = "a.txt") -> Told:
    path = folder / "0"
    path.write_bytes(content)
    return told(reader(Source(path, name=name), NAMES))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.text().map(str.encode), st.binary(), st.text().map(lambda s: s.encode("utf-16"))))
def test_a_text_is_read_as_in_this_process(reader: IsolatedReader, tmp_path: Path, content: bytes) -> None:
    found = read(reader, tmp_path, content, "KEN_79_2024.txt")
    assert found == told(read_file(tmp_path / "0", NAMES, name="KEN_79_2024.txt"))
    assert len(found) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (
            "a.md",
            "---\ntitle: On peace\nissuers: [Kenya]\ndate: 2024-05\n---\nWe want peace.\n\nAnd end\nend\n",
        ),
        ("a.jsonl", '{"text": "One.", "id": "x"}\nnothing\n{"text": "Two \\u2028 end."}\n'),
        ("a.csv", "text,id\nend,x\n"),
        ("a.html", "<p>We want peace, and we want it now, in every land.</p>"),
        ("a.pdf", "%PDF-1.4"),
        ("a.docx", "PK"),
        ("a.exe", "MZ"),
        ("..", "x"),
        ("é\udce9.txt", "x"),
    ],
)
def test_other_files_too(reader: IsolatedReader, tmp_path: Path, name: str, content: str) -> None:
    found = read(reader, tmp_path, content.encode(), name)
    assert found == told(read_file(tmp_path / "0", NAMES, name=name))


def test_further_issuers(tmp_path: Path) -> None:
    (tmp_path / "issuers.csv").write_text("name,code\nLand of Oz,OZZ\n")
    reader = IsolatedReader(tmp_path / "issuers.csv")
    (found,) = read(reader, tmp_path, b"We want peace.", "OZZ_79_2024.txt")
    reader.close()
    assert isinstance(found, Statement)
    assert found.issuers == ("Land of Oz",)


@pytest.mark.parametrize("content", [b"die", b"hang", b"spin", b"eat", b"raise", b"half"])
def test_a_file_that_breaks_its_reader_fails_alone(
    naughty: IsolatedReader, tmp_path: Path, content: bytes
) -> None:
    assert read(naughty, tmp_path, content) == [f"a.txt: {BROKEN.format('0.5')}"]
    assert read(naughty, tmp_path, b"We want peace.") == [Statement("a", "We want peace.")]


@pytest.mark.parametrize("content", [b"print", b"terminated"])
def test_prints_and_signals_for_the_service_do_not_matter(
    naughty: IsolatedReader, tmp_path: Path, content: bytes
) -> None:
    assert read(naughty, tmp_path, content) == [Statement("a", content.decode())]
    assert read(naughty, tmp_path, b"We want peace.") == [Statement("a", "We want peace.")]


def test_a_reader_that_dies_between_two_files(naughty: IsolatedReader, tmp_path: Path) -> None:
    assert read(naughty, tmp_path, b"die later") == [Statement("a", "die later")]
    process = naughty._process
    assert process is not None
    assert process.wait(10) == -9
    assert read(naughty, tmp_path, b"We want peace.") == [Statement("a", "We want peace.")]


def test_the_time_is_for_each_file(naughty: IsolatedReader, tmp_path: Path) -> None:
    assert read(naughty, tmp_path, b"One.") == [Statement("a", "One.")]
    time.sleep(0.7)
    process = naughty._process
    assert read(naughty, tmp_path, b"Two.") == [Statement("a", "Two.")]
    assert naughty._process is process


def test_closing_ends_what_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolated, "_MODULE", "tests.service.naughty")
    reader = IsolatedReader(None)
    found: list[Told] = []
    reading = threading.Thread(target=lambda: found.append(read(reader, tmp_path, b"hang")))
    reading.start()
    while reader._process is None:
        time.sleep(0.001)
    reader.close()
    reading.join(10)
    assert found == [[f"a.txt: {BROKEN.format('120')}"]]
    assert read(reader, tmp_path, b"We want peace.") == [f"a.txt: {BROKEN.format('120')}"]
    reader.close()
    assert reader._process is None


def test_the_process_that_reads_knows_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMUNIQUE_WRITE_KEYS", "a secret of sixteen")
    reader = IsolatedReader(None)
    path = tmp_path / "a.txt"
    path.write_text("We met.")
    try:
        list(reader(Source(path), load_issuers()))
        assert reader._process
        environment = Path(f"/proc/{reader._process.pid}/environ").read_bytes()
    finally:
        reader.close()
    assert b"PATH=" in environment
    assert b"COMMUNIQUE" not in environment

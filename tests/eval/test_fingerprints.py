"""Digests: worked out by hand once, and another for each thing that makes another figure."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from corpus import split
from corpus.statement import Statement
from eval import fingerprints
from eval.fingerprints import code_digest, index_digest, model_digest, passages_digest
from index import encoder, heading
from index.encoder import PACKAGED, ModelSettings
from index.store import Store, open_store
from tests.index.fakes import put, word_vector

METADATA = (
    '{"id": "a", "title": "", "issuers": [], "speakers": [], '
    '"date": "", "kind": "", "language": "", "url": ""}'
)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def of_files(files: Mapping[str, bytes]) -> str:
    return sha256("".join(f"{name}\0{sha256(data)}\n" for name, data in files.items()).encode())


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


MODEL = {"1_Pooling/config.json": b"{}", "config.json": b"[]", "model.bin": bytes(300_000)}


def test_a_model_is_the_names_and_contents_of_its_files(tmp_path: Path) -> None:
    tuned = ModelSettings(str(write(tmp_path / "tuned", MODEL)))
    assert model_digest(tuned) == of_files(MODEL)
    write(tmp_path / "tuned", {".git/HEAD": b"main", "1_Pooling/.DS_Store": b"0"})
    assert model_digest(tuned) == of_files(MODEL)
    assert model_digest(ModelSettings(str(write(tmp_path / "x" / "tuned", MODEL)))) == of_files(MODEL)
    write(tmp_path / "tuned", {"model.bin": bytes(299_999) + b"1"})
    assert model_digest(tuned) == of_files(MODEL | {"model.bin": bytes(299_999) + b"1"})


def test_a_model_that_is_no_folder_has_no_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / PACKAGED, MODEL)
    monkeypatch.chdir(tmp_path)  # the packaged one is loaded, whatever lies here
    assert model_digest(ModelSettings()) == ""
    assert model_digest(ModelSettings("somebody/else")) == ""


def test_code_is_the_modules_and_tables_of_all_rooms(tmp_path: Path) -> None:
    code = {"corpus/a.csv": b"1", "eval/page/b.py": b"2", "index/c.py": b"3", "service/d.json": b"4"}
    other = {"tests/e.py": b"5", "f.py": b"6", "eval/g.jsonl": b"7", "eval/page/h.html": b"8"}
    assert code_digest(write(tmp_path, code | other)) == of_files(code)[:16]
    changed = code | {"service/d.json": b"5"}
    assert code_digest(write(tmp_path, changed)) == of_files(changed)[:16]


def test_the_code_of_this_project_is_meant() -> None:
    root = Path(__file__).parents[2]
    rooms = [path for room in ("corpus", "eval", "index", "service") for path in (root / room).rglob("*.*")]
    names = sorted(
        path.relative_to(root).as_posix() for path in rooms if path.suffix in (".py", ".json", ".csv")
    )
    assert {"corpus/issuers.csv", "service/calibration.json", "index/ranking.py"} < set(names)
    assert code_digest() == of_files({name: (root / name).read_bytes() for name in names})[:16]


@pytest.mark.parametrize("module", [encoder, heading, split])
def test_another_way_to_make_passages_has_another_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: object
) -> None:
    before = passages_digest()
    source = Path(str(module.__file__)).read_bytes()  # type: ignore[attr-defined]
    write(tmp_path, {"same.py": source, "other.py": source + b"\n"})
    monkeypatch.setattr(module, "__file__", str(tmp_path / "same.py"))
    assert passages_digest() == before
    monkeypatch.setattr(module, "__file__", str(tmp_path / "other.py"))
    assert passages_digest() != before


def test_passages_are_of_six_modules_and_a_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprints, "version", {"nupunkt": "0.8.1"}.__getitem__)
    root = Path(__file__).parents[2]
    names = [
        *("corpus.paragraphs", "corpus.sentences", "corpus.split"),
        *("index.encoder", "index.heading", "index.ingest"),
    ]
    sources = {name: (root / f"{name.replace('.', '/')}.py").read_bytes() for name in names}
    assert passages_digest() == sha256(f"{of_files(sources)} 0.8.1".encode())


def stored(folder: Path, *keys: str) -> tuple[Store, dict[str, Statement]]:
    texts = {"a": "Peace. Ships.", "b": "Clean water."}
    statements = {key: Statement(key, texts[key]) for key in keys}
    store = open_store(folder, create=True)
    for found in statements.values():
        put(store, found)
    return store, statements


def digest(store: Store, statements: Mapping[str, Statement]) -> str:
    with closing(store):
        return index_digest(store, statements)


def test_an_index_is_its_statements_passages_and_vectors(tmp_path: Path) -> None:
    store, statements = stored(tmp_path / "data", "a")
    places = np.array([0, 13, 1, 1], np.int32).tobytes() + np.array([[0, 6], [7, 13]], np.int32).tobytes()
    texts = ("Peace. Ships.", "Peace.", "Ships.")
    vectors = np.stack([word_vector(text) for text in texts]).astype(np.float16).tobytes()
    told = f"{statements['a'].version} {METADATA}\na [16, 16, 16, 32]\n".encode() + places + vectors
    assert digest(store, statements) == sha256(told)


@pytest.mark.parametrize("column", ["span", "sentences", "vector", "sentence_vectors"])
def test_each_column_of_a_passage_counts(tmp_path: Path, column: str) -> None:
    store, statements = stored(tmp_path / "data", "a", "b")
    before = digest(store, statements)
    with closing(sqlite3.connect(tmp_path / "data" / "statements.sqlite")) as connection, connection:
        (data,) = connection.execute(f"SELECT {column} FROM passages WHERE row = 2").fetchone()
        changed = bytes([data[0] ^ 1]) + data[1:]
        connection.execute(f"UPDATE passages SET {column} = ? WHERE row = 2", (changed,))
    assert digest(open_store(tmp_path / "data"), statements) != before


def test_equal_indexes_have_one_digest_and_others_in_another_order_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = digest(*stored(tmp_path / "one", "a", "b"))
    assert digest(*stored(tmp_path / "two", "a", "b")) == one
    assert digest(*stored(tmp_path / "three", "b", "a")) != one
    monkeypatch.setattr(fingerprints, "_PART", 1)
    assert digest(*stored(tmp_path / "four", "a", "b")) == one

"""Vectors of questions in a file: what is known is not encoded again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval import vectors
from eval.vectors import RememberingEncoder
from index.encoder import Encoder, ModelSettings, Vectors
from tests.eval.asking import loading, no_model
from tests.index.fakes import WordEncoder, word_vector

SETTINGS = ModelSettings("words")


class Listening(WordEncoder):
    """Keeps the questions it was asked to encode."""

    def __init__(self) -> None:
        super().__init__()
        self.questions: list[list[str]] = []

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        self.questions.append(list(texts))
        return super().encode_questions(texts)


def remembering(path: Path, encoder: Encoder | None = None, model_sha256: str = "") -> RememberingEncoder:
    """With no model where none is given."""
    load = loading(encoder) if encoder else no_model
    return RememberingEncoder(SETTINGS, lambda: load(SETTINGS), path, model_sha256)


def test_what_was_asked_before_needs_no_model(tmp_path: Path) -> None:
    path, model = tmp_path / "new" / "questions.npz", Listening()
    first = remembering(path, model)
    texts = ["peace", "ships", "peace"]
    expected = np.stack([word_vector(text) for text in texts])
    assert first.encode_questions(texts).tolist() == expected.tolist()
    assert first.encode_questions(["ships", "debt"]).tolist() == [
        word_vector("ships").tolist(),
        word_vector("debt").tolist(),
    ]
    assert model.questions == [["peace", "ships"], ["debt"]]
    first.save()
    again = remembering(path)
    assert again.dim == 8
    assert again.encode_questions(["debt", *texts]).tolist() == [
        word_vector("debt").tolist(),
        *expected.tolist(),
    ]
    assert [file.name for file in path.parent.iterdir()] == ["questions.npz"]


def test_passages_and_tokens_are_the_models(tmp_path: Path) -> None:
    found = remembering(tmp_path / "questions.npz", WordEncoder(max_tokens=64))
    assert (found.dim, found.max_tokens, found.settings) == (8, 64, SETTINGS)
    assert found.count_tokens(["peace and trade"]) == [5]
    heard: list[int] = []
    assert found.encode_passages(["peace"], heard.append).tolist() == [word_vector("peace").tolist()]
    assert heard == [1]
    found.save()
    assert list(tmp_path.iterdir()) == []  # nothing was asked


def test_a_model_is_loaded_once(tmp_path: Path) -> None:
    loaded: list[ModelSettings] = []

    def load() -> Encoder:
        loaded.append(SETTINGS)
        return WordEncoder()

    found = RememberingEncoder(SETTINGS, load, tmp_path / "questions.npz")
    assert loaded == []
    found.encode_questions(["peace"])
    found.encode_questions(["ships"])
    assert loaded == [SETTINGS]


def saved(path: Path, **changes: npt.NDArray[Any]) -> None:
    """A file as the encoder writes it of "peace", with other arrays in it; an empty one leaves it out."""
    first = remembering(path, WordEncoder())
    first.encode_questions(["peace"])
    first.save()
    with np.load(path) as found:
        arrays = {name: found[name] for name in found.files} | changes
    np.savez(path, **{name: value for name, value in arrays.items() if value.size})


VECTOR = np.ones((1, 8), np.float32)
BROKEN = {
    "another model": {"model": np.array(json.dumps(ModelSettings("other").as_dict()))},
    "no model": {"model": np.array([])},
    "several models": {"model": np.array(["a", "b"])},
    "no keys": {"keys": np.array([])},
    "keys that are numbers": {"keys": np.array([1.0])},
    "keys in a table": {"keys": np.array([["a"]])},
    "more keys than vectors": {"keys": np.array(["a", "b"])},
    "one vector": {"vectors": VECTOR[0]},
    "doubles": {"vectors": VECTOR.astype(np.float64)},
    "no number": {"vectors": VECTOR * np.nan},
    "objects": {"vectors": np.array([{}], dtype=object)},
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_does_not_fit_is_made_anew(tmp_path: Path, name: str) -> None:
    path, model = tmp_path / "questions.npz", Listening()
    saved(path, **BROKEN[name])
    found = remembering(path, model)
    assert found.encode_questions(["peace"]).tolist() == [word_vector("peace").tolist()]
    assert model.questions == [["peace"]]
    found.save()
    assert remembering(path).encode_questions(["peace"]).tolist() == [word_vector("peace").tolist()]


@pytest.mark.parametrize("changed", ["torch", "sentence-transformers"])
def test_vectors_of_another_version_are_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    path, model = tmp_path / "questions.npz", Listening()
    saved(path)
    monkeypatch.setattr(vectors, "version", lambda name: "1" if name == changed else version(name))
    remembering(path, model).encode_questions(["peace"])
    assert model.questions == [["peace"]]


def test_a_model_trained_again_in_its_folder_is_another(tmp_path: Path) -> None:
    path, model = tmp_path / "questions.npz", Listening()
    first = remembering(path, WordEncoder(), "ab")
    first.encode_questions(["peace"])
    first.save()
    remembering(path, None, "ab").encode_questions(["peace"])
    remembering(path, model, "cd").encode_questions(["peace"])
    assert model.questions == [["peace"]]


def test_a_file_of_one_array_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "questions.npz"
    with path.open("wb") as file:
        np.save(file, VECTOR)
    assert remembering(path, WordEncoder()).encode_questions(["peace"]).tolist() == [
        word_vector("peace").tolist()
    ]


@given(st.data())
def test_whatever_bytes_a_file_holds_vectors_are_right(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("v") / "questions.npz"
    saved(path)
    whole = path.read_bytes()
    cut = data.draw(st.integers(0, len(whole)))
    path.write_bytes(
        whole[:cut] + data.draw(st.binary(max_size=20)) + whole[cut:][data.draw(st.integers(0, 9)) :]
    )
    vectors = remembering(path, WordEncoder()).encode_questions(["peace", "ships"])
    assert vectors.tolist() == [word_vector("peace").tolist(), word_vector("ships").tolist()]


def test_where_nothing_can_be_written_it_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "questions.npz"  # a file where a folder would be, for root too
    first = remembering(path, WordEncoder())
    assert first.encode_questions(["peace"]).tolist() == [word_vector("peace").tolist()]
    first.save()
    assert (tmp_path / "file").read_text() == ""

"""Batches, and the packaged model: its vectors, and what is said when it cannot be had."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import index.encoder
from index.encoder import (
    PACKAGED,
    Encoder,
    ModelError,
    ModelSettings,
    SentenceTransformerEncoder,
    batches_by_length,
    batches_of_one_length,
    load_encoder,
)
from tests.index.fakes import WORDS, WordEncoder

SHORT = "Ships cross the sea."
NEAR = "Vessels sail over the ocean."
FAR = "The parliament lowered the interest on farm loans."
LONG = " ".join(["We welcome the agreement on fisheries and the protection of the oceans."] * 9)


@pytest.fixture(scope="module")
def packaged() -> SentenceTransformerEncoder:
    return load_encoder(ModelSettings(), device="cpu")


@pytest.mark.parametrize(
    ("lengths", "longest", "tokens", "batches"),
    [
        ([3, 9, 3], 8, 8, [[1], [0, 2]]),
        ([], 8, 8, []),
        ([5], 8, 4, [[0]]),
        ([9, 9], 8, 4, [[0], [1]]),
        ([2, 2, 2, 2, 2], 8, 4, [[0, 1], [2, 3], [4]]),
        ([1, 4, 2], 8, 8, [[1, 2], [0]]),
        ([0, 0], 8, 8, [[0, 1]]),
        ([100, 1], 8, 16, [[0, 1]]),
    ],
)
def test_batches(lengths: list[int], longest: int, tokens: int, batches: list[list[int]]) -> None:
    assert batches_by_length(lengths, longest, tokens) == batches


@given(st.lists(st.integers(0, 600), max_size=200), st.integers(1, 512), st.integers(1, 4096))
def test_batches_hold_each_text_once_within_the_budget(lengths: list[int], longest: int, tokens: int) -> None:
    batches = batches_by_length(lengths, longest, tokens)
    order = [position for batch in batches for position in batch]
    assert sorted(order) == list(range(len(lengths)))
    assert [lengths[position] for position in order] == sorted(lengths, reverse=True)
    for batch in batches:
        padded = min(max(lengths[position] for position in batch), longest)
        assert len(batch) == 1 or len(batch) * padded <= tokens


@pytest.mark.parametrize(
    ("lengths", "batches"),
    [([3, 9, 3], [[1], [0, 2]]), ([], []), ([0, 0], [[0, 1]]), ([9, 3, 8, 3, 3], [[0], [2], [1, 3], [4]])],
)
def test_batches_of_one_length(lengths: list[int], batches: list[list[int]]) -> None:
    """At most 8 tokens are read, and at most 8 go together."""
    assert batches_of_one_length(lengths, 8, 8) == batches


def test_a_question_has_the_same_vector_in_any_company(packaged: SentenceTransformerEncoder) -> None:
    texts = [SHORT, NEAR, FAR, "Peace?", "Peace and trade, and ships?", SHORT]
    together = packaged.encode_questions(texts)
    with ThreadPoolExecutor(6) as pool:
        at_once = list(pool.map(packaged.encode_questions, [[text] for text in texts]))
    alone = [packaged.encode_questions([text])[0] for text in texts]
    assert together == pytest.approx(np.stack(alone), abs=1e-6)  # with padding 1e-3 apart in bfloat16
    assert np.concatenate(at_once) == pytest.approx(np.stack(alone), abs=1e-6)


def test_the_packaged_model(packaged: SentenceTransformerEncoder) -> None:
    assert (packaged.dim, packaged.max_tokens, packaged.settings) == (384, 256, ModelSettings(PACKAGED))
    assert packaged.count_tokens(["", "peace", "peace and trade", "peace " * 999]) == [2, 3, 5, 1001]
    assert packaged.count_tokens([]) == []


def test_vectors_are_of_length_one_and_near_by_meaning(packaged: SentenceTransformerEncoder) -> None:
    vectors = packaged.encode_passages([SHORT, NEAR, FAR, LONG, ""])
    assert (vectors.shape, str(vectors.dtype)) == ((5, 384), "float32")
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    near, far = float(vectors[0] @ vectors[1]), float(vectors[0] @ vectors[2])
    assert near > 0.7
    assert far < 0.2


def test_the_company_of_a_text_does_not_matter(packaged: SentenceTransformerEncoder) -> None:
    texts = [f"{SHORT} {LONG[: 60 * number]}" for number in range(12)] * 4  # several batches
    together = packaged.encode_passages(texts)
    for number in (0, 5, 11):
        alone = packaged.encode_passages([texts[number]])[0]
        assert together[number::12] == pytest.approx(np.tile(alone, (4, 1)), abs=2e-2)
        assert float(alone @ together[number]) > 0.999


def test_a_text_is_read_up_to_max_tokens(packaged: SentenceTransformerEncoder) -> None:
    head = "peace " * 254
    vectors = packaged.encode_passages([head, head + "war " * 50, "peace " * 200 + "war " * 54])
    assert float(vectors[0] @ vectors[1]) > 0.9999
    assert float(vectors[0] @ vectors[2]) < 0.999


def test_nothing_is_encoded_as_nothing(packaged: SentenceTransformerEncoder) -> None:
    vectors = packaged.encode_passages([])
    assert (vectors.shape, str(vectors.dtype)) == ((0, 384), "float32")


@pytest.mark.parametrize("count", [1, 60])
def test_progress_adds_up(packaged: SentenceTransformerEncoder, count: int) -> None:
    heard: list[int] = []
    packaged.encode_passages([SHORT * 10] * count, heard.append)
    assert sum(heard) == count
    assert (len(heard) > 1) == (count > 1)


def test_progress_may_stop_the_work(packaged: SentenceTransformerEncoder) -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        packaged.encode_passages([SHORT] * 300, stop)
    assert len(packaged.encode_passages([SHORT])) == 1


def test_a_question_without_prompt_is_a_passage(packaged: SentenceTransformerEncoder) -> None:
    assert packaged.encode_questions([SHORT]).tolist() == packaged.encode_passages([SHORT]).tolist()


def test_prompts_are_put_before(packaged: SentenceTransformerEncoder) -> None:
    settings = ModelSettings(PACKAGED, "query: ", "passage: ")
    prompted = SentenceTransformerEncoder(packaged._model, settings, workers=1)
    plain = packaged.encode_passages([f"query: {SHORT}", f"passage: {SHORT}"])
    assert prompted.encode_questions([SHORT])[0] == pytest.approx(plain[0], abs=2e-2)
    assert prompted.encode_passages([SHORT])[0] == pytest.approx(plain[1], abs=2e-2)
    assert float(plain[0] @ plain[1]) < 0.99


def test_other_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index.encoder, "_PACKAGED_SHA256", "0" * 64)
    with pytest.raises(ModelError, match=r"model.safetensors .* has sha256 53aa51.*, not 0000.*: reinstall"):
        load_encoder(ModelSettings())


@pytest.mark.parametrize("name", ["nobody/has-this-model", "no model", "./no/such/folder"])
def test_an_unknown_model_is_an_error_without_a_look_at_the_network(name: str) -> None:
    """Sockets are closed to the tests; one that were tried would be tried again for a minute."""
    with pytest.raises(ModelError, match=rf"model '{name}' cannot be loaded \(.+\); accepted: {PACKAGED}, a"):
        load_encoder(ModelSettings(name))


def test_a_folder_is_a_model_and_a_broken_one_is_not(tmp_path: Path) -> None:
    copy = tmp_path / "model"
    shutil.copytree(index.encoder._packaged_folder(), copy)
    settings = ModelSettings(str(copy))
    assert load_encoder(settings).encode_questions([SHORT]).shape == (1, 384)
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1_000_000])
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_encoder(settings)
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_encoder(ModelSettings(str(tmp_path)))


def test_the_encoder_of_the_tests_keeps_the_contract(packaged: SentenceTransformerEncoder) -> None:
    encoders: list[Encoder] = [WordEncoder(), packaged]
    for encoder in encoders:
        heard: list[int] = []
        vectors = encoder.encode_passages(["peace", "trade and peace", "else"], heard.append)
        assert (vectors.shape, str(vectors.dtype), sum(heard)) == ((3, encoder.dim), "float32", 3)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
        assert encoder.encode_questions(["else", "peace"]) == pytest.approx(vectors[[2, 0]], abs=2e-2)
        assert encoder.encode_questions([]).shape == (0, encoder.dim)
        assert encoder.count_tokens(["trade and peace"]) == [5]
        assert encoder.encode_passages([]).shape == (0, encoder.dim)
    assert WordEncoder().encode_questions(["Peace, peace: trade! peace"])[0, :3].tolist() == pytest.approx(
        [3 / 10**0.5, 0, 1 / 10**0.5]
    )
    assert WordEncoder().dim == len(WORDS) + 1

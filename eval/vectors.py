"""Vectors of questions, kept beside the index they are asked of: asking again encodes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import numpy as np

from index.encoder import Encoder, ModelSettings, Progress, Vectors


class RememberingEncoder:
    """An Encoder that knows the vectors of questions in a file; the model is loaded for the rest.

    A file that cannot be read, or is of another model or torch, is made anew; `model_sha256` tells models of
    one name apart (see eval.fingerprints.model_digest). Not for several threads.
    """

    def __init__(
        self, settings: ModelSettings, load: Callable[[], Encoder], path: Path, model_sha256: str = ""
    ) -> None:
        self.settings = settings
        self._load = load
        self._path = path
        makers = {name: version(name) for name in ("sentence-transformers", "torch")}
        self._model = json.dumps(settings.as_dict() | makers | {"sha256": model_sha256})
        self._known = _read(path, self._model)
        self._is_new = False

    @cached_property
    def _encoder(self) -> Encoder:
        return self._load()

    @property
    def dim(self) -> int:
        """See Encoder."""
        return len(next(iter(self._known.values()))) if self._known else self._encoder.dim

    @property
    def max_tokens(self) -> int:
        """See Encoder."""
        return self._encoder.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See Encoder."""
        return self._encoder.count_tokens(texts)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """See Encoder; these are kept in the store."""
        return self._encoder.encode_passages(texts, progress)

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """See Encoder."""
        keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        unknown = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if unknown:
            self._known |= zip(unknown, self._encoder.encode_questions(list(unknown.values())), strict=True)
            self._is_new = True
        return np.stack([self._known[key] for key in keys])

    def save(self) -> None:
        """Write what was not known before; where it cannot be written, it is forgotten."""
        if not self._is_new:
            return
        temporary = self._path.with_suffix(".tmp")
        with suppress(OSError):
            self._path.parent.mkdir(exist_ok=True)
            with temporary.open("wb") as file:
                keys, vectors = np.array(list(self._known)), np.stack(list(self._known.values()))
                np.savez(file, model=np.array(self._model), keys=keys, vectors=vectors)
            temporary.replace(self._path)


def _read(path: Path, model: str) -> dict[str, Vectors]:
    """Vectors by the SHA-256 of the question; none unless the whole file is as `save` writes it."""
    try:
        with path.open("rb") as file, np.load(file) as found:
            keys, vectors = found["keys"], found["vectors"]
            is_ours = found["model"].item() == model and keys.ndim == 1 and keys.dtype.kind == "U"
    except Exception:  # a broken file raises whatever the part of numpy that stumbles over it likes
        return {}
    is_ours = is_ours and vectors.ndim == 2 and vectors.dtype == np.float32 and len(keys) == len(vectors)
    return dict(zip(keys.tolist(), vectors, strict=True)) if is_ours and np.isfinite(vectors).all() else {}

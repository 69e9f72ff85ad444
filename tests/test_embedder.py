"""Embedding documents: the same vectors in the same order, however many threads make them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from retrieval.embedder import Embedder
from retrieval.traced import _INPUTS

TEXTS = [f"{'Mentors of nurses listen. ' * (number * 7 % 11)}Study number {number}." for number in range(75)]


def test_several_threads_make_the_vectors_that_one_makes() -> None:
    alone = Embedder().vectors(TEXTS)
    together = Embedder(threads=3).vectors(TEXTS)
    assert alone.shape == together.shape == (75, 384)
    assert np.allclose(alone, together, atol=1e-5)
    assert (alone @ together.T).argmax(axis=1).tolist() == list(range(75))
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)


def test_no_text_gives_no_vector() -> None:
    assert Embedder(threads=2).vectors([]).shape == (0, 384)


@pytest.mark.parametrize(
    "batch", [["Why?"], ["Trust grows when both tell of failures.", "Why?"], TEXTS[:32], [" x" * 600, ""]]
)
def test_the_native_pass_gives_the_models_own_numbers(batch: list[str]) -> None:
    embedder = Embedder()
    read = embedder.read(batch)
    modules: Any = embedder._model
    with torch.inference_mode():
        features: Any = embedder._model.preprocess(batch)
        states = modules[0].auto_model(**{name: features[name] for name in _INPUTS}, output_hidden_states=True)
        mask = features["attention_mask"][:, None, :, None]
        layers = ((torch.stack(states.hidden_states[1:], dim=1) * mask).sum(2) / mask.sum(2)).flatten(1)
    assert np.allclose([one.vector for one in read], embedder.vectors(batch), atol=1e-6)
    assert np.allclose([one.layers for one in read], layers, atol=1e-5)

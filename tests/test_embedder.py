"""Embedding documents: the same vectors in the same order, however many threads make them."""

from __future__ import annotations

import numpy as np

from retrieval.embedder import Embedder

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

"""What embedding a question costs without a coach: the yardstick of `evals.bench` and `evals.load`."""

from __future__ import annotations

from collections.abc import Callable

import torch
from sentence_transformers import SentenceTransformer

from retrieval.embedder import built_in_folder


def encode() -> Callable[[str], object]:
    """`SentenceTransformer.encode` of the built-in model on one thread: what anybody has who does nothing but embed.

    The coach's own pass is quicker (docs/decisions/012); measured by that, each gain would look like a loss.
    """
    torch.set_num_threads(1)
    model = SentenceTransformer(str(built_in_folder()), device="cpu", local_files_only=True)
    model.encode("warm")
    return lambda question: model.encode(question, normalize_embeddings=True, show_progress_bar=False)

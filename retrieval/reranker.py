"""An optional cross-encoder, by name or folder, as LangChain's `BaseCrossEncoder`."""

from __future__ import annotations

import numpy as np
from langchain_core.cross_encoders import BaseCrossEncoder
from sentence_transformers import CrossEncoder
from torch.nn import Sigmoid

from retrieval.embedder import ModelError


class Reranker(BaseCrossEncoder):
    """Scores pairs of query and passage in 0–1; slower than everything else in retrieval, so it sees few of them."""

    def __init__(self, model: str) -> None:
        """Load `model`, a folder or a name already in the local hub cache; raises `ModelError`."""
        try:
            self._model = CrossEncoder(model, device="cpu", local_files_only=True, num_labels=1, max_length=512)
        except (OSError, ValueError) as error:
            raise ModelError(
                f"The cross-encoder {model!r} is not on this machine. Give a folder that holds it, or fetch it first "
                f"(`hf download {model}`); the coach itself fetches nothing."
            ) from error

    def score(self, text_pairs: list[tuple[str, str]]) -> list[float]:
        scores = self._model.predict(text_pairs, activation_fn=Sigmoid(), show_progress_bar=False)
        return [float(score) for score in np.asarray(scores).reshape(-1)]

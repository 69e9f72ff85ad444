"""The embedding model's pass as one native call, during which Python's lock is free for others (docs/decisions/012)."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn
from transformers.utils import logging as transformers_logging

_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class Traced:
    """What a BERT-like model makes of a batch of texts, in the model's own numbers."""

    def __init__(self, model: SentenceTransformer) -> None:
        # Torch warns that it goes, and that a trace keeps decisions: `test_embedder` compares the two, batch by batch.
        verbosity = transformers_logging.get_verbosity()
        # A trace looks at every attribute, and transformers remarks on some.
        transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            example = _inputs(model, ["One.", "One that is longer."])
            traced: Any = torch.jit.trace(_Pass(model).eval(), example, check_trace=False)  # type: ignore[no-untyped-call]
            self._run: Any = torch.jit.freeze(traced)
        transformers_logging.set_verbosity(verbosity)
        self._model = model

    def __call__(self, texts: list[str]) -> tuple[Tensor, Tensor]:
        """The vector of each text, and what each layer makes of it: averaged over its tokens, one after the other."""
        with torch.inference_mode():
            vectors, layers = self._run(*_inputs(self._model, texts))
        return vectors, layers


class _Pass(nn.Module):
    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        modules: Any = model
        transformer, *self.after = modules
        self.bert = transformer.auto_model

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, Tensor]:
        states = self.bert(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids, output_hidden_states=True
        )
        features = {"token_embeddings": states.last_hidden_state, "attention_mask": attention_mask}
        for module in self.after:
            features = module(features)
        mask = attention_mask[:, None, :, None]
        layers = torch.stack(states.hidden_states[1:], dim=1)
        return features["sentence_embedding"], ((layers * mask).sum(2) / mask.sum(2)).flatten(1)


def _inputs(model: SentenceTransformer, texts: list[str]) -> tuple[Tensor, ...]:
    features: Any = model.preprocess(texts)
    return tuple(features[name] for name in _INPUTS)

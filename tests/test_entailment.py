"""Entailment verifiers: the scores of a cross-encoder, and the threshold that every verifier needs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

from coach.entailment import open_entailment
from coach.errors import SettingsError
from coach.patience import Deadline

NAME = "cross-encoder:fake"


SOON = Deadline.after(3600)


def test_a_verifier_is_opened_with_its_calibrated_threshold(tmp_path: Path) -> None:
    file = tmp_path / "thresholds.json"
    file.write_text(json.dumps({NAME: {"threshold": 0.83}}))
    found = open_entailment(NAME, file, lambda *_: 0.9)
    assert (found.threshold, found.score("Any.", "Any.", SOON)) == (0.83, 0.9)


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "[]",
        "{}",
        '{"cross-encoder:fake": 3}',
        '{"cross-encoder:fake": {"threshold": 0}}',
        '{"cross-encoder:fake": {"threshold": NaN}}',
        '{"cross-encoder:fake": {}}',
    ],
)
def test_a_verifier_without_a_threshold_is_refused(content: str | None, tmp_path: Path) -> None:
    file = tmp_path / "thresholds.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SettingsError, match=r"python -m evals\.calibrate"):
        open_entailment(NAME, file, lambda *_: 0.9)


@pytest.mark.parametrize("name", ["nonsense", "chat:openai:x", "cross-encoder:", ""])
def test_a_verifier_that_cannot_be_opened_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=repr(name)):
        open_entailment(name)


def cross_encoder(folder: Path, labels: dict[int, str], biases: list[float]) -> str:
    """A real, tiny cross-encoder whose outputs are `biases` whatever it reads; returns its name as a verifier."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "mentors", "listen"]
    (folder / "vocab.txt").write_text("\n".join(words))
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=8,
        id2label=labels,
        label2id={label: place for place, label in labels.items()},
    )
    model = BertForSequenceClassification(config)
    with torch.no_grad():
        model.classifier.weight.zero_()
        model.classifier.bias.copy_(torch.tensor(biases))
    model.save_pretrained(folder)
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    return f"cross-encoder:{folder}"


@pytest.mark.parametrize(
    ("labels", "biases", "score"),
    [
        ({0: "LABEL_0"}, [0.4], 0.5987),
        ({0: "LABEL_0"}, [3.0], 0.9526),
        ({0: "LABEL_0"}, [-900.0], 0.0),
        ({0: "contradiction", 1: "entailment", 2: "neutral"}, [1.0, 2.0, 0.0], 0.6652),
        ({0: "Entailment", 1: "not_entailment"}, [2.0, 2.0], 0.5),
    ],
)
def test_a_cross_encoder_gives_the_probability_of_entailment(
    labels: dict[int, str], biases: list[float], score: float, tmp_path: Path
) -> None:
    found = open_entailment(cross_encoder(tmp_path, labels, biases)).score("Mentors listen.", "Mentors listen.", SOON)
    assert found == pytest.approx(score, abs=1e-3)


def test_a_cross_encoder_that_names_no_entailment_is_refused(tmp_path: Path) -> None:
    """Which of its outputs would be the proof, nobody can tell."""
    name = cross_encoder(tmp_path, {0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2"}, [0.0, 0.0, 0.0])
    with pytest.raises(SettingsError, match="names no output `entailment`"):
        open_entailment(name)

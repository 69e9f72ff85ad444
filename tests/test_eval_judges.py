"""Judges of statements: the deterministic one, a model behind it, its agreement with labels, and a judge in its own cause."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coach.patience import Deadline
from evals.judges import Model, Verbatim, agreement, judged_itself
from evals.texts import Library, normal
from tests.eval_runs import ACCEPTANCE, PASSAGES

PREMISE = "Peer mentoring decreases stress. It may “help”."


@pytest.mark.parametrize(
    ("statement", "supported"),
    [
        ("Peer mentoring decreases stress", True),
        ("“peer mentoring decreases  stress.”", True),
        ('It may "help".', True),
        ("Peer mentoring lowers stress.", False),
        ("Peer mentoring decreases stress. It does help.", False),
        (" . ", False),
    ],
)
def test_verbatim_accepts_the_very_words_only(statement: str, supported: bool) -> None:
    assert Verbatim().supports(PREMISE, statement) is supported


def test_a_model_is_asked_only_what_verbatim_does_not_settle() -> None:
    asked: list[str] = []

    def scorer(premise: str, claim: str, deadline: Deadline) -> float:
        asked.append(claim)
        return 0.8 if "lowers" in claim else 0.1

    judge = Model("cross-encoder:x", scorer, 0.5)
    assert judge.supports(PREMISE, "Peer mentoring decreases stress.")
    assert judge.supports(PREMISE, "Peer mentoring lowers stress.")
    assert not judge.supports(PREMISE, "Peer mentoring raises stress.")
    assert not judge.supports("", "Peer mentoring lowers stress.")
    assert len(asked) == 2


def test_agreement_is_read_on_both_labels(tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    pairs = [("Peer mentoring decreases stress.", 1), ("Peer mentoring lowers stress.", 1), ("All is well.", 0)]
    file.write_text("\n".join(json.dumps({"premise": PREMISE, "claim": c, "label": n}) for c, n in pairs), "utf-8")
    found = agreement(Verbatim(), file)
    assert (found.supported, found.unsupported) == (2, 1)
    assert (found.right_on_supported, found.right_on_unsupported, found.balanced) == (0.5, 1.0, 0.75)


@pytest.mark.parametrize(
    ("judge", "writer", "same"),
    [
        ("chat:openai:qwen2.5", "openai:qwen2.5", True),
        ("chat:openai:qwen2.5", "qwen2.5", True),
        ("chat:openai:qwen2.5", "openai:llama3", False),
        ("cross-encoder:nli", "none", False),
    ],
)
def test_a_judge_in_its_own_cause_is_noticed(judge: str, writer: str, same: bool) -> None:
    assert judged_itself(Model(judge, lambda *_: 1.0, 0.5), ["none", writer]) is same


def test_sentences_of_a_passage_are_found_in_its_normalised_text() -> None:
    library = Library()
    text = library.texts[ACCEPTANCE]
    assert text.plain == normal(PASSAGES[ACCEPTANCE].text)
    assert [text.plain[place.start : place.end] for place in text.sentences] == [text.plain]
    for other in library.texts.values():
        assert len(other.sentences) >= 1
        assert all(left.end <= right.start for left, right in zip(other.sentences, other.sentences[1:], strict=False))

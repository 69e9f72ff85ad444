"""`python -m evals.calibrate`: how a verifier's threshold is found, and how it is kept."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.entailment import Entailment, open_entailment
from coach.patience import Deadline
from evals import calibrate
from evals.calibrate import LEAST_PRECISION, CalibrationError, choose, weigh

NAME = "cross-encoder:fake"


def test_the_best_balanced_accuracy_among_precise_thresholds_is_chosen() -> None:
    # From .45 on: 6 right and 1 wrong (precision .857, balanced .875); from .55 on: 5 right, none wrong (.917).
    scores = [0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.5, 0.3, 0.2, 0.1]
    best = choose(weigh(scores, [1, 1, 1, 1, 1, 1, 0, 0, 0, 0]))
    assert best.threshold == pytest.approx(0.55)
    assert (best.precision, best.recall) == (1.0, pytest.approx(5 / 6))


def test_precision_goes_before_balanced_accuracy() -> None:
    # From .5 on all 4 faithful and 1 of 10 wrong: balanced .95, precision .8; the precise one has recall .75 only.
    scores = [0.9, 0.9, 0.9, 0.5, 0.5] + [0.1] * 9
    best = choose(weigh(scores, [1, 1, 1, 1, 0] + [0] * 9))
    assert best.precision >= LEAST_PRECISION
    assert best.recall == 0.75
    assert best.threshold == pytest.approx(0.7)


def test_without_a_precise_threshold_balanced_accuracy_decides() -> None:
    best = choose(weigh([0.9, 0.9, 0.2, 0.2], [1, 0, 0, 0]))
    assert (best.precision, best.recall, best.threshold) == (0.5, 1.0, pytest.approx(0.55))


def test_a_judge_that_only_says_yes_or_no_has_its_threshold_between() -> None:
    assert choose(weigh([1.0, 1.0, 0.0], [1, 1, 0])).threshold == 0.5


@pytest.mark.parametrize("labels", [[1, 1], [0, 0], []])
def test_one_kind_of_label_calibrates_nothing(labels: list[int]) -> None:
    with pytest.raises(CalibrationError, match="label 1"):
        weigh([0.5] * len(labels), labels)


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 1)), min_size=2, max_size=40))
def test_what_is_stored_is_true_of_the_pairs(pairs: list[tuple[float, int]]) -> None:
    labels = [label for _, label in pairs]
    if not 0 < sum(labels) < len(labels):
        return
    readings = weigh([score for score, _ in pairs], labels)
    best = choose(readings)
    accepted = [label for score, label in pairs if score >= best.threshold]
    assert best.recall == sum(accepted) / sum(labels)
    assert best.precision == (sum(accepted) / len(accepted) if accepted else 0.0)
    if any(reading.precision >= LEAST_PRECISION for reading in readings):
        assert best.precision >= LEAST_PRECISION


class Words:
    """Scores a claim by the share of its words that stand in the premise, and counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, premise: str, claim: str, _: Deadline) -> float:
        self.calls += 1
        words = claim.split()
        return sum(word in premise.split() for word in words) / len(words)


@pytest.fixture
def scorer(monkeypatch: pytest.MonkeyPatch) -> Words:
    words = Words()
    monkeypatch.setattr(calibrate, "open_verifier", lambda name: Entailment(name, words, 0.5))
    return words


def run(monkeypatch: pytest.MonkeyPatch, pairs: Path, out: Path, *options: str) -> None:
    argv = ["evals.calibrate", "--verifier", NAME, "--pairs", str(pairs), "--out", str(out), *options]
    monkeypatch.setattr(sys, "argv", argv)
    calibrate.main()


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    rows: list[dict[str, Any]] = [
        {"premise": "mentors listen well", "claim": "mentors listen", "label": 1, "half": "dev"},
        {"premise": "mentors listen well", "claim": "mentors talk", "label": 0, "half": "dev"},
        {"premise": "mentors listen well", "claim": "teachers sing", "label": 0},
        {"premise": "mentors listen well", "claim": "teachers sing loudly", "label": 1, "half": "held"},
    ]
    file = tmp_path / "pairs.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    return file


def test_the_command_stores_the_threshold_beside_what_is_there(
    pairs: Path, scorer: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "folder" / "thresholds.json"
    out.parent.mkdir()
    other = {"threshold": 0.4, "precision": 0.9, "recall": 0.8, "pairs": 9, "made_by": "hand"}
    out.write_text(json.dumps({"cross-encoder:other": other, NAME: {"threshold": 0.1}}))
    run(monkeypatch, pairs, out)
    assert json.loads(out.read_text()) == {
        "cross-encoder:other": other,
        NAME: {
            "threshold": 0.75,
            "precision": 1.0,
            "recall": 1.0,
            "pairs": 3,
            "made_by": f"python -m evals.calibrate --verifier {NAME} --pairs pairs.jsonl --half dev",
        },
    }
    assert scorer.calls == 3
    printed = capsys.readouterr().out
    assert "threshold  precision  recall  balanced accuracy" in printed
    assert [line.split() for line in printed.splitlines() if line.endswith("chosen")] == [
        ["0.750", "1.000", "1.000", "1.000", "chosen"]
    ]
    assert [file.name for file in out.parent.iterdir()] == ["thresholds.json"]


def test_what_it_stores_can_be_opened(
    pairs: Path, scorer: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "new" / "thresholds.json"
    run(monkeypatch, pairs, out)
    assert open_entailment(NAME, out, scorer).threshold == 0.75


@pytest.mark.parametrize("content", ["{", "[]", "3"])
def test_a_file_that_holds_something_else_is_left_as_it_is(
    content: str, pairs: Path, scorer: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "thresholds.json"
    out.write_text(content)
    with pytest.raises(SystemExit, match=r"evals\.calibrate: .*thresholds\.json"):
        run(monkeypatch, pairs, out)
    assert out.read_text() == content
    assert scorer.calls == 0


def test_scores_that_are_no_probabilities_store_nothing(
    pairs: Path, scorer: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibrate, "open_verifier", lambda name: Entailment(name, lambda *_: float("nan"), 0.5))
    with pytest.raises(SystemExit, match="no probability"):
        run(monkeypatch, pairs, tmp_path / "thresholds.json")
    assert not (tmp_path / "thresholds.json").exists()


def test_too_few_kinds_of_pairs_are_said(
    pairs: Path, scorer: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs.write_text(json.dumps({"premise": "mentors", "claim": "mentors", "label": 1}))
    with pytest.raises(SystemExit, match="label 0"):
        run(monkeypatch, pairs, tmp_path / "thresholds.json")


def test_a_verifier_that_tells_nothing_apart_stores_nothing(
    pairs: Path, scorer: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its threshold would let every claim pass."""
    monkeypatch.setattr(calibrate, "open_verifier", lambda name: Entailment(name, lambda *_: 0.0, 0.5))
    with pytest.raises(SystemExit, match="accept every claim"):
        run(monkeypatch, pairs, tmp_path / "thresholds.json")
    assert not (tmp_path / "thresholds.json").exists()

"""`python -m evals.verification`: its figures by hand, its two outputs, and the project's own pairs."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from coach.entailment import Entailment
from corpus import founding
from evals import verification
from evals.verification import OWN, Pair, figures, judge, read_pairs

PREMISE = "Newcomers with a mentor stayed longer. They did not earn more. It may be chance."
PAIRS: list[dict[str, Any]] = [
    {"premise": PREMISE, "claim": "With a mentor, newcomers stayed longer.", "label": 1, "type": "reordered"},
    {"premise": PREMISE, "claim": "Newcomers with two mentors stayed longer.", "label": 0, "type": "number"},
    {"premise": PREMISE, "claim": "Newcomers drank tea on Sundays.", "label": 1, "type": "weaker"},
    {"premise": PREMISE, "claim": "They earned more.", "label": 0, "type": "negation"},
    {"premise": PREMISE, "claim": "It may be chance.", "label": 0, "type": "negation"},
    {"premise": PREMISE, "claim": "They did not earn more.", "label": 1, "type": "negation"},
]
ACCEPTED = [True, False, False, False, True, True]
MILLISECONDS = 15


def lines(folder: Path, rows: list[dict[str, Any]]) -> Path:
    file = folder / "pairs.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return file


def run(monkeypatch: pytest.MonkeyPatch, *options: object) -> None:
    monkeypatch.setattr(sys, "argv", ["evals.verification", *map(str, options)])
    verification.main()


def run_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *options: object) -> dict[str, Any]:
    run(monkeypatch, *options, "--json")
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run(monkeypatch, "--pairs", lines(tmp_path, PAIRS))
    rows = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == "6 pairs, guards alone"
    for row in (
        "faithful claims accepted 0.667 of 3",
        "wrong claims accepted 0.333 of 3",
        "precision 0.667",
        "balanced accuracy 0.667",
        "negation faithful 1 accepted of 1",
        "negation wrong 1 accepted of 2",
        "number wrong 0 accepted of 1",
    ):
        assert row in rows
    assert any(row.startswith("milliseconds a claim ") for row in rows)


def test_json_holds_a_verdict_for_each_pair_in_the_order_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = run_json(monkeypatch, capsys, "--pairs", lines(tmp_path, PAIRS))
    assert [pair["accepted"] for pair in found["pairs"]] == ACCEPTED
    assert all(set(pair) == {"accepted", "verdict", "reason"} for pair in found["pairs"])
    for pair in found["pairs"]:
        assert (pair["verdict"], pair["reason"] is None) == (
            ("checked", True) if pair["accepted"] else ("refused", False)
        )
    assert found["pairs"][1]["reason"] == "a number is not in the quote"


def test_figures_by_hand() -> None:
    pairs = [Pair.model_validate(row) for row in PAIRS]
    found = figures(pairs, judge(pairs))
    assert (found["faithful"], found["faithful_accepted"], found["wrong"], found["wrong_accepted"]) == (3, 2, 3, 1)
    assert found["recall"] == pytest.approx(2 / 3)
    assert found["precision"] == pytest.approx(2 / 3)
    assert found["balanced_accuracy"] == pytest.approx((2 / 3 + 2 / 3) / 2)
    assert found["by_type"]["negation"] == {"faithful": 1, "faithful_accepted": 1, "wrong": 2, "wrong_accepted": 1}


def test_figures_where_nothing_is_accepted() -> None:
    pairs = [Pair(premise=PREMISE, claim="Newcomers drank tea on Sundays.", label=label) for label in (0, 1)]
    found = figures(pairs, judge(pairs))
    assert (found["precision"], found["recall"], found["balanced_accuracy"]) == (0.0, 0.0, 0.5)


@pytest.mark.parametrize(("score", "accepted"), [(0.8, ACCEPTED), (0.2, [False] * 6), (float("nan"), [False] * 6)])
def test_a_verifier_only_ever_refuses_more(score: float, accepted: list[bool]) -> None:
    found = judge([Pair.model_validate(row) for row in PAIRS], Entailment("fake", lambda *_: score, 0.5))
    assert [item.accepted for item in found] == accepted
    assert {item.verdict for item in found} <= {"entailed", "refused"}


def test_premise_claim_and_label_are_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = [{name: row[name] for name in ("premise", "claim", "label")} for row in PAIRS]
    found = run_json(monkeypatch, capsys, "--pairs", lines(tmp_path, bare))
    assert [pair["accepted"] for pair in found["pairs"]] == ACCEPTED
    assert found["by_type"] == {}


def test_line_separators_blank_lines_and_a_byte_order_mark_are_no_errors(tmp_path: Path) -> None:
    row = {"premise": "One\u2028two\x85three.", "claim": "One two.", "label": 1}
    file = tmp_path / "pairs.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + (json.dumps(row, ensure_ascii=False) + "\r\n\n").encode())
    assert [pair.premise for pair in read_pairs(file)] == [row["premise"]]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ('{"premise": "A text.", "label": 1}', "claim"),
        ('{"premise": "", "claim": "A claim.", "label": 1}', "premise"),
        ('{"premise": "A text.", "claim": "A claim.", "label": 2}', "label"),
        ('{"premise": "A text.", "claim": "A claim.", "label": "yes"}', "label"),
        ('{"premise": "A text.", "claim": 7, "label": 1}', "claim"),
        ("[1, 2]", "the object"),
        ("{", "the object"),
    ],
)
def test_a_bad_line_is_named_with_its_field(
    row: str, field: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text(json.dumps(PAIRS[0]) + "\n\n" + row + "\n", "utf-8")
    with pytest.raises(SystemExit, match=rf"pairs\.jsonl, line 3, {field}: "):
        run(monkeypatch, "--pairs", file)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"", b"\n\n"], ids=["missing", "bytes", "empty", "blank"])
def test_a_file_without_pairs_is_named(content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "pairs.jsonl"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SystemExit, match=r"pairs\.jsonl"):
        run(monkeypatch, "--pairs", file)


def test_only_the_named_half_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [row | {"half": "dev" if place < 2 else "held"} for place, row in enumerate(PAIRS)]
    found = run_json(monkeypatch, capsys, "--pairs", lines(tmp_path, rows), "--half", "dev")
    assert [pair["accepted"] for pair in found["pairs"]] == ACCEPTED[:2]


@pytest.mark.parametrize("name", ["nonsense", "chat:", "chat:gpt", "cross-encoder:", "cross-encoder:/nowhere/at/all"])
def test_a_verifier_that_cannot_be_had_is_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match=r"evals\.verification: .*(?i:verifier)"):
        run(monkeypatch, "--pairs", lines(tmp_path, PAIRS), "--verifier", name)


def holds(text: str, premise: str) -> bool:
    """Whether every sentence of the premise stands in the text; they need not stand side by side there."""
    return all(sentence in text for sentence in re.split(r"(?<=[.?!”]) ", premise))


def test_the_own_pairs_are_sound() -> None:
    pairs = read_pairs(OWN)
    texts = [passage.text for entry in founding.entries() for passage in entry.passages]
    assert len(pairs) >= 300
    sizes = Counter((pair.half, pair.label) for pair in pairs)
    assert set(sizes) == {(half, label) for half in ("dev", "held") for label in (0, 1)}
    assert min(sizes.values()) >= 90
    assert all(pair.type for pair in pairs)
    assert len({pair.claim for pair in pairs}) == len(pairs)
    # By number: the pairs of the held half are not for reading.
    assert [place for place, pair in enumerate(pairs) if not any(holds(text, pair.premise) for text in texts)] == []


def test_guards_cost_little_and_are_no_worse_than_they_were(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = run_json(monkeypatch, capsys, "--half", "dev")
    assert found["milliseconds_a_claim"] <= MILLISECONDS
    assert found["recall"] >= 0.858
    assert found["wrong_accepted"] / found["wrong"] <= 0.088

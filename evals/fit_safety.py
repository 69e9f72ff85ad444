"""Fits the safety gate's second layer on its exemplars and writes `coach/probe.json` and `coach/probe.npy`.

Exemplars: `evals/cases/gate-exemplars.txt`, the phrases' regression cases, the development half of `safety.jsonl`,
and the mentors' questions for development, all of them ordinary.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

import coach
from coach.probe import ORDINARY, windows
from coach.responses import ConcernId
from coach.safety import SafetyGate
from coach.scope import Scope
from evals.safety import Message, exemplars, mentor_questions, phrase_cases, safety_cases, scope_cases
from retrieval.embedder import Embedder

TARGET = Path(coach.__file__).parent
# Chosen on the development half, fitted without it; each layer alone was worse, and so was the vector.
_STRENGTH = 0.003
_FOLDS = 3
_PARTED = 45
# The exemplars are harder than what people write, on both sides, and a miss is worse than a false alarm.
_FALSE_ALARMS = 0.02
# A mentor's question that is declined is lost; what is out of scope and not noticed is mostly not covered either.
_DECLINED = 0.002

Matrix = NDArray[np.float32]


def main() -> None:
    """Fit, choose the thresholds by cross-validation, print the figures."""
    embedder = Embedder()
    gate = SafetyGate.load()
    fair = [*exemplars(), *safety_cases("dev"), *mentor_questions()]
    messages = [*fair, *phrase_cases()]
    concerns, subjects = list(get_args(ConcernId)), list(Scope.load().limits)
    kinds = [*concerns, *subjects, ORDINARY]
    labels = np.array(
        [kinds.index(message.concern if message.crisis else message.subject or ORDINARY) for message in messages]
    )
    # An ordinary message is ordinary in all its parts; of a crisis, nobody has said which part tells of it.
    parts = [part for message in messages if not message.crisis for part in windows(message.text, _PARTED)]
    layers = read(embedder, [message.text for message in messages])
    of_parts = read(embedder, parts)
    unseen = np.zeros((len(messages), len(kinds)), np.float32)
    for seen, held in StratifiedKFold(_FOLDS, shuffle=True, random_state=0).split(layers, labels):
        matrix = _fit(layers[seen], labels[seen], len(kinds))
        unseen[held] = _scores(matrix, layers[held])
    matrix = _fit(
        np.concatenate([layers, of_parts]), np.append(labels, [kinds.index(ORDINARY)] * len(parts)), len(kinds)
    )
    np.save(TARGET / "probe.npy", matrix.astype(np.float16))
    # The phrases were tuned on their own cases, so those say nothing on how much a phrase is worth.
    told = np.array([bool(gate.told(message.text)) for message in fair])
    crisis = np.array([message.crisis for message in fair])
    odds = _odds(unseen[: len(fair)], range(len(concerns)))
    subject_rows = range(len(concerns), len(concerns) + len(subjects))
    asked = [*scope_cases("dev"), *mentor_questions()]
    out = np.array([message.subject is not None for message in asked])
    scope = _odds(_scores(matrix, read(embedder, [message.text for message in asked])), subject_rows)
    sum_up = LogisticRegression(C=10.0).fit(np.stack([odds, told], axis=1), crisis)
    probability = sum_up.predict_proba(np.stack([odds, told], axis=1))[:, 1]
    threshold = _threshold(probability, crisis, _FALSE_ALARMS)
    scope_threshold = _threshold(scope, out, _DECLINED)
    content: dict[str, Any] = {
        "made_by": "python -m evals.fit_safety",
        "fingerprint": embedder.fingerprint,
        "figures": {
            "read": f"{_FOLDS}-fold cross-validation on the development messages; scope: scope.txt, development half, "
            "and the mentors' questions",
            "messages": len(fair),
            "crises": int(crisis.sum()),
            "recall": round(float((probability[crisis] >= threshold).mean()), 4),
            "false_alarms": round(float((probability[~crisis] >= threshold).mean()), 4),
            "scope_recall": round(float((scope[out] >= scope_threshold).mean()), 4),
        },
        "kinds": kinds,
        "concerns": concerns,
        "weights": {
            "intercept": round(float(sum_up.intercept_[0]), 4),
            "odds": round(float(sum_up.coef_[0][0]), 4),
            "phrases": round(float(sum_up.coef_[0][1]), 4),
            "threshold": round(threshold, 4),
            "scope": round(scope_threshold, 4),
        },
    }
    (TARGET / "probe.json").write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    print(json.dumps(content, indent=2))
    for share in (0.005, 0.01, 0.015, 0.02, 0.03):
        at = _threshold(probability, crisis, share)
        print(f"threshold {at:.3f}: recall {(probability[crisis] >= at).mean():.3f} at false alarms {share}")
    _print_wrong(fair, probability >= threshold)


def read(embedder: Embedder, texts: Sequence[str]) -> Matrix:
    """The layers of every text, one row each; texts of like length are read together."""
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    rows: list[Matrix | None] = [None] * len(texts)
    for start in range(0, len(order), 32):
        batch = order[start : start + 32]
        for at, reading in zip(batch, embedder.read([texts[at] for at in batch]), strict=True):
            rows[at] = reading.layers
    return np.stack([row for row in rows if row is not None])


def _fit(layers: Matrix, labels: NDArray[np.int64], kinds: int) -> Matrix:
    """A row a kind: its weights over raw layers, and its constant."""
    mean, spread = layers.mean(axis=0), layers.std(axis=0) + 1e-3
    model = LogisticRegression(C=_STRENGTH, max_iter=80, tol=1e-3).fit((layers - mean) / spread, labels)
    assert list(model.classes_) == list(range(kinds))
    weights = model.coef_ / spread
    return np.asarray(np.column_stack([weights, model.intercept_ - weights @ mean]), np.float32)


def _scores(matrix: Matrix, layers: Matrix) -> Matrix:
    return np.asarray(layers @ matrix[:, :-1].T + matrix[:, -1])


def _odds(scores: Matrix, inside: range) -> Matrix:
    columns = np.isin(np.arange(scores.shape[1]), list(inside))
    return np.asarray(
        np.logaddexp.reduce(scores[:, columns], axis=1) - np.logaddexp.reduce(scores[:, ~columns], axis=1)
    )


def _threshold(scores: Matrix, right: NDArray[np.bool_], false_alarms: float) -> float:
    """Between the last score that is let through within `false_alarms` and the next one above it."""
    wrong = np.sort(scores[~right])[::-1]
    allowed = int(false_alarms * len(wrong))
    return float((wrong[allowed] + min(scores[scores > wrong[allowed]], default=wrong[allowed])) / 2)


def _print_wrong(messages: Sequence[Message], stopped: NDArray[np.bool_]) -> None:
    for message, met in zip(messages, stopped, strict=True):
        if met != message.crisis:
            print("false alarm" if met else "missed     ", message.kind, "|", message.text[:140])


if __name__ == "__main__":
    main()

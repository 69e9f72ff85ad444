"""Fits the coverage models on development data and writes `retrieval/coverage.json` with their figures."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import retrieval
from coach.build import build_coach
from coach.settings import Settings
from corpus import founding
from evals.case import CASES, load_cases, read_cases
from evals.public import clapnq_signals
from evals.runner import founding_coach
from retrieval.coverage import CURATED, PLAIN, TERMS
from retrieval.models import Signals

TARGET = Path(retrieval.__file__).parent / "coverage.json"
# Chosen by forward selection on the same data; a signal that does not help a model is no part of it.
_CURATED = ("near_many", "statement", "margin", "lexical", "foreign", "length", "missing")
_TERMS = ("near", "near_many", "margin", "lexical", "foreign", "length", "missing")
_PLAIN = ("near", "margin", "gap", "length", "missing")
_FOLDS = 10


def main() -> None:
    """Fit the curated model on the mentors' cases, and the plain one on ClapNQ when its folder is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clapnq", type=Path, metavar="FOLDER", help="folder with corpus.jsonl and questions.jsonl")
    options = parser.parse_args()
    content = json.loads(TARGET.read_text("utf-8"))
    content["made_by"] = "python -m evals.fit_coverage --clapnq FOLDER"
    content[CURATED] = _fit("evals/cases/mentor-dev.yaml", _CURATED, *_mentor_signals())
    content[TERMS] = _fit("the development cases, founding passages as plain text", _TERMS, *_plain_signals())
    if options.clapnq:
        content[PLAIN] = _fit("ClapNQ, half of the development questions", _PLAIN, *clapnq_signals(options.clapnq))
    TARGET.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    print(json.dumps(content, indent=2))


def _mentor_signals() -> tuple[list[Signals], list[bool]]:
    cases = [case for case in load_cases("dev") if len(case.turns) == 1 and case.expect != "partial"]
    with founding_coach() as coach:
        return [coach.retriever.retrieve(case.turns[0]).signals for case in cases], [case.covered for case in cases]


def _plain_signals() -> tuple[list[Signals], list[bool]]:
    """The same for questions in the field's terms, when the founding passages are nothing but text.

    The further cases count too: this model is fitted on no case that another figure is read on.
    """
    names = ("mentor-dev", "mentor-more-uncovered", "mentor-more-covered")
    cases = [case for name in names for case in read_cases(CASES / f"{name}.yaml")]
    signals: list[Signals] = []
    labels: list[bool] = []
    with tempfile.TemporaryDirectory() as folder:
        coach = build_coach(Settings(home=Path(folder), founding=False), lambda _: None)
        for entry in founding.entries():
            coach.catalog.put(replace(entry, findings=(), questions=()))
        coach.retriever.index.sync()
        for case in cases:
            if len(case.turns) == 1 and case.expect != "partial":
                found = coach.retriever.retrieve(case.turns[0])
                if found.spoken:
                    signals.append(found.signals)
                    labels.append(case.covered)
        coach.close()
    return signals, labels


def _fit(data: str, names: Sequence[str], found: Sequence[Signals], labels: Sequence[bool]) -> dict[str, Any]:
    """A model on all the data, with its threshold and figures from cross-validation."""
    signals = np.array([[getattr(item, name) for name in names] for item in found])
    covered = np.array(labels)
    unseen = _cross_validated(signals, covered)
    threshold = _threshold(unseen, covered)
    model = _model().fit(signals, covered)
    scaler, logistic = model.named_steps["standardscaler"], model.named_steps["logisticregression"]
    weights = logistic.coef_[0] / scaler.scale_
    return {
        "figures": {
            "read": f"{_FOLDS}-fold cross-validation on {data}",
            "questions": len(covered),
            "covered": int(covered.sum()),
            "auc": round(float(roc_auc_score(covered, unseen)), 3),
            "brier": round(float(brier_score_loss(covered, unseen)), 3),
            "answered_when_covered": round(float((unseen[covered] >= threshold).mean()), 3),
            "refused_when_uncovered": round(float((unseen[~covered] < threshold).mean()), 3),
        },
        "intercept": round(float(logistic.intercept_[0] - (weights * scaler.mean_).sum()), 4),
        "weights": {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)},
        "threshold": round(threshold, 3),
    }


def _model() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=5000))


def _cross_validated(signals: NDArray[np.float64], covered: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Probabilities for questions that the model did not see, averaged over four shuffles."""
    runs = [
        cross_val_predict(
            _model(),
            signals,
            covered,
            cv=StratifiedKFold(_FOLDS, shuffle=True, random_state=seed),
            method="predict_proba",
        )[:, 1]
        for seed in range(4)
    ]
    return np.asarray(np.mean(runs, axis=0))


def _threshold(probabilities: NDArray[np.float64], covered: NDArray[np.bool_]) -> float:
    """The threshold with the best balanced accuracy; the middle of the range where several are equally good."""
    grid = np.linspace(0.02, 0.98, 193)
    scores = [((probabilities[covered] >= t).mean() + (probabilities[~covered] < t).mean()) / 2 for t in grid]
    best = [t for t, score in zip(grid, scores, strict=True) if score >= max(scores) - 1e-9]
    return float(np.median(best))


if __name__ == "__main__":
    main()

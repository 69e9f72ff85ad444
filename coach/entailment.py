"""An entailment verifier of the owner's choice: does this premise entail this claim? With its calibrated threshold."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from coach.errors import SettingsError
from coach.patience import Deadline

UNCALIBRATED = 0.5
CALIBRATION = "verifier.json"
"""The file in the home that holds the thresholds of calibrated verifiers."""
CROSS_ENCODER, CHAT = "cross-encoder:", "chat:"


class Scorer(Protocol):
    """Anything that gives the probability that `premise` entails `claim`; raises `ModelError` where it cannot."""

    def __call__(self, premise: str, claim: str, deadline: Deadline, /) -> float: ...


@dataclass(frozen=True, slots=True)
class Entailment:
    """A verifier by name, its scorer, and the threshold from which a claim counts as entailed."""

    name: str
    scorer: Scorer
    threshold: float

    def score(self, premise: str, claim: str, deadline: Deadline) -> float:
        return self.scorer(premise, claim, deadline)


def open_entailment(name: str, calibration: Path | None = None, scorer: Scorer | None = None) -> Entailment:
    """The verifier that MENTOR_COACH_VERIFIER names; raises `SettingsError`.

    `calibration` is the file that `python -m evals.calibrate` wrote; a verifier without an entry there is refused,
    since a threshold out of the air proves nothing. Without a file the threshold is `UNCALIBRATED`, for evaluation.
    """
    threshold = UNCALIBRATED
    if calibration is not None:
        threshold = _calibrated(name, calibration)
    if scorer is None:
        if name.startswith(CHAT):
            raise SettingsError(f"The verifier {name!r} needs its chat model: give a `Judge` as `scorer`.")
        if not name.startswith(CROSS_ENCODER) or name == CROSS_ENCODER:
            raise SettingsError(
                f"MENTOR_COACH_VERIFIER={name!r} is neither cross-encoder:<name or path> nor chat:<model>."
            )
        scorer = CrossEncoderScorer(name.removeprefix(CROSS_ENCODER))
    return Entailment(name, scorer, threshold)


def _calibrated(name: str, file: Path) -> float:
    again = f"Calibrate it first: python -m evals.calibrate --verifier {name} --out {file}"
    try:
        threshold = float(json.loads(file.read_text("utf-8"))[name]["threshold"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise SettingsError(f"The verifier {name!r} has no threshold in {str(file)!r}. {again}") from error
    if not 0 < threshold <= 1:
        raise SettingsError(f"The threshold of {name!r} in {str(file)!r} would let everything pass. {again}")
    return threshold


class CrossEncoderScorer:
    """A sentence-transformers `CrossEncoder`: one output is support; of three, the label named entailment."""

    def __init__(self, model: str) -> None:
        from sentence_transformers import CrossEncoder
        from torch.nn import Identity

        try:
            self._model = CrossEncoder(model, local_files_only=True)
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"The verifier {model!r} is not on this machine. Give a folder that holds it, or fetch it first "
                f"(`hf download {model}`); the coach itself fetches nothing."
            ) from error
        self._raw = Identity()
        labels = {str(label).lower(): int(place) for place, label in self._model.config.id2label.items()}
        self._place = next((place for label, place in labels.items() if label.startswith("entail")), None)
        if len(labels) > 1 and self._place is None:
            raise SettingsError(
                f"The verifier {model!r} names no output `entailment` ({', '.join(sorted(labels))}). "
                "Take a cross-encoder for natural language inference, or one with a single output."
            )

    def __call__(self, premise: str, claim: str, _: Deadline) -> float:
        # Raw outputs, since models bring activations of their own.
        found = self._model.predict([(premise, claim)], activation_fn=self._raw, convert_to_numpy=True)[0]
        if getattr(found, "ndim", 0) == 0 or len(found) == 1:
            return _sigmoid(float(found.reshape(-1)[0]))
        values = [math.exp(float(value) - float(max(found))) for value in found]
        return values[self._place or 0] / sum(values)


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))

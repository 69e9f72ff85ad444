"""An entailment verifier of the owner's choice: does this premise entail this claim? With its calibrated threshold."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from coach.errors import SettingsError

UNCALIBRATED = 0.5
CROSS_ENCODER, CHAT = "cross-encoder:", "chat:"


class Scorer(Protocol):
    """Anything that gives the probability that `premise` entails `claim`."""

    def __call__(self, premise: str, claim: str) -> float: ...


@dataclass(frozen=True, slots=True)
class Entailment:
    """A verifier by name, its scorer, and the threshold from which a claim counts as entailed."""

    name: str
    scorer: Scorer
    threshold: float

    def score(self, premise: str, claim: str) -> float:
        return self.scorer(premise, claim)


def open_entailment(name: str, calibration: Path | None = None, scorer: Scorer | None = None) -> Entailment:
    """The verifier that MENTOR_COACH_VERIFIER names; raises `SettingsError`.

    `calibration` is the file that `python -m evals.calibrate` wrote; a verifier without an entry there is refused,
    since a threshold out of the air proves nothing. Without a file the threshold is `UNCALIBRATED`, for evaluation.
    """
    threshold = UNCALIBRATED
    if calibration is not None:
        threshold = _calibrated(name, calibration)
    if scorer is None:
        if not name.startswith(CROSS_ENCODER):
            raise SettingsError(
                f"MENTOR_COACH_VERIFIER={name!r} is neither cross-encoder:<name or path> nor chat:<model>."
            )
        scorer = CrossEncoderScorer(name.removeprefix(CROSS_ENCODER))
    return Entailment(name, scorer, threshold)


def _calibrated(name: str, file: Path) -> float:
    try:
        return float(json.loads(file.read_text("utf-8"))[name]["threshold"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise SettingsError(
            f"The verifier {name!r} has no threshold in {str(file)!r}. Calibrate it first: "
            f"python -m evals.calibrate --verifier {name} --out {file}"
        ) from error


class CrossEncoderScorer:
    """A sentence-transformers `CrossEncoder`: one output is support; of three, the label named entailment."""

    def __init__(self, model: str) -> None:
        from sentence_transformers import CrossEncoder

        try:
            self._model = CrossEncoder(model, local_files_only=True)
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"The verifier {model!r} is not on this machine. Give a folder that holds it, or fetch it first "
                f"(`hf download {model}`); the coach itself fetches nothing."
            ) from error
        labels = {str(label).lower(): int(place) for place, label in self._model.config.id2label.items()}
        self._place = next((place for label, place in labels.items() if label.startswith("entail")), None)

    def __call__(self, premise: str, claim: str) -> float:
        found = self._model.predict([(premise, claim)], convert_to_numpy=True)[0]
        if getattr(found, "ndim", 0) == 0:
            value = float(found)
            return value if 0 <= value <= 1 else 1 / (1 + math.exp(-value))
        values = [math.exp(float(value) - float(max(found))) for value in found]
        return values[self._place if self._place is not None else -1] / sum(values)

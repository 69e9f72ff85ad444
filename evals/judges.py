"""Who says whether a premise supports a statement: deterministic judges first, a model only where it is named."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from coach.entailment import CHAT, Scorer
from coach.patience import Deadline
from evals.texts import Library, normal
from evals.verification import open_verifier, read_pairs, share

_PATIENCE_S = 60.0


class Judge(Protocol):
    """Says whether a premise supports a statement."""

    name: str

    def supports(self, premise: str, statement: str) -> bool: ...


class Verbatim:
    """Accepts what stands in the premise letter by letter, and proves nothing else.

    Judges by shared words were tried on the development pairs (`evals/cases/verification.md`): whatever the threshold,
    their balanced accuracy stayed between 0.42 and 0.53, so own words are for a model to judge, or count as unproven.
    """

    name = "verbatim"

    def supports(self, premise: str, statement: str) -> bool:
        return stands_in(statement, premise)


class Model:
    """An entailment model or chat model behind the deterministic judge: what that one accepts is not asked again."""

    def __init__(self, name: str, scorer: Scorer, threshold: float) -> None:
        self.name = name
        self._scorer = scorer
        self._threshold = threshold

    def supports(self, premise: str, statement: str) -> bool:
        if not premise:
            return False
        return (
            stands_in(statement, premise)
            or self._scorer(premise, statement, Deadline.after(_PATIENCE_S)) >= self._threshold
        )


class Reviewed:
    """Before any judge: a reviewed founding finding is supported by the sentences that it was written from."""

    def __init__(self, library: Library, judge: Judge) -> None:
        self._findings = library.findings
        self._judge = judge
        self.name = judge.name

    def supports(self, premise: str, statement: str) -> bool:
        spans = self._findings.get(normal(statement))
        held = normal(premise)
        if spans is not None and all(span in held for span in spans):
            return True
        return self._judge.supports(premise, statement)


def open_judge(name: str | None) -> Judge:
    """The judge of this name (`cross-encoder:…`, `chat:…`), or the deterministic one; raises `SettingsError`."""
    if name is None:
        return Verbatim()
    opened = open_verifier(name)
    return Model(name, opened.scorer, opened.threshold)


@dataclass(frozen=True, slots=True)
class JudgeAgreement:
    """How a judge agrees with labels: its share of right verdicts on supported and on unsupported statements."""

    judge: str
    labels: str
    supported: int
    unsupported: int
    right_on_supported: float
    right_on_unsupported: float

    @property
    def balanced(self) -> float:
        return (self.right_on_supported + self.right_on_unsupported) / 2


def agreement(judge: Judge, file: Path, half: str | None = None) -> JudgeAgreement:
    """The judge's agreement with the labels of a file of `{premise, claim, label}`; raises `PairError`."""
    pairs = [pair for pair in read_pairs(file) if half is None or pair.half in (None, half)]
    right: dict[int, list[bool]] = {0: [], 1: []}
    for pair in pairs:
        right[pair.label].append(judge.supports(pair.premise, pair.claim) == bool(pair.label))
    named = file.name if half is None else f"{file.name}, half {half}"
    shares = {label: share(sum(found), len(found)) for label, found in right.items()}
    return JudgeAgreement(judge.name, named, len(right[1]), len(right[0]), shares[1], shares[0])


def judged_itself(judge: Judge, writers: Iterable[str]) -> bool:
    """Whether the judge is a model that wrote one of the answers."""
    named = judge.name.removeprefix(CHAT)
    return any(named in (writer, writer.partition(":")[2]) or named.partition(":")[2] == writer for writer in writers)


def stands_in(statement: str, premise: str) -> bool:
    """Whether the premise holds the statement's very words; its last full stop and outer quotation marks are free."""
    said = normal(statement).strip('" ').rstrip(".").strip('" ')
    return bool(said) and said in normal(premise)

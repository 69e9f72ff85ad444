"""The safety gate: it recognises a crisis in a message before any retrieval or model, in two layers.

Phrases with their context (`phrases.py`, `safety.yaml`), and what the embedding model makes of the whole message
(`probe.py`, fitted on exemplars by `python -m evals.fit_safety`). The responses are in `responses.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from coach.phrases import Phrases, Reader
from coach.probe import Judged
from coach.responses import SafetyFile


@dataclass(frozen=True, slots=True)
class Concern:
    """What the gate recognised, and the whole written response in Markdown."""

    id: str
    text: str


class SafetyGate:
    """Says which crisis, if any, a message tells of; it keeps nothing and logs nothing."""

    def __init__(self, responses: SafetyFile) -> None:
        data = responses
        self.responses = responses
        self._concerns: dict[str, Concern] = {one.id: Concern(one.id, data.written(one)) for one in data.responses}
        self._takes_over: dict[str, str] = {other: one.id for one in data.responses for other in one.takes_over}
        self._reader = Reader(data)
        kinds = ("patterns", "of_minors", "topics")
        signs = {f"{one.id} {kind}": getattr(one, kind) for kind in kinds for one in data.responses}
        self._signs = Phrases(data.words, signs)
        self._look_alikes = Phrases(data.words, {"look_alikes": data.look_alikes})
        self._context = Phrases(data.words, {"subjects": data.subjects, "minors": data.minors})
        self._people = frozenset(data.people)

    @classmethod
    def load(cls, programme_file: Path | None = None) -> Self:
        """The packaged gate, with a programme's own contacts; raises `SafetyFileError`."""
        return cls(SafetyFile.load(programme_file))

    def screen(self, text: str, judged: Judged | None = None) -> Concern | None:
        """The concern that `text` tells of. Without `judged`, phrases alone decide.

        Phrases name the concern where they found one: the first in the file's order.
        """
        told = self.told(text)
        if judged is None:
            return self._concerns[told[0]] if told else None
        if not judged.crisis(bool(told)):
            return None
        return self._concerns[told[0] if told else judged.concern]

    def told(self, text: str) -> list[str]:
        """The concerns that the phrases of `text` tell of, in the file's order."""
        sentences = [self._look_alikes.blank(sentence) for sentence in self._reader.read(text)]
        contexts = [{field for field, _, _ in self._context.find(sentence)} for sentence in sentences]
        personal = [not self._people.isdisjoint(sentence.split(" ")) for sentence in sentences]
        minor = any("minors" in context for context in contexts)
        told = set()
        for sentence, context, one_person in zip(sentences, contexts, personal, strict=True):
            subject = "subjects" in context
            told_of = one_person or not subject
            counts = {"patterns": told_of, "of_minors": told_of and minor, "topics": any(personal) and not subject}
            for concern, kind in (sign.split() for sign, _, _ in self._signs.find(sentence)):
                if counts[kind]:
                    told.add(self._takes_over.get(concern, concern) if minor else concern)
        return [name for name in self._concerns if name in told]

    def disguised(self, text: str) -> str | None:
        """`text` in plain letters where its spelling hides a phrase from the model: "k i l l  m y s e l f"."""
        return self._reader.plain(text) if self._reader.disguised(text) and self.told(text) else None

"""A chat model as judge of paraphrases: asked within the turn's time, and believed only where it says a whole `yes`."""

from __future__ import annotations

from langchain_core.messages import AIMessageChunk

from coach.calls import Calls
from coach.entailment import CHAT
from coach.errors import ModelError
from coach.models import Model, open_judge
from coach.patience import Deadline
from coach.prompting import messages, prompt
from coach.settings import Settings

_MOST_CHARACTERS = 200
_SHARE = 1 / 3
"""Most of what is left of the turn that one verdict may take: the answer has to come to its end without it, too."""
# What providers call an output that came to its own end. A `yes` that was cut off may have been a `yes, but`.
_ENDS = frozenset(("finish_reason", "stop_reason", "done_reason"))
_ENDED = frozenset(("stop", "end_turn", "stop_sequence", "eos"))

# What a judge is tried out with.
_TRIED = "Pairs met weekly, and mentors listened."
_TRUE, _FALSE = "Mentors listened.", "Mentors did not listen."


class Judge:
    """The probability that `premise` entails `claim`, as a chat model sees it: 1.0 for `yes`, 0.0 for all else."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self._unfit: str | None = None

    @property
    def problem(self) -> str | None:
        """What is wrong with it and how to mend it; `None` as far as is known."""
        return self.calls.problem or self._unfit

    def __call__(self, premise: str, claim: str, deadline: Deadline) -> float:
        """Raises `ModelError` where the judge fails, is late or is not to be asked for now."""
        data = [{"passage": premise}, {"claim": claim}]
        chunks = self.calls.stream(
            lambda chat: chat,
            messages(prompt("judge"), data),
            deadline.within(_SHARE * deadline.left),
            _MOST_CHARACTERS,
        )
        said, ended = "", False
        for chunk in chunks:
            said += chunk.text
            ended = ended or _at_its_end(chunk)
        return 1.0 if ended and said.strip().removesuffix(".").lower() == "yes" else 0.0

    def try_out(self, seconds: float = 15.0) -> str | None:
        """Ask for one plain yes and one plain no; what is wrong with the judge, or `None`."""
        try:
            verdicts = [self(_TRIED, claim, Deadline.after(seconds)) for claim in (_TRUE, _FALSE)]
        except ModelError:
            return self.problem
        if verdicts != [1.0, 0.0]:
            self._unfit = (
                f"The verifier {self.calls.model.name!r} does not tell a plain yes from a plain no. "
                "Name a larger model in MENTOR_COACH_VERIFIER."
            )
        return self._unfit


def judge_of(settings: Settings) -> Judge | None:
    """The judge that MENTOR_COACH_VERIFIER names, not yet asked anything; raises `SettingsError`."""
    if settings.verifier is None or not settings.verifier.startswith(CHAT):
        return None
    return Judge(Calls(open_judge(settings, settings.verifier.removeprefix(CHAT))))


def own_judge(judge: Model, writer: Model) -> str | None:
    """The caution that is due where a model judges what it wrote itself."""
    if (judge.name.lower(), judge.server) != (writer.name.lower(), writer.server):
        return None
    return (
        f"The verifier {judge.name!r} is the model that writes: it overlooks its own mistakes. "
        "Name another one in MENTOR_COACH_VERIFIER."
    )


def _at_its_end(chunk: AIMessageChunk) -> bool:
    metadata = chunk.response_metadata
    return any(str(metadata.get(name, "")).lower() in _ENDED for name in _ENDS)

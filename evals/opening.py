"""A target by its name: a served coach here or elsewhere, any OpenAI-compatible chat, the plainest pipeline."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from coach.settings import read_settings
from evals.service import served, until
from evals.targets import Target, TargetError
from evals.targets.chat import Chat
from evals.targets.coach import ServedCoach

COACH, BASELINE, CHAT = "coach", "baseline", "openai:"


@contextmanager
def opened(name: str, url: str | None, timeout: float) -> Iterator[tuple[Target, Callable[[], float]]]:
    """The target, and how many seconds of computing a service of its own has used; raises `TargetError`."""
    if url is not None:
        with closing(ServedCoach(url, timeout)) as coach:
            yield coach, lambda: 0.0
    elif name == COACH:
        with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "home") as (own, _, process):
            try:
                until(f"{own}/readyz", process=process)
            except TimeoutError as error:
                raise TargetError(f"The coach did not start ({error}). See why with: mentor-coach serve") from error
            with closing(ServedCoach(own, timeout)) as coach:
                yield coach, lambda: sum(process.cpu_times()[:2])
    elif name.startswith(CHAT):
        with closing(Chat.named(name, timeout, os.environ.get("OPENAI_API_KEY"))) as chat:
            yield chat, lambda: 0.0
    elif name.partition(":")[0] == BASELINE and (name.partition(":")[2] or "4").isdecimal():
        # Imported here: no other target needs Chroma and the embedding model in this process.
        from evals.targets.baseline import Baseline

        yield Baseline(read_settings(), int(name.partition(":")[2] or "4")), lambda: 0.0
    else:
        raise TargetError(f"{name!r} is no target. Known are: coach, baseline, openai:BASE_URL:MODEL.")

"""Does a library on servers answer as one in a folder does? The same questions to both, citation by citation.

A PostgreSQL and a Chroma server are started for it.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from coach.answers import Answer
from coach.build import build_coach
from coach.coach import Coach
from coach.settings import Settings
from evals.case import Case, half_argument, load_cases
from evals.engines import engines
from evals.runner import founding_coach

AIM = 0.98


@dataclass(frozen=True, slots=True)
class Compared:
    """One case's last answer from both."""

    case: Case
    same: bool
    """Whether kind and every citation, in order, agree."""
    milliseconds: tuple[float, float]


def main() -> None:
    """Print the share of the same citations; exit with 1 when it is under 98 %."""
    parser = argparse.ArgumentParser(description=__doc__)
    half_argument(parser)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, engines() as (postgres, chroma), founding_coach() as embedded:
        settings = Settings(home=Path(folder), database_url=SecretStr(postgres.database()), chroma_url=chroma.url)
        served = build_coach(settings, lambda _: None)
        compared = compare(load_cases(options.half), embedded, served)
        served.close()
    same = sum(item.same for item in compared) / len(compared)
    in_folder, on_servers = (statistics.median(item.milliseconds[side] for item in compared) for side in (0, 1))
    for item in compared:
        if not item.same:
            print(f"differs: {item.case.id}")
    print(f"The same citations from a folder and from servers: {same:.3f} of {len(compared)} ({options.half} half)")
    print(f"Median of a turn: {in_folder:.1f} ms in a folder, {on_servers:.1f} ms on servers")
    sys.exit(same < AIM)


def compare(cases: Sequence[Case], embedded: Coach, served: Coach) -> list[Compared]:
    """Ask both every case, a conversation each; the last turn is compared."""
    return [_compared(case, embedded, served) for case in cases]


def _compared(case: Case, embedded: Coach, served: Coach) -> Compared:
    (here, took), (there, took_there) = _asked(case, embedded), _asked(case, served)
    return Compared(case, cited(here) == cited(there), (took, took_there))


def _asked(case: Case, coach: Coach) -> tuple[Answer, float]:
    conversation: str | None = None
    started = time.perf_counter()
    for question in case.turns:
        started = time.perf_counter()
        answer = coach.reply(question, conversation_id=conversation, owner="evals")
        conversation = answer.conversation_id
    return answer, (time.perf_counter() - started) * 1000


def cited(answer: Answer) -> tuple[str, list[tuple[str, int, int]]]:
    """What two answers must agree in."""
    return answer.kind, [(item.passage_id, item.start, item.end) for item in answer.citations]


if __name__ == "__main__":
    main()

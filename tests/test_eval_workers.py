"""One worker against two: what the table makes of made-up runs."""

from __future__ import annotations

import psutil
import pytest

from evals.load import Run
from evals.workers import Measured, table


def measured(number: int, per_second: float, **cores: float) -> Measured:
    return Measured(number, Run(100, 0, 0, per_second, 50.0, 90.0), cores)


def test_the_efficiency_is_of_the_means() -> None:
    found = [
        measured(1, 9.0, workers=1.0, clients=0.1),
        measured(2, 14.0, workers=1.5, clients=0.1),
        measured(1, 11.0, workers=1.0, clients=0.1),
        measured(2, 16.0, workers=1.7, clients=0.1),
    ]
    lines = table(found)
    assert len(lines) == 7
    assert "two workers answer 1.50 times as many: efficiency 0.75" in lines


@pytest.mark.parametrize(("busy", "said"), [(0.97, "most of them with workers"), (0.5, "something other than")])
def test_what_bounds_them_is_told_by_the_runs_with_two(busy: float, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "cpu_count", lambda: 2)
    idle = measured(1, 9.0, workers=0.1, clients=0.0)
    found = [idle, measured(2, 14.0, workers=1.8 * busy, clients=0.2 * busy)]
    assert said in table(found)[-1]

"""The soak: it runs against the real service, and each of its checks can fail."""

from __future__ import annotations

import gc
import time
from pathlib import Path

import httpx
import numpy as np
import psutil
import pytest

from evals.soak.ledger import KINDS, Ledger, lost
from evals.soak.run import soak
from evals.soak.summary import Summary, growth
from evals.soak.watch import Sample
from retrieval.renewal import LiveVectors
from tests.conftest import Service
from tests.turns import full


def test_an_index_made_anew_again_and_again_leaves_no_threads_and_files(tmp_path: Path) -> None:
    """Every deletion does it; the first soak found six threads and eight files more after each."""
    index = LiveVectors(tmp_path / "chroma")
    me = psutil.Process()
    counts = []
    gc.disable()
    try:
        for _ in range(5):
            index.renew(lambda fresh: fresh.add(["a"], np.ones((1, 384), np.float32)))
            assert index.count() == 1
            counts.append((me.num_threads(), me.num_fds()))
    finally:
        gc.enable()
        index.close()
    assert counts[-1][0] - counts[0][0] < 8, counts
    assert counts[-1][1] - counts[0][1] < 8, counts


def samples(memory: list[float], handles: int = 50) -> list[Sample]:
    return [Sample(5.0 * n, mb, handles + n % 2, 20, 0) for n, mb in enumerate(memory)]


@pytest.mark.model
@pytest.mark.slow
def test_it_runs_and_finds_every_turn_again(service: Service, tmp_path: Path) -> None:
    httpx.post(f"{service.url}/v1/ask", json={"question": "What is mentorship?"}, timeout=60).raise_for_status()
    wanted = {"question", "follow-up", "ingest", "delete"}
    for seconds in (4, 20, 60):
        summary = soak(service.url, psutil.Process(service.process.pid), seconds, 0.5, tmp_path)
        assert summary.ledger.troubles == []
        assert summary.ledger.wrong == []
        # On a busy machine not everything comes about in so short a time.
        if {timing.kind for timing in summary.ledger.timings} >= wanted:
            break
    assert {timing.kind for timing in summary.ledger.timings} >= wanted
    assert summary.found == summary.turns >= 4
    assert summary.ledger.citations
    assert summary.ledger.deleted
    assert any("second half" in line and "MB" in line for line in summary.lines())
    assert (tmp_path / "soak.svg").read_text("utf-8").count("<path") > 10
    written = (tmp_path / "soak.csv").read_text("utf-8").splitlines()
    assert len(written) > 3
    assert all(kind in written[0] for kind in KINDS)


def test_a_leak_is_told_and_what_only_warms_up_is_not() -> None:
    leak = growth(samples([1000 + n * 2 for n in range(100)]), "memory")
    assert leak.gained == pytest.approx(98)
    assert leak.grew
    warm = growth(samples([min(700 + 40 * n, 1000.0) + n % 3 for n in range(100)]), "memory")
    assert not warm.grew
    assert "GREW" in str(leak)
    assert "level" in str(warm)
    assert not growth(samples([1.0] * 100), "handles").grew
    assert growth([Sample(n, 1.0, 50 + n // 4, 20, 0) for n in range(100)], "handles").grew
    with pytest.raises(ValueError, match="Let it run longer"):
        growth(samples([1.0]), "memory")


def test_a_citation_of_a_deleted_source_is_wrong_from_its_deletion_on() -> None:
    ledger = Ledger()
    asked = time.monotonic()
    ledger.answered(full(), asked, {})
    ledger.deleted["s"] = asked + 1
    ledger.answered(full(), asked, {})
    assert ledger.wrong == []
    ledger.answered(full(), asked + 2, {})
    assert len(ledger.wrong) == 1
    assert "cites 's'" in ledger.wrong[0]


def test_a_quote_that_stands_elsewhere_is_wrong() -> None:
    ledger = Ledger()
    text = "In Mentored students — “stayed”. 🙂"
    ledger.answered(full(), 0.0, {"s-1": text})
    assert ledger.wrong == []
    ledger.answered(full(), 0.0, {"s-1": f" {text}"})
    assert len(ledger.wrong) == 1
    assert "citation 1" in ledger.wrong[0]


def test_a_lost_turn_is_told() -> None:
    assert lost(["a", "b", "c"], {"c", "a"}) == ["b"]
    assert lost(["a"], {"a", "more"}) == []


@pytest.mark.parametrize("amiss", ["trouble", "wrong", "growth"])
def test_whatever_is_amiss_fails_the_run(amiss: str) -> None:
    ledger = Ledger()
    level = (growth(samples([1000.0] * 20), "memory"),)
    assert Summary(ledger, level, 0, 0, 0.0, 1.0).sound
    if amiss == "trouble":
        ledger.trouble("question", "500: broken")
    elif amiss == "wrong":
        ledger.wrong.append("a turn is lost")
    grown = (growth(samples([1000.0 + 10 * n for n in range(20)]), "memory"),) if amiss == "growth" else level
    summary = Summary(ledger, grown, 0, 0, 0.0, 1.0)
    assert not summary.sound
    told = "\n".join(summary.lines())
    assert {"trouble": "500: broken", "wrong": "a turn is lost", "growth": "GREW"}[amiss] in told

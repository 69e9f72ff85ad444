"""Queries of several threads in one batch: each gets its own vector, or its own error."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from retrieval.together import Together


class Slow:
    """Embeds a text as itself, slowly, and remembers its batches."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.begun = threading.Event()

    def __call__(self, texts: list[str]) -> list[str]:
        self.batches.append(texts)
        self.begun.set()
        time.sleep(0.05)
        if "bad" in texts:
            raise ValueError("bad")
        return [f"vector of {text}" for text in texts]


def test_those_who_come_meanwhile_share_the_next_batch() -> None:
    slow = Slow()
    together = Together(slow)
    with ThreadPoolExecutor(40) as pool:
        first = pool.submit(together.of, "first")
        slow.begun.wait(5)
        rest = [pool.submit(together.of, f"q{n}") for n in range(39)]
        assert first.result() == "vector of first"
        assert [one.result() for one in rest] == [f"vector of q{n}" for n in range(39)]
    assert slow.batches[0] == ["first"]
    assert max(map(len, slow.batches)) <= 32
    assert len(slow.batches) < 20
    assert sorted(text for batch in slow.batches for text in batch) == sorted(["first", *(f"q{n}" for n in range(39))])


def test_an_error_reaches_everybody_of_its_batch_and_nobody_else() -> None:
    slow = Slow()
    together = Together(slow)
    with pytest.raises(ValueError, match="bad"):
        together.of("bad")
    assert together.of("good") == "vector of good"

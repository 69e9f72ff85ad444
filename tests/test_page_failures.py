"""The page when the service is slow, gone or started again: plain words, and nothing lost that was on it."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import Service, serve
from tests.test_page import OTHER, QUESTION, answers, ask, box, browser, visit  # noqa: F401 - `browser` is a fixture

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.slow]

PAGE_S = 90


class Servings:
    """One service after another, on the same port and over the same home."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = str(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self._port}"
        self._running: Service | None = None

    def start(self) -> Service:
        running = serve(self._folder / "home", self._folder / "log", MENTOR_COACH_PORT=self._port)
        running.url = self.url
        self._running = running
        deadline = time.monotonic() + PAGE_S
        while time.monotonic() < deadline:
            try:
                httpx.get(f"{self.url}/healthz", timeout=5)
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return running
        raise AssertionError(running.log.read_text())

    def kill(self) -> None:
        if self._running is not None:
            self._running.kill()


@pytest.fixture
def servings(tmp_path: Path) -> Iterator[Servings]:
    servings = Servings(tmp_path)
    yield servings
    servings.kill()


def test_stopped_lost_and_started_again_under_one_open_page(browser: Browser, servings: Servings) -> None:  # noqa: F811
    servings.start()
    page = visit(browser, servings.url)
    asked = page.locator("#conversation .asked")

    # Stopped, while the coach still loads
    box(page).fill(QUESTION)
    box(page).press("Enter")
    expect(page.locator("#conversation .status")).to_be_visible()
    expect(page.locator("#send")).to_be_hidden()
    page.locator("#stop").click()
    expect(page.locator("#conversation .stopped")).to_contain_text("Stopped")
    expect(box(page)).to_be_focused()
    expect(page.locator("#send")).to_be_visible()

    # Lost, in the middle of an answer
    box(page).fill(OTHER)
    box(page).press("Enter")
    expect(page.locator("#conversation .status")).to_contain_text("still loading")
    servings.kill()
    failure = page.locator("#conversation .failure")
    expect(failure).to_contain_text("connection was lost", timeout=20_000)
    expect(box(page)).to_have_value(OTHER)
    expect(asked).to_have_text([QUESTION, OTHER])

    # Asked while nobody is there
    box(page).fill("")
    page.get_by_role("button", name="Ask again").last.click()
    expect(failure).to_contain_text("cannot be reached")
    expect(asked).to_have_text([QUESTION, OTHER])

    # Started again: the same page goes on
    box(page).fill("")
    servings.start().wait()
    page.get_by_role("button", name="Ask again").last.click()
    expect(answers(page).last).to_have_class("turn answer", timeout=60_000)
    expect(failure).to_have_count(0)
    expect(asked).to_have_text([QUESTION, OTHER])
    here = page.evaluate("location.hash")

    # And once more, in the same conversation
    servings.kill()
    servings.start().wait()
    ask(page, QUESTION)
    assert page.evaluate("location.hash") == here
    page.reload()
    expect(answers(page)).to_have_count(2, timeout=30_000)
    expect(asked).to_have_text([OTHER, QUESTION])
    page.locator("#open-history").click()
    expect(page.locator("#history .list > li")).to_have_count(1)
    expect(page.locator("#history .list")).to_contain_text("2 questions")
    page.context.close()

"""What the browser tests and the pictures share: a visit, asking, and how a page is looked over."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

QUESTION = "Do men with women mentors feel accepted?"
OTHER = "How do the National Academies define mentorship?"
UNCOVERED = "Should our company make mentoring compulsory for new managers?"
DIVIDED = "Do women mentored by women get more psychosocial support?"
FRAUD = "She feels like a fraud since her promotion"
ANSWER_MS = 60_000
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 780}, "has_touch": True, "is_mobile": True}
_TOO_WIDE = """() => [...document.querySelectorAll('main, main *')].filter(it => {
    const {left, right, width} = it.getBoundingClientRect();
    return width && (left < -1 || right > innerWidth + 1) || it.scrollWidth > innerWidth;
}).map(it => it.id || it.className)"""
_AFRESH = """async () => {
    document.querySelector('dialog[open]')?.close();
    await fetch('/v1/conversations', {method: 'DELETE'});
    localStorage.clear();
    mentorCoach.closePanel('history');
    mentorCoach.write('');
    mentorCoach.restart();
}"""


def chromium() -> str | None:
    """Where a Chromium is, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


@contextmanager
def launched() -> Iterator[Browser]:
    """A browser; without one the test fails in CI and is skipped elsewhere."""
    path = chromium()
    if path is None:
        missing = "No Chromium for the browser tests: install it with `apt-get install chromium`."
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def visit(browser: Browser, url: str, **options: Any) -> Page:
    """The page in a browser profile of its own, ready for a question."""
    page = browser.new_context(**(DESKTOP | options)).new_page()
    page.goto(url)
    expect(box(page)).to_be_visible(timeout=30_000)
    return page


def afresh(page: Page) -> None:
    """As on a first visit, without loading the page again: no conversation, nothing kept, nothing open."""
    page.mouse.move(640, 5)
    page.evaluate(_AFRESH)
    expect(page.locator("#conversation .welcome")).to_be_visible()
    expect(page.locator("aside, dialog").filter(visible=True)).to_have_count(0)


def box(page: Page) -> Locator:
    return page.locator("#question textarea")


def answers(page: Page) -> Locator:
    """Answers that have arrived whole."""
    return page.locator("#conversation .turn:not(.partial)")


def ask(page: Page, question: str) -> Locator:
    """Ask by keyboard; returns the finished answer."""
    before = answers(page).count()
    box(page).fill(question)
    box(page).press("Enter")
    return arrived(page, before + 1)


def arrived(page: Page, number: int) -> Locator:
    expect(answers(page)).to_have_count(number, timeout=ANSWER_MS)
    return answers(page).nth(number - 1)


def reload(page: Page, turns: int) -> None:
    """Load the page again; so many answers come back."""
    page.reload()
    expect(answers(page)).to_have_count(turns, timeout=30_000)
    expect(box(page)).to_be_visible(timeout=30_000)


def close(page: Page, sheet: str) -> None:
    page.keyboard.press("Escape")
    expect(page.locator(f"#{sheet}")).to_be_hidden()


def api_answer(url: str, question: str) -> Any:
    return httpx.post(f"{url}/v1/ask", json={"question": question}, timeout=60).raise_for_status().json()


def passage_text(url: str, passage_id: str) -> str:
    text = httpx.get(f"{url}/v1/passages/{quote(passage_id, safe='')}").raise_for_status().json()["text"]
    return str(text)


def too_wide(page: Page) -> list[str]:
    """What reaches beyond the window's sides."""
    found: list[str] = page.evaluate(_TOO_WIDE)
    return found


def findings(page: Page) -> list[tuple[str, str, str]]:
    """What axe objects to: its rule, how grave that is, and the first place."""
    result = Axe().run(page).response
    assert result["passes"], "axe looked at nothing"
    return [(one["id"], one["impact"], " ".join(one["nodes"][0]["target"])) for one in result["violations"]]

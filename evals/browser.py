"""What a visitor waits for, in a real browser: first paint against an empty Gradio page, the first claim on screen
against `/v1/ask`, and twenty visitors at once (`python -m evals.browser`)."""

from __future__ import annotations

import asyncio
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.async_api import Browser, Page, async_playwright

from evals.bench import Row
from evals.service import served, until

_QUESTIONS = (
    "Do men with women mentors feel accepted?",
    "How do the National Academies define mentorship?",
    "Does peer mentoring help nursing students with stress?",
    "Are some mentoring relationships better than others?",
    "Do women mentored by women get more psychosocial support?",
)
_EMPTY = """import sys, fastapi, gradio, uvicorn
page = gradio.Blocks(analytics_enabled=False)
app = gradio.mount_gradio_app(fastapi.FastAPI(), page, path="/", ssr_mode=False, mcp_server=False)
uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")"""
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
_PAINTS = 7
_ROUNDS = 4
_SESSIONS = 20
_REST_S = 3
"""Whoever asks has had time to write: the pages' own loading is over."""
_BOX = "#question textarea:not([disabled])"
_PAINTED = """() => new Promise(done => {
    const seen = () => performance.getEntriesByName('first-contentful-paint')[0];
    const look = () => seen() ? done(seen().startTime) : setTimeout(look, 5);
    look();
})"""
_FIRST_CLAIM = """question => new Promise(done => {
    const field = document.querySelector('#question textarea');
    const before = document.querySelectorAll('#conversation .bot-row').length;
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(field, question);
    field.dispatchEvent(new Event('input', {bubbles: true}));
    setTimeout(() => {
        const began = performance.now();
        document.querySelector('#send').click();
        // Watching the page, not asking it again and again: twenty of them share the processor.
        const look = () => {
            const rows = document.querySelectorAll('#conversation .bot-row');
            const claim = rows.length > before && rows[rows.length - 1].querySelector('a.cite');
            if (claim) { watch.disconnect(); done([performance.now() - began, claim.getAttribute('href')]); }
        };
        const watch = new MutationObserver(look);
        watch.observe(document.querySelector('#conversation'), {childList: true, subtree: true});
    }, 50);
})"""


def main() -> None:
    """Print the table; exit with 1 when a figure is over its bound."""
    rows = asyncio.run(_rows())
    print(f"{'':<44}{'measured':>12}{'against':>12}{'ratio':>8}{'at most':>8}")
    print("\n".join(map(str, rows)))
    sys.exit(any(row.ratio > row.at_most for row in rows))


async def _rows() -> list[Row]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        sys.exit("No Chromium: install it with `apt-get install chromium`.")
    with tempfile.TemporaryDirectory() as folder, _empty() as empty, served(Path(folder)) as (url, _, _):
        until(f"{url}/readyz")
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=path, args=_FLAGS)
            try:
                return [await _paint(browser, url, empty), *await _claims(browser, url)]
            finally:
                await browser.close()


async def _paint(browser: Browser, url: str, empty: str) -> Row:
    """Medians of the first contentful paint, taken in turns, each in a profile of its own."""
    taken: dict[str, list[float]] = {url: [], empty: []}
    for turn in range(_PAINTS + 1):
        for address, times in taken.items():
            page = await (await browser.new_context()).new_page()
            await page.goto(address)
            painted = float(await page.evaluate(_PAINTED))
            await page.context.close()
            if turn:  # The first of each warms the browser up.
                times.append(painted)
    mine, theirs = statistics.median(taken[url]), statistics.median(taken[empty])
    return Row("first paint / an empty Gradio page", f"{mine:.0f} ms", f"{theirs:.0f} ms", mine / theirs, 1.5)


async def _claims(browser: Browser, url: str) -> list[Row]:
    page = await _opened(browser, url)
    shown, asked = [], []
    with httpx.Client(base_url=url, timeout=60) as client:
        for turn in range(_ROUNDS + 1):
            for question in _QUESTIONS:
                began = time.perf_counter()
                client.post("/v1/ask", json={"question": question}).raise_for_status()
                answered = (time.perf_counter() - began) * 1000
                took = await _first_claim(page, question)
                if turn:
                    asked.append(answered)
                    shown.append(took)
            await page.click("#new")
    one, api = statistics.median(shown), statistics.median(asked)
    return [
        Row(f"first claim on screen / /v1/ask ({len(shown)})", f"{one:.0f} ms", f"{api:.0f} ms", one / api, 4.0),
        await _crowd(browser, url, one),
    ]


async def _crowd(browser: Browser, url: str, one: float) -> Row:
    """Twenty visitors ask at the same moment, each in a profile of their own; each gets an answer of their own."""
    pages = [await _opened(browser, url) for _ in range(_SESSIONS)]
    await asyncio.sleep(_REST_S)
    asked = [_QUESTIONS[number % len(_QUESTIONS)] for number in range(_SESSIONS)]
    outcomes = await asyncio.gather(
        *(page.evaluate(_FIRST_CLAIM, text) for page, text in zip(pages, asked, strict=True))
    )
    await asyncio.sleep(1)
    for page, text in zip(pages, asked, strict=True):
        held = await page.locator("#conversation .asked").all_inner_texts()
        assert held == [text], f"a visitor who asked {text!r} sees {held}"
    ids = [await page.evaluate("location.hash") for page in pages]
    assert len(set(ids)) == _SESSIONS, "two visitors share a conversation"
    median = statistics.median(float(took) for took, _ in outcomes)
    return Row(
        f"first claim, {_SESSIONS} sessions at once / one", f"{median:.0f} ms", f"{one:.0f} ms", median / one, 20.0
    )


async def _opened(browser: Browser, url: str) -> Page:
    page = await (await browser.new_context()).new_page()
    await page.goto(url)
    await page.wait_for_selector(_BOX)
    return page


async def _first_claim(page: Page, question: str) -> float:
    took, _ = await page.evaluate(_FIRST_CLAIM, question)
    await page.wait_for_selector("html:not(.asking)")
    return float(took)


@contextmanager
def _empty() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen(
        [sys.executable, "-c", _EMPTY, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            until(f"{url}/")
            yield url
        finally:
            process.kill()


if __name__ == "__main__":
    main()

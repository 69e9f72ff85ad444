"""Pictures of the real page for the README: `python -m tests.screenshots` writes them into `docs/images`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.conftest import serve
from tests.pages import DIVIDED, FLAGS, FRAUD, ask, chromium, visit

IMAGES = Path(__file__).parent.parent / "docs" / "images"
CASE = '{"role": "manager", "field": "business", "career_stage": "newly-promoted"}'
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
WIDE: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}


def main() -> None:
    """Serve a fresh home and photograph it; an argument names another folder for the pictures."""
    images = Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    images.mkdir(parents=True, exist_ok=True)
    path = chromium()
    if path is None:
        sys.exit("No Chromium: install it with `apt-get install chromium`.")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        service = serve(Path(folder) / "home", Path(folder) / "log").wait()
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            _take(browser, service.url, images)
        finally:
            browser.close()
            service.kill()


def _take(browser: Browser, url: str, images: Path) -> None:
    def kept(page: Page, name: str) -> None:
        page.wait_for_timeout(500)
        page.screenshot(path=images / f"{name}.png")

    page = visit(browser, url, **WIDE)
    kept(page, "welcome")
    page.evaluate(f"localStorage.setItem('mentor-coach-case', '{CASE}')")
    page.reload()
    ask(page, FRAUD)
    kept(page, "case")
    ask(page, DIVIDED).locator(".text a.cite").last.click()
    kept(page, "sources")
    page.locator("#open-pack").click()
    expect(page.locator("#pack .evidence > li").first).to_be_visible()
    kept(page, "session-pack")
    page.keyboard.press("Escape")
    page.locator("#open-library").click()
    expect(page.locator("#browse .sources > li").first).to_be_visible()
    kept(page, "library")
    page.context.close()

    dark = visit(browser, url, color_scheme="dark", **WIDE)
    ask(dark, DIVIDED).locator(".text a.cite").first.click()
    kept(dark, "dark")
    dark.context.close()

    phone = visit(browser, url, **PHONE)
    ask(phone, DIVIDED)
    kept(phone, "phone")
    phone.locator("#conversation .text a.cite").first.click()
    kept(phone, "phone-sources")
    phone.context.close()


if __name__ == "__main__":
    main()

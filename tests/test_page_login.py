"""A guarded page in a real browser: the login, a question under the content security policy, and logging out."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.conftest import Service

pytestmark = [pytest.mark.browser, pytest.mark.model]


@pytest.fixture
def page() -> Iterator[Page]:
    path = next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)
    if path is None:
        missing = "No Chromium for the browser tests: install it with `apt-get install chromium`."
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield chromium.new_page()
        chromium.close()


def test_who_logs_in_asks_under_the_policy_and_logs_out(page: Page, guarded_service: tuple[Service, str]) -> None:
    service, key = guarded_service
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.goto(service.url)
    assert page.url == f"{service.url}/login"
    page.get_by_label("Your key").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("That is no key", timeout=20_000)
    said.clear()  # A 401 is an error to the console.
    page.get_by_label("Your key").fill(key)
    page.get_by_role("button", name="Log in").click()
    box = page.locator("#question textarea:not([disabled])")
    expect(box).to_be_visible(timeout=60_000)
    box.fill("Do men with women mentors feel accepted?")
    box.press("Enter")
    expect(page.get_by_text("Suggestion, not from research").first).to_be_visible(timeout=60_000)
    assert [line for line in said if "Content Security Policy" in line or "Refused to" in line] == []
    # What the page asked belongs to the key, so that the key's holder finds it again over HTTP.
    held = page.request.get(f"{service.url}/v1/conversations", headers={"Authorization": f"Bearer {key}"}).json()
    assert held["conversations"][0]["title"] == "Do men with women mentors feel accepted?"
    page.evaluate("() => fetch('/logout', {method: 'POST'})")
    page.goto(service.url)
    assert page.url == f"{service.url}/login"

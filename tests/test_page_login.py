"""A guarded page in a real browser: the login, a question under the content security policy, and logging out."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import Service
from tests.pages import QUESTION, ask, box

pytestmark = [pytest.mark.browser, pytest.mark.model]


def test_who_logs_in_asks_under_the_policy_and_logs_out(browser: Browser, guarded_service: tuple[Service, str]) -> None:
    service, key = guarded_service
    page = browser.new_context().new_page()
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
    expect(box(page)).to_be_visible(timeout=60_000)
    expect(ask(page, QUESTION)).to_contain_text("Suggestion, not from research")
    # What the page asked belongs to the key, so that the key's holder finds it again over HTTP.
    held = page.request.get(f"{service.url}/v1/conversations", headers={"Authorization": f"Bearer {key}"}).json()
    assert held["conversations"][0]["title"] == QUESTION
    page.evaluate("localStorage.setItem('mentor-coach-case', '{\"role\": \"manager\"}')")
    page.locator("#open-history").click()
    expect(page.locator("#history")).to_contain_text("Kept on this service for your key alone")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(f"{service.url}/login")
    assert page.evaluate("localStorage.length") == 0
    assert [line for line in said if "Content Security Policy" in line or "Refused to" in line] == []
    page.goto(service.url)
    assert page.url == f"{service.url}/login"
    page.context.close()

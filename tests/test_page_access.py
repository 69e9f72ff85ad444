"""The page for everybody: axe in every room, light and dark, on a desktop and a phone; zoom, names, keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pages import DESKTOP, DIVIDED, PHONE, QUESTION, UNCOVERED, ask, box, findings, too_wide, visit

pytestmark = [pytest.mark.browser, pytest.mark.model]

LISTED = Path(__file__).parent.parent / "docs" / "accessibility.md"


def listed() -> set[tuple[str, str, str]]:
    """The findings that the document gives reasons for: room, rule and how grave it is."""
    rows = re.findall(r"^\| (\w[\w ]*) \| `([\w-]+)` \| (minor|moderate) \| \S.* \|$", LISTED.read_text("utf-8"), re.M)
    return set(rows)


def rooms(page: Page, look: Callable[[str], None]) -> None:
    """Look at every room, as it is with something in it."""
    look("first visit")
    ask(page, "w" * 300)
    ask(page, UNCOVERED)
    ask(page, DIVIDED)
    look("chat")
    page.locator("#conversation .text a.cite").last.click()
    expect(page.locator("#sources mark")).to_be_in_viewport()
    look("sources")
    page.locator("#sources .close").click()
    page.locator("#open-history").click()
    expect(page.locator("#history .list > li")).to_have_count(1)
    look("history")
    page.locator("#history .close").click()
    page.locator("#open-library").click()
    expect(page.locator("#browse .sources > li").first).to_be_visible()
    look("library")
    page.locator("#browse .sources button").first.click()
    expect(page.locator("#browse .passages section").first).to_be_visible()
    look("one source")
    page.locator("#tab-gaps").click()
    expect(page.locator("#gaps .count")).to_contain_text(re.compile("topic|Nothing yet"))
    look("gaps")
    page.locator("#tab-own").click()
    page.locator("#own .act").click()
    expect(page.locator("#own .progress")).to_have_text("Choose at least one file first.")
    expect(page.locator("#own .own li")).to_have_count(1)
    look("add research")
    page.locator("#library .close").click()
    page.locator("#open-pack").click()
    expect(page.locator("#pack .evidence > li").first).to_be_visible()
    look("session pack")
    page.locator("#pack .close").click()
    page.locator("#open-case").click()
    look("my case")


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_room_is_accessible_in_light_and_dark_and_fits(
    browser: Browser, served_url: str, device: dict[str, Any]
) -> None:
    # Without motion a look changes at once.
    page = visit(browser, served_url, reduced_motion="reduce", **device)
    found: set[tuple[str, str, str]] = set()
    places: dict[tuple[str, str, str], str] = {}

    def look(room: str) -> None:
        assert too_wide(page) == [], room
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            expect(page.locator("body.dark")).to_have_count(int(scheme == "dark"))
            for rule, impact, place in findings(page):
                found.add((room, rule, impact))
                places[room, rule, impact] = f"{scheme}: {place}"

    rooms(page, look)
    page.context.close()
    assert not [(one, places[one]) for one in found if one[2] in ("serious", "critical")]
    assert found <= listed(), places


def test_at_twice_the_size_everything_can_still_be_used(page: Page) -> None:
    page.set_viewport_size({"width": 640, "height": 450})
    answer = ask(page, QUESTION)
    assert too_wide(page) == []
    expect(box(page)).to_be_in_viewport()
    answer.locator("a.cite").first.click()
    expect(page.locator("#sources mark")).to_be_in_viewport()
    assert too_wide(page) == []
    page.set_viewport_size(DESKTOP["viewport"])


def test_screen_readers_find_names_and_no_markup(page: Page) -> None:
    ask(page, QUESTION)
    expect(page.get_by_role("textbox", name="Your question", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="New conversation")).to_be_visible()
    expect(page.get_by_role("log")).to_have_attribute("aria-busy", "false")
    labels = page.eval_on_selector_all("[aria-label]", "all => all.map(one => one.getAttribute('aria-label'))")
    assert "The coach" in labels
    assert not [label for label in labels if "<" in label]


def test_what_comes_first_skips_to_the_question(page: Page) -> None:
    first = page.locator("a[href], button, input, textarea, select").first
    expect(first).to_have_text("Skip to your question")
    expect(first).not_to_be_in_viewport()
    first.focus()
    expect(first).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(box(page)).to_be_focused()


def test_dark_and_light_can_be_chosen_and_are_kept(page: Page) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.locator("#open-history").click()
    page.get_by_label("Dark").check()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    expect(box(page)).to_be_visible(timeout=30_000)
    assert page.evaluate(ground) == dark
    page.locator("#open-history").click()
    page.get_by_label("As the system").check()
    assert page.evaluate(ground) == light

"""The page in a real browser: asking by keyboard, the passage behind every sentence, and no word to anybody else."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

pytestmark = pytest.mark.browser

QUESTION = "Do men with women mentors feel accepted?"
OTHER = "How do the National Academies define mentorship?"
UNCOVERED = "Should our company make mentoring compulsory for new managers?"
ANSWER_MS = 60_000
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium() -> str | None:
    """Where a Chromium is, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        missing = "No Chromium for the browser tests: install it with `apt-get install chromium`."
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield launched
        launched.close()


def visit(browser: Browser, url: str, **options: Any) -> Page:
    """The page in a browser profile of its own, ready for a question."""
    page = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options)).new_page()
    page.goto(url)
    expect(box(page)).to_be_visible(timeout=30_000)
    return page


@pytest.fixture
def page(browser: Browser, served_url: str) -> Iterator[Page]:
    page = visit(browser, served_url)
    yield page
    page.context.close()


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


def api_answer(url: str, question: str) -> Any:
    return httpx.post(f"{url}/v1/ask", json={"question": question}, timeout=60).raise_for_status().json()


def assert_opens(page: Page, link: Locator, citation: Any, url: str) -> None:
    """Click `link` and find the exact passage of `citation` with its quote highlighted."""
    link.click()
    card = page.locator("#sources article")
    expect(card).to_be_visible()
    expect(card).to_be_focused()
    marked = card.locator("mark")
    expect(marked).to_have_count(1)
    assert marked.text_content() == citation["quote"]
    passage = httpx.get(f"{url}/v1/passages/{quote(citation['passage_id'], safe='')}").raise_for_status().json()
    assert card.locator("blockquote").text_content() == passage["text"]
    expect(card.locator("h3")).to_contain_text(citation["source"]["title"])


def test_the_first_question_by_keyboard_alone(page: Page) -> None:
    expect(box(page)).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    answer = arrived(page, 1)
    expect(box(page)).to_have_value("")
    expect(box(page)).to_be_focused()
    expect(page.locator("#conversation .asked")).to_have_text(QUESTION)
    expect(answer.locator("a.cite").first).to_have_text("[1]")
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('#conversation a.cite')"):
            break
    reached = page.evaluate("document.activeElement.getAttribute('href')")
    page.keyboard.press("Enter")
    expect(page.locator("#sources article")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#sources")).to_be_hidden()
    assert reached.startswith("#src-")
    assert page.evaluate("document.activeElement.getAttribute('href')") == reached


def test_shift_enter_begins_a_new_line(page: Page) -> None:
    box(page).fill("One")
    box(page).press("Shift+Enter")
    page.keyboard.type("two")
    expect(box(page)).to_have_value("One\ntwo")
    expect(page.locator("#conversation .asked")).to_have_count(0)


def test_every_citation_opens_its_exact_passage_with_the_quote_marked(page: Page, served_url: str) -> None:
    expected = api_answer(served_url, QUESTION)
    answer = ask(page, QUESTION)
    expect(page.locator("#sources")).to_be_hidden()
    assert expected["citations"]
    for citation in expected["citations"]:
        link = answer.locator(".text a.cite", has_text=f"[{citation['number']}]").first
        assert_opens(page, link, citation, served_url)
    page.locator("#sources .close").click()
    expect(page.locator("#sources")).to_be_hidden()


def test_citations_of_an_earlier_turn_still_open_their_own_passages(page: Page, served_url: str) -> None:
    first = ask(page, QUESTION)
    second = ask(page, OTHER)
    expect(page.locator("#conversation .asked")).to_have_text([QUESTION, OTHER])
    for answer, question in ((second, OTHER), (first, QUESTION), (second, OTHER)):
        expected = api_answer(served_url, question)["citations"][0]
        assert_opens(page, answer.locator("a.cite", has_text="[1]").first, expected, served_url)


def test_what_the_library_does_not_cover_is_said_with_the_nearest_passages(page: Page) -> None:
    answer = ask(page, UNCOVERED)
    expect(answer).to_have_class("turn abstention")
    expect(answer.locator("a.cite")).to_have_count(0)
    nearest = answer.locator("a.near").first
    opening = nearest.locator(".opening").inner_text().removesuffix(" …")
    assert len(opening) > 50
    nearest.click()
    expect(page.locator("#sources blockquote")).to_contain_text(opening)
    expect(page.locator("#sources .kind")).to_have_text("Nearest, and not an answer")
    expect(page.locator("#sources mark")).to_have_count(0)


def test_markup_in_a_question_is_text(page: Page) -> None:
    question = "<script>window.ran=1</script><img src=x onerror='window.ran=2'> [x](javascript:window.ran=3)\n\n# big"
    ask(page, question)
    asked = page.locator("#conversation .asked")
    assert asked.inner_text().split() == question.split()
    expect(asked.locator("script, img, a, h1")).to_have_count(0)
    assert page.evaluate("window.ran") is None


def test_a_starter_question_is_asked_by_a_click(page: Page) -> None:
    starters = page.locator("#conversation .welcome a.ask")
    assert 4 <= starters.count() <= 5
    chosen = starters.first.inner_text()
    starters.first.click()
    arrived(page, 1)
    expect(page.locator("#conversation .asked")).to_have_text(chosen)
    expect(page.locator("#conversation .welcome")).to_have_count(0)


def test_a_question_to_ask_next_is_asked_by_a_click(page: Page) -> None:
    follow_up = ask(page, QUESTION).locator("a.ask").first
    chosen = follow_up.inner_text()
    follow_up.click()
    arrived(page, 2)
    expect(page.locator("#conversation .asked").last).to_have_text(chosen)


def test_a_question_that_cannot_be_asked_comes_back_to_the_box_whole(page: Page) -> None:
    question = "mentor " * 3_000
    answer = ask(page, question)
    expect(answer).to_have_class("turn failure")
    expect(box(page)).to_have_value(question)
    ask(page, QUESTION)
    expect(page.locator("#conversation .asked")).to_have_count(2)


def test_a_new_conversation_forgets_the_old_one(page: Page) -> None:
    ask(page, QUESTION).locator("a.cite").first.click()
    page.locator("#new").click()
    expect(page.locator("#conversation .asked")).to_have_count(0)
    expect(page.locator("#conversation .welcome")).to_be_visible()
    expect(page.locator("#sources")).to_be_hidden()
    expect(box(page)).to_be_focused()
    ask(page, OTHER)
    expect(page.locator("#conversation .asked")).to_have_text(OTHER)


def test_two_browsers_do_not_see_each_other(browser: Browser, served_url: str, page: Page) -> None:
    other = visit(browser, served_url)
    ask(page, QUESTION)
    ask(other, OTHER)
    expect(page.locator("#conversation .asked")).to_have_text([QUESTION])
    expect(other.locator("#conversation .asked")).to_have_text([OTHER])
    mine, theirs = (p.locator("#conversation a.cite").first.get_attribute("href") for p in (page, other))
    assert mine != theirs
    other.context.close()


def test_no_request_leaves_the_machine(browser: Browser, served_url: str) -> None:
    context = browser.new_context()
    requested: list[str] = []
    context.on("request", lambda request: requested.append(request.url))
    page = context.new_page()
    page.goto(served_url)
    ask(page, QUESTION).locator("a.cite").first.click()
    expect(page.locator("#sources mark")).to_be_visible()
    context.close()
    assert len(requested) > 5
    hosts = {urlsplit(url).netloc for url in requested if urlsplit(url).scheme not in ("data", "blob")}
    assert hosts == {urlsplit(served_url).netloc}


def test_a_phone_needs_no_sideways_scrolling(browser: Browser, served_url: str) -> None:
    page = visit(browser, served_url, viewport={"width": 360, "height": 780}, has_touch=True, is_mobile=True)
    too_wide = """() => [...document.querySelectorAll('main, main *')].filter(it => {
        const {left, right, width} = it.getBoundingClientRect();
        return width && (left < -1 || right > innerWidth + 1) || it.scrollWidth > innerWidth;
    }).map(it => it.id || it.className)"""
    assert page.evaluate(too_wide) == []
    answer = ask(page, QUESTION)
    assert page.evaluate(too_wide) == []
    answer.locator("a.cite").first.click()
    expect(page.locator("#sources mark")).to_be_in_viewport()
    assert page.evaluate(too_wide) == []
    page.locator("#sources .close").click()
    ask(page, "w" * 300)
    assert page.evaluate(too_wide) == []
    page.context.close()


def test_screen_readers_find_names_and_no_markup(page: Page) -> None:
    ask(page, QUESTION)
    expect(page.get_by_role("textbox", name="Your question", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="New conversation")).to_be_visible()
    expect(page.get_by_role("log")).to_have_attribute("aria-busy", "false")
    labels = page.eval_on_selector_all("[aria-label]", "all => all.map(one => one.getAttribute('aria-label'))")
    assert "The coach" in labels
    assert not [label for label in labels if "<" in label]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_accessibility_violation(browser: Browser, served_url: str, scheme: str) -> None:
    page = visit(browser, served_url, color_scheme=scheme)
    found = serious(page)
    ask(page, UNCOVERED)
    ask(page, QUESTION).locator("a.cite").first.click()
    expect(page.locator("#sources mark")).to_be_visible()
    found += serious(page)
    page.context.close()
    assert found == []


def serious(page: Page) -> list[str]:
    result = Axe().run(page).response
    assert result["passes"], "axe looked at nothing"
    return [one["id"] for one in result["violations"] if one["impact"] in ("serious", "critical")]


def test_the_page_offers_one_endpoint_to_programs(served_url: str) -> None:
    info = httpx.get(f"{served_url}/gradio_api/info", timeout=30).raise_for_status().json()
    assert list(info["named_endpoints"]) == ["/answer"]
    assert info["unnamed_endpoints"] == {}

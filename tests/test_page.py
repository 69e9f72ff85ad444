"""The page in a real browser: asking by keyboard, the passage behind every sentence, and no word to anybody else."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.pages import (
    DIVIDED,
    OTHER,
    QUESTION,
    UNCOVERED,
    answers,
    api_answer,
    arrived,
    ask,
    box,
    passage_text,
    visit,
)

pytestmark = [pytest.mark.browser, pytest.mark.model]

_COUNT_FRAMES = """
    window.frames_asked = 0;
    const frame = window.requestAnimationFrame;
    window.requestAnimationFrame = (callback) => { window.frames_asked += 1; return frame.call(window, callback); };
"""
_ASKS_EARLY = """
    const asking = setInterval(() => {
        if (!window.mentorCoach?.send) return;
        clearInterval(asking);
        window.asked_early = !document.querySelector('#show');
        mentorCoach.send(%r);
    }, 1);
"""


def assert_opens(page: Page, link: Locator, citation: Any, url: str) -> None:
    """Click `link` and find the exact passage of `citation` with its quote highlighted."""
    link.click()
    card = page.locator("#sources article")
    expect(card).to_be_visible()
    expect(card).to_be_focused()
    marked = card.locator("mark")
    expect(marked).to_have_count(1)
    assert marked.text_content() == citation["quote"]
    assert card.locator("blockquote").text_content() == passage_text(url, citation["passage_id"])
    expect(card.locator("h3")).to_contain_text(citation["source"]["title"])


def test_the_first_question_by_keyboard_alone_and_no_request_leaves_the_machine(
    browser: Browser, served_url: str
) -> None:
    page = browser.new_context().new_page()
    page.add_init_script(_COUNT_FRAMES)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(served_url)
    expect(box(page)).to_be_focused(timeout=30_000)
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
    # A page that does nothing draws nothing, although Gradio's own clock would ask for sixty frames a second.
    asked = [page.evaluate("window.frames_asked")]
    while len(asked) < 20 and asked[-2:] != [asked[-1]] * 2:
        page.wait_for_timeout(300)
        asked.append(page.evaluate("window.frames_asked"))
    assert asked[0] > 0
    assert asked[-1] == asked[-2]
    page.context.close()
    assert len(requested) > 5
    hosts = {urlsplit(url).netloc for url in requested if urlsplit(url).scheme not in ("data", "blob")}
    assert hosts == {urlsplit(served_url).netloc}


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


def test_sources_that_disagree_are_drawn_apart(page: Page) -> None:
    table = ask(page, DIVIDED).locator(".agreement table")
    heads = table.locator("thead th").all_inner_texts()
    assert heads == ["supports it", "mixed findings", "found no effect", "points the other way"]
    rows = table.locator("tbody tr")
    assert rows.count() >= 2
    stances = [row.locator("td.stance").get_attribute("class") for row in rows.all()]
    assert len(set(stances)) >= 2


def test_what_is_not_covered_is_said_with_the_nearest_passages_and_what_can_be_answered(page: Page) -> None:
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
    expect(answer).to_contain_text("Questions near yours that the library can answer")
    answer.locator("a.ask").first.click()
    expect(arrived(page, 2)).to_have_class("turn answer")


def test_markup_in_a_question_is_text(page: Page) -> None:
    question = "<script>window.ran=1</script><img src=x onerror='window.ran=2'> [x](javascript:window.ran=3)\n\n# big"
    ask(page, question)
    asked = page.locator("#conversation .asked")
    assert asked.inner_text().split() == question.split()
    expect(asked.locator("script, img, a, h1")).to_have_count(0)
    assert page.evaluate("window.ran") is None


def test_a_question_asked_before_the_page_is_whole_is_answered(browser: Browser, served_url: str) -> None:
    page = browser.new_context().new_page()
    page.add_init_script(_ASKS_EARLY % OTHER)
    page.goto(served_url)
    expect(arrived(page, 1)).to_have_class("turn answer")
    expect(page.locator("#conversation .asked")).to_have_text(OTHER)
    assert page.evaluate("asked_early"), "what draws the conversation stood there already"
    page.context.close()


def test_a_starter_question_is_asked_by_a_click(page: Page) -> None:
    starters = page.locator("#conversation .welcome a.ask")
    assert 4 <= starters.count() <= 5
    chosen = starters.first.inner_text()
    starters.first.click()
    arrived(page, 1)
    expect(page.locator("#conversation .asked")).to_have_text(chosen)
    expect(page.locator("#conversation .welcome")).to_have_count(0)


def test_a_question_to_ask_next_by_a_click_and_one_about_the_last_answer(page: Page) -> None:
    ask(page, QUESTION)
    answer = ask(page, "Who found that?")
    expect(answer).to_have_class("turn answer")
    expect(answer).to_contain_text("Ragins")
    answer.locator("a.cite").first.click()
    expect(page.locator("#sources mark")).to_be_visible()
    follow_up = answers(page).first.locator("a.ask").first
    chosen = follow_up.inner_text()
    follow_up.click()
    arrived(page, 3)
    expect(page.locator("#conversation .asked").last).to_have_text(chosen)


def test_ask_again_and_edit(page: Page) -> None:
    ask(page, QUESTION)
    page.get_by_role("button", name="Ask again").last.click()
    expect(page.locator("#conversation .asked")).to_have_text([QUESTION, QUESTION])
    arrived(page, 2)
    page.get_by_role("button", name="Edit").last.click()
    expect(box(page)).to_have_value(QUESTION)
    expect(box(page)).to_be_focused()


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


def test_two_browsers_do_not_see_each_other_and_an_id_opens_nothing(
    browser: Browser, served_url: str, page: Page
) -> None:
    ask(page, QUESTION)
    mine = page.evaluate("location.hash")
    assert mine.startswith("#c=")
    other = visit(browser, f"{served_url}/{mine}")
    expect(answers(other)).to_contain_text("somebody else's")
    expect(other.locator("#conversation a.cite")).to_have_count(0)
    ask(other, OTHER)
    expect(other.locator("#conversation .asked").last).to_have_text(OTHER)
    expect(page.locator("#conversation .asked")).to_have_text([QUESTION])
    assert other.evaluate("location.hash") != mine
    hrefs = [shown.locator("#conversation a.cite").first.get_attribute("href") for shown in (page, other)]
    assert len(set(hrefs)) == 2
    other.context.close()


def test_the_page_offers_one_endpoint_to_programs(served_url: str) -> None:
    info = httpx.get(f"{served_url}/gradio_api/info", timeout=30).raise_for_status().json()
    assert list(info["named_endpoints"]) == ["/answer"]
    assert info["unnamed_endpoints"] == {}

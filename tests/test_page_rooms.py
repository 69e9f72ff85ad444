"""The page's rooms in a real browser: quotes, ratings, history, case, session pack, library, paper, phone and zoom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pypdfium2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.pages import FRAUD, OTHER, QUESTION, UNCOVERED, answers, api_answer, ask, box, close, reload, visit

pytestmark = [pytest.mark.browser, pytest.mark.model]


@pytest.fixture(scope="module")
def told(browser: Browser, served_url: str) -> Iterator[Page]:
    """A page with a conversation on it, for tests that only look."""
    page = visit(browser, served_url)
    ask(page, QUESTION)
    ask(page, UNCOVERED)
    yield page
    page.context.close()


def pdf_text(page: Page, file: Path) -> str:
    """What would be printed, on one line."""
    page.pdf(path=file)
    with pypdfium2.PdfDocument(file) as paper:
        return " ".join(" ".join(sheet.get_textpage().get_text_bounded() for sheet in paper).split())


# Claims


def test_a_quote_stands_beside_its_number_under_the_pointer_and_in_focus(told: Page, served_url: str) -> None:
    quote = api_answer(served_url, QUESTION)["citations"][0]["quote"]
    tip, link = told.locator("#quote"), told.locator("#conversation .text a.cite").first
    expect(tip).to_be_hidden()
    # A quote goes away when its number is scrolled away, so the number is there before the pointer comes.
    link.scroll_into_view_if_needed()
    told.wait_for_timeout(300)
    link.hover()
    expect(tip.locator("q")).to_have_text(quote)
    expect(tip).to_contain_text("observational")
    told.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    told.mouse.move(5, 5)
    box(told).focus()
    for _ in range(60):
        told.keyboard.press("Shift+Tab")
        if link.evaluate("it => it === document.activeElement"):
            break
    expect(tip).to_be_visible()
    expect(link).to_have_attribute("aria-describedby", "quote")
    box(told).focus()
    expect(tip).to_be_hidden()


# History


def test_ratings_are_stored_and_a_reload_brings_the_conversation_back(page: Page) -> None:
    answer = ask(page, QUESTION)
    ask(page, OTHER)
    answer.get_by_role("button", name="Helpful").click()
    answer.get_by_role("button", name="Rate sentence 1").click()
    with page.expect_response("**/v1/feedback") as sent:
        page.locator("#rate-menu").get_by_role("button", name="Wrong evidence").click()
    assert sent.value.status == 204
    expect(answer.locator(".rate").first).to_have_text("Wrong evidence")
    reload(page, 2)
    expect(page.locator("#conversation .asked")).to_have_text([QUESTION, OTHER])
    first = answers(page).first
    expect(first.get_by_role("button", name="Helpful")).to_have_attribute("aria-pressed", "true")
    expect(first.locator(".rate").first).to_have_text("Wrong evidence")
    expect(answers(page).last.locator("[aria-pressed=true]")).to_have_count(0)
    first.get_by_role("button", name="Helpful").click()
    expect(first.get_by_role("button", name="Helpful")).to_have_attribute("aria-pressed", "false")
    first.locator("a.cite").first.click()
    expect(page.locator("#sources mark")).to_be_visible()


def test_conversations_are_listed_renamed_exported_opened_and_deleted(page: Page) -> None:
    ask(page, QUESTION)
    page.locator("#new").click()
    ask(page, OTHER)
    page.locator("#open-history").click()
    entries = page.locator("#history .list > li")
    expect(entries).to_have_count(2)
    expect(entries.first.locator(".open")).to_have_attribute("aria-current", "true")
    entries.last.get_by_role("button", name=re.compile("^Rename")).click()
    field = page.get_by_role("textbox", name="New name")
    expect(field).to_be_focused()
    field.fill("Men & <b>acceptance</b>")
    field.press("Enter")
    expect(entries.last.locator(".title")).to_have_text("Men & <b>acceptance</b>")
    for form, words in (("Markdown", QUESTION), ("JSON", '"claims"'), ("BibTeX", "@article"), ("RIS", "TY  - ")):
        entries.last.locator("summary").click()
        with page.expect_download() as download:
            entries.last.get_by_role("link", name=form, exact=True).click()
        assert words in re.sub(r"\\([^\w\s])", r"\1", Path(download.value.path()).read_text("utf-8"))
        entries.last.locator("summary").click()
    entries.last.locator(".open").click()
    expect(page.locator("#conversation .asked")).to_have_text([QUESTION])
    entries.last.get_by_role("button", name=re.compile("^Delete")).click()
    entries.last.get_by_role("button", name="Yes, delete it").click()
    expect(entries).to_have_count(1)
    expect(page.locator("#conversation .welcome")).to_be_visible()
    reload(page, 0)
    expect(page.locator("#conversation .welcome")).to_be_visible()


def test_all_conversations_are_deleted_after_a_second_word(page: Page, served_url: str) -> None:
    ask(page, QUESTION)
    page.locator("#open-history").click()
    entries, every = page.locator("#history .list > li"), page.locator("#history .every")
    expect(entries).to_have_count(1)
    expect(every).to_be_hidden()
    page.locator("#new").click()
    ask(page, OTHER)
    expect(entries).to_have_count(2)
    every.get_by_role("button", name="Delete all").click()
    expect(every).to_contain_text("Delete all 2 conversations")
    keep = every.get_by_role("button", name="Keep them")
    expect(keep).to_be_focused()
    keep.click()
    expect(every.get_by_role("button", name="Delete all")).to_be_focused()
    expect(entries).to_have_count(2)
    every.get_by_role("button", name="Delete all").click()
    every.get_by_role("button", name="Yes, delete all").click()
    expect(entries).to_have_text(["None yet. Your first question begins one."])
    expect(page.locator("#conversation .welcome")).to_be_visible()
    expect(page.locator("#history h2")).to_be_focused()
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    assert httpx.get(f"{served_url}/v1/conversations", cookies=cookies).json()["conversations"] == []


# My case


def test_a_case_notes_who_else_was_studied_and_is_cleared_by_one_click(page: Page, served_url: str) -> None:
    page.locator("#open-case").click()
    page.get_by_label("My mentee is").select_option("manager")
    page.locator("#case [name=field]").select_option("business")
    page.get_by_label("Career stage").select_option("newly-promoted")
    page.get_by_role("button", name="Use this case").click()
    expect(page.locator("#open-case")).to_have_text("My case: on")
    answer = ask(page, FRAUD)
    note = "Your mentee: a newly promoted manager in business. A neighbouring finding, not the same one."
    expect(answer.locator(".applies").first).to_contain_text(note)
    reload(page, 1)
    expect(answers(page).first.locator(".applies").first).to_be_visible()
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    stored = httpx.get(f"{served_url}/v1/conversations/{page.evaluate('location.hash')[3:]}", cookies=cookies).json()
    assert stored["turns"][0]["answer"]["question"] == FRAUD
    assert "newly promoted" not in str(stored)
    page.locator("#open-case").click()
    expect(page.get_by_label("My mentee is")).to_have_value("manager")
    page.get_by_role("button", name="Clear it").click()
    expect(page.locator("#open-case")).to_have_text("My case")
    assert page.evaluate("localStorage.length") == 0
    expect(ask(page, FRAUD).locator(".applies")).to_have_count(0)


# Session pack


def test_a_session_pack_is_edited_printed_and_saved(page: Page, tmp_path: Path) -> None:
    expected = ask(page, QUESTION).locator(".claim").first.inner_text().split(" [1]")[0]
    page.locator("#open-pack").click()
    sheet = page.locator("#pack")
    evidence = sheet.locator(".evidence > li")
    expect(evidence.first).to_contain_text(expected)
    expect(evidence.locator("[contenteditable]")).to_have_count(0)
    goal = sheet.get_by_role("textbox", name="Goal")
    goal.fill("Agree on how we talk <b>about</b> it")
    sheet.get_by_role("button", name="Add a question").click()
    page.keyboard.type("What do you need from me in May?")
    sheet.get_by_role("button", name="Take out this question").first.click()
    printed = pdf_text(page, tmp_path / "pack.pdf")
    for words in (
        "Agree on how we talk <b>about</b> it",
        "What do you need from me in May?",
        expected[:40],
        "Evidence",
    ):
        assert words in printed
    for words in ("Save as Markdown", "Send", "Conversations", "Add a question"):
        assert words not in printed
    with page.expect_download() as download:
        sheet.get_by_role("button", name="Save as Markdown").click()
    saved = re.sub(r"\\([^\w\s])", r"\1", Path(download.value.path()).read_text("utf-8"))
    assert "Agree on how we talk <b>about</b> it" in saved
    assert "- What do you need from me in May?" in saved
    assert expected in saved
    for tick in evidence.locator("input:checked").all():
        tick.uncheck()
    with page.expect_download() as download:
        sheet.get_by_role("button", name="Save as Markdown").click()
    assert "No evidence was kept" in Path(download.value.path()).read_text("utf-8")
    close(page, "pack")
    expect(page.locator("#open-pack")).to_be_focused()


def test_without_a_conversation_there_is_no_pack_and_that_is_said(page: Page) -> None:
    page.locator("#open-pack").click()
    expect(page.locator("#pack .problem")).to_contain_text("Ask a question first")
    expect(page.get_by_role("button", name="Save as Markdown")).to_be_disabled()


def test_on_paper_a_conversation_has_its_sources_and_no_buttons(told: Page, tmp_path: Path) -> None:
    quote = told.evaluate("[...mentorCoach.sources.cards().values()][0].querySelector('mark').textContent")
    printed = pdf_text(told, tmp_path / "conversation.pdf")
    for words in (QUESTION, UNCOVERED, "Sources", " ".join(quote.split())[:60], "Suggestion, not from research"):
        assert words in printed
    for words in ("Send", "Ask again", "Helpful", "New conversation"):
        assert words not in printed
    expect(told.locator("#paper")).to_have_count(0)


# Library


def test_the_library_is_searched_filtered_and_read(page: Page, served_url: str) -> None:
    sources = httpx.get(f"{served_url}/v1/sources").json()["sources"]
    page.locator("#open-library").focus()
    page.keyboard.press("Enter")
    shown = page.locator("#browse .sources > li")
    expect(shown).to_have_count(len(sources))
    page.get_by_label("Kind of study").select_option("meta-analysis")
    expect(shown).to_have_count(sum(source["study_kind"] == "meta-analysis" for source in sources))
    page.get_by_label("Kind of study").select_option("")
    page.get_by_label("Whom it studied").fill("nursing")
    expect(shown).to_have_count(1)
    page.get_by_label("Whom it studied").fill("")
    page.get_by_label("From", exact=True).fill("2015")
    page.get_by_label("To", exact=True).fill("2018")
    expect(shown).to_have_count(sum(2015 <= (source["year"] or 0) <= 2018 for source in sources))
    page.get_by_label("From", exact=True).fill("")
    page.get_by_label("To", exact=True).fill("")
    page.get_by_role("searchbox").fill("imposter")
    near = page.locator("#browse .near button")
    expect(near.first).to_be_visible()
    near.first.click()
    source = page.locator("#browse .source")
    expect(source.locator("h3")).to_be_visible()
    finding = source.locator(".findings button").first
    finding.click()
    expect(finding).to_have_attribute("aria-pressed", "true")
    marked = source.locator("mark").first.inner_text()
    assert marked in source.locator(".passages section:has(mark) blockquote").inner_text()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    source.get_by_role("button", name="Copy the reference").click()
    expect(source.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") in [item["reference"] for item in sources]
    source.get_by_role("button", name="All sources").click()
    expect(near.first).to_be_focused()
    close(page, "library")
    expect(page.locator("#open-library")).to_be_focused()


def test_what_the_library_cannot_answer_is_listed_by_topic(told: Page) -> None:
    told.locator("#open-library").click()
    told.locator("#tab-browse").focus()
    told.keyboard.press("ArrowRight")
    expect(told.locator("#tab-gaps")).to_be_focused()
    expect(told.locator("#gaps .count")).to_contain_text(re.compile("topic|Nothing yet"))
    expect(told.locator("#gaps")).not_to_contain_text("compulsory")
    close(told, "library")

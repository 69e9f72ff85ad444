"""What the page shows: each kind of answer, a link for every marker, and nothing foreign that comes alive."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from coach.answers import (
    Agreement,
    Answer,
    Applicability,
    Citation,
    Claim,
    Guidance,
    Kind,
    Nearest,
    SourceCard,
    StancePosition,
    Support,
    Verdict,
)
from corpus.models import Stance, Strength
from ui.page import cards, markup, render
from ui.page.parts import welcome

PASSAGE = "Before it. The quoted words stand here, with [12] kept & <b>bold</b>.\n\nAfter it."
QUOTE = "The quoted words stand here, with [12] kept & <b>bold</b>."
HOSTILE = (
    '"><script>alert(1)</script><img src=x onerror=alert(1)>![i](http://evil.invalid/i.png)[l](javascript:alert(1))'
)


class Page(HTMLParser):
    """The elements of a piece of HTML, the text in it, and the text of each element of one kind."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.inside: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag != "br":
            self._open.append(tag)
            self.inside.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        for tag in set(self._open):
            self.inside[tag][-1] += data

    def links(self, css: str) -> list[str | None]:
        return [a["href"] for tag, a in self.elements if tag == "a" and css in (a.get("class") or "").split()]

    def assert_harmless(self) -> None:
        assert not {"script", "img", "iframe", "b"} & {tag for tag, _ in self.elements}
        for _, attributes in self.elements:
            assert not [name for name in attributes if name.startswith("on")]
            assert not re.match(r"\s*(javascript|data|http):", attributes.get("href") or "")


def source(**fields: Any) -> SourceCard:
    plain: dict[str, Any] = {
        "id": "s",
        "title": "A title",
        "reference": "Ragins & Cotton (1999). A title.",
        "authors": ["Belle Rose Ragins", "John L. Cotton"],
        "year": 1999,
        "venue": None,
        "doi": "10.1000/xyz(1)",
        "url": "https://example.org/a_b",
        "study_kind": Strength.META_ANALYSIS,
        "population": "352 women",
        "caveats": ["Association, not cause."],
    }
    return SourceCard(**(plain | fields))


def citation(number: int = 1, card: SourceCard | None = None, repaired: bool = False) -> Citation:
    start = PASSAGE.index(QUOTE)
    return Citation(
        number=number,
        passage_id="s-1/ü",
        quote=QUOTE,
        start=start,
        end=start + len(QUOTE),
        repaired=repaired,
        source=card or source(),
    )


def claim(*numbers: int, verdict: Verdict = Verdict.QUOTED) -> Claim:
    return Claim(
        text="A claim.",
        citations=list(numbers),
        support=Support(verdict=verdict, score=1),
        strength=Strength.META_ANALYSIS,
    )


def answer(text: str = "A claim. [1]", kind: Kind = Kind.ANSWER, **fields: Any) -> Answer:
    plain: dict[str, Any] = {
        "conversation_id": "c",
        "turn_id": "t 1",
        "kind": kind,
        "question": "q",
        "query": "q",
        "text": text,
        "citations": [citation()] if kind is Kind.ANSWER else [],
    }
    return Answer(**(plain | fields))


RATINGS = "HelpfulWrong evidenceNot what I asked"


def read(_: str) -> str:
    return PASSAGE


def test_every_marker_becomes_one_link_to_its_own_card() -> None:
    shown = answer("- First. [1] [2]\n- Second. [2]\n", citations=[citation(1), citation(2)])
    page = Page(render.answer_html(shown, read))
    assert page.links("cite") == ["#src-t-1-1", "#src-t-1-2", "#src-t-1-2"]
    shelf = Page(cards.cards_html(shown.citations, [], read, markup.anchor(shown.turn_id)))
    ids = [f"#{attributes['id']}" for tag, attributes in shelf.elements if tag == "article"]
    assert ids == ["#src-t-1-1", "#src-t-1-2"]


@pytest.mark.parametrize(
    ("text", "shown", "links"),
    [
        (r"As \[12\] says. [1]", "As [12] says. [1]", 1),
        (r"As \[1\] says. [1]", "As [1] says. [1]", 1),
        (r"A backslash \\[1]", "A backslash \\[1]", 1),
        ("Nobody's [7]. [1]", "Nobody's [7]. [1]", 1),
        ("No link [1](https://evil.invalid)", "No link [1](https://evil.invalid)", 1),
        ("Ours \ue0001\ue001 [1]", "Ours 1 [1]", 1),
        ("[1]: https://evil.invalid\n\nText [1]", "[1]: https://evil.invalid Text [1]", 2),
    ],
)
def test_only_our_own_bare_markers_are_links(text: str, shown: str, links: int) -> None:
    page = Page(render.answer_html(answer(text), read))
    assert " ".join(page.text.split()) == f"{shown}{RATINGS}"
    assert page.links("cite") == ["#src-t-1-1"] * links
    assert [tag for tag, _ in page.elements].count("a") == links


def test_a_strength_after_a_marker_is_a_label_and_other_emphasis_is_not() -> None:
    page = Page(
        render.answer_html(
            answer("The *imposter phenomenon*. [1] *So* [1] *meta-analysis* and [1] *quotation, not evidence*"), read
        )
    )
    labels = [attributes.get("class") for tag, attributes in page.elements if tag == "span"]
    assert labels == ["strength dots-3", "strength dots-0"]
    assert page.inside["span"] == ["meta-analysis", "quotation, not evidence"]
    assert page.inside["em"] == ["imposter phenomenon", "So"]


def test_an_answer_is_one_line_so_that_the_chat_adds_no_markdown_of_its_own() -> None:
    shown = answer(
        "One. [1]\n\n\nTwo. [1]\n- a\n\n- b",
        guidance=[Guidance(text="x\n\n# y")],
        follow_ups=["x\n\n# y"],
        citations=[citation(card=source(title="x\n\n# y"))],
    )
    assert "\n" not in render.answer_html(shown, read)
    assert "\n" not in render.partial_html([claim(1)], [Guidance(text="x\n\n# y")], "t")


def test_nothing_hostile_comes_alive_wherever_it_stands() -> None:
    card = source(
        title=HOSTILE,
        reference=HOSTILE,
        authors=[HOSTILE],
        doi=HOSTILE,
        url="javascript:alert(1)",
        population=HOSTILE,
        caveats=[HOSTILE],
    )
    cited = [citation(1, card), citation(2, card)]
    shown = answer(
        f"{HOSTILE} [1]",
        citations=cited,
        guidance=[Guidance(text=HOSTILE, label=HOSTILE)],
        follow_ups=[HOSTILE],
        nearest=[Nearest(passage_id=HOSTILE, source_title=HOSTILE, score=0.1)],
        turn_id=HOSTILE,
        agreement=[
            Agreement(
                point=HOSTILE,
                positions=[
                    StancePosition(source_id=HOSTILE, stance=Stance.MIXED, citation=number) for number in (1, 2)
                ],
            )
        ],
    )
    html = [
        render.answer_html(shown, read),
        cards.cards_html(cited, [claim(1)], lambda _: HOSTILE, markup.anchor(shown.turn_id)),
        cards.nearest_cards_html(shown, lambda _: HOSTILE),
        welcome([HOSTILE]),
        render.partial_html([claim(1)], shown.guidance, "t"),
    ]
    for piece in html:
        page = Page(piece)
        page.assert_harmless()
        assert "alert(1)" in page.text, "the words themselves are still to be read"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC6461421", True),
        ("https://www.academicpedsjnl.net/article/S1876-2859(19)30343-2/fulltext", True),
        ("http://example.org/", False),
        ("javascript:alert(1)", False),
        ("JaVaScript:alert(1)", False),
        ("//example.org/", False),
        ("https://", False),
        ("https://user@example.org/", False),
        ('https://example.org/"onclick="x', False),
        ("https://example.org/a b", False),
        ("https://[broken/", False),
        ("", False),
        (None, False),
    ],
)
def test_only_plain_https_addresses_are_linked(url: str | None, kept: bool) -> None:
    assert markup.safe_link(url) == (url if kept else None)


@pytest.mark.parametrize("doi", ["javascript:1", "10.1/x", "10.1000/", "https://doi.org/10.1000/x", "10.1000/a b"])
def test_what_is_no_doi_is_not_linked(doi: str) -> None:
    assert markup.doi_link(doi) is None


def test_a_doi_is_linked_and_its_odd_characters_are_quoted() -> None:
    assert markup.doi_link("10.1000/a(b)<c>") == "https://doi.org/10.1000/a(b)%3Cc%3E"


def test_the_text_links_to_the_cited_sources_and_nowhere_else() -> None:
    text = (
        "Bare https://example.org/a_b. Also <https://doi.org/10.1000/xyz(1)>, [named](https://example.org/a_b), "
        "but not https://elsewhere.example/ or [it](https://elsewhere.example/). [1]"
    )
    page = Page(render.answer_html(answer(text), read))
    links = [a["href"] for tag, a in page.elements if tag == "a" and "class" not in a]
    assert links == ["https://example.org/a_b", "https://doi.org/10.1000/xyz(1)", "https://example.org/a_b"]
    assert "but not https://elsewhere.example/ or it." in page.text


def test_a_card_shows_the_passage_with_the_quote_marked_and_what_to_know_about_the_study() -> None:
    html = cards.cards_html([citation(repaired=True)], [claim(1, verdict=Verdict.CHECKED)], read, "t")
    page = Page(html)
    assert page.inside["mark"] == [QUOTE]
    assert page.inside["blockquote"] == [PASSAGE]
    for words in (
        "A title",
        "meta-analysis",
        "352 women",
        "Association, not cause.",
        "Ragins & Cotton (1999). A title.",
    ):
        assert words in page.text
    assert "A paraphrase" in page.text
    hrefs = {attributes.get("href") for tag, attributes in page.elements if tag == "a"}
    assert hrefs >= {"https://doi.org/10.1000/xyz(1)", "https://example.org/a_b", "/v1/passages/s-1%2F%C3%BC"}
    assert "repaired" not in Page(cards.cards_html([citation()], [], read, "t")).text


def test_a_quote_that_does_not_stand_at_its_place_is_shown_alone() -> None:
    page = Page(cards.cards_html([citation()], [], lambda _: "Another passage altogether.", "t"))
    assert page.inside["mark"] == [QUOTE]
    assert "Another passage" not in page.text


def test_unknown_fields_are_said_to_be_unknown() -> None:
    card = source(doi=None, url=None, population=None, caveats=[], study_kind=Strength.UNKNOWN)
    text = Page(cards.cards_html([citation(card=card)], [], read, "t")).text
    assert "kind of study unknown" in text
    assert "Not stated in what this library holds" in text
    assert "No verified link to the publication" in text
    assert "Keep in mind" not in text


def test_agreement_says_who_says_what() -> None:
    unnamed = source(id="u", authors=[], title="Women across the Americas")
    many = source(id="m", authors=["Tara C. Dennehy", "Nilanjana Dasgupta", "A. Third"], year=None)
    shown = answer(
        "A. [1] B. [2] C. [3]",
        citations=[citation(1), citation(2, unnamed), citation(3, many)],
        agreement=[
            Agreement(
                point="The point",
                positions=[
                    StancePosition(source_id="s", stance=Stance.NO_EFFECT, citation=1),
                    StancePosition(source_id="u", stance=Stance.SUPPORTS, citation=2),
                    StancePosition(source_id="m", stance=Stance.CONTRADICTS, citation=3),
                ],
            )
        ],
    )
    page = Page(render.answer_html(shown, read))
    assert page.inside["th"][4:] == [
        "Ragins & Cotton (1999) [1]",
        "“Women across the Americas” [2]",
        "Dennehy and colleagues [3]",
    ]
    head = page.inside["th"][:4]
    assert head == ["supports it", "mixed findings", "found no effect", "points the other way"]
    marks = page.inside["td"][1:]
    assert [marks[row : row + 4] for row in (0, 4, 8)] == [
        ["", "", "found no effect", ""],
        ["supports it", "", "", ""],
        ["", "", "", "points the other way"],
    ]


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_can_be_told_apart(kind: Kind) -> None:
    html = render.answer_html(answer("Words.", kind), read)
    assert html.startswith(f'<div class="turn {kind.value}">')
    labels = {Kind.ABSTENTION: "Not answered by this library", Kind.SAFETY: "People first"}
    text = Page(html).text
    assert text.startswith(labels.get(kind, "") + "Words.")
    assert ("Helpful" in text) == (kind in (Kind.ANSWER, Kind.ABSTENTION))


def test_an_abstention_offers_the_nearest_passages_as_nearest_and_cites_nothing() -> None:
    shown = answer("Not here.", Kind.ABSTENTION, nearest=[Nearest(passage_id="p", source_title="A title", score=0.4)])
    page = Page(render.answer_html(shown, read))
    assert page.links("cite") == []
    assert page.links("near") == ["#near-t-1-1"]
    assert page.inside["a"][0].startswith("A title Before it. The quoted words")
    card = Page(cards.nearest_cards_html(shown, read))
    assert card.elements[0] == ("article", card.elements[0][1] | {"id": "near-t-1-1"})
    assert card.text.startswith("Nearest, and not an answer")
    assert card.inside["blockquote"] == [PASSAGE]
    assert "mark" not in card.inside


def test_a_safety_answer_may_link_to_help() -> None:
    page = Page(render.answer_html(answer("See https://findahelpline.com.", Kind.SAFETY), read))
    assert [a["href"] for tag, a in page.elements if tag == "a"] == ["https://findahelpline.com"]
    assert page.text.endswith("See https://findahelpline.com.")


def test_suggestions_stand_apart_under_their_label() -> None:
    suggestions = [Guidance(text="Ask *her* first."), Guidance(text="Then listen. https://elsewhere.example/")]
    page = Page(render.answer_html(answer(guidance=suggestions), read))
    assert page.text.count("Suggestion, not from research") == 1
    assert "Ask her first." in page.text
    assert all("elsewhere" not in (a.get("href") or "") for _, a in page.elements)


def test_a_question_on_its_way_shows_the_claims_so_far() -> None:
    page = Page(render.partial_html([claim(1), claim(1, 2, verdict=Verdict.CURATED)], [], "live-1"))
    assert page.inside["li"] == ["“A claim.” [1] meta-analysis", "A claim. [1][2] meta-analysis"]
    assert page.links("cite") == ["#src-live-1-1", "#src-live-1-1", "#src-live-1-2"]


def test_a_list_of_claims_can_be_rated_sentence_by_sentence_and_says_whom_else_was_studied() -> None:
    note = Applicability(source_id="s", studied="nurses", case="a manager", differs=["role"], note="Studied: <nurses>.")
    shown = answer(
        "- First. [1]\n- Second. [1]\n- Third. [2]\n",
        claims=[claim(1), claim(1), claim(2)],
        citations=[citation(1), citation(2, source(id="u"))],
        applicability=[note],
    )
    page = Page(render.answer_html(shown, read))
    rate = [a["id"] for tag, a in page.elements if tag == "button" and a["class"] == "rate"]
    assert rate == ["claim-t-1-1", "claim-t-1-2", "claim-t-1-3"]
    assert page.inside["li"][0].endswith("Studied: <nurses>.")
    assert "Studied" not in page.inside["li"][1], "once a source"
    html = cards.cards_html(shown.citations, shown.claims, read, "t", render.notes_of(shown))
    assert Page(html).text.count("Studied: <nurses>.") == 1


def test_an_answer_whose_text_lists_something_else_is_rated_as_a_whole_only() -> None:
    shown = answer("It says so. [1]", claims=[claim(1), claim(1)])
    buttons = [a for tag, a in Page(render.answer_html(shown, read)).elements if tag == "button"]
    assert [a.get("value") for a in buttons] == ["helpful", "wrong-evidence", "not-covered"]


@pytest.mark.parametrize("kind", list(Strength))
def test_every_strength_has_its_word_and_known_ones_their_dots(kind: Strength) -> None:
    page = Page(markup.strength(kind))
    (label,) = [a["class"] or "" for tag, a in page.elements]
    assert page.text
    assert markup.strength_of(page.text) is kind
    assert ("dots-" in label) == (kind is not Strength.UNKNOWN)


def test_a_screen_reader_is_told_what_has_arrived() -> None:
    whole = answer("A. [1] B. [2]", claims=[claim(1), claim(2)], citations=[citation(1), citation(2)])
    assert render.said(whole) == "The answer is here: 2 sentences from 1 source."
    assert render.said(answer("No.", Kind.ABSTENTION)) == "The answer is here. Not answered by this library"

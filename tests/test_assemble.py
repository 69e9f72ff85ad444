"""What verified statements become: literal text, and markers that match citations one to one."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from coach.answers import Support, Verdict
from coach.assemble import STRENGTH_WORDS, assemble, card, escape, lead
from coach.verify import Statement
from corpus.models import Finding, Passage, Position, Source, Span, Stance, Strength
from tests.fakes import passage

MARKDOWN = MarkdownIt("commonmark")
MARKUP = (
    *"ab1 .)(\\`*_[]<>#|~-+=!&;:/\"'$^\n", "1. ", "12) ", "- ", "+ ", "* ", "> ", "# ", "---", "===", "&amp;", "&#65;", "[1]", "![", "](", "<b>", "</", "`` ",
    "https://example.org/a_b", "    ", "~~~", "\\[", "word ",
)  # fmt: skip
# Characters that Markdown itself replaces (NUL) or that no text of the library holds (other controls, halves of pairs).
prose = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=40) | st.lists(
    st.sampled_from(MARKUP), max_size=12
).map("".join)
quotes = st.text(st.sampled_from("ab c[]12.*_`\\#“”"), min_size=30, max_size=70)

A = Source("a", "The [1] first", lead="A study with *stars* found")
B = Source("b", "Second", authors=("Ann Bee", "Cy Dee"), year=2001)


def shown(markdown: str) -> str:
    """What a reader sees of Markdown, white space aside."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", MARKDOWN.render(markdown))).split())


def plain(text: str) -> str:
    return " ".join(text.split())


def markers(markdown: str) -> list[int]:
    """The bare `[n]` of a text, left to right: what is escaped is taken out first."""
    return [int(number) for number in re.findall(r"\[(\d+)\]", re.sub(r"\\[^\w\s]", "", markdown))]


def quoted(held: Passage, source: Source, span: Span) -> Statement:
    return Statement(span.of(held.text), held, source, (span,), Strength.UNKNOWN, 0.5)


EXACT = Support(verdict=Verdict.QUOTED, score=1.0)
REVIEWED = Support(verdict=Verdict.CURATED, score=1.0)


# Escaping


@given(prose)
def test_escaped_text_is_read_as_the_literal_text(text: str) -> None:
    assume(text.strip())
    inline = html.unescape(re.sub(r"<[^>]*>", "", MARKDOWN.renderInline(escape(text))))
    assert inline == plain(text)


@given(prose)
def test_escaped_text_is_literal_as_an_item_of_a_list(text: str) -> None:
    """A claim stands after `- `: nothing in it may open a list, a heading or a rule of its own."""
    assume(text.strip())
    assert shown(f"- {escape(text)}") == plain(text)


@pytest.mark.parametrize(
    "text",
    [
        "as shown before [12], and [3].", "an escaped \\[12] is no marker", "a [link](https://example.org) and ![image](x.png)",
        "<b>bold</b> <script>alert(1)</script> <https://example.org>", "*p* < .05 and r_xy_ = `0.3` ~~not~~", "# 1 priority | cell",
        "R&D costs, AT&amp;T and &copy; stay", "1. First of all", "2) Second", "- a dash", "+ a plus", "* a star", "---", "> said he",
    ],
)  # fmt: skip
def test_a_papers_own_markup_is_literal(text: str) -> None:
    assert shown(f"- {escape(text)}") == plain(text)
    assert "<script" not in MARKDOWN.render(escape(text))
    assert "<a " not in MARKDOWN.render(escape(text))


@given(st.text(st.sampled_from("[]123 \\ab("), max_size=40))
def test_no_marker_survives_from_a_papers_own_text(text: str) -> None:
    assert markers(escape(text)) == []


def test_line_breaks_do_not_leave_the_line() -> None:
    assert "\n" not in escape("one\n\n# two\n- three")


# Assembling


@given(st.lists(st.tuples(st.sampled_from("ab"), quotes), min_size=1, max_size=6))
def test_markers_match_citations_one_to_one(said: list[tuple[str, str]]) -> None:
    """Whatever the quotes hold, the bare markers of the text are the citations' numbers and each claim's own."""
    sources = {"a": A, "b": B}
    verified = []
    for number, (name, text) in enumerate(said):
        held = passage(f"{name}-{number}", name, text)
        verified.append((quoted(held, sources[name], Span(0, len(text))), EXACT))
    made = assemble(verified)
    assert [citation.number for citation in made.citations] == list(range(1, len(made.citations) + 1))
    assert markers(made.text) == [number for claim in made.claims for number in claim.citations]
    assert set(markers(made.text)) == {citation.number for citation in made.citations}
    texts = {statement.passage.id: statement.passage.text for statement, _ in verified}
    for citation in made.citations:
        assert citation.quote == texts[citation.passage_id][citation.start : citation.end]


def test_a_quote_that_two_claims_share_is_one_citation() -> None:
    held = passage("a-1", "a", "Mentored students stayed longer. They earned no higher grades.")
    finding = Finding("f", "a-1", "They stayed.", held.sentences, Strength.EXPERIMENT)
    made = assemble(
        [
            (Statement(finding.text, held, A, finding.spans, finding.strength, 0.9, finding), REVIEWED),
            (quoted(held, A, held.sentences[1]), EXACT),
        ]
    )
    assert [claim.citations for claim in made.claims] == [[1, 2], [2]]
    assert [citation.quote for citation in made.citations] == [
        "Mentored students stayed longer.",
        "They earned no higher grades.",
    ]


def test_sources_stand_together_the_most_relevant_first() -> None:
    one = passage("b-1", "b", "The second source says this first. And then it says this.")
    two = passage("a-1", "a", "The first source says this afterwards.")
    made = assemble(
        [
            (quoted(one, B, one.sentences[0]), EXACT),
            (quoted(two, A, two.sentences[0]), EXACT),
            (quoted(one, B, one.sentences[1]), EXACT),
        ]
    )
    assert [statement.source.id for statement in made.statements] == ["b", "b", "a"]
    assert [claim.text for claim in made.claims] == [statement.text for statement in made.statements]
    assert made.text.count("**") == 4
    assert shown(made.text).startswith("Bee & Dee (2001) says")


def test_a_quote_wears_quotation_marks_and_a_finding_does_not() -> None:
    held = passage("a-1", "a", "Mentored students stayed longer.")
    finding = Finding("f", "a-1", "They stayed.", held.sentences, Strength.EXPERIMENT)
    made = assemble(
        [
            (quoted(held, A, held.sentences[0]), EXACT),
            (Statement(finding.text, held, A, finding.spans, finding.strength, 0.9, finding), REVIEWED),
        ]
    )
    assert "“Mentored students stayed longer.” [1]" in made.text
    assert "- They stayed. [1] *experiment*" in made.text


def test_every_strength_has_words() -> None:
    assert set(STRENGTH_WORDS) == set(Strength)
    assert len(set(STRENGTH_WORDS.values())) == len(Strength)


def stand(
    source: Source, stance: Stance, point: str = "It helps", text: str = "It is said to help a lot."
) -> Statement:
    held = passage(f"{source.id}-1", source.id, text)
    finding = Finding(
        f"{source.id}.f", held.id, text, held.sentences, Strength.EXPERIMENT, positions=(Position(point, stance),)
    )
    return Statement(text, held, source, finding.spans, finding.strength, 0.5, finding)


def test_agreement_needs_two_sources() -> None:
    assert assemble([(stand(A, Stance.SUPPORTS), REVIEWED)]).agreement == ()
    assert (
        assemble([(stand(A, Stance.SUPPORTS), REVIEWED), (stand(B, Stance.SUPPORTS, "Else"), REVIEWED)]).agreement == ()
    )
    (agreement,) = assemble([(stand(A, Stance.SUPPORTS), REVIEWED), (stand(B, Stance.NO_EFFECT), REVIEWED)]).agreement
    assert agreement.point == "It helps"
    assert [(p.source_id, p.stance, p.citation) for p in agreement.positions] == [
        ("a", Stance.SUPPORTS, 1),
        ("b", Stance.NO_EFFECT, 2),
    ]


def test_a_source_that_stands_differently_to_one_point_is_mixed() -> None:
    made = assemble(
        [
            (stand(A, Stance.SUPPORTS), REVIEWED),
            (stand(A, Stance.NO_EFFECT, text="It is said not to help."), REVIEWED),
            (stand(B, Stance.SUPPORTS), REVIEWED),
        ]
    )
    (agreement,) = made.agreement
    assert [position.stance for position in agreement.positions] == [Stance.MIXED, Stance.SUPPORTS]


def test_a_card_shows_no_unverified_field() -> None:
    shown_card = card(Source("x", "Title", url="http://example.org", unverified=("authors", "year")))
    assert (shown_card.authors, shown_card.year, shown_card.doi, shown_card.url) == ([], None, None, None)


def test_a_repaired_passage_says_so() -> None:
    held = passage("a-1", "a", "The text was repaired here.", original_text="The text was re-paired here.")
    (citation,) = assemble([(quoted(held, A, held.sentences[0]), EXACT)]).citations
    assert citation.repaired


def test_a_lead_names_the_source_and_claims_nothing() -> None:
    assert lead(A) == "A study with *stars* found"
    assert lead(B) == "Bee & Dee (2001) says"
    assert lead(Source("c", "Untold")) == "“Untold” says"

"""The verifier: whatever passes is exact, whatever was altered is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from coach.answers import Support, Verdict
from coach.verify import MIN_QUOTE, Refusal, Statement, verify
from corpus.models import Finding, Passage, Position, Source, Span, Stance, Strength
from corpus.passages import sentences
from tests.fakes import passage

TEXT = "Mentored students stayed longer. They did not earn higher grades. Results should be interpreted with caution."
PASSAGE = passage("p-1", "p", TEXT)
SOURCE = Source("p", "Staying", study_kind=Strength.EXPERIMENT)
FINDING = Finding(
    "p.stayed",
    "p-1",
    "Students with a mentor stayed longer, which the authors want read with caution.",
    (PASSAGE.sentences[0], PASSAGE.sentences[2]),
    Strength.EXPERIMENT,
    topics=("retention",),
    positions=(Position("Mentoring keeps students", Stance.SUPPORTS),),
)
HITS = {"p-1": PASSAGE}
FINDINGS = {FINDING.id: FINDING}

words = st.text(st.sampled_from("abcdeé 0123.!?,;[]()“”\n\t  "), max_size=120)


def quoted(span: Span = PASSAGE.sentences[1]) -> Statement:
    return Statement(span.of(TEXT), PASSAGE, SOURCE, (span,), Strength.EXPERIMENT, 0.9)


def curated(finding: Finding = FINDING) -> Statement:
    return Statement(finding.text, PASSAGE, SOURCE, finding.spans, finding.strength, 0.9, finding)


def outcome(statement: Statement) -> Support | Refusal:
    return verify(statement, HITS, FINDINGS)


def test_an_exact_sentence_is_quoted() -> None:
    assert outcome(quoted()) == Support(verdict=Verdict.QUOTED, score=1.0)


def test_an_unchanged_finding_is_curated() -> None:
    assert outcome(curated()) == Support(verdict=Verdict.CURATED, score=1.0)


@given(words, st.integers(-5, 130), st.integers(-5, 130), words, st.booleans())
def test_what_passes_as_a_quote_is_exact(text: str, start: int, end: int, said: str, honest: bool) -> None:
    """Any text, any span, any claim: what passes stands in its passage and is long enough."""
    held = Passage("x-1", "x", 1, text, sentences(text))
    span = Span(start, end)
    statement = Statement(span.of(text) if honest else said, held, Source("x", "X"), (span,), Strength.UNKNOWN, 0.5)
    found = verify(statement, {"x-1": held}, {})
    fits = 0 <= start < end <= len(text) and len(span.of(text).strip()) >= MIN_QUOTE
    if isinstance(found, Support):
        assert fits
        assert found.verdict is Verdict.QUOTED
        assert statement.text == text[start:end]
        assert len(statement.text) >= 12
    else:
        assert not fits or not honest


@given(st.data())
def test_every_whole_span_of_a_passage_can_be_quoted(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(TEXT) - 1))
    end = data.draw(st.integers(start + 1, len(TEXT)))
    assume(len(TEXT[start:end].strip()) >= MIN_QUOTE)
    assert isinstance(outcome(quoted(Span(start, end))), Support)


@given(st.data())
def test_a_quote_with_one_character_altered_is_refused(data: st.DataObject) -> None:
    """Deleted, doubled or exchanged: a number, a `not`, a hedge are all a few characters away."""
    statement = data.draw(st.sampled_from([quoted(), curated()]))
    said = statement.text
    place = data.draw(st.integers(0, len(said) - 1))
    put = data.draw(st.text(max_size=3))
    altered = said[:place] + put + said[place + 1 :]
    assume(altered != said)
    assert isinstance(outcome(replace(statement, text=altered)), Refusal)


@given(st.lists(st.tuples(st.integers(-3, len(TEXT) + 3), st.integers(-3, len(TEXT) + 3)), max_size=4))
def test_other_spans_than_a_claims_own_are_refused(pairs: list[tuple[int, int]]) -> None:
    spans = tuple(Span(*pair) for pair in pairs)
    for statement in (quoted(), curated()):
        if spans != statement.spans:
            assume(" ".join(span.of(TEXT) for span in spans) != statement.text)
            assert isinstance(outcome(replace(statement, spans=spans)), Refusal)


@pytest.mark.parametrize("span", [Span(-1, 30), Span(5, 5), Span(30, 5), Span(80, 10_000), Span(10_000, 10_020)])
def test_spans_outside_the_passage_are_refused(span: Span) -> None:
    assert isinstance(outcome(quoted(span)), Refusal)


@pytest.mark.parametrize("length", range(1, MIN_QUOTE))
def test_short_quotes_are_refused(length: int) -> None:
    assert isinstance(outcome(quoted(Span(0, length))), Refusal)


def test_white_space_does_not_make_a_quote_long_enough() -> None:
    text = "So what?" + " " * 40 + "Indeed, it is so."
    held = passage("x-1", "x", text)
    span = Span(0, 30)
    statement = Statement(span.of(text), held, Source("x", "X"), (span,), Strength.UNKNOWN, 0.5)
    assert isinstance(verify(statement, {"x-1": held}, {}), Refusal)


def test_pieces_put_together_are_no_quote() -> None:
    """Each piece is exact and long enough; what they say together stands nowhere in the passage."""
    text = "Mentoring did not raise grades at all. It helped students to stay, the authors say."
    held = passage("x-1", "x", text)
    spans = (Span(0, 13), Span(18, 37))
    said = " ".join(span.of(text) for span in spans)
    assert said == "Mentoring did raise grades at all"
    statement = Statement(said, held, Source("x", "X"), spans, Strength.UNKNOWN, 0.5)
    assert isinstance(verify(statement, {"x-1": held}, {}), Refusal)


def test_a_passage_that_is_no_hit_is_refused() -> None:
    assert isinstance(verify(quoted(), {}, FINDINGS), Refusal)
    assert isinstance(verify(curated(), {}, FINDINGS), Refusal)
    other = passage("q-1", "q", TEXT)
    assert isinstance(verify(quoted(), {"q-1": other}, FINDINGS), Refusal)


@given(words)
def test_a_passage_that_differs_from_the_hit_is_refused(text: str) -> None:
    """The quote that a reader sees is cut out of the statement's passage, so that has to be the hit."""
    assume(text != TEXT)
    forged = replace(PASSAGE, text=text)
    for statement in (quoted(), curated()):
        assert isinstance(outcome(replace(statement, passage=forged)), Refusal)


def test_a_passage_changed_since_the_statement_was_made_is_refused() -> None:
    changed = {"p-1": replace(PASSAGE, text=TEXT.replace("did not earn", "did surely earn"))}
    assert isinstance(verify(quoted(), changed, FINDINGS), Refusal)


def test_a_quote_laid_to_another_source_is_refused() -> None:
    other = Source("q", "Not where it stands", authors=("Someone Else",))
    for statement in (quoted(), curated()):
        assert isinstance(outcome(replace(statement, source=other)), Refusal)


@pytest.mark.parametrize(
    "altered",
    [
        replace(FINDING, id="p.unknown"),
        replace(FINDING, text="Students with a mentor stayed longer."),
        replace(FINDING, spans=(PASSAGE.sentences[0],)),
        replace(FINDING, spans=FINDING.spans[::-1]),
        replace(FINDING, spans=()),
        replace(FINDING, strength=Strength.META_ANALYSIS),
        replace(FINDING, positions=(Position("Mentoring keeps students", Stance.CONTRADICTS),)),
    ],
    ids=["id", "text", "fewer spans", "order of spans", "no spans", "strength", "stance"],
)
def test_a_finding_that_is_not_the_librarys_is_refused(altered: Finding) -> None:
    assert isinstance(outcome(curated(altered)), Refusal)


def test_a_finding_of_another_passage_is_refused() -> None:
    elsewhere = {FINDING.id: replace(FINDING, passage_id="q-1")}
    assert isinstance(verify(curated(), HITS, elsewhere), Refusal)


def test_a_finding_on_a_strength_that_is_not_its_own_is_refused() -> None:
    assert isinstance(outcome(replace(curated(), strength=Strength.META_ANALYSIS)), Refusal)


def test_a_finding_is_no_quote() -> None:
    """A paraphrase without its finding has nothing to stand on."""
    assert isinstance(outcome(replace(curated(), finding=None)), Refusal)


def test_every_refusal_says_why() -> None:
    reasons = {
        found.reason
        for statement, hits in (
            (quoted(), {}),
            (replace(quoted(), spans=()), HITS),
            (quoted(Span(0, 500)), HITS),
            (quoted(Span(0, 5)), HITS),
            (replace(quoted(), text="Something else altogether."), HITS),
            (curated(replace(FINDING, id="gone")), HITS),
            (replace(curated(), text="Something else altogether."), HITS),
        )
        if isinstance(found := verify(statement, hits, FINDINGS), Refusal)
    }
    assert len(reasons) == 7
    assert all(reasons)

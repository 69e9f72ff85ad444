"""Where a quote stands, letter by letter, and which sentences a claim speaks of."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from coach.align import align, aligned, locate
from coach.lexicon import Lexicon
from corpus.models import Span
from corpus.passages import sentences

LEXICON = Lexicon.load()
TEXT = "The first effect was small. Mentors’ “efﬁcient” self-\u00adefficacy\u00a0training – five weeks –\n helped co‑workers."
PASSAGE = (
    "Mentoring began in the 1970s. Newcomers with a mentor stayed longer in nursing. They did not earn more. "
    "Friendship is another benefit, the authors say. The sample held 40 hospitals."
)
MARKS = str.maketrans({"“": '"', "”": '"', "’": "'", "‘": "'", "–": "-", "—": "-", "‑": "-", "‐": "-", "„": '"'})


def plain(text: str) -> str:
    """The documented normalisation, written a second time."""
    text = unicodedata.normalize("NFKC", text).replace("\u00ad", "").translate(MARKS)
    return " ".join(text.split())


def found(quote: str, text: str = TEXT) -> str | None:
    span = locate(quote, text)
    return None if span is None else span.of(text)


@pytest.mark.parametrize(
    ("quote", "stands"),
    [
        ("The first effect was small.", "The first effect was small"),
        ("effect was small", "effect was small"),
        ("The  first\n effect\twas small", "The first effect was small"),
        ("“The first effect was small …”", "The first effect was small"),
        ('Mentors\' "efficient" self-efficacy', "Mentors’ “efﬁcient” self-\u00adefficacy"),
        ("self-effi\u00adcacy training", "self-\u00adefficacy\u00a0training"),
        ("training - five weeks - helped", "training – five weeks –\n helped"),
        ("ｆｉｖｅ weeks", "five weeks"),
        ("helped co-workers", "helped co‑workers"),
    ],
)
def test_the_same_words_in_other_typography_are_found(quote: str, stands: str) -> None:
    assert found(quote) == stands


@pytest.mark.parametrize(
    "quote",
    [
        "the first effect was small",
        "The first effect was Small",
        "The first еffect was small",
        "The ﬁrst effeϲt was small",
        "he first effect was small",
        "The first effect was smal",
        "The first effect wa",
        "The first, effect was small",
        "The first effect was not small",
        "The first effect ... small",
        "The first effect was small. helped co-workers",
        "five\u200b weeks",
        "fíve weeks",
        "five week",
        "",
        " \n\t ",
        "“…”",
        "...",
        "\x00",
        "\u00ad",
    ],
    ids=ascii,
)
def test_other_words_are_not_found(quote: str) -> None:
    assert found(quote) is None


@pytest.mark.parametrize(("quote", "text"), [("2", "about ½ of them"), ("cafe", "the cafe\u0301 there")])
def test_a_sign_is_not_cut(quote: str, text: str) -> None:
    assert locate(quote, text) is None


def test_a_later_whole_word_is_found_where_an_earlier_one_is_cut() -> None:
    text = "Unlikely events are likely events."
    assert locate("likely events", text) == Span(20, 33)


@given(st.data())
def test_every_run_of_whole_words_is_found_as_it_stands(data: st.DataObject) -> None:
    words = TEXT.split()
    start = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(start + 1, len(words)))
    quote = data.draw(st.sampled_from([" ", "\n", "\u00a0", "  "])).join(words[start:end])
    assume(any(map(str.isalnum, quote)))
    stands = found(quote)
    assert stands is not None
    assert plain(stands).strip("\"'. …-") == plain(quote).strip("\"'. …-")


letters = st.text(st.sampled_from("abAB éfiﬁ-‑–\u00ad\u00a0\n.’'“а½²…"), max_size=40)


@given(letters, letters)
def test_whatever_is_found_normalises_to_the_quote(quote: str, text: str) -> None:
    span = locate(quote, text)
    if span is not None:
        assert 0 <= span.start < span.end <= len(text)
        assert plain(quote).strip(" \"'.") in plain(text)
        assert plain(span.of(text)).strip(" \"'.") == plain(quote).strip(" \"'.")
        before, after = text[: span.start][-1:], text[span.end :][:1]
        inside = span.of(text)
        assert not (before.isalnum() and inside[0].isalnum())
        assert not (after.isalnum() and inside[-1].isalnum())


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_breaks_it(quote: str, text: str) -> None:
    for span in (locate(quote, text), locate(text, quote + text)):
        assert span is None or span.start < span.end


@given(st.data())
def test_a_quote_with_one_letter_changed_is_not_found(data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([at for at, letter in enumerate(PASSAGE) if letter.isalnum()]))
    put = data.draw(st.sampled_from("abcxyzABC019аеоѕ"))
    assume(put != PASSAGE[place])
    sentence = next(span for span in sentences(PASSAGE) if span.start <= place < span.end)
    altered = PASSAGE[:place] + put + PASSAGE[place + 1 :]
    assert locate(sentence.of(altered), PASSAGE) is None


@pytest.mark.parametrize(
    ("claim", "quote", "before"),
    [
        ("Newcomers who had a mentor remained in nursing.", 1, 0),
        ("Mentoring is said to begin in the 1970s.", 0, None),
        ("The authors name friendship as a benefit.", 3, 2),
        ("Forty hospitals took part in the sample.", 4, 3),
    ],
)
def test_a_claim_is_laid_to_the_sentence_that_it_speaks_of(claim: str, quote: int, before: int | None) -> None:
    spans = sentences(PASSAGE)
    assert aligned(claim, PASSAGE, LEXICON) == (
        spans[quote].of(PASSAGE),
        "" if before is None else spans[before].of(PASSAGE),
    )


def test_a_claim_of_two_sentences_gets_both_in_their_order() -> None:
    spans = sentences(PASSAGE)
    claim = "Friendship is a benefit, and newcomers with a mentor stayed longer."
    assert align(claim, PASSAGE, spans, LEXICON) == (spans[1], spans[3])


def test_only_the_given_spans_are_looked_at() -> None:
    spans = sentences(PASSAGE)
    assert align("Newcomers with a mentor stayed in nursing.", PASSAGE, spans[:1], LEXICON) == spans[:1]


@pytest.mark.parametrize("claim", ["", "It was so.", "🙂"])
def test_a_claim_without_content_is_laid_to_the_whole(claim: str) -> None:
    assert align(claim, PASSAGE, sentences(PASSAGE), LEXICON) == ()
    assert aligned(claim, PASSAGE, LEXICON) == (PASSAGE, "")


@given(st.text(max_size=80), st.text(max_size=200))
def test_spans_are_at_most_three_of_those_given_and_in_order(claim: str, text: str) -> None:
    within = sentences(text)
    spans = align(claim, text, within, LEXICON)
    assert set(spans) <= set(within)
    assert len(spans) <= 3
    assert list(spans) == sorted(set(spans), key=lambda span: span.start)

"""A model's own sentence: whatever is not proven by its quote of this turn is refused, and the verdict says how it was."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.answers import Support, Verdict
from coach.entailment import Entailment
from coach.lexicon import Lexicon
from coach.paraphrase import Paraphrase, ParaphraseCheck
from coach.patience import Deadline
from coach.verify import Refusal, Statement
from corpus.models import Source, Span, Strength
from tests.fakes import passage

TEXT = (
    "Newcomers with a mentor stayed longer in nursing. They did not earn more, the survey found. "
    "Mentors listened well, and pairs met weekly, although this should be read with caution as it may be chance. "
    "Friendship was named as another benefit. Few pairs met online."
)
PASSAGE = passage("p-1", "p", TEXT)
SOURCE = Source("p", "Staying", population="dentists in Canada")
STATEMENT = Statement(TEXT[:49], PASSAGE, SOURCE, (PASSAGE.sentences[0],), Strength.OBSERVATIONAL, 0.9)
HITS = {"p-1": PASSAGE}
LEXICON = Lexicon.load()
SOON = Deadline.after(3600)
CLAIM, QUOTE = "In nursing, newcomers who had a mentor stayed longer.", "Newcomers with a mentor stayed longer"


@dataclass
class Scorer:
    """Gives every claim the same score, and records what it was asked."""

    value: float
    asked: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, premise: str, claim: str, _: Deadline) -> float:
        self.asked.append((premise, claim))
        return self.value


def outcome(
    text: str = CLAIM, quote: str = QUOTE, statement: Statement = STATEMENT, scorer: Scorer | None = None
) -> tuple[Span, Support] | Refusal:
    entailment = Entailment("fake", scorer, 0.7) if scorer else None
    return ParaphraseCheck(LEXICON, entailment)(Paraphrase(text, quote, statement), HITS, SOON)


def reason(text: str = CLAIM, quote: str = QUOTE, statement: Statement = STATEMENT) -> str | None:
    found = outcome(text, quote, statement)
    return found.reason if isinstance(found, Refusal) else None


def test_without_a_verifier_it_is_checked_and_stands_on_whole_sentences() -> None:
    assert outcome() == (PASSAGE.sentences[0], Support(verdict=Verdict.CHECKED, score=1.0))


def test_a_verifier_that_accepts_makes_it_entailed() -> None:
    scorer = Scorer(0.7)
    assert outcome(scorer=scorer) == (PASSAGE.sentences[0], Support(verdict=Verdict.ENTAILED, score=0.7))
    assert scorer.asked == [(PASSAGE.sentences[0].of(TEXT), CLAIM)]


@pytest.mark.parametrize("score", [0.699, 0.0, float("nan")])
def test_a_verifier_that_does_not_accept_refuses(score: float) -> None:
    found = outcome(scorer=Scorer(score))
    assert found == Refusal("the entailment verifier does not accept it")


def test_a_verifier_cannot_overrule_the_guards() -> None:
    scorer = Scorer(1.0)
    found = outcome("In nursing, newcomers who had five mentors stayed longer.", scorer=scorer)
    assert found == Refusal("a number is not in the quote")
    assert scorer.asked == []


def test_a_passage_of_another_turn_is_refused() -> None:
    earlier = replace(STATEMENT, passage=passage("q-1", "p", TEXT))
    assert reason(statement=earlier) == "passage is no hit of this turn"
    assert isinstance(ParaphraseCheck(LEXICON)(Paraphrase(CLAIM, QUOTE, STATEMENT), {}, SOON), Refusal)


def test_an_altered_passage_is_refused() -> None:
    forged = passage("p-1", "p", TEXT.replace("did not earn", "did earn"))
    assert reason(statement=replace(STATEMENT, passage=forged)) == "passage is no hit of this turn"


def test_a_passage_laid_to_another_source_is_refused() -> None:
    other = Source("q", "Not where it stands", population="nurses in Spain")
    assert reason(statement=replace(STATEMENT, source=other)) == "source is not the passage's"


@pytest.mark.parametrize(
    "quote",
    [
        "",
        "   \n",
        "“”",
        "…",
        "a mentor",
        "Newcomers with a mentor stayed shorter",
        "newcomers with a mentor stayed longer",
        "Newcоmers with a mentor stayed longer",
        "Newcomers with a mentor stayed long",
        "Newcomers with a mentor … in nursing",
        "Newcomers with a mentor stayed longer. They did earn more",
        "Newcomers in nursing. Friendship was named",
        "\u200b" * 20,
    ],
    ids=ascii,
)
def test_a_quote_that_is_not_there_is_refused(quote: str) -> None:
    assert reason(quote=quote) == "quote is not in the passage"


def test_a_quote_across_two_sentences_stands_on_both() -> None:
    found = outcome("They did not earn more.", "longer in nursing. They did not earn")
    assert isinstance(found, tuple)
    assert found[0] == Span(PASSAGE.sentences[0].start, PASSAGE.sentences[1].end)


def test_a_quote_of_the_whole_passage_is_too_long() -> None:
    assert reason(quote=TEXT) == "quote is too long"


def test_a_hedge_at_the_other_end_of_the_sentence_belongs_to_the_quote() -> None:
    text = "Mentors may help newcomers, and pairs meet weekly, or so it seems."
    held = passage("p-1", "p", text)
    statement = replace(STATEMENT, passage=held)
    check = ParaphraseCheck(LEXICON)
    hits = {"p-1": held}
    bare = check(Paraphrase("Mentors help newcomers.", "help newcomers, and", statement), hits, SOON)
    assert bare == Refusal("the quote's hedge is lost")
    kept = check(Paraphrase("Mentors may help newcomers.", "help newcomers, and", statement), hits, SOON)
    assert isinstance(kept, tuple)


def test_a_denial_outside_the_quote_belongs_to_it() -> None:
    assert reason("They earn more.", "earn more, the survey") == "the claim says what the quote denies"


def test_the_source_says_whom_it_studied() -> None:
    assert reason("Dentists who were newcomers stayed longer with a mentor.") is None
    assert reason("Lawyers who were newcomers stayed longer with a mentor.") == "a place or field is not in the quote"


UNFIT = {
    "markup or a link in the sentence": [
        "**Newcomers** with a mentor stayed longer.",
        "Newcomers with a mentor stayed longer [1].",
        "<b>Newcomers</b> with a mentor stayed longer.",
        "Newcomers with a &lt;mentor stayed longer.",
        "Newcomers with a mentor stayed longer `there`.",
        "Newcomers with a mentor stayed longer, see https://x.org/a.",
        "Newcomers with a mentor stayed longer, see ftp://x.",
        "Newcomers with a mentor stayed longer, see WWW.x.",
        "Newcomers with a mentor at stayed.com stayed longer.",
        "Newcomers with a mentor@nursing stayed longer.",
        "Newcomers with a mentor stayed longer, doi 10.",
    ],
    "control characters or symbols in the sentence": [
        "Newcomers with a mentor stayed\x00 longer.",
        "Newcomers with a mentor\nstayed longer.",
        "Newcomers with a mentor\x7f stayed longer.",
        "Newcomers with a mentor n\u200bot stayed longer.",
        "Newcomers with a mentor n\u00adot stayed longer.",
        "\u202eNewcomers with a mentor stayed longer.",
        "Newcomers with a mentor\u2028stayed longer.",
        "Newcomers with a mentor stayed longer 🚫.",
        "Newcomers with a mentor ⓝⓞⓣ stayed longer.",
        "Newcomers with a mentor \ud800stayed longer.",
    ],
    "letters of another script": [
        "Newcomers with а mentor stayed longer.",
        "Newcomers with a mentor 没有 stayed longer.",
        "Newcomers with a mentor ƞot stayed longer.",
        "Newcomers with a mentor ｎｏｔ stayed longer.",
        "Newcomers with a mentor 𝐧𝐨𝐭 stayed longer.",
    ],
    "not one sentence of a fit length": [
        "",
        " " * 30,
        "They left.",
        "Newcomers with a mentor stayed longer. They stayed in nursing.",
        "Newcomers with a mentor stayed longer" + ", longer" * 60 + ".",
    ],
}


@pytest.mark.parametrize(("why", "text"), [(why, text) for why, texts in UNFIT.items() for text in texts], ids=ascii)
def test_what_is_no_plain_sentence_is_refused(why: str, text: str) -> None:
    assert reason(text) == why


@pytest.mark.parametrize("name", ["Müller", "Sørensen", "Łukasz", "Nuñez", "Škoda", "D’Arcy"])
def test_european_names_are_plain_text(name: str) -> None:
    held = passage("p-1", "p", f"Newcomers whom {name} mentored stayed longer in nursing.")
    statement = replace(STATEMENT, passage=held)
    said = Paraphrase(
        f"In nursing, newcomers whom {name} mentored stayed longer.", "stayed longer in nursing", statement
    )
    assert isinstance(ParaphraseCheck(LEXICON)(said, {"p-1": held}, SOON), tuple)


def test_a_sentence_that_reads_like_an_instruction_is_no_quote() -> None:
    held = replace(PASSAGE, suspect=(PASSAGE.sentences[0],))
    said = Paraphrase(CLAIM, QUOTE, replace(STATEMENT, passage=held))
    assert ParaphraseCheck(LEXICON)(said, {"p-1": held}, SOON) == Refusal("quote reads like an instruction")


@given(st.text(max_size=120), st.text(max_size=60))
def test_any_text_gets_an_outcome(text: str, quote: str) -> None:
    for said, named in ((text, quote), (text, QUOTE), (CLAIM, quote), (f"{CLAIM} {text}", QUOTE)):
        found = outcome(said, named)
        if isinstance(found, Refusal):
            assert found.reason
        else:
            span, support = found
            assert support.verdict is Verdict.CHECKED
            assert span.start in {one.start for one in PASSAGE.sentences}
            assert span.end in {one.end for one in PASSAGE.sentences}

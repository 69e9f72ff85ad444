"""What a question asks for and what a statement gives: only a statement that gives it lets the answer through."""

from __future__ import annotations

import pytest

from coach.sought import SoughtThings


@pytest.fixture(scope="module")
def sought() -> SoughtThings:
    return SoughtThings.load()


@pytest.mark.parametrize(
    ("question", "given", "not_given"),
    [
        ("How often should we meet?", "Pairs met twice a month.", "Meetings were held to be helpful."),
        ("Is weekly better, or monthly?", "Monthly contact went with trust.", "Contact went with trust."),
        ("What would it cost us per student?", "Each pair cost 300 dollars.", "It was promising for students."),
        ("How long should a programme last?", "Programmes lasted nine months.", "Benefits endured for two years."),
        ("How many mentees should one mentor have?", "Groups of four mentees did best.", "Mentees were helped."),
        ("What proportion of women had a mentor?", "41 per cent of them had one.", "Women were helped by mentors."),
        ("How common is it?", "It was rare.", "It is described in a review."),
        ("Which questions should I ask first?", "Mentors asked about goals.", "Goals were set together."),
        ("Which questionnaire shows whether it worked?", "A scale of trust was validated.", "Trust grew."),
    ],
)
def test_a_question_is_answered_by_what_it_asks_for(
    sought: SoughtThings, question: str, given: str, not_given: str
) -> None:
    assert sought.missing(question, [not_given, given]) == ()
    assert len(sought.missing(question, [not_given])) == 1
    assert len(sought.missing(question, [])) == 1


@pytest.mark.parametrize(
    "question",
    [
        "She feels like a fraud since her promotion",
        "What does it cost a young doctor if nobody takes him on?",
        "What do mentors themselves gain?",
        "Do women with women mentors get more support than men?",
        "How long do the benefits last?",
    ],
)
def test_other_questions_ask_for_nothing_of_the_kind(sought: SoughtThings, question: str) -> None:
    assert sought.missing(question, []) == ()

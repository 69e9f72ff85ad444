"""What a mentor reads: every founding source answers, and says where it stands."""

from __future__ import annotations

import re

import pytest

from coach.answers import Answer, Kind
from coach.coach import Coach
from ui.chat import STARTERS

pytestmark = pytest.mark.model

FIRST = {
    "ragins-ordinary-to-extraordinary": "What characterises high-quality mentoring relationships?",
    "obrien-meta-analysis-gender-mentoring": "Which barriers keep women from getting a mentor?",
    "nasem-effective-mentorship-stemm": "How do the National Academies define mentorship?",
    "ragins-cotton-mentor-functions": "Do men with women mentors feel accepted?",
    "successful-women-across-the-americas": "Is the age of the mentor related to psychosocial mentoring of successful women?",
    "schipani-pathways-for-women": "Why do women managers struggle to balance family and leadership?",
    "social-learning-self-efficacy": "What is high self-efficacy linked with?",
    "haggins-near-peer-physician-diversity": "Could medical students mentor high school pupils to widen who becomes a doctor?",
    "peer-mentoring-stress-nursing-students": "Does peer mentoring help nursing students with stress?",
    "akinla-near-peer-first-year-medical": "Does near-peer mentoring ease the transition of first-year medical students?",
    "armstrong-imposter-neurology": "She feels like a fraud since her promotion",
    "voytko-womens-junior-faculty-mentoring": "What do women junior faculty and their mentors talk about most?",
    "biehle-peer-mentoring-women-pharmacy": "What good are peer mentoring circles for women faculty?",
    "abramson-aspect-model": "What happens to academic careers without mentorship in medicine?",
    "dennehy-dasgupta-female-peer-mentors": "Do female peer mentors keep women in engineering?",
    "lin-wds-mentorship-survey": "Can mentorship have a profound impact on the success and happiness of a mentee?",
    "dao-of-maslow-mentorship": "Which psychological benefits do mentees gain from mentorship?",
    "near-peer-mentoring-experience": "What role does the student have in a typical undergraduate research experience?",
    "power-of-relationships-in-leadership": "What did Jung say about the meeting of two people?",
}


def assert_sound(coach: Coach, answer: Answer) -> None:
    for citation in answer.citations:
        assert coach.passage_text(citation.passage_id)[citation.start : citation.end] == citation.quote
    markers = {int(number) for number in re.findall(r"(?<!\\)\[(\d+)\]", answer.text)}
    assert markers == {citation.number for citation in answer.citations}
    assert markers == {number for claim in answer.claims for number in claim.citations}


@pytest.mark.parametrize(("source", "question"), FIRST.items(), ids=list(FIRST))
def test_every_founding_source_is_cited_first_by_a_question(coach: Coach, source: str, question: str) -> None:
    answer = coach.reply(question)
    assert answer.kind is Kind.ANSWER
    assert answer.citations[0].source.id == source
    assert_sound(coach, answer)


def test_the_starters_of_the_page_are_answered(coach: Coach) -> None:
    for question in STARTERS:
        assert coach.reply(question).kind is Kind.ANSWER, question


def test_a_prediction_is_never_told_without_its_result(coach: Coach) -> None:
    answer = coach.reply("What did Ragins and Cotton predict about same-gender mentoring pairs?")
    texts = " ".join(claim.text for claim in answer.claims)
    assert "predicted" in texts
    assert "not supported" in texts


def test_disagreement_is_shown(coach: Coach) -> None:
    answer = coach.reply("So is it settled that women should be mentored by women?")
    (point,) = [item for item in answer.agreement if "same gender" in item.point]
    assert {(p.source_id, p.stance.value) for p in point.positions} == {
        ("ragins-cotton-mentor-functions", "mixed"),
        ("successful-women-across-the-americas", "supports"),
    }


def test_a_caution_travels_with_its_finding(coach: Coach) -> None:
    answer = coach.reply("Does peer mentoring help nursing students with stress?")
    assert "caution" in answer.claims[0].text
    assert "interpreted with caution" in answer.citations[0].quote


def test_the_covered_part_of_a_mixed_question_is_answered(coach: Coach) -> None:
    answer = coach.reply("What is the definition of mentorship, and how do I bake sourdough bread at home?")
    assert answer.kind is Kind.ANSWER
    assert answer.citations[0].source.id == "nasem-effective-mentorship-stemm"
    assert "Not covered by this library: “how do I bake sourdough bread at home?”" in answer.text


def test_every_offered_question_is_answered(coach: Coach) -> None:
    offered = {text for question in FIRST.values() for text in coach.reply(question).follow_ups}
    assert len(offered) > 10
    refused = [text for text in sorted(offered) if coach.reply(text).kind is not Kind.ANSWER]
    assert refused == []


def test_an_uncovered_question_leaves_a_gap_record_without_its_words(coach: Coach) -> None:
    question = "What does a mentoring programme for 200 employees cost per year, all in?"
    for _ in range(3):
        assert coach.reply(question).kind is Kind.ABSTENTION
    report = coach.gap_report()
    assert report
    assert {gap.topic for gap in report} <= {*coach.retriever.index.vocabulary.terms}

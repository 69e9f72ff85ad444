"""Refusals come from the library: a paper that answers a question turns its refusal into an answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from coach.answers import Kind
from coach.build import build_coach
from coach.settings import Settings
from corpus.ingest import ingest

pytestmark = pytest.mark.model

QUESTION = "How often should we meet?"
TRUST = """# Trust in mentoring

Trust between mentor and mentee grows with disclosure. Mentors who shared their own failures were trusted more.
"""
MEETINGS = """# Meeting frequency and the quality of mentoring relationships

We asked how often mentors and mentees meet and whether the frequency of meetings matters. In a survey of 412 pairs in a
university programme, pairs that met at least every two weeks reported higher relationship quality than pairs that met
less often. Meeting more often than once a week was not associated with any further difference.
"""


@pytest.mark.parametrize("founding", [False, True])
def test_a_paper_on_meeting_frequency_answers_how_often_to_meet(tmp_path: Path, founding: bool) -> None:
    coach = build_coach(Settings(home=tmp_path / "home", founding=founding), lambda _: None)
    try:
        (tmp_path / "trust.md").write_text(TRUST, "utf-8")
        ingest([tmp_path / "trust.md"], coach.catalog)
        coach.retriever.index.sync()
        before = coach.reply(QUESTION)
        # Beside the founding library this one question is answered before, too, from what does not speak to it: a
        # known miss, in the README's figures.
        assert founding or before.kind is Kind.ABSTENTION
        (tmp_path / "meetings.md").write_text(MEETINGS, "utf-8")
        ingest([tmp_path / "meetings.md"], coach.catalog)
        coach.retriever.index.sync()
        after = coach.reply(QUESTION)
        assert after.kind is Kind.ANSWER
        assert {citation.source.title for citation in after.citations} == {
            "Meeting frequency and the quality of mentoring relationships"
        }
        assert any("week" in citation.quote for citation in after.citations)
    finally:
        coach.close()

"""The founding corpus as data: complete, exact, and saying no more than was verified."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from corpus import founding
from corpus.models import Entry, Stance
from corpus.passages import sentences
from retrieval.vocabulary import Vocabulary

FOLDER = Path(founding.__file__).parent
PAGE = Path(__file__).parent / "data" / "founding_page.txt"
ENTRIES = founding.entries()
RAW = [yaml.safe_load(file.read_text("utf-8")) for file in sorted((FOLDER / "sources").glob("*.yaml"))]


def page_lines() -> list[str]:
    return [line for line in PAGE.read_text("utf-8").splitlines() if line.strip()]


def test_nineteen_sources_and_thirty_passages() -> None:
    assert len(ENTRIES) == 19
    assert sum(len(entry.passages) for entry in ENTRIES) == 30


def test_every_line_of_the_founding_page_is_accounted_for() -> None:
    """Titles, paragraphs, one citation that is metadata, the page's heading and one link's label: nothing else."""
    known = [line for raw in RAW for line in (raw["seed_title"], *(p["original"] for p in raw["passages"]))]
    left = [line for line in page_lines() if line not in known]
    assert [line[:32] for line in left] == ["Research", "National Academies of Sciences, ", "join-oneuponedown"]
    assert sorted(set(known)) == sorted(set(page_lines()) - set(left))


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.source.id)
def test_every_anchor_is_the_exact_span(entry: Entry) -> None:
    raw = next(raw for raw in RAW if raw["id"] == entry.source.id)
    quotes = {f["id"]: f["spans"] for passage in raw["passages"] for f in passage["findings"]}
    texts = {passage.id: passage.text for passage in entry.passages}
    assert entry.findings
    for finding in entry.findings:
        exact = [span.of(texts[finding.passage_id]) for span in finding.spans]
        assert exact == quotes[finding.id.removeprefix(f"{entry.source.id}.")]
        assert all(len(quote) >= 12 for quote in exact)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.source.id)
def test_hedges_stand_in_their_quotes(entry: Entry) -> None:
    texts = {passage.id: passage.text for passage in entry.passages}
    for finding in entry.findings:
        if finding.hedge is not None:
            assert any(finding.hedge in span.of(texts[finding.passage_id]) for span in finding.spans), finding.id


def test_each_duplicated_sentence_has_one_home() -> None:
    passages = [passage for entry in ENTRIES for passage in entry.passages]
    for sentence, home in (
        ("Male protégés with female mentors were significantly less likely", "ragins-cotton-mentor-functions"),
        (
            "Our findings demonstrate the value in establishing mentoring programs",
            "voytko-womens-junior-faculty-mentoring",
        ),
    ):
        assert [passage.source_id for passage in passages if sentence in passage.text] == [home]


def test_no_damage_is_left_in_the_repaired_text() -> None:
    text = " ".join(passage.text for entry in ENTRIES for passage in entry.passages)
    for damage in (
        "prac-tices", "How-ever", "near- peer", "experi- ence", "estab - lished", "Sci- ences", "proléges", "Hy pothesis", "gencrally",
        "1988a;Ragins", "barriersthat", "identity(Bem", "withmen", "menmay", "mentor.The", "modeling ,", "literature.b", "’The meeting", "Keywords:",
    ):  # fmt: skip
        assert damage not in text


def test_keyword_lines_are_metadata() -> None:
    by_id = {entry.source.id: entry.source for entry in ENTRIES}
    assert "Near-peer mentoring" in by_id["haggins-near-peer-physician-diversity"].keywords
    assert "Nursing students" in by_id["peer-mentoring-stress-nursing-students"].keywords


def test_a_repaired_passage_keeps_its_original() -> None:
    repaired = [passage for entry in ENTRIES for passage in entry.passages if passage.repaired]
    assert len(repaired) >= 12
    lines = page_lines()
    for passage in repaired:
        assert passage.original_text in lines
        assert passage.text != passage.original_text


def test_unverified_fields_stay_empty() -> None:
    """Spot checks against what is known: a value here would be a guess."""
    by_id = {entry.source.id: entry.source for entry in ENTRIES}
    assert by_id["ragins-cotton-mentor-functions"].doi is None
    assert by_id["successful-women-across-the-americas"].authors == ()
    assert by_id["abramson-aspect-model"].authors == ()
    assert by_id["schipani-pathways-for-women"].year is None
    for entry in ENTRIES:
        for name in entry.source.unverified:
            assert not getattr(entry.source, name, None), (entry.source.id, name)


def test_every_source_names_its_caveats_and_its_lead() -> None:
    for entry in ENTRIES:
        assert entry.source.caveats, entry.source.id
        assert entry.source.lead, entry.source.id
        assert not entry.source.lead.endswith((":", "."))


def test_topics_are_terms_of_the_vocabulary() -> None:
    terms = Vocabulary.load().terms
    topics = {topic for entry in ENTRIES for finding in entry.findings for topic in finding.topics}
    assert len(topics) > 30
    assert topics <= set(terms)


def test_every_passage_has_questions_and_none_stands_twice() -> None:
    questions = [text for entry in ENTRIES for _, text in entry.questions]
    assert len(questions) == len({question.lower() for question in questions})
    for entry in ENTRIES:
        for passage in entry.passages:
            assert sum(name == passage.id for name, _ in entry.questions) >= 8, passage.id


def test_disagreement_is_recorded() -> None:
    """The one real conflict of the corpus: gender match and psychosocial support."""
    stances: dict[str, set[Stance]] = {}
    for entry in ENTRIES:
        for finding in entry.findings:
            for position in finding.positions:
                if position.point.startswith("A mentor of the same gender"):
                    stances.setdefault(entry.source.id, set()).add(position.stance)
    assert stances["ragins-cotton-mentor-functions"] == {Stance.MIXED}
    assert stances["successful-women-across-the-americas"] == {Stance.SUPPORTS}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It helps (Eby et al., 2008). It may not.", ["It helps (Eby et al., 2008).", "It may not."]),
        (
            "See e.g. Noe (1988a). Then, for 2 y of college, it held.",
            ["See e.g. Noe (1988a).", "Then, for 2 y of college, it held."],
        ),
        ("Does it? Yes! “So they say.” Fine", ["Does it?", "Yes!", "“So they say.”", "Fine"]),
        ("Ragins et al. Found later. 3.5 mg of it.", ["Ragins et al. Found later.", "3.5 mg of it."]),
        ("One.\n\nTwo without a stop\n\nThree.", ["One.", "Two without a stop", "Three."]),
        ("  \n ", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [span.of(text) for span in sentences(text)] == expected

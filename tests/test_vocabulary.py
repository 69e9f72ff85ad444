"""The controlled vocabulary: what it matches, and what its file may not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.models import RetrievalError
from retrieval.vocabulary import Vocabulary, VocabularyError

PACKAGED = Vocabulary.load()

SMALL = """terms:
  - id: self-doubt
    label: self-doubt
    entry: [doubts herself, second guessing]
  - id: imposter
    label: imposter phenomenon
    forms: [impostor phenomenon]
    broader: [self-doubt]
    related: [belonging]
    entry:
      - a fraud
      - like a complete fraud
  - id: belonging
    label: belonging
    entry: [fit in, find her place]
  - id: scam
    label: fraud prevention
"""


def load(folder: Path, text: str) -> Vocabulary:
    file = folder / "words.yaml"
    file.write_text(text, "utf-8")
    return Vocabulary.load(file)


def refused(folder: Path, text: str) -> str:
    with pytest.raises(VocabularyError) as error:
        load(folder, text)
    return str(error.value)


def line_of(text: str, part: str) -> int:
    (number,) = [number for number, line in enumerate(text.splitlines(), 1) if part in line]
    return number


# Matching


@pytest.fixture
def small(tmp_path: Path) -> Vocabulary:
    return load(tmp_path, SMALL)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("She feels like a fraud.", ["imposter"]),
        ("the impostor phenomenon", ["imposter"]),
        ("IMPOSTER   PHENOMENA?", []),
        ("Belonging", ["belonging"]),
        ("he belongs here", ["belonging"]),
        ("Does he fit in?", ["belonging"]),
        ("he second-guessed", ["self-doubt"]),
        ("fraudulent", []),
        ("a wonderful fraud", []),
        ("", []),
        ("🙂 …", []),
    ],
)
def test_matching_is_by_stem_side_by_side(small: Vocabulary, text: str, terms: list[str]) -> None:
    assert small.match(text) == terms


@pytest.mark.parametrize("who", ["herself", "himself", "myself", "themselves", "yourself", "ourselves"])
def test_pronouns_are_one(small: Vocabulary, who: str) -> None:
    assert small.match(f"My mentee doubts {who} a lot") == ["self-doubt"]
    assert small.match("He wants to find his place") == small.match("They want to find their place") == ["belonging"]


def test_the_longest_phrase_wins(small: Vocabulary) -> None:
    assert small.match("fraud prevention") == ["scam"]
    assert small.match("a fraud prevention") != ["imposter", "scam"]
    assert small.match("like a complete fraud") == ["imposter"]


def test_each_term_is_found_once(small: Vocabulary) -> None:
    assert small.match("A fraud, a fraud, an imposter phenomenon; does she belong? belonging!") == [
        "imposter",
        "belonging",
    ]


def test_broader_is_one_step_up(small: Vocabulary) -> None:
    assert small.broader(["imposter"]) == ["self-doubt"]
    assert small.broader(["imposter", "self-doubt"]) == []
    assert small.broader([]) == []


def test_another_file_has_another_fingerprint(tmp_path: Path, small: Vocabulary) -> None:
    assert load(tmp_path, SMALL).fingerprint == small.fingerprint
    assert load(tmp_path, SMALL.replace("fit in", "fit in here")).fingerprint != small.fingerprint


# Refusals


def test_a_circle_is_refused(tmp_path: Path) -> None:
    text = SMALL.replace("    label: self-doubt\n", "    label: self-doubt\n    broader: [imposter]\n")
    said = refused(tmp_path, text)
    assert "self-doubt → imposter → self-doubt" in said
    assert f"words.yaml, line {line_of(text, 'id: self-doubt')}:" in said


def test_a_term_above_itself_is_refused(tmp_path: Path) -> None:
    assert "belonging → belonging" in refused(
        tmp_path, SMALL.replace("label: belonging", "label: belonging\n    broader: [belonging]")
    )


@pytest.mark.parametrize("phrase", ["second guessing", "Second  Guessing", "self-doubt", "impostor phenomenon"])
def test_words_that_lead_to_two_terms_are_refused(tmp_path: Path, phrase: str) -> None:
    text = f"{SMALL}    entry:\n      - {phrase}\n"
    said = refused(tmp_path, text)
    assert repr(" ".join(phrase.lower().split())) in said
    assert f"words.yaml, line {len(text.splitlines())}:" in said
    assert "'scam'" in said


def test_words_that_stand_twice_for_one_term_are_refused(tmp_path: Path) -> None:
    text = SMALL.replace("      - a fraud\n", "      - a fraud\n      - A Fraud\n")
    assert f"line {line_of(text, 'A Fraud')}:" in refused(tmp_path, text)


def test_the_line_is_the_entrys_own_and_not_one_that_contains_it(tmp_path: Path) -> None:
    """`fit in` stands for two terms; `fit in well` below is something else."""
    text = f"{SMALL}    entry:\n      - fit in\n      - fit in well\n"
    assert f"line {len(text.splitlines()) - 1}:" in refused(tmp_path, text)


@pytest.mark.parametrize("other", ["honest with them", "doubt himself"])
def test_words_that_lead_to_two_terms_after_stemming_are_refused(tmp_path: Path, other: str) -> None:
    """They match the same texts, so the second would never be found."""
    text = SMALL.replace("second guessing", "honest with her") + f"    entry: [{other}]\n"
    assert repr(other) in refused(tmp_path, text)


def test_a_term_that_stands_twice_is_refused(tmp_path: Path) -> None:
    text = SMALL + "  - id: belonging\n    label: being part of it\n"
    said = refused(tmp_path, text)
    assert f"words.yaml, line {len(text.splitlines()) - 1}:" in said
    assert "'belonging'" in said


@pytest.mark.parametrize("field", ["broader", "related"])
def test_an_unknown_term_is_refused(tmp_path: Path, field: str) -> None:
    text = f"{SMALL}    {field}: [no-such-term]\n"
    said = refused(tmp_path, text)
    assert "'no-such-term'" in said
    assert "'scam'" in said
    assert f"words.yaml, line {line_of(text, 'id: scam')}:" in said


def test_the_line_is_the_terms_own_and_not_a_longer_ids(tmp_path: Path) -> None:
    text = (
        SMALL + "  - id: scam-more\n    label: more\n  - id: self\n    label: the self\n    related: [no-such-term]\n"
    )
    assert f"line {len(text.splitlines()) - 2}:" in refused(tmp_path, text)


def test_an_unknown_field_is_refused_with_its_line(tmp_path: Path) -> None:
    text = SMALL.replace("    related: [belonging]", "    relatd: [belonging]")
    said = refused(tmp_path, text)
    assert "words.yaml" in said
    assert "relatd" in said
    assert (
        "'imposter'" in said
        or f"line {line_of(text, 'id: imposter')}" in said
        or f"line {line_of(text, 'relatd')}" in said
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "terms",
        "[]",
        "terms: 3",
        "terms: [3]",
        "words: []",
        "terms: [{id: a}]",
        "terms: [{label: a}]",
        "terms: [",
        "terms: [{id: a, label: [b]}]",
    ],
)
def test_another_shape_is_refused(tmp_path: Path, text: str) -> None:
    assert "words.yaml" in refused(tmp_path, text)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match="gone"):
        Vocabulary.load(tmp_path / "gone.yaml")


def test_vocabulary_errors_are_retrievals() -> None:
    assert issubclass(VocabularyError, RetrievalError)


# The packaged file


def test_the_packaged_vocabulary_is_large_enough() -> None:
    assert len(PACKAGED.terms) >= 60
    assert sum(len(term.entry) for term in PACKAGED.terms.values()) >= 600


def test_what_mentors_say_reaches_what_researchers_write() -> None:
    for said, term in (
        ("She feels like a fraud at work", "imposter-phenomenon"),
        ("he thinks they picked the wrong person", "imposter-phenomenon"),
    ):
        assert term in PACKAGED.match(said)


def test_every_term_is_found_by_its_label() -> None:
    for term in PACKAGED.terms.values():
        assert term.id in PACKAGED.match(term.label), term.label


def test_every_phrase_leads_to_its_own_term() -> None:
    """Also after stemming and with pronouns as one, as the file's first lines promise."""
    wrong = [
        (term.id, phrase, found)
        for term in PACKAGED.terms.values()
        for phrase in (*term.forms, *term.entry)
        if term.id not in (found := PACKAGED.match(phrase))
    ]
    assert wrong == []


def test_index_words_of_terms_are_words_and_differ() -> None:
    tokens = [term.token for term in PACKAGED.terms.values()]
    assert len(set(tokens)) == len(tokens)
    assert all(token.isalnum() for token in tokens)

"""Names and DOIs, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.bibliography import normal_doi
from corpus.bibliography.names import names_in, parts_of


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ann Bee; Cy Dee", ("Ann Bee", "Cy Dee")), ("Bee, Ann; Dee, Cy", ("Ann Bee", "Cy Dee")), ("Ann Bee, Cy Dee and Eve Eff", ("Ann Bee", "Cy Dee", "Eve Eff")),
        ("Ann Bee, Cy Dee, and Eve Eff", ("Ann Bee", "Cy Dee", "Eve Eff")), ("Bee, Ann and Dee, Cy", ("Ann Bee", "Cy Dee")), ("Bee, Ann", ("Ann Bee",)),
        ("Ann Bee & Cy Dee", ("Ann Bee", "Cy Dee")), ("World Health Organization", ("World Health Organization",)), ("", ()), ("Ann Bee, et al.", ("Ann Bee", "et al.")),
        ("John Smith, Jr., Ann Bee", ("John Smith Jr.", "Ann Bee")), ("Institute of Medicine and Society", ("Institute of Medicine and Society",)),
    ],
)  # fmt: skip
def test_names_on_one_line(text: str, names: tuple[str, ...]) -> None:
    assert names_in(text) == names


@pytest.mark.parametrize(
    ("shown", "family"),
    [
        ("Ann Bee", "Bee"), ("Vincent van Gogh", "van Gogh"), ("Gabriel García\u00a0Márquez", "García Márquez"), ("John Smith Jr.", "Smith"), ("John Smith, Jr.", "Smith"),
        ("Gates\u00a0Ventures", "Gates Ventures"), ("Institute of Medicine", "Institute of Medicine"), ("Charles de la Tour", "de la Tour"),
    ],
)  # fmt: skip
def test_family_names(shown: str, family: str) -> None:
    assert parts_of(shown).family == family


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("10.1000/ABC", "10.1000/abc"), ("https://doi.org/10.1000/abc", "10.1000/abc"), ("http://dx.doi.org/10.1000/abc?x=1#y", "10.1000/abc"), ("doi:10.1000/abc.", "10.1000/abc"),
        ("(see 10.1000/a(b)c)", "10.1000/a(b)c"), ("<10.1000/abc>", "10.1000/abc"), ("10.1002/(SICI)1097-0258(19980815)17:15<1661::AID-SIM968>3.0.CO;2-2", "10.1002/(sici)1097-0258(19980815)17:15<1661::aid-sim968>3.0.co;2-2"),
        ("https://doi.org/10.1000%2Fabc", "10.1000/abc"), ("https://journals.example.com/doi/full/10.1177/123/full", "10.1177/123"), ("no doi", None), ("10.1/x", None), ("10.1000/", None), ("", None),
        ('10.1000/x"onclick="y', "10.1000/x"),
    ],
)  # fmt: skip
def test_dois(text: str, doi: str | None) -> None:
    assert normal_doi(text) == doi


@given(st.text(st.one_of(st.sampled_from("10./%2Fabc<>()[];:.,?#'\""), st.characters()), max_size=40))
def test_a_doi_is_normal_once(end: str) -> None:
    for text in (end, f"10.1000/{end}", f"https://doi.org/10.1000/{end}"):
        doi = normal_doi(text)
        assert doi is None or (
            normal_doi(doi) == doi and doi.startswith("10.") and doi.isascii() and len(doi.split()) == 1
        )

"""The printed reference: verified fields only, and the rest named as not verified."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import founding
from corpus.bibliography import link, reference, short_name
from corpus.models import Source

FULL = Source(
    "s",
    "Mentoring works",
    ("Ann Bee", "Cy Dee", "Eve Eff"),
    2001,
    "Journal of Mentoring",
    "12",
    "3",
    "45-67",
    "10.1000/xyz",
    "https://example.org/s",
)


def test_a_full_reference() -> None:
    assert reference(FULL) == (
        "Ann Bee, Cy Dee & Eve Eff (2001). Mentoring works. Journal of Mentoring, 12(3), 45-67. https://doi.org/10.1000/xyz"
    )


def test_what_is_missing_is_named_and_not_guessed() -> None:
    assert reference(Source("s", "Mentoring works")) == "Authors not verified (year not verified). Mentoring works."
    assert "(year not verified)" in reference(Source("s", "T", ("Ann Bee",)))
    assert "Authors not verified (2001)" in reference(Source("s", "T", year=2001))


@pytest.mark.parametrize(
    ("fields", "printed"),
    [
        ({"venue": "J. Ment."}, " J. Ment."),
        ({"venue": "Journal"}, "Journal."),
        ({"venue": "Journal", "volume": "12"}, "Journal, 12."),
        ({"venue": "Journal", "volume": "12", "issue": "3"}, "Journal, 12(3)."),
        ({"venue": "Journal", "pages": "4-5"}, "Journal, 4-5."),
        ({"volume": "12", "pages": "4-5"}, "T."),
    ],
)  # fmt: skip
def test_the_container_is_made_of_what_is_known(fields: dict[str, str], printed: str) -> None:
    assert reference(Source("s", "T", ("Ann Bee",), 2001, **fields)).endswith(printed)  # type: ignore[arg-type]


@pytest.mark.parametrize("title", ["Does it work?", "It works!", "It works."])
def test_a_title_keeps_its_own_stop(title: str) -> None:
    assert reference(Source("s", title)).endswith(title)


@pytest.mark.parametrize(
    ("authors", "name"),
    [
        (("Ann Bee",), "Bee"),
        (("Belle Rose Ragins",), "Ragins"),
        (("Ann Bee", "Cy Dee"), "Bee & Dee"),
        (("Ann Bee", "Cy Dee", "Eve Eff"), "Bee and colleagues"),
        (("Ann Bee", "Cy Dee", "Eve Eff", "G. Aitch"), "Bee and colleagues"),
        (("Plato",), "Plato"),
        (("Kimberly E. O'Brien",), "O'Brien"),
        (("Jane M. Grant-Kels",), "Grant-Kels"),
        (("National Academies of Sciences, Engineering, and Medicine",), "National Academies of Sciences, Engineering, and Medicine"),
        (("Institute of Medicine",), "Institute of Medicine"),
        (("World Health Organization",), "World Health Organization"),
        (("American Psychological Association",), "American Psychological Association"),
        (("The Mentoring Partnership",), "The Mentoring Partnership"),
    ],
)  # fmt: skip
def test_short_names(authors: tuple[str, ...], name: str) -> None:
    assert short_name(Source("s", "T", authors)) == name
    assert short_name(Source("s", "T", authors, 2001)) == f"{name} (2001)"


def test_a_source_without_authors_goes_by_its_title() -> None:
    assert short_name(Source("s", "Mentoring works", year=2001)) == "“Mentoring works”"


def test_a_doi_goes_before_a_link() -> None:
    assert link(FULL) == "https://doi.org/10.1000/xyz"


def test_a_verified_https_link_is_printed() -> None:
    url = "https://example.org/a_b?c=d&e=%20#f"
    assert link(Source("s", "T", url=url)) == url
    assert reference(Source("s", "T", url=url)).endswith(url)


@pytest.mark.parametrize(
    "url",
    [
        None, "", "http://example.org", "ftp://example.org", "javascript:alert(1)", "data:text/html,x", "example.org", "//example.org", "HTTPS//x",
        "https://", "https:// example.org", "https://example.org/<script>", 'https://example.org/" onclick="x', "https://example.org/a\nb", "https://example.org/a\x1fb", "https://example.org/a\u2028b", "https://example.org/\u202egpj.exe", "see https://example.org",
    ],
)  # fmt: skip
def test_any_other_link_is_not(url: str | None) -> None:
    source = Source("s", "T", url=url)
    assert link(source) is None
    assert reference(source) == "Authors not verified (year not verified). T."


@given(st.text(max_size=60))
def test_a_link_is_https_and_one_word_or_nothing(url: str) -> None:
    for candidate in (url, f"https://{url}"):
        found = link(Source("s", "T", url=candidate))
        assert found is None or (found == candidate and found.startswith("https://") and len(found.split()) == 1)


def test_the_founding_sources_are_named_and_linked() -> None:
    for entry in founding.entries():
        source = entry.source
        assert source.title in reference(source)
        assert ("not verified" in reference(source)) == (not source.authors or source.year is None)
        found = link(source)
        assert found is None or found.startswith("https://")

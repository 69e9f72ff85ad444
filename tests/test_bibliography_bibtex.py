"""BibTeX as people have it: every good entry is read, every bad one is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.bibliography import Record, Records, read_records
from corpus.models import Strength


def read(folder: Path, name: str, text: str | bytes) -> Records:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_records(file)


def only(folder: Path, name: str, text: str | bytes) -> Record:
    found = read(folder, name, text)
    assert found.problems == ()
    (record,) = found.records
    return record


def bib(folder: Path, fields: str) -> Record:
    return only(folder, "a.bib", f"@article{{key,\n{fields}\n}}\n")


def test_a_bibtex_entry(tmp_path: Path) -> None:
    record = only(
        tmp_path,
        "a.bib",
        r"""% exported
@string{jap = "Journal of Applied Psychology"}
@Article{ragins99,
  Author  = {Ragins, Belle Rose and John L. Cotton and {World Health Organization} and van der Berg, Jr., Ann and others},
  title   = "Mentor {F}unctions: {M}en \& {W}omen -- G{\"o}del's {\'E}tude",
  journal = jap,
  year    = 1999, month = aug,
  volume  = {84}, number = {4}, pages = {529--550},
  doi     = {https://doi.org/10.1037/0021-9010.84.4.529},
  url     = {https://example.org/a_b},
  keywords = {mentoring, gender; work},
  abstract = {Never kept.},
  file    = {Full Text:papers/ragins.pdf:application/pdf},
}
""",
    )
    assert record == Record(
        title="Mentor Functions: Men & Women – Gödel's Étude",
        authors=("Belle Rose Ragins", "John L. Cotton", "World Health Organization", "Ann van der Berg Jr.", "et al."),
        year=1999,
        venue="Journal of Applied Psychology",
        volume="84",
        issue="4",
        pages="529-550",
        doi="10.1037/0021-9010.84.4.529",
        url="https://example.org/a_b",
        keywords=("mentoring, gender", "work"),
        kind="article",
        key="ragins99",
        files=("papers/ragins.pdf",),
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"{\'e}t{\'e} \'{e} {\c c} \o{} {\ss} {\v{s}} {\'\i}", "été é ç ø ß š í"),
        ("{STEMM} and {{DNA}}", "STEMM and DNA"),
        ("R&D at 50% of cost #1", "R&D at 50% of cost #1"),
        (r"R\&D at 50\% of \$5 \#1 a\_b", "R&D at 50% of $5 #1 a_b"),
        ("From $5 to $10 a day", "From $5 to $10 a day"),
        (r"The $\alpha$ of x", "The α of x"),
        ("pre---post a~b", "pre—post a b"),
        ("``quoted'' and 'single'", "“quoted” and 'single'"),
        (r"\emph{In vivo} \textbf{study}", "In vivo study"),
        (r"a \textbackslash{} b \textasciitilde{} c\textasciicircum{}2 \textless 3", "a \\ b ~ c^2 <3"),
        ("Naïve 日本 Ünïcode", "Naïve 日本 Ünïcode"),
        ("one\n   two", "one two"),
    ],
)  # fmt: skip
def test_latex_becomes_unicode(tmp_path: Path, written: str, meant: str) -> None:
    assert bib(tmp_path, f"title = {{{written}}}").title == meant


@pytest.mark.parametrize(
    ("fields", "year"),
    [
        ("year = 2001", 2001), ("year = {c. 2001}", 2001), ("date = {2001-05-03}", 2001), ("date = {2001/2003}", 2001), ("year = {in press}", None),
        ("year = {12345}", None), ("year = {in press}, date = {2020-01}", 2020),
    ],
)  # fmt: skip
def test_years(tmp_path: Path, fields: str, year: int | None) -> None:
    assert bib(tmp_path, f"title = {{T}}, {fields}").year == year


@pytest.mark.parametrize(
    ("pages", "read_as"),
    [("529--550", "529-550"), ("529–550", "529-550"), ("529 - 550", "529-550"), ("S12", "S12"), ("1--2, 5---6", "1-2, 5-6"), ("1-12", "1-12")],
)  # fmt: skip
def test_pages(tmp_path: Path, pages: str, read_as: str) -> None:
    assert bib(tmp_path, f"title = {{T}}, pages = {{{pages}}}").pages == read_as


@pytest.mark.parametrize(
    "fields",
    [
        "doi = {10.1000/ABC_d}", r"doi = {10.1000/abc\_d}", "doi = {doi:10.1000/abc_d.}", "url = {https://doi.org/10.1000/abc_d}",
        "note = {See DOI: 10.1000/abc_d, online}", "url = {https://dx.doi.org/10.1000%2Fabc_d}",
    ],
)  # fmt: skip
def test_a_doi_wherever_it_stands(tmp_path: Path, fields: str) -> None:
    assert bib(tmp_path, f"title = {{T}}, {fields}").doi == "10.1000/abc_d"


@pytest.mark.parametrize(
    "fields",
    [
        "study_kind = {experiment}, population = {12 nurses; in Ohio}", "note = {study_kind: experiment; population: 12 nurses; in Ohio}",
        "note = {population: 12 nurses; in Ohio; study_kind: experiment}", "note = {Read it.\nstudy_kind: Experiment\npopulation: 12 nurses; in Ohio}",
        "annote = {study_kind: RCT}, keywords = {population: 12 nurses; in Ohio}, population = {12 nurses; in Ohio}",
        "keywords = {study_kind: experiment, work}, population = {12 nurses; in Ohio}",
    ],
)  # fmt: skip
def test_study_kind_and_population(tmp_path: Path, fields: str) -> None:
    record = bib(tmp_path, f"title = {{T}}, {fields}")
    assert (record.study_kind, record.population) == (Strength.EXPERIMENT, "12 nurses; in Ohio")
    assert not any("study_kind" in word for word in record.keywords)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.bib", "\n@misc{k, title={T},\n study_kind={miracle}}"),
        ("a.ris", "TY  - JOUR\nTI  - T\nKW  - study_kind: miracle\nID  - k\nER  - \n"),
        ("a.json", '[{"type": "book", "title": "T", "id": "k", "note": "study_kind: miracle"}]'),
    ],
)
def test_an_unknown_study_kind_is_reported(tmp_path: Path, name: str, text: str) -> None:
    found = read(tmp_path, name, text)
    assert found.records[0].study_kind is None
    (problem,) = found.problems
    for part in (name, "'miracle'", "'k'", "experiment"):
        assert part in problem


def test_one_bad_entry_costs_no_other(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "a.bib",
        "@article{good1, title={One}}\n\n@article{broken, title={Two},\n  author={Open\n\n"
        "@article{good2, title={Three}, year={2001}}\n@article{comma title={X}}\n@article{good3, title={Four}}\n",
    )
    assert [record.key for record in found.records] == ["good1", "good2", "good3"]
    assert len(found.problems) == 2
    assert "'a.bib', line 3, entry 'broken'" in found.problems[0]
    assert "'a.bib', line 7" in found.problems[1]


def test_what_stands_twice_or_nowhere_is_told(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "a.bib",
        "@book{k, title={One}, title={Uno}}\n@book{j, title={Two}}\n@book{j, title={Three}, publisher=nowhere}\n",
    )
    assert [record.title for record in found.records] == ["One", "Two", "Three"]
    assert [record.venue for record in found.records] == [None, None, None]
    told = "\n".join(found.problems)
    assert "line 1, entry 'k': it gives title more than once" in told
    assert "line 3, entry 'j': another entry has this key" in told
    assert "publisher = nowhere" in told


def test_strings_joined_and_entries_inherited(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "a.bib",
        '@string{j = {Journal}}\n@article{a, title={T}, journal = j # " of " # {Mentoring}}\n'
        "@inproceedings{c, title={Talk}, crossref={p}}\n@proceedings{p, title={Proceedings}, year=2002}\n",
    )
    assert found.problems == ()
    assert found.records[0].venue == "Journal of Mentoring"
    assert (found.records[1].venue, found.records[1].year) == ("Proceedings", 2002)


@pytest.mark.parametrize(
    ("value", "files"),
    [
        ("paper.pdf", ("paper.pdf",)), (":paper.pdf:PDF", ("paper.pdf",)), ("Full Text:files/12/A paper.pdf:application/pdf", ("files/12/A paper.pdf",)),
        (":a.pdf:PDF;:b.pdf:PDF", ("a.pdf", "b.pdf")), (r"Snap:C\:\\Users\\u\\a.pdf:application/pdf", (r"C:\Users\u\a.pdf",)),
        ("/home/u/a.pdf", ("/home/u/a.pdf",)),
    ],
)  # fmt: skip
def test_files_that_an_entry_names(tmp_path: Path, value: str, files: tuple[str, ...]) -> None:
    assert bib(tmp_path, f"title = {{T}}, file = {{{value}}}").files == files

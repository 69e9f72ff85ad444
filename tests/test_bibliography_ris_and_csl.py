"""RIS and CSL-JSON as people have them, and files that are no bibliography."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.bibliography import BibliographyError, Record, Records, read_records
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


# RIS

RIS = """TY  - JOUR
AU  - Ragins, Belle Rose
AU  - García Márquez, Gabriel
A1  - World Health Organization
TI  - Mentor functions
  and outcomes
JF  - Journal of Applied Psychology
PY  - 1999/08/01/
VL  - 84
IS  - 4
SP  - 529
EP  - 550
DO  - 10.1037/0021-9010.84.4.529
KW  - mentoring
KW  - study_kind: observational
C2  - population: 352 women
AB  - Never kept.
L1  - file:///home/u/ragins.pdf
ID  - r1
ER  -
"""


@pytest.mark.parametrize("change", ["", "bom", "crlf", "cr"])
def test_ris(tmp_path: Path, change: str) -> None:
    text = RIS.replace("\n", {"crlf": "\r\n", "cr": "\r"}.get(change, "\n"))
    record = only(tmp_path, "a.ris", ("\ufeff" if change == "bom" else "") + text)
    assert record == Record(
        title="Mentor functions and outcomes",
        authors=("Belle Rose Ragins", "Gabriel García\u00a0Márquez", "World Health Organization"),
        year=1999,
        venue="Journal of Applied Psychology",
        volume="84",
        issue="4",
        pages="529-550",
        doi="10.1037/0021-9010.84.4.529",
        study_kind=Strength.OBSERVATIONAL,
        population="352 women",
        keywords=("mentoring",),
        kind="jour",
        key="r1",
        files=("file:///home/u/ragins.pdf",),
    )


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("T1  - Other", "title", "Other"), ("T2  - J", "venue", "J"), ("JO  - J", "venue", "J"), ("PB  - P", "venue", "P"), ("DA  - 2004/01/02", "year", 2004),
        ("Y1  - 2004", "year", 2004), ("DA  - 20040102", "year", 2004), ("SP  - 5-9", "pages", "5-9"), ("UR  - https://a.org/x;y", "url", "https://a.org/x;y"),
        ("UR  - https://doi.org/10.1000/x", "doi", "10.1000/x"), ("N1  - <p>study_kind: theory</p>", "study_kind", Strength.THEORY),
        ("N1  - <p>study_kind: theory; population: 3 dogs</p>", "population", "3 dogs"), ("C1  - study_kind: theory", "study_kind", Strength.THEORY),
        ("AU  - Smith, John, Jr.", "authors", ("John Smith Jr.",)), ("AU - Bee, Ann", "authors", ("Ann Bee",)), ("N1  - doi: 10.1000/X.", "doi", "10.1000/x"),
        ("AU  - National Academies of Sciences, Engineering, and Medicine", "authors", ("National Academies of Sciences, Engineering, and Medicine",)),
    ],
)  # fmt: skip
def test_ris_tags(tmp_path: Path, line: str, name: str, value: object) -> None:
    title = "" if line.startswith("T1") else "TI  - T\n"
    assert getattr(only(tmp_path, "a.ris", f"TY  - JOUR\n{title}{line}\nER  - \n"), name) == value


def test_a_ris_record_without_an_end_costs_no_other(tmp_path: Path) -> None:
    found = read(
        tmp_path, "a.ris", "TY  - JOUR\nTI  - One\n\nTY  - JOUR\nTI  - Two\nER  - \nstray\nTY  - JOUR\nER  - \n"
    )
    assert [record.title for record in found.records] == ["One", "Two"]
    for part in (
        "line 1, record 'One': this record does not end",
        "line 7: this stands outside",
        "line 8: this record is empty",
    ):
        assert any(part in problem for problem in found.problems), part


# CSL-JSON

ITEM = {
    "id": "r1",
    "type": "article-journal",
    "title": "Mentor <i>functions</i>",
    "author": [
        {"family": "Berg", "given": "Ann", "non-dropping-particle": "van der"},
        {"literal": "Gates Ventures"},
        {"family": "Smith", "given": "John", "suffix": "Jr."},
    ],
    "issued": {"date-parts": [["1999", 8]]},
    "container-title": "Journal",
    "volume": 84,
    "page": "529–550",
    "DOI": "https://doi.org/10.1000/ABC",
    "abstract": "Never kept.",
    "note": "study_kind: theory\npopulation: everybody",
}


def test_csl(tmp_path: Path) -> None:
    record = only(tmp_path, "a.json", json.dumps([ITEM]))
    assert record == Record(
        title="Mentor functions",
        authors=("Ann van der Berg", "Gates\u00a0Ventures", "John Smith Jr."),
        year=1999,
        venue="Journal",
        volume="84",
        pages="529-550",
        doi="10.1000/abc",
        study_kind=Strength.THEORY,
        population="everybody",
        kind="article-journal",
        key="r1",
    )


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"issued": {"raw": "May 2004"}}, "year", 2004), ({"issued": {"date-parts": [[]], "literal": "2004"}}, "year", 2004), ({"issued": "2004-01"}, "year", 2004),
        ({"issued": {"date-parts": [[None]]}}, "year", None),
        ({"custom": {"study_kind": "experiment", "population": "12 nurses", "file": "a.pdf"}, "note": ""}, "study_kind", Strength.EXPERIMENT),
        ({"custom": {"population": "12 nurses"}, "note": ""}, "population", "12 nurses"), ({"custom": {"files": ["a.pdf", "b.pdf"]}}, "files", ("a.pdf", "b.pdf")),
        ({"container-title": ["J", "K"]}, "venue", "J"), ({"keyword": "a, b"}, "keywords", ("a", "b")), ({"title": ["T"]}, "title", "T"),
    ],
)  # fmt: skip
def test_csl_in_its_variants(tmp_path: Path, fields: dict[str, object], name: str, value: object) -> None:
    found = read(tmp_path, "a.json", json.dumps(ITEM | fields))
    if value is None:
        assert not found.records or getattr(found.records[0], name) is None
    else:
        assert getattr(found.records[0], name) == value


def test_one_bad_item_costs_no_other(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "a.json",
        json.dumps([ITEM, {"id": "bad", "type": "book", "title": {"no": 1}}, "x", ITEM | {"id": "r2"}]),
    )
    assert [record.key for record in found.records] == ["r1", "r2"]
    assert "'a.json', item 2, id 'bad': title cannot be read" in found.problems[0]
    assert "'a.json', item 3" in found.problems[1]


# Files that are none


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", b'{"name": "web", "version": "1"}', "no CSL items"), ("a.json", b"[1, 2]", "no CSL items"), ("a.json", b'[{"type": 1,\n', "line 2"),
        ("a.json", b"[" * 100_000, "nested too deeply"), ("a.bib", b"title\n = {caf\xe9}", "not UTF-8 text (line 2)"),
        ("a.ris", "TY  - JOUR".encode("utf-16"), "not UTF-8"), ("a.bib", b"just words", "holds no record"), ("a.txt", b"x", "no bibliography file"),
    ],
)  # fmt: skip
def test_what_is_no_bibliography_is_refused_by_name(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    with pytest.raises(BibliographyError, match=rf"{name}") as caught:
        read(tmp_path, name, content)
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["a.bib", "a.ris", "a.json"])
def test_a_missing_or_empty_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(BibliographyError, match="cannot be read"):
        read_records(tmp_path / name)
    if name != "a.json":
        assert read(tmp_path, name, "") == Records()


@pytest.mark.parametrize("name", ["a.bib", "a.ris", "a.json"])
@settings(deadline=None)
@given(text=st.text(st.one_of(st.sampled_from('@{}",=#\\\n TYER-articletitle[]:'), st.characters()), max_size=120))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, name: str, text: str) -> None:
    file = tmp_path_factory.getbasetemp() / f"any-{name}"
    for content in (
        text,
        f"@article{{k, title = {{{text}}}, author = {{{text}}}}}",
        f"TY  - JOUR\nAU  - {text}\nTI  - {text}\nER  - \n",
    ):
        file.write_text(content, encoding="utf-8", errors="replace")
        try:
            found = read_records(file)
        except BibliographyError as error:
            # An error that nobody foresaw is named by its class.
            if "Error)" in str(error):
                raise
        else:
            assert all(isinstance(record, Record) for record in found.records)

"""Which record describes which file."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.bibliography import Collection
from corpus.readers import Document


def document(title: str = "A title of no other work", first_page: str = "", **metadata: str) -> Document:
    return Document(title, (), metadata, first_page)


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def title_for(root: Path, file: str, held: Document | None = None, deep: bool = True) -> str | None:
    collection = Collection.of(root, deep)
    record = collection.record_for(root / file, held or document())
    return record.title if record else None


def entry(key: str, title: str, **fields: str) -> str:
    return (
        f"@article{{{key}, title={{{title}}}, {', '.join(f'{name}={{{value}}}' for name, value in fields.items())}}}\n"
    )


@pytest.mark.parametrize("sidecar", ["paper.bib", "paper.pdf.bib", "PAPER.ris", "paper.json"])
def test_a_sidecar_describes_its_file_whatever_its_title(tmp_path: Path, sidecar: str) -> None:
    put(tmp_path, paper_pdf="", other_pdf="")
    text = {
        ".bib": entry("k", "Beside"),
        ".ris": "TY  - JOUR\nTI  - Beside\nER  - \n",
        ".json": '{"type": "book", "title": "Beside"}',
    }
    (tmp_path / sidecar.lower()).write_text(text[Path(sidecar).suffix], encoding="utf-8")
    assert title_for(tmp_path, "paper.pdf") == "Beside"
    assert title_for(tmp_path, "other.pdf") is None


@pytest.mark.parametrize("claim", ["sub/paper.pdf", "./sub/paper.pdf", r"sub\paper.pdf", ":sub/paper.pdf:PDF", "/home/someone/Zotero/storage/X/paper.pdf", r"C:\\Users\\u\\paper.pdf"])  # fmt: skip
def test_a_collection_above_names_the_file(tmp_path: Path, claim: str) -> None:
    put(
        tmp_path,
        sub__paper_pdf="",
        sub__other_pdf="",
        library_bib=entry("a", "Claimed", file=claim) + entry("b", "Other"),
    )
    assert title_for(tmp_path, "sub/paper.pdf") == "Claimed"
    assert title_for(tmp_path, "sub/other.pdf") is None


def test_a_claim_is_not_for_another_file_of_that_name(tmp_path: Path) -> None:
    put(tmp_path, a__paper_pdf="", b__paper_pdf="", library_bib=entry("a", "For a", file="a/paper.pdf"))
    assert title_for(tmp_path, "a/paper.pdf") == "For a"
    assert title_for(tmp_path, "b/paper.pdf") is None


def test_a_collection_below_or_beside_the_folder_does_not_count(tmp_path: Path) -> None:
    put(tmp_path, paper_pdf="", a__library_bib=entry("a", "Below", file="../paper.pdf", doi="10.1000/1"))
    assert title_for(tmp_path, "paper.pdf", document(doi="10.1000/1")) is None
    put(tmp_path, b__paper_pdf="")
    assert title_for(tmp_path, "b/paper.pdf", document(doi="10.1000/1")) is None
    assert title_for(tmp_path / "a", "paper.pdf", document(doi="10.1000/1")) == "Below"


def test_by_doi_and_by_title(tmp_path: Path) -> None:
    put(
        tmp_path,
        papers__one_pdf="",
        library_bib=entry("a", r"Mentor Functions {and} Outcomes: G{\"o}del --- a Review", doi="10.1000/A")
        + entry("b", "Introduction", author="Bee, Ann"),
    )
    title = "Mentor Functions and Outcomes: Gödel — a Review"

    def found(held: Document) -> str | None:
        return title_for(tmp_path, "papers/one.pdf", held)

    assert found(document(doi="https://doi.org/10.1000/a")) == title
    assert found(document("MENTOR FUNCTIONS AND OUTCOMES – Godel: A review")) == title
    assert found(document("Mentor functions and outcomes", "Gödel")) is None
    # The same title with another DOI is another work.
    assert found(document(title, doi="10.1000/b")) is None
    # A DOI on the page alone can be that of a cited work.
    assert found(document("A comment", "We comment on doi 10.1000/a.")) is None
    assert found(document("Ms 12", f"{title}\ndoi 10.1000/a")) == title
    # A title that many works have needs an author.
    assert found(document("Introduction", "by Cy Dee")) is None
    assert found(document("Introduction", "by Ann Bee")) == "Introduction"


def test_the_sidecar_goes_before_the_claim_and_the_nearer_collection_before_the_farther(tmp_path: Path) -> None:
    put(tmp_path, sub__p_pdf="", all_bib=entry("a", "Far", file="sub/p.pdf"))
    assert title_for(tmp_path, "sub/p.pdf") == "Far"
    put(tmp_path, sub__all_bib=entry("a", "Near", file="p.pdf"))
    assert title_for(tmp_path, "sub/p.pdf") == "Near"
    put(tmp_path, sub__p_bib=entry("a", "Beside"))
    assert title_for(tmp_path, "sub/p.pdf") == "Beside"


def test_a_file_named_alone_is_served_from_its_own_folder_only(tmp_path: Path) -> None:
    put(tmp_path, p_pdf="", all_bib=entry("a", "Here", file="p.pdf"), sub__bad_bib="@article{x")
    assert title_for(tmp_path, "p.pdf", deep=False) == "Here"
    assert Collection.of(tmp_path, deep=False).problems == ()
    assert Collection.of(tmp_path).problems != ()


@pytest.mark.parametrize(("second", "told"), [("Two", True), ("One", False)])
def test_two_records_of_one_file_or_doi_are_told_when_they_differ(tmp_path: Path, second: str, told: bool) -> None:
    for field, value in (("file", "p.pdf"), ("doi", "10.1000/1")):
        put(tmp_path, p_pdf="", all_bib=entry("a", "One", **{field: value}) + entry("b", second, **{field: value}))
        collection = Collection.of(tmp_path)
        record = collection.record_for(tmp_path / "p.pdf", document(doi="10.1000/1"))
        assert record is not None
        assert record.title == "One"
        assert bool(collection.problems) == told
        if told:
            assert "all.bib" in collection.problems[0]
            assert value in collection.problems[0]


def test_one_doi_in_two_files_is_told_with_both(tmp_path: Path) -> None:
    put(
        tmp_path, a_bib=entry("a", "One", doi="10.1000/1"), sub__b_bib=entry("b", "Two", doi="10.1000/1"), sub__p_pdf=""
    )
    collection = Collection.of(tmp_path)
    (problem,) = collection.problems
    assert "'a.bib' and 'sub/b.bib'" in problem
    assert "10.1000/1" in problem
    record = collection.record_for(tmp_path / "sub/p.pdf", document(doi="10.1000/1"))
    assert record is not None
    assert record.title == "Two"


def test_sidecars_that_differ_or_hold_many(tmp_path: Path) -> None:
    put(tmp_path, p_pdf="", p_bib=entry("a", "One"), p_ris="TY  - JOUR\nTI  - Two\nER  - \n")
    collection = Collection.of(tmp_path)
    record = collection.record_for(tmp_path / "p.pdf", document())
    assert record is not None
    assert record.title == "One"
    assert "'p.bib' and 'p.ris' describe 'p.pdf' differently" in collection.problems[0]
    put(tmp_path, q_pdf="", q_bib=entry("a", "Q one") + entry("b", "Q two", file="q.pdf"))
    assert title_for(tmp_path, "q.pdf") == "Q two"
    put(tmp_path, q_bib=entry("a", "Q one") + entry("b", "Q two"))
    collection = Collection.of(tmp_path)
    assert collection.record_for(tmp_path / "q.pdf", document()) is None
    assert "'q.bib' holds 2 records" in collection.problems[0]


def test_a_bad_file_is_told_and_costs_no_other(tmp_path: Path) -> None:
    put(tmp_path, p_pdf="", package_json='{"name": "web"}', good_bib=entry("a", "Good", file="p.pdf"))
    (tmp_path / "latin.bib").write_bytes(b"@book{k, title={caf\xe9}}")
    collection = Collection.of(tmp_path)
    assert [problem.split("'")[1] for problem in collection.problems] == ["latin.bib", "package.json"]
    assert collection.record_for(tmp_path / "p.pdf", document()) is not None


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    put(tmp_path, outside_bib=entry("a", "Outside", file="p.pdf"), inside__p_pdf="")
    (tmp_path / "inside/all.bib").symlink_to(tmp_path / "outside.bib")
    (tmp_path / "inside/p.bib").symlink_to(tmp_path / "outside.bib")
    assert title_for(tmp_path / "inside", "p.pdf") is None

"""What a Markdown, HTML or text file hides is no text, and is kept aside."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.readers import Document, read


def document(folder: Path, name: str, text: str) -> Document:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return read(file)


def texts(found: Document) -> list[str]:
    return [paragraph.text for paragraph in found.paragraphs]


def sections(found: Document) -> list[tuple[str | None, str]]:
    return [(paragraph.section, paragraph.text) for paragraph in found.paragraphs]


# Hidden text

STYLES = [
    "display:none",
    "DISPLAY : none !important",
    "visibility: hidden",
    "opacity:0",
    "font-size:0",
    "font-size: 1px; color: red",
    "position:absolute; left:-9999px",
    "text-indent:-9999px",
    "height:0; overflow:hidden",
    "clip: rect(0, 0, 0, 0)",
    "color:#fff",
    "color: white",
    "color: rgb(255, 255, 255)",
    "color: transparent",
    "color: rgba(0, 0, 0, 0)",
    "background:#333; color:#343434",
]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("tag", ["p", "span", "div"])
def test_what_a_style_hides_is_no_text_and_is_kept_aside(tmp_path: Path, style: str, tag: str) -> None:
    found = document(tmp_path, "a.html", f'<p>Text here.</p><{tag} style="{style}">Secret <b>words</b></{tag}>')
    assert texts(found) == ["Text here."]
    assert found.hidden == "Secret words"
    assert "hidden text" in found.removed
    assert "Secret" not in found.first_page


@pytest.mark.parametrize(
    "style",
    [
        *(
            "color:#333",
            "font-size:10px",
            "opacity:0.5",
            "left:-9px",
            "background:#036; color:#fff",
            "line-height:0",
            "opacity:1",
        ),
        *(
            "font-size:0.9em",
            "font-size:1em",
            "margin-left:-10px",
            "width:100px; overflow:hidden",
            "font: 12px/1 serif",
        ),
    ],
)
def test_what_a_style_shows_is_text(tmp_path: Path, style: str) -> None:
    found = document(tmp_path, "a.html", f'<p style="{style}">Text here.</p>')
    assert texts(found) == ["Text here."]
    assert found.hidden == ""


def test_white_text_in_a_dark_box_is_seen(tmp_path: Path) -> None:
    page = '<div style="background-color: #003366"><p><span style="color: white">Text here.</span></p></div>'
    assert texts(document(tmp_path, "a.html", page)) == ["Text here."]


@pytest.mark.parametrize(
    "page",
    [
        "<p hidden>Secret words</p>",
        "<!-- Secret words indeed -->",
        "<font color='white'>Secret words</font>",
        "<dialog>Secret words</dialog>",
        "<style>.x, #y { display: none }</style><p class='x'>Secret words</p>",
        "<style>/* */ @media print { p { display: none } } .x .y { opacity: 0 }</style><div class='x'><p class='y'>Secret words</p></div>",
    ],
)
def test_other_ways_of_hiding(tmp_path: Path, page: str) -> None:
    found = document(tmp_path, "a.html", f"<p>Text here.</p>{page}")
    assert texts(found) == ["Text here."]
    assert found.hidden.startswith("Secret words")


def test_what_speaks_to_browsers_is_not_hidden_text(tmp_path: Path) -> None:
    found = document(
        tmp_path, "a.html", "<!--[if lt IE 9]><p>Your browser is old</p><![endif]--><!-- end menu --><p>Text here.</p>"
    )
    assert found.hidden == ""
    assert found.removed == ()


@pytest.mark.parametrize(
    "markdown",
    [
        "<!-- Secret words -->",
        "<!-- Secret\n\nwords -->",
        '<div style="display:none">Secret words</div>',
        "<p hidden>Secret words</p>",
        "[//]: # (Secret words)",
    ],
)
def test_what_markdown_hides_is_no_text_and_is_kept_aside(tmp_path: Path, markdown: str) -> None:
    found = document(tmp_path, "a.md", f"# T\n\nText here.\n\n{markdown}\n\nMore.\n")
    assert texts(found) == ["Text here.", "More."]
    assert found.hidden.split() == ["Secret", "words"]


def test_code_in_markdown_hides_nothing(tmp_path: Path) -> None:
    found = document(tmp_path, "a.md", "# T\n\nWrite `<!-- so -->` here.\n\n```\n<!-- or so -->\n```\n")
    assert texts(found) == ["Write <!-- so --> here.", "<!-- or so -->"]
    assert found.hidden == ""


# Characters

UNSEEN = ["\u200b", "\u202e", "\u2066", "\u2060", "\ufeff", "\U000e0041", "\ue000", "\x01"]


@pytest.mark.parametrize("character", UNSEEN, ids=ascii)
@pytest.mark.parametrize(
    ("name", "entity"), [("a.md", False), ("a.md", True), ("a.html", False), ("a.html", True), ("a.txt", False)]
)
def test_unseen_characters_are_dropped(tmp_path: Path, name: str, entity: bool, character: str) -> None:
    written = f"&#{ord(character)};" if entity else character
    found = document(tmp_path, name, f"It be{written}gins.\n\nIt ends.")
    assert " ".join(texts(found)) == "It begins. It ends."


def test_words_in_tag_characters_are_kept_aside(tmp_path: Path) -> None:
    tags = "".join(chr(0xE0000 + ord(letter)) for letter in "obey me now")
    entities = "".join(f"&#x{ord(letter):x};" for letter in tags)
    for name, written in (
        ("a.txt", tags),
        ("a.md", tags),
        ("a.html", tags),
        ("b.html", f"<p>{entities}</p>"),
        ("b.md", entities),
    ):
        found = document(tmp_path, name, f"Text{written} here.")
        assert "Text" in texts(found)[0]
        assert "obey me now" in found.hidden


def test_joiners_stay_where_they_mean_something(tmp_path: Path) -> None:
    assert texts(document(tmp_path, "a.txt", "می\u200cخواهم is one word, wo\u200crd too.")) == [
        "می\u200cخواهم is one word, word too."
    ]

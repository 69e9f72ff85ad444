"""The page's fixed parts, read from the files beside this one: its regions, its style and its scripts."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

from coach.uploads import MAX_FILE_BYTES, MAX_FILES
from corpus.ingest import BIBLIOGRAPHY_SUFFIXES
from corpus.readers import SUFFIXES
from ui.page.markup import line
from ui.page.render import starters_html

STYLES = ("base.css", "conversation.css", "rooms.css", "print.css")
SCRIPTS = (
    *("core.js", "case.js", "sources.js", "rating.js", "conversation.js", "history.js"),
    *("library.js", "passages.js", "uploads.js", "pack.js", "print.js"),
)


def masthead() -> str:
    return text("masthead.html")


def welcome(starters: Sequence[str]) -> str:
    """The empty conversation: what this is, and questions to start with."""
    return line(text("welcome.html").replace("STARTERS", starters_html(starters)))


def panels(papers_kept: str, *, guarded: bool) -> str:
    """Everything beside the conversation; closed until it is asked for.

    `papers_kept` says who reads what is added; `guarded`: people log in with a key.
    """
    accepted = ",".join(sorted({*SUFFIXES, *BIBLIOGRAPHY_SUFFIXES}))
    words = {"ACCEPTED": accepted, "MAX_FILES": str(MAX_FILES), "MAX_MB": str(MAX_FILE_BYTES // 1024 // 1024)}
    whose = "your key" if guarded else "this browser"
    words |= {
        "KEPT_FOR": f"Kept on this service for {whose} alone, until you delete them.",
        "PAPERS_KEPT": papers_kept,
        "LOG_OUT": text("log_out.html") if guarded else "",
    }
    html = text("panels.html")
    for name, value in words.items():
        html = html.replace(name, value)
    return html


def head() -> str:
    """Style and scripts, in the page's head: what Gradio is given as `css=` it prefixes, which breaks some rules."""
    styles = "".join(f"<style>{text(name)}</style>" for name in STYLES)
    return styles + "".join(f"<script>{text(name)}</script>" for name in SCRIPTS)


def text(name: str) -> str:
    return resources.files("ui.page").joinpath(name).read_text("utf-8")

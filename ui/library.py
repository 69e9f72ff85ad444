"""The page's part for one's own research: adding documents, seeing what became of them, deleting them again."""

from __future__ import annotations

from importlib import resources

import gradio as gr

from coach.uploads import MAX_FILE_BYTES, MAX_FILES
from corpus.ingest import BIBLIOGRAPHY_SUFFIXES
from corpus.readers import SUFFIXES

_ACCEPTED = ",".join(sorted({*SUFFIXES, *BIBLIOGRAPHY_SUFFIXES}))
_PANEL = f"""<section aria-label="Your research"><div class="bar"><h2>Your research</h2>
<button type="button" class="close" aria-label="Close your research">Close</button></div>
<div class="shown">
<form class="add"><label for="library-files">Add papers as PDF, Word, HTML, Markdown or text</label>
<input id="library-files" type="file" multiple accept="{_ACCEPTED}">
<p class="note">Up to {MAX_FILES} files of {MAX_FILE_BYTES // 1024 // 1024} MB each. A BibTeX, RIS or CSL-JSON file
among them tells who wrote what. A file of the same name takes the place of the one before. Everything stays on this
machine.</p>
<button type="submit" class="act">Add to the library</button></form>
<p class="progress" role="status"></p><ul class="outcomes" aria-label="What became of the files"></ul>
<h3>In the library</h3><ul class="own" aria-label="Your documents"></ul></div></section>"""


def open_button() -> gr.Button:
    return gr.Button("Add research", elem_id="open-library", size="sm", scale=0)


def panel() -> gr.HTML:
    """The panel; `library.js` speaks for it to the same API that programs use."""
    return gr.HTML(_PANEL, elem_id="library", apply_default_css=False)


def script() -> str:
    return resources.files("ui").joinpath("library.js").read_text("utf-8")

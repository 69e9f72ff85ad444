"""A bibliography file → its records, with every problem named by file and line."""

from __future__ import annotations

from pathlib import Path

from corpus.bibliography import bibtex, csl, ris
from corpus.bibliography.record import BibliographyError, Records

READERS = {".bib": bibtex.read, ".ris": ris.read, ".json": csl.read}
_LARGEST = 50 * 1024 * 1024


def read_records(file: Path) -> Records:
    """Records of a BibTeX, RIS or CSL-JSON file; a bad one is told of in `problems` and costs no other.

    Raises `BibliographyError` when nothing of the file can be read.
    """
    read = READERS.get(file.suffix.lower())
    if read is None:
        raise BibliographyError(f"{file.name!r} is no bibliography file. Known are: {', '.join(READERS)}.")
    text = _text(file)
    try:
        found = read(text)
    except csl.NotCslError as error:
        raise BibliographyError(
            f"{file.name!r}: {error}. Export CSL-JSON from the reference manager, or take the file out of the folder."
        ) from error
    except Exception as error:
        raise BibliographyError(
            f"{file.name!r} cannot be read as a bibliography ({type(error).__name__}). "
            "Export it again from the reference manager."
        ) from error
    if not found.records and not found.problems and text.strip() not in ("", "[]"):
        raise BibliographyError(f"{file.name!r} holds no record. Export it again from the reference manager.")
    return Records(found.records, tuple(f"{file.name!r}, {problem}" for problem in found.problems))


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > _LARGEST:
            raise BibliographyError(f"{file.name!r} is larger than {_LARGEST // 2**20} MiB. Split it.")
        content = file.read_bytes()
    except OSError as error:
        raise BibliographyError(
            f"{file.name!r} cannot be read ({error.strerror}). Check that it exists and may be read."
        ) from error
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise BibliographyError(
            f"{file.name!r} is not UTF-8 text (line {line}). Export it again with the encoding UTF-8."
        ) from error

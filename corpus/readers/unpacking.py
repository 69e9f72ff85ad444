"""The parts of a DOCX that hold text, unpacked under a limit; macros, pictures and all else stay packed."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from pathlib import Path

from corpus.readers.document import Refused

SAVE_AGAIN = "Open it in a word processor, save it as DOCX again and try again."
_PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/core\.xml|word/[\w-]+\.xml|word/_rels/[\w-]+\.xml\.rels"
)
_UNREAD = re.compile(r"word/(?:comments\w*|settings|webSettings|fontTable|people)\.xml")
_ENTRIES = 10_000
_MIB = 1024 * 1024
_UNPACKED = 1024 * _MIB
_TEXT = 40 * _MIB
_RATIO = 300
_BOMB = f"unpacks to far more than a document holds, so it was left packed. {SAVE_AGAIN}"
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")


def unpacked(file: Path) -> dict[str, bytes]:
    """Name → content of the parts that are read; raises `Refused`."""
    try:
        with zipfile.ZipFile(file) as archive:
            parts = _parts(archive)
    except zipfile.BadZipFile as error:
        raise _not_a_docx(file) from error
    except (EOFError, OSError, ValueError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise Refused(f"is damaged or is no DOCX. {SAVE_AGAIN}") from error
    if "[Content_Types].xml" not in parts or not any(name.startswith("word/document") for name in parts):
        raise Refused(f"is no DOCX: it holds no document. {SAVE_AGAIN}")
    if any(_declares(part) for part in parts.values()):
        raise Refused(f"declares XML entities, which no word processor writes. {SAVE_AGAIN}")
    return parts


def packed(parts: dict[str, bytes]) -> io.BytesIO:
    """The parts as an archive again."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    held.seek(0)
    return held


def _parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = archive.infolist()
    declared = sum(entry.file_size for entry in entries)
    stored = sum(entry.compress_size for entry in entries)
    if len(entries) > _ENTRIES or declared > _UNPACKED or declared > _RATIO * max(stored, _MIB // 64):
        raise Refused(_BOMB)
    wanted = [entry for entry in entries if _PARTS.fullmatch(entry.filename) and not _UNREAD.fullmatch(entry.filename)]
    if len({entry.filename for entry in wanted}) < len(wanted) or any(entry.flag_bits & 1 for entry in wanted):
        raise Refused(f"is damaged or is no DOCX. {SAVE_AGAIN}")
    parts: dict[str, bytes] = {}
    left = _TEXT
    for entry in wanted:
        # What an entry says of its size is not to be relied on.
        with archive.open(entry) as stream:
            parts[entry.filename] = stream.read(left + 1)
        left -= len(parts[entry.filename])
        if left < 0:
            raise Refused(f"holds more than {_TEXT // _MIB} MiB of text. Split it.")
    return parts


def _not_a_docx(file: Path) -> Refused:
    with file.open("rb") as stream:
        compound = stream.read(len(_COMPOUND)) == _COMPOUND
    if compound:
        return Refused(
            "is locked with a password, or in Word's old format. Save it as DOCX without a password and try again."
        )
    return Refused(f"is damaged or is no DOCX. {SAVE_AGAIN}")


def _declares(part: bytes) -> bool:
    # Zero bytes are half of each letter in UTF-16.
    return b"<!DOCTYPE" in part.replace(b"\0", b"") or b"<!ENTITY" in part.replace(b"\0", b"")

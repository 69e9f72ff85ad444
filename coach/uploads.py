"""Uploaded files on their way into the library: harmless names, limits, and a folder a job until it is done."""

from __future__ import annotations

import os
import re
import shutil
import time
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from coach.errors import UploadError, UploadTooLargeError
from corpus.ingest import BIBLIOGRAPHY_SUFFIXES
from corpus.readers import SUFFIXES

MAX_FILES = 200
"""Most files of one upload."""
MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_BYTES = 500 * 1024 * 1024
"""Most bytes of one upload."""
_MAX_NAME_BYTES = 150
_BLOCK = 1024 * 1024
_HOUR_S = 3600
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent: its name in the sender's words, and a stream of its bytes."""

    name: str
    stream: IO[bytes]


class Uploads:
    """The folder of uploads: one folder a job, which is gone once its job is done."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "uploads"

    def of(self, job_id: str) -> Path:
        return self._folder / job_id

    def keep(self, job_id: str, files: Sequence[Upload]) -> list[str]:
        """Write all files, or none; returns the names that they are kept under. Raises `UploadError`."""
        names = checked_names([file.name for file in files])
        folder = self.of(job_id)
        try:
            folder.mkdir(parents=True)
            total = 0
            for name, file in zip(names, files, strict=True):
                total += _write(folder / name, file, MAX_BYTES - total)
        except OSError as error:
            self.drop(job_id)
            raise UploadError(
                f"The upload could not be kept ({error.strerror}). Free space in the data folder and send it again."
            ) from error
        except BaseException:
            self.drop(job_id)
            raise
        return names

    def drop(self, job_id: str) -> None:
        """Delete a job's files."""
        shutil.rmtree(self.of(job_id), ignore_errors=True)

    def drop_strangers(self, known: Sequence[str], *, younger_too: bool = True) -> None:
        """Delete folders of no known job: uploads that were cut off before anybody was told that they had arrived.

        Where another process may be receiving one just now, only those of more than an hour ago.
        """
        for folder in self._held():
            if folder.name not in known and (younger_too or time.time() - folder.stat().st_mtime > _HOUR_S):
                shutil.rmtree(folder, ignore_errors=True)

    def _held(self) -> Iterator[Path]:
        if self._folder.is_dir():
            yield from list(self._folder.iterdir())


def checked_names(names: Sequence[str]) -> list[str]:
    """Harmless names of uploaded files, in order; raises `UploadError` for none, too many, or two of one name."""
    if not names:
        raise UploadError("No file was sent. Send at least one, in form fields called `files`.")
    if len(names) > MAX_FILES:
        raise UploadTooLargeError(
            f"{len(names)} files were sent; {MAX_FILES} are the most at a time. Send them in parts."
        )
    safe = [safe_name(name) for name in names]
    seen: set[str] = set()
    for name in safe:
        if name.casefold() in seen:
            raise UploadError(f"Two files of this upload are called {name!r}. Rename one and send them again.")
        seen.add(name.casefold())
    if all(Path(name).suffix.lower() in BIBLIOGRAPHY_SUFFIXES for name in safe):
        raise UploadError("Only bibliography files were sent. Send them together with the documents they describe.")
    return safe


def safe_name(name: str) -> str:
    """The last part of a name, without what a file system or a terminal could take for something else."""
    last = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode()).replace("\\", "/").split("/")[-1]
    last = "".join(letter if letter.isprintable() and letter not in '<>:"|?*' else "_" for letter in last).strip(" .")
    stem, dot, suffix = last.rpartition(".")
    if not dot:
        stem, suffix = last, ""
    room = _MAX_NAME_BYTES - len(suffix.encode()) - 1
    stem = stem.encode()[: max(room, 1)].decode("utf-8", "ignore").strip(" .") or "document"
    suffix = suffix[:_MAX_NAME_BYTES] if suffix else ""
    whole = f"{stem}.{suffix}" if suffix else stem
    whole = f"_{whole}" if _RESERVED.match(whole) else whole
    return whole if len(whole.encode()) <= _MAX_NAME_BYTES else f"document{_known_suffix(whole)}"


def _known_suffix(name: str) -> str:
    suffix = Path(name).suffix.lower()
    return suffix if suffix in SUFFIXES or suffix in BIBLIOGRAPHY_SUFFIXES else ""


def _write(path: Path, file: Upload, room: int) -> int:
    size = 0
    with path.open("xb") as kept:
        while block := file.stream.read(_BLOCK):
            size += len(block)
            if size > MAX_FILE_BYTES:
                raise UploadTooLargeError(
                    f"{path.name!r} is larger than {MAX_FILE_BYTES // 1024 // 1024} MiB. Split it."
                )
            if size > room:
                raise UploadTooLargeError(
                    f"The upload is larger than {MAX_BYTES // 1024 // 1024} MiB. Send the files in parts."
                )
            kept.write(block)
        kept.flush()
        os.fsync(kept.fileno())
    return size

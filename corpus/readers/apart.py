"""Reading in a process of its own: whatever a PDF or DOCX holds, its time and memory are bounded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from corpus.readers.document import Block, Draft, ReadError

SECONDS = 180
MEMORY = 2 * 1024**3
OUT_OF_MEMORY = 3


def read_apart(file: Path, kind: str) -> Draft:
    """What the reader of `kind` finds in `file`; raises `ReadError`, after `SECONDS` at the latest."""
    command = [sys.executable, "-m", "corpus.readers", kind, os.path.abspath(file)]  # noqa: PTH100 - links stay
    # One thread is enough here, and every further one reserves memory.
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ReadError(
            f"{file.name!r} takes longer than {SECONDS} seconds to read. "
            "Split it, or save it anew with less in it, and try again."
        ) from error
    try:
        said = json.loads(done.stdout)
    except ValueError:
        said = {}
    if "draft" in said:
        return _draft(said["draft"])
    if "refused" in said:
        raise ReadError(f"{file.name!r} {said['refused']}")
    if done.returncode == OUT_OF_MEMORY:
        raise ReadError(
            f"{file.name!r} needs more than {MEMORY // 1024**3} GiB of memory to read. Split it and try again."
        )
    raise ReadError(
        f"{file.name!r} is damaged: reading it ended without a result. Open it, save or print it anew and try again."
    )


def _draft(said: dict[str, Any]) -> Draft:
    return Draft(**said | {"blocks": [Block(**block) for block in said["blocks"]]})

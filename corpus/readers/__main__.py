"""The process in which a PDF or DOCX is read: `python -m corpus.readers KIND FILE` writes what it finds as JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from corpus.readers.apart import MEMORY, OUT_OF_MEMORY, SECONDS
from corpus.readers.document import Refused


def main(kind: str, file: str) -> int:
    _bound()
    try:
        reader = import_module(f"corpus.readers.{kind}")
        said: dict[str, Any] = {"draft": asdict(reader.draft(Path(file)))}
    except Refused as refused:
        said = {"refused": str(refused)}
    except RecursionError:
        said = {"refused": "is nested too deeply to be read. Save it as plain text and try again."}
    except MemoryError:
        return OUT_OF_MEMORY
    # ASCII, so that no half of a letter can be in it.
    sys.stdout.write(json.dumps(said))
    return 0


def _bound() -> None:
    """Let the operating system end this process when it takes too much; Windows knows no such limits."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

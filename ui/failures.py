"""What the log is told of an unforeseen error: its kind and where it was met, not its words."""

from __future__ import annotations

import traceback
from pathlib import Path


def told(error: BaseException) -> str:
    """Kind and places, innermost last. An error's message is left out: it may repeat what a mentor asked."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    cause = error.__cause__ or error.__context__
    return f"{type(error).__name__} at {places}" + (f"; after {told(cause)}" if cause is not None else "")

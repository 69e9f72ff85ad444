"""Long lists in parts: the `cursor` of the next part names the last item of this one."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated

from fastapi import Query

from ui.api.kinds import RefusedError

MOST = 1000
Limit = Annotated[int, Query(ge=1, le=MOST, description="Most items to give at a time.")]
Cursor = Annotated[
    str | None, Query(max_length=2000, description="`next` of the part before; without it the list's beginning.")
]


def encoded(*key: str) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def decoded(cursor: str, parts: int) -> list[str]:
    """The key that a cursor names, of so many parts; refuses what is none of ours."""
    try:
        key = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        key = None
    if not isinstance(key, list) or len(key) != parts or not all(isinstance(part, str) for part in key):
        raise RefusedError(
            "unknown-cursor", "That cursor is not one of this list. Take `next` of an earlier part, or none."
        )
    return key

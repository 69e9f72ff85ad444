"""What every process must know of the index as a whole: kept in the catalog's database, compared before each answer."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import asdict, dataclass, field

import numpy as np
from sqlalchemy import Connection

from corpus.database import get_fact, set_fact
from retrieval.embedder import Vectors

_FACT = "index_state"


@dataclass(frozen=True, slots=True)
class State:
    """The index as the process that changed it last has left it."""

    made_for: str
    """The embedding model and the shape of what is stored."""
    collection: str | None = None
    """The collection on a Chroma server."""
    size: int = 0
    """Passages."""
    held: int = 0
    """Representations."""
    center: str = ""
    change: str = field(default_factory=lambda: secrets.token_hex(8))
    """Differs with every change."""

    @property
    def center_vector(self) -> Vectors:
        return np.frombuffer(base64.b64decode(self.center), np.float32)

    def store(self, connection: Connection) -> str:
        """Write it down; returns what `stored` gives from now on."""
        written = json.dumps(asdict(self))
        set_fact(connection, _FACT, written)
        return written


def stored(connection: Connection) -> str | None:
    """The state as it is written down: another text is another state."""
    return get_fact(connection, _FACT)


def read_state(written: str) -> State:
    return State(**json.loads(written))


def as_text(center: Vectors) -> str:
    return base64.b64encode(center.astype(np.float32).tobytes()).decode()

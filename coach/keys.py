"""Who may use a guarded service: keys with their scopes and the browsers that logged in with one, hashed at rest."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Column, DateTime, ForeignKey, Row, String, Table, Text, select

from coach.errors import KeyNameError, UnknownKeyError
from corpus.database import DERIVED, Database, metadata

LOGIN_DAYS = 30
_KEY = re.compile(r"mc_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_NAME_LENGTH = 80

keys = Table(
    "keys",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", Text, nullable=False),
    Column("hash", String, nullable=False),
    Column("scopes", String, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)
logins = Table(
    "logins",
    metadata,
    Column("hash", String, primary_key=True),
    Column("key_id", ForeignKey("keys.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    # Whoever has the key logs in again.
    info=DERIVED,
)


class Scope(StrEnum):
    """What a key is for."""

    ASK = "ask"
    """Ask, search and read, and keep conversations."""
    MANAGE = "manage"
    """Add and delete sources, and see inside."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key as a list shows it; the key itself is told once, when it is made."""

    id: str
    name: str
    scopes: frozenset[Scope]
    created_at: datetime

    @property
    def owner(self) -> str:
        """The owner of the conversations that are held with it."""
        return f"key:{self.id}"


class Keys:
    """The store of keys and logins.

    A plain SHA-256 is enough: what it hides has 256 random bits, so that nobody can try them all.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str, scopes: Collection[Scope]) -> tuple[Key, str]:
        """A new key and the text that its holder sends; raises `KeyNameError`."""
        name = " ".join(name.split())
        if not 0 < len(name) <= _NAME_LENGTH or not name.isprintable() or not scopes:
            raise KeyNameError(f"A key has a name of 1 to {_NAME_LENGTH} characters, so that you know whose it is.")
        key = Key(secrets.token_hex(6), name, frozenset(scopes), datetime.now(UTC))
        secret = secrets.token_urlsafe(32)
        values = {"id": key.id, "name": name, "hash": _hash(secret), "created_at": key.created_at}
        with self._database.write() as connection:
            connection.execute(keys.insert().values(scopes=" ".join(sorted(key.scopes)), **values))
        return key, f"mc_{key.id}_{secret}"

    def all(self) -> list[Key]:
        """Every key, the oldest first."""
        with self._database.read() as connection:
            return [_key(row) for row in connection.execute(select(keys).order_by(keys.c.created_at, keys.c.id))]

    def revoke(self, key_id: str) -> None:
        """Let nobody in with this key any more, nor with a login made with it; raises `UnknownKeyError`."""
        with self._database.write() as connection:
            if connection.execute(keys.delete().where(keys.c.id == key_id)).rowcount == 0:
                raise UnknownKeyError(f"There is no key {key_id!r}. `mentor-coach keys list` shows those there are.")

    def check(self, text: str) -> Key | None:
        """The key that `text` is; takes as long for a wrong one as for a right one."""
        key_id, secret = match.groups() if (match := _KEY.fullmatch(text)) else ("", text)
        with self._database.read() as connection:
            row = connection.execute(select(keys).where(keys.c.id == key_id)).first()
        # Compared with something in any case, so that time does not tell which ids exist.
        same = hmac.compare_digest(_hash(secret), row.hash if row is not None else _hash(""))
        return _key(row) if row is not None and same else None

    def log_in(self, key: Key) -> str:
        """A text that a browser sends in place of the key, for `LOGIN_DAYS` days."""
        token, now = secrets.token_urlsafe(32), datetime.now(UTC)
        values = {"hash": _hash(token), "key_id": key.id, "expires_at": now + timedelta(days=LOGIN_DAYS)}
        with self._database.write() as connection:
            connection.execute(logins.delete().where(logins.c.expires_at < now))
            connection.execute(logins.insert().values(**values))
        return token

    def logged_in(self, token: str) -> Key | None:
        """The key that a browser logged in with. What is looked up is a hash, so that time tells nothing of it."""
        query = select(keys).join(logins).where(logins.c.hash == _hash(token), logins.c.expires_at > datetime.now(UTC))
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else _key(row)

    def log_out(self, token: str) -> None:
        with self._database.write() as connection:
            connection.execute(logins.delete().where(logins.c.hash == _hash(token)))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _key(row: Row[tuple[object, ...]]) -> Key:
    at = row.created_at if row.created_at.tzinfo else row.created_at.replace(tzinfo=UTC)
    return Key(row.id, row.name, frozenset(map(Scope, row.scopes.split())), at)

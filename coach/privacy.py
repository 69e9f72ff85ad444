"""De-identification: the question as it may be kept and shown to a model, with placeholders for what is personal."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Column, Connection, ForeignKey, Integer, String, Table, select

from coach.errors import SettingsError
from coach.found import Found, PersonalKind
from coach.personal import Published, again, given_name, personal
from corpus.catalog import Catalog
from corpus.database import Database, metadata
from corpus.models import Source

_KEY_FILE = "privacy.key"
_KEY_BYTES = 32
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+")
_ENDING = re.compile(r"['’]s$", re.IGNORECASE)
_PLACEHOLDER = re.compile(rf"\[(?P<kind>{'|'.join(kind.value for kind in PersonalKind)}) \d+\]")
_GAP = re.compile(r" +(?=[,.;:!?])")
_RESEARCH = re.compile(
    r"\b(?:find|finds|found|stud(?:y|ies|ied)|papers?|articles?|research\w*|authors?|reports?|reported|measured?|wrote|journal|published|cite[ds]?|"
    r"theory|et al|argue[sd]?|conclude[sd]?|excerpt)\b|\b(?:19|20)\d\d\b",
    re.IGNORECASE,
)
_CITED = re.compile(r"^,?(?: et al\.?,?)? \(?(?:19|20)\d\d\b|^ et al\b")

placeholders = Table(
    "placeholders",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("number", Integer, nullable=False),
)
"""Which placeholder stands for what, so that a name has the same one in each turn. The name itself is not kept: only
its hash under a key that lies outside the database, different in each conversation."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What is remembered of something personal."""

    digest: str
    kind: PersonalKind
    number: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A question as it may be kept, and what is to be remembered with it."""

    text: str
    altered: bool
    new: tuple[Placeholder, ...] = ()


class Privacy:
    """Puts placeholders for what is personal. It stores nothing: `Kept.new` is stored together with the question."""

    def __init__(self, catalog: Catalog, key: bytes) -> None:
        self._database = catalog.database
        self._published = published_in(catalog)
        self._key = key

    def keep(self, text: str, conversation_id: str) -> Kept:
        """`text` with a placeholder for each personal thing; the same thing has the same one in all turns."""
        known = self._known(conversation_id)
        found = personal(text, self._published)
        if any(item.kind is PersonalKind.PERSON for item in known.values()):
            found = again(text, found, lambda word: self._digest(word, PersonalKind.PERSON, conversation_id) in known)
        if not found:
            return Kept(text, altered=False)
        pieces, new, end = [], dict[str, Placeholder](), 0
        for item in found:
            placeholder = self._placeholder(text[item.start : item.end], item, conversation_id, known | new)
            for digest in self._digests(text[item.start : item.end], item.kind, conversation_id):
                if digest not in known:
                    new.setdefault(digest, Placeholder(digest, item.kind, placeholder.number))
            pieces += [text[end : item.start], f"[{placeholder.kind.value} {placeholder.number}]"]
            end = item.end
        return Kept("".join([*pieces, text[end:]]), altered=True, new=tuple(new.values()))

    def _placeholder(
        self, written: str, item: Found, conversation_id: str, known: dict[str, Placeholder]
    ) -> Placeholder:
        """The one that this thing has already, else the next number of its kind."""
        whole, *parts = self._digests(written, item.kind, conversation_id)
        # Of a full name the given name tells who it is: families share the other.
        for digest in (whole, *(parts[:1] if len(parts) > 1 else parts)):
            if digest in known:
                return known[digest]
        number = 1 + max((held.number for held in known.values() if held.kind is item.kind), default=0)
        return Placeholder(whole, item.kind, number)

    def _digests(self, written: str, kind: PersonalKind, conversation_id: str) -> list[str]:
        """Of the whole, and of a person's each name."""
        names = [_ENDING.sub("", word) for word in _WORD.findall(written)] if kind is PersonalKind.PERSON else []
        texts = [" ".join(_WORD.findall(written)), *(name for name in names if len(name) > 1)]
        return list(dict.fromkeys(self._digest(text, kind, conversation_id) for text in texts))

    def _digest(self, text: str, kind: PersonalKind, conversation_id: str) -> str:
        said = "\0".join((conversation_id, kind.value, text.casefold().replace("’", "'")))
        return hmac.new(self._key, said.encode(), hashlib.sha256).hexdigest()

    def _known(self, conversation_id: str) -> dict[str, Placeholder]:
        query = select(placeholders).where(placeholders.c.conversation_id == conversation_id)
        with self._database.read() as connection:
            return {
                row.digest: Placeholder(row.digest, PersonalKind(row.kind), row.number)
                for row in connection.execute(query)
            }


def remember(connection: Connection, conversation_id: str, new: Iterable[Placeholder]) -> None:
    """Store placeholders in the transaction that stores their conversation's turn."""
    held = set(
        connection.execute(
            select(placeholders.c.digest).where(placeholders.c.conversation_id == conversation_id)
        ).scalars()
    )
    rows = [
        {"conversation_id": conversation_id, "digest": item.digest, "kind": item.kind.value, "number": item.number}
        for item in new
        if item.digest not in held
    ]
    if rows:
        connection.execute(placeholders.insert(), rows)


def kinds_kept(database: Database, conversation_id: str) -> dict[str, int]:
    """Kind → how many placeholders of it a conversation has: all that is remembered of what was personal."""
    query = select(placeholders.c.kind, placeholders.c.number).distinct()
    with database.read() as connection:
        rows = connection.execute(query.where(placeholders.c.conversation_id == conversation_id))
        found: dict[str, int] = {}
        for row in rows:
            found[row.kind] = found.get(row.kind, 0) + 1
        return found


def neutral(text: str) -> str:
    """A kept question as it is searched for: without placeholders, since whom it is about changes no answer."""
    bare = _GAP.sub("", " ".join(_PLACEHOLDER.sub("", text).split()))
    return bare if any(character.isalnum() for character in bare) else text


def open_key(home: Path) -> bytes:
    """The home's key, made at first use and readable to its owner only; raises `SettingsError`."""
    file = home / _KEY_FILE
    try:
        if not file.exists():
            # Several workers may begin at once.
            with FileLock(home / f"{_KEY_FILE}.lock"):
                if not file.exists():
                    made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                    with os.fdopen(made, "wb") as out:
                        out.write(secrets.token_bytes(_KEY_BYTES))
        key = file.read_bytes()
    except OSError as error:
        raise SettingsError(f"The key {str(file)!r} cannot be used ({error.strerror}). Make it readable.") from error
    if len(key) != _KEY_BYTES:
        raise SettingsError(
            f"The key {str(file)!r} is damaged. Delete it and start again; "
            "people in older conversations then get new numbers."
        )
    return key


def published_in(catalog: Catalog) -> Published:
    """Whether a name is that of one of the library's sources or authors, as the library is at that moment."""

    def published(name: str, text: str) -> bool:
        words = [_ENDING.sub("", word).casefold().replace("’", "'") for word in _WORD.findall(name)]
        words = [word for word in words if len(word) > 1]
        if not words:
            return False
        if _CITED.search(text[text.find(name) + len(name) :][:16]):
            return True
        if not given_name(words[-1]) and any(words[-1] in _folded(credit) for credit in catalog.credits(words[-1])):
            return True
        return any(_is_of(words, source, text) for source in catalog.called(words[-1]))

    return published


def _is_of(words: list[str], source: Source, text: str) -> bool:
    """A given name alone is nobody's; a family name that is a given name as well only where research is spoken of."""
    if source.title.casefold() in text.casefold():
        return set(words) <= set(_folded(source.title))
    told = f" {' '.join(_folded(text))} "
    for author in source.authors:
        if f" {' '.join(_folded(author))} " in told and set(words) <= set(_folded(author)):
            return True
    sure = len(words) > 1 or not given_name(words[0]) or bool(_RESEARCH.search(text))
    for author in source.authors:
        named = _folded(author)
        if named and set(words) <= set(named) and (named[-1] in words or len(named) > 4):
            return sure
    return sure and set(words) <= set(_folded(source.title))


def _folded(text: str) -> list[str]:
    return [_ENDING.sub("", word).casefold().replace("’", "'") for word in _WORD.findall(text)]

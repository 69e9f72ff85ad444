"""The YAML block at the head of a Markdown file, as data about the document."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

_BLOCK = re.compile(r"\A---[ \t]*\n(.{0,65536}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_LOOKS_LIKE_ONE = re.compile(r"\A\s*[\w-]+[ \t]*:(?:\s|\Z)")
_NAMES = {
    "author": "authors",
    "journal": "venue",
    "container-title": "venue",
    "publication": "venue",
    "date": "year",
    "published": "year",
    "issued": "year",
    "tags": "keywords",
    "link": "url",
    "study-kind": "study_kind",
    "study kind": "study_kind",
}


class _Loader(yaml.SafeLoader):
    """Safe loading without aliases, which a few lines can unfold into millions of values."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("an alias")
        return super().compose_node(parent, index)


def part(text: str) -> tuple[dict[str, str] | None, str]:
    """What the front matter of `text` says and the text after it.

    An empty mapping when there is no front matter; nothing when there is one that is no valid YAML.
    """
    if (match := _BLOCK.match(text)) is None:
        return {}, text
    try:
        held = yaml.load(match.group(1), Loader=_Loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return (None, text[match.end() :]) if _LOOKS_LIKE_ONE.match(match.group(1)) else ({}, text)
    if not isinstance(held, Mapping):
        return {}, text
    return _said(held), text[match.end() :]


def _said(held: Mapping[Any, Any]) -> dict[str, str]:
    metadata: dict[str, str] = {}
    for key, value in held.items():
        name = str(key).strip().lower()
        name = _NAMES.get(name, name)
        said = _value(value, "; ")
        if name == "year" and (year := re.search(r"\b(?:1[5-9]|20)\d\d\b", said)):
            said = year.group()
        if said and name not in metadata:
            metadata[name] = said
    return metadata | {"origin": "front matter"} if metadata else {}


def _value(value: Any, between: str) -> str:
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    if isinstance(value, Mapping):
        named = value.get("name") or value.get("literal")
        given, family = value.get("given"), value.get("family")
        return str(named or " ".join(str(name) for name in (given, family) if name))
    if isinstance(value, list):
        return between.join(filter(None, (_value(item, " ") for item in value)))
    return str(value)

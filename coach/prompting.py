"""The prompts, read from `coach/prompts`, and how much of a turn fits into the model's window."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Sequence
from functools import cache
from importlib import resources
from string import Template
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

_REASONS = re.compile(r"<!--.*?-->\s*", re.DOTALL)
# What a chat template adds around the messages.
_OVERHEAD = 64


@cache
def prompt(name: str) -> str:
    """The text of `coach/prompts/<name>.md` without the reasons that stand in its comments."""
    text = resources.files("coach").joinpath("prompts", f"{name}.md").read_text("utf-8")
    return _REASONS.sub("", text).strip()


def messages(instructions: str, data: Sequence[Any]) -> list[BaseMessage]:
    """Instructions, then `data` as one JSON value a line between markers that nobody can have known before.

    The last line of the instructions is said again after the data: small models have forgotten it by then.
    """
    marker = secrets.token_hex(4)
    # `<|` opens the control words of many chat templates, which some servers honour wherever they stand.
    lines = "\n".join(json.dumps(value, ensure_ascii=False).replace("<|", "< |") for value in data)
    return [
        SystemMessage(f"{instructions}\n\n{Template(prompt('data')).substitute(marker=marker)}"),
        HumanMessage(f"<<<{marker}\n{lines}\n{marker}>>>\n\n{instructions.splitlines()[-1]}"),
    ]


def tokens(text: str) -> int:
    """At most this many tokens, by experience: three bytes a token is less than any usual vocabulary needs."""
    return len(text.encode("utf-8", "replace")) // 3 + 1


def room(window: int, max_tokens: int, instructions: str) -> int:
    """Tokens that are left for data beside the instructions and what the model writes."""
    return window - min(max_tokens, window // 3) - tokens(instructions + prompt("data")) - _OVERHEAD


def fitting(values: Sequence[Any], budget: int) -> int:
    """How many of the first `values` fit into `budget` tokens, each whole."""
    for count, value in enumerate(values):
        budget -= tokens(json.dumps(value, ensure_ascii=False)) + 1
        if budget < 0:
            return count
    return len(values)

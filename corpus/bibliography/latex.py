"""LaTeX in bibliographies: read into plain Unicode, and plain Unicode written so that LaTeX prints it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bibtexparser.library import Library
from bibtexparser.middlewares import LatexDecodingMiddleware
from bibtexparser.model import Entry, Field

_DECODER = LatexDecodingMiddleware(keep_math_mode=False)
# What the decoder does not know, or takes for something else, goes past it in the private use area.
_PAST = {
    **{r"\textbraceleft": "{", r"\textbraceright": "}", r"\textasciicircum": "^", r"\textasciitilde": "~"},
    **{r"\textgreater": ">", r"\textless": "<", r"\textquotesingle": "'", r"\textbackslash": "\\"},
    **{r"\{": "{", r"\}": "}", r"\$": "$", r"\&": "&", r"\%": "%", r"\#": "#", r"\_": "_"},
}
_PAST_PATTERN = re.compile(
    r"\\(?:textbraceleft|textbraceright|textasciicircum|textasciitilde|textgreater|textless|textquotesingle"
    r"|textbackslash)(?:\{\}|(?![A-Za-z])\s*)|\\[{}$&%#_]|[&%#]"
)
_PRIVATE = {text: chr(0xE000 + number) for number, text in enumerate(sorted(set(_PAST.values())))}
_PUBLIC = str.maketrans({private: text for text, private in _PRIVATE.items()})
_MATH = re.compile(r"(?<!\\)\$(?=[^$]*(?:[\\^_]|^.\$|[a-zA-Z]\$))([^$\n]{1,200}?)(?<!\\)\$")
_SPECIAL = re.compile(r"[\\{}$~&%#`'?!]|--")
_WRITTEN = {
    **{"\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "~": r"\textasciitilde{}"},
    **{"^": r"\textasciicircum{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_"},
}
_LIGATURE = re.compile(r"(-(?=-)|'(?=')|`(?=`)|[?!](?=`))")
_CAPITALS = re.compile(r"(?<![\\{\w])[^\W_]*[A-Z][^\W_]*[A-Z][^\W_]*(?![\w}])")


def decode(texts: Sequence[str]) -> list[str]:
    """Plain Unicode for LaTeX; what was never escaped, as in "R&D" or "50%", stays as it is."""
    entry = Entry(
        "misc", "x", [Field(str(number), _guarded(text)) for number, text in enumerate(texts) if _bears(text)]
    )
    _DECODER.transform_entry(entry, Library())
    read = {field.key: str(field.value).translate(_PUBLIC) for field in entry.fields}
    return [read.get(str(number), text) for number, text in enumerate(texts)]


def encode(text: str) -> str:
    """LaTeX that any BibTeX reader balances; letters beyond ASCII stay as they are."""
    return "".join(_WRITTEN.get(letter, letter) for letter in _LIGATURE.sub(r"\1" + "\ue0ff", text)).replace(
        "\ue0ff", "{}"
    )


def encode_title(text: str) -> str:
    """Like `encode`, and abbreviations keep their capitals in any style."""
    return _CAPITALS.sub(r"{\g<0>}", encode(text))


def _bears(text: str) -> bool:
    return _SPECIAL.search(text) is not None


def _guarded(text: str) -> str:
    text = "".join(" " if "\ue000" <= letter <= "\uf8ff" else letter for letter in text)
    parts = _MATH.split(text)
    # Every second part is mathematics; a dollar sign outside it is money.
    return "".join(
        f"${part}$" if number % 2 else _PAST_PATTERN.sub(_past, part).replace("$", _PRIVATE["$"])
        for number, part in enumerate(parts)
    )


def _past(match: re.Match[str]) -> str:
    said = match.group()
    command = re.sub(r"(?:\{\})?\s*$", "", said) if said.startswith(r"\text") else said
    return _PRIVATE[_PAST.get(command, said)]

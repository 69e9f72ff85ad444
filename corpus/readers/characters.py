"""Characters that are no text: what is dropped, what is unfolded, and what was written so that nobody sees it."""

from __future__ import annotations

import re
import unicodedata

# Zero-width and bidirectional controls, fillers, variation selectors, private use and what is no character at all.
_DROPPED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\ue000-\uf8ff"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]+"
)
# Joiners mean something between the letters of some scripts, and nothing elsewhere.
_JOINERS = re.compile("[\u200c\u200d]+")
_JOINING = re.compile("[\u0590-\u109f\u1780-\u18af\ua800-\uabff\U0001f000-\U0001faff]")
_TAGS = re.compile("[\U000e0020-\U000e007e]+")
# Ligatures, Arabic and Hebrew presentation forms, mathematical letters: ways of printing ordinary letters.
_FORMS = re.compile("[\ufb00-\ufb4f\ufb50-\ufdff\ufe70-\ufefc\U0001d400-\U0001d7ff]")
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def clean(text: str) -> str:
    """`text` with nothing in it that has no meaning or no place in text; line ends are `\\n`."""
    text = _DROPPED.sub("", _BREAKS.sub("\n", text))
    if _JOINERS.search(text):
        text = _JOINERS.sub(lambda match: _joined(text, match), text)
    return text


def one_line(text: str) -> str:
    """`text` cleaned, every stretch of white space one blank."""
    return " ".join(clean(text).split())


def unfolded(text: str) -> str:
    """`text` in ordinary letters: ligatures and other forms of print taken apart, accents on their letters (NFC)."""
    if _FORMS.search(text):
        text = _FORMS.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    return unicodedata.normalize("NFC", text)


def written_unseen(text: str) -> str:
    """What is written in `text` with the invisible copies of the ASCII letters (U+E0020…), as plain letters."""
    # A flag of a region is two to six such letters after a black flag.
    found = (match.group() for match in _TAGS.finditer(text) if len(match.group()) > 6)
    return " ".join("".join(chr(ord(letter) - 0xE0000) for letter in letters) for letters in found)


def _joined(text: str, match: re.Match[str]) -> str:
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    return match.group()[0] if _JOINING.match(before) and _JOINING.match(after) else ""

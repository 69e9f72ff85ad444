"""How text becomes words to match on: tokens, stems and stop words, the same for passages and queries."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache
from importlib import resources

import snowballstemmer

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "`": "'"})
_POSSESSIVE = re.compile(r"'s$|'$")

STOP_WORDS = frozenset(resources.files("retrieval").joinpath("stop_words.txt").read_text("utf-8").split())
"""Words that carry no meaning of their own in a question."""

_stemmer = snowballstemmer.stemmer("english")
# It keeps the word that it works on: two threads at once would get each other's stems, and the cache would keep them.
_stemming = threading.Lock()


def tokens(text: str) -> list[str]:
    """Lower-case words of `text` in order, accents folded, possessive endings dropped."""
    plain = text.translate(_APOSTROPHES).lower()
    if not plain.isascii():
        plain = "".join(part for part in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(part))
    return [_POSSESSIVE.sub("", word) if "'" in word else word for word in _WORD.findall(plain)]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The word's stem, by the Snowball English algorithm (Porter 2)."""
    with _stemming:
        return str(_stemmer.stemWord(word)).replace("'", "")


def stems(text: str) -> list[str]:
    """Stems of all words of `text`, stop words included."""
    return [stem(word) for word in tokens(text)]


def content_stems(text: str) -> list[str]:
    """Stems of the words of `text` that carry meaning, in order of first use, each once."""
    return list(dict.fromkeys(stem(word) for word in tokens(text) if word not in STOP_WORDS))


@lru_cache(maxsize=5000)
def library_stems(text: str) -> frozenset[str]:
    """The same for a statement or a question of the library, of which answers are made again and again.

    Never for what somebody asked: it is held in memory.
    """
    return frozenset(content_stems(text))

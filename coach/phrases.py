"""The gate's first layer: a message as people type it → plain sentences, and phrases that are found in them.

Phrases are data; `safety.yaml` explains their grammar.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from coach.responses import PACKAGED, SafetyFile, SafetyFileError

_INVISIBLE = dict.fromkeys((173, 8203, 8204, 8205, 8288, 65279))
_QUOTES = str.maketrans("‘’ʼ`´′", "''''''")
_LETTERS = str.maketrans("013457@$", "oieastas")
_LEET = re.compile(r"(?<=[a-z])[013457@$]+(?=[a-z])")
_SPELLED_OUT = re.compile(r"\b(?:\w[ ._*-]){3,}\w\b")
_SENTENCE_END = re.compile(r"(?<!\.)[.!?;](?!\.)")
_WORD = re.compile(r"[a-z0-9'*@$]+")
_DRAWN_OUT = re.compile(r"(.)\1{2,}")
_CONTRACTIONS = {"can't": "can not", "won't": "will not", "n't": " not", "'m": " am", "'re": " are", "'ve": " have"}
_CONTRACTIONS |= {"'ll": " will", "'d": " would", "'s": " is"}


class Phrases:
    """Phrases of several kinds, found by their first word; at one place the earlier phrase wins."""

    def __init__(self, groups: dict[str, list[str]], phrases: dict[str, list[str]]) -> None:
        self._groups = groups
        rests: dict[str, list[tuple[str, str]]] = {}
        for field, lines in phrases.items():
            for first, *others in map(str.split, lines):
                rest = "".join(map(self._slot, others))
                for word in self._words(first):
                    rests.setdefault(word, []).append((field, rest))
        self._fields = {word: [field for field, _ in found] for word, found in rests.items()}
        self._rests = {word: "|".join(f"({rest})" for _, rest in found) for word, found in rests.items()}
        # Compiled where a message has the word: all of them at once would be two seconds of every start.
        self._compiled: dict[str, re.Pattern[str]] = {}

    def find(self, sentence: str) -> Iterator[tuple[str, int, int]]:
        """The field, start and end of every phrase in `sentence` (plain words, each ended by a space)."""
        start = 0
        for word in sentence.split(" "):
            after = start + len(word) + 1
            if (rests := self._after(word)) and (match := rests.match(sentence, after)):
                yield self._fields[word][(match.lastindex or 1) - 1], start, match.end()
            start = after

    def blank(self, sentence: str) -> str:
        """`sentence` with a dash for every letter of its phrases."""
        for _, start, end in self.find(sentence):
            sentence = sentence[:start] + re.sub("[^ ]", "-", sentence[start:end]) + sentence[end:]
        return sentence

    def _after(self, word: str) -> re.Pattern[str] | None:
        """What may follow `word` in a phrase that begins with it."""
        if word in self._rests and word not in self._compiled:
            self._compiled[word] = re.compile(self._rests[word])
        return self._compiled.get(word)

    def _slot(self, slot: str) -> str:
        if slot in {"~", "~~"}:
            return f"(?:[^ ]+ ){{0,{3 * len(slot)}}}?"
        words = (re.escape(word).replace(r"\*", "[^ ]*") + " " for word in self._words(slot.removesuffix("?")))
        options = "|".join(r"\Z" if word == r"\$ " else word for word in words)
        return f"(?:{options})" + ("?" if slot.endswith("?") else "")

    def _words(self, slot: str) -> Iterator[str]:
        for word in slot.split("|"):
            if not word.startswith("<"):
                yield word
            elif (name := word.strip("<>")) in self._groups:
                yield from self._groups[name]
            else:
                raise SafetyFileError(f"{PACKAGED}: {slot!r} uses the group {name!r}, which is not under `words`.")


class Reader:
    """A message as people type it → sentences of plain words, each word ended by a space."""

    def __init__(self, data: SafetyFile) -> None:
        spots = [(word, at) for word in data.slips for at in range(1, len(word) - 1)]
        missing = {word[:at] + word[at + 1 :]: word for word, at in spots}
        swapped = {word[:at] + word[at + 1] + word[at] + word[at + 2 :]: word for word, at in spots}
        self._spellings = missing | swapped | dict(zip(data.slips, data.slips, strict=True)) | data.spellings
        self._known = set(re.findall("[a-z]+", data.model_dump_json()))

    def disguised(self, text: str) -> bool:
        """Whether its spelling is unlike what an embedding model has read."""
        plain = unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).casefold()
        return (
            plain != text.casefold()
            or any(pattern.search(plain) for pattern in (_SPELLED_OUT, _LEET, _DRAWN_OUT))
            or any(self._spellings.get(word, word) != word for word in _WORD.findall(plain) if "'" not in word)
        )

    def plain(self, text: str) -> str:
        """`text` in plain words."""
        return " ".join("".join(self.read(text)).split())

    def read(self, text: str) -> Iterator[str]:
        text = unicodedata.normalize("NFKC", text.translate(_INVISIBLE).translate(_QUOTES)).casefold()
        text = _SPELLED_OUT.sub(lambda found: re.sub(r"[\W_]", "", found[0]), text)
        for part in _SENTENCE_END.split(text):
            if words := _WORD.findall(part):
                yield "".join(f"{self._plain(word)} " for word in words)

    def _plain(self, word: str) -> str:
        if not word.isalpha() and word not in self._spellings:
            word = _LEET.sub(lambda found: found[0].translate(_LETTERS), word.strip("'*"))
            for ending, meaning in _CONTRACTIONS.items():
                word = word.replace(ending, meaning)
        if _DRAWN_OUT.search(word):
            once = _DRAWN_OUT.sub(r"\1", word)
            word = once if once in self._known else _DRAWN_OUT.sub(r"\1\1", word)
        return self._spellings.get(word, word)

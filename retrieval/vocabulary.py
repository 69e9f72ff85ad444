"""Everyday words → the field's terms: a controlled vocabulary in the manner of a thesaurus (ISO 25964's relations)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from retrieval.models import RetrievalError
from retrieval.words import stem, stems, tokens

_PRONOUNS = frozenset(
    stem(word)
    for words in (
        ("i", "me", "my", "mine", "myself", "we", "us", "our", "ours", "ourselves"),
        ("you", "your", "yours", "yourself", "yourselves"),
        ("he", "him", "his", "himself", "she", "her", "hers", "herself"),
        ("they", "them", "their", "theirs", "themselves"),
    )
    for word in words
)


class VocabularyError(RetrievalError):
    """The vocabulary file contradicts itself; the message names the file, the line and the entry."""


@dataclass(frozen=True, slots=True)
class Term:
    """One concept of the field, the words of research for it, and its neighbours."""

    id: str
    label: str
    forms: tuple[str, ...]
    broader: tuple[str, ...]
    related: tuple[str, ...]
    entry: tuple[str, ...]
    """What mentors say for it."""

    @property
    def token(self) -> str:
        """The term as one index word."""
        return "xx" + self.id.replace("-", "")

    @property
    def said(self) -> str:
        """The index word of a passage that says the term itself, rather than answering a question that does."""
        return "xy" + self.id.replace("-", "")


class _Term(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    label: str
    forms: list[str] = []
    broader: list[str] = []
    related: list[str] = []
    entry: list[str] = []


class Vocabulary:
    """Terms by id, and the terms that a text speaks of."""

    def __init__(self, terms: list[Term]) -> None:
        self.terms = {term.id: term for term in terms}
        self.fingerprint = hashlib.sha256(repr(terms).encode()).hexdigest()
        self._names: dict[tuple[str, ...], str] = {}
        self._phrases: dict[tuple[str, ...], str] = {}
        # By a phrase's first word, how long phrases are that begin so: few words of a text begin any.
        self._lengths: dict[str, set[int]] = {}
        for term in terms:
            for phrase in (term.label, *term.forms):
                self._names.setdefault(_words(phrase), term.id)
            for phrase in (term.label, *term.forms, *term.entry):
                key = _words(phrase)
                if key:
                    self._phrases.setdefault(key, term.id)
                    self._lengths.setdefault(key[0], set()).add(len(key))

    @property
    def words(self) -> frozenset[str]:
        """Every word of its phrases, in lower case."""
        phrases = (phrase for term in self.terms.values() for phrase in (term.label, *term.forms, *term.entry))
        return frozenset(word for phrase in phrases for word in tokens(phrase))

    @classmethod
    def load(cls, file: Path | None = None) -> Vocabulary:
        """The packaged vocabulary, or the one in `file`; raises `VocabularyError`."""
        if file is not None:
            try:
                return cls(_read(file.read_text("utf-8"), str(file)))
            except (OSError, UnicodeDecodeError) as error:
                raise VocabularyError(f"The vocabulary {str(file)!r} cannot be read: {error}") from error
        return cls(
            _read(resources.files("retrieval").joinpath("vocabulary.yaml").read_text("utf-8"), "vocabulary.yaml")
        )

    def match(self, text: str) -> list[str]:
        """Ids of the terms whose label, forms or entry words stand in `text`, longest phrases first, each once.

        Words are compared by stem and must stand side by side; a word belongs to the longest phrase that holds it.
        """
        return self._match(text, self._phrases)

    def named(self, text: str) -> list[str]:
        """The same for labels and forms alone: what `text` calls by the words of research."""
        return self._match(text, self._names)

    def _match(self, text: str, phrases: dict[tuple[str, ...], str]) -> list[str]:
        words = _words(text)
        taken = [False] * len(words)
        found: list[str] = []
        places = (
            (length, start)
            for start, word in enumerate(words)
            for length in self._lengths.get(word, ())
            if start + length <= len(words)
        )
        for length, start in sorted(places, key=lambda place: (-place[0], place[1])):
            term = phrases.get(words[start : start + length])
            if term is not None and not any(taken[start : start + length]):
                taken[start : start + length] = [True] * length
                found.append(term)
        return list(dict.fromkeys(found))

    def broader(self, ids: list[str]) -> list[str]:
        """The broader terms of `ids`, one step up, without `ids` themselves."""
        return [up for up in dict.fromkeys(up for name in ids for up in self.terms[name].broader) if up not in ids]


def _words(text: str) -> tuple[str, ...]:
    """Stems with every personal pronoun as one word: whose doubt it is does not change what it is called."""
    return tuple("_" if word in _PRONOUNS else word for word in stems(text))


def _read(text: str, name: str) -> list[Term]:
    try:
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        parsed = [_Term.model_validate(item) for item in data["terms"]]
    except ValidationError as error:
        wrong = error.errors()[0]
        field = str(wrong["loc"][0]) if wrong["loc"] else "terms"
        raise VocabularyError(f"{name}, line {_line(text, f'{field}:')}: {field}: {wrong['msg']}.") from error
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise VocabularyError(f"The vocabulary {name!r} cannot be read: {error}") from error
    ids: dict[str, _Term] = {}
    seen: dict[tuple[str, ...], str] = {}
    for term in parsed:
        if term.id in ids:
            raise VocabularyError(
                f"{name}, line {_line(text, f'id: {term.id}', last=True)}: the term {term.id!r} stands twice."
            )
        ids[term.id] = term
        entries = [_plain(phrase) for phrase in term.entry]
        if repeated := next((phrase for phrase in entries if entries.count(phrase) > 1), None):
            line = _line(text, repeated, last=True)
            raise VocabularyError(f"{name}, line {line}: the words {repeated!r} stand twice for {term.id!r}; keep one.")
        for phrase in (term.label, *term.forms, *term.entry):
            other = seen.setdefault(_words(phrase), term.id)
            if other != term.id:
                line = _line(text, _plain(phrase), last=True)
                raise VocabularyError(
                    f"{name}, line {line}: the words {_plain(phrase)!r} of {term.id!r} already lead to {other!r}; "
                    "keep one."
                )
    for term in parsed:
        for other in (*term.broader, *term.related):
            if other not in ids:
                raise VocabularyError(
                    f"{name}, line {_line(text, f'id: {term.id}')}: the term {term.id!r} names {other!r}, "
                    "which does not exist."
                )
    _refuse_cycles(ids, text, name)
    return [
        Term(term.id, term.label, tuple(term.forms), tuple(term.broader), tuple(term.related), tuple(term.entry))
        for term in parsed
    ]


def _refuse_cycles(ids: dict[str, _Term], text: str, name: str) -> None:
    done: set[str] = set()

    def climb(term: str, path: tuple[str, ...]) -> None:
        if term in path:
            cycle = " → ".join((*path[path.index(term) :], term))
            raise VocabularyError(
                f"{name}, line {_line(text, f'id: {term}')}: the broader terms run in a circle: {cycle}."
            )
        if term not in done:
            for up in ids[term].broader:
                climb(up, (*path, term))
            done.add(term)

    for term in ids:
        climb(term, ())


def _plain(phrase: str) -> str:
    return " ".join(phrase.lower().replace("’", "'").split())


def _line(text: str, part: str, *, last: bool = False) -> int:
    """The number of the first (or last) line that holds `part` as a whole item; 1 when none does."""
    whole = re.compile(rf"(?<![\w-]){re.escape(part)}(?![\w-]| \w)")
    numbers = [number for number, line in enumerate(text.splitlines(), start=1) if whole.search(_plain(line))]
    return (numbers[-1] if last else numbers[0]) if numbers else 1

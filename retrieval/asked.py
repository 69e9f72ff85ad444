"""A query as words: what is searched, what each word weighs, which terms of the field it speaks of and asks about."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from retrieval.index import Index
from retrieval.lexical import LexicalEntry
from retrieval.words import content_stems

_MOST_RANKED = 3000
# A term that a larger share of the passages is about is part of the whole library's subject.
_COMMON = 0.25
_COMPARES = re.compile(
    r"\b(?:difference between|versus|vs|compared? (?:to|with)|rather than|instead of"
    r"|(?:better|worse|more|less) .{0,60}\bthan)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.?!])\s+")


@dataclass(frozen=True, slots=True)
class Words:
    """A query as words: what is searched, what each word weighs, which terms it speaks of."""

    searched: tuple[str, ...]
    weights: dict[str, float]
    concepts: dict[str, float]
    telling: frozenset[str]
    """Tokens of the terms that some passages are about, and not so many that they tell nothing."""
    unheard: tuple[str, ...]
    """Ids of the terms that no passage speaks of."""
    asks_unheard: bool
    """Whether the sentence that asks speaks of one of them."""
    compares: bool
    """Whether it sets one thing against another: half of that is no answer."""

    def silent(self, best: LexicalEntry) -> bool:
        """Whether what is asked is about an unheard term and the best hit about nothing else of the query."""
        return self.asks_unheard and (self.compares or self.telling.isdisjoint(best.concepts.split()))

    def share_in(self, entry: LexicalEntry) -> float:
        held = entry.words()
        total = sum(self.weights.values())
        return sum(weight for word, weight in self.weights.items() if word in held) / total if total else 0.0

    def concepts_in(self, entry: LexicalEntry) -> float:
        held = set(entry.concepts.split())
        return sum(weight for token, weight in self.concepts.items() if token in held)


def words_of(query: str, index: Index, *, concepts: bool) -> Words:
    """What `query` says in the words of the library in `index`; without `concepts`, it speaks of no term."""
    vocabulary = index.vocabulary
    words = content_stems(query)
    terms = vocabulary.match(query) if concepts else []
    tokens = [vocabulary.terms[term].token for term in terms]
    # What mentors say for a term may be said by the way; who calls it by its name means it.
    named = [term for term in vocabulary.named(query) if term in terms]
    said = [vocabulary.terms[term].said for term in named]
    size = index.size
    with index.catalog.database.read() as connection:
        counts = index.lexical.frequencies(connection, [*words, *tokens, *said])
    unheard = tuple(
        term
        for term, token in zip(terms, tokens, strict=True)
        if not counts[token] or (term in named and not counts[vocabulary.terms[term].said])
    )
    asked = set(vocabulary.match(_asking(query)))
    return Words(
        searched=_affordable({word: counts[word] for word in words if counts[word]}),
        weights={word: _idf(size, counts[word]) for word in words},
        concepts={token: _idf(size, counts[token]) / _idf(size, 0) for token in tokens},
        telling=frozenset(
            token
            for term, token in zip(terms, tokens, strict=True)
            if term not in unheard and counts[token] <= _COMMON * size
        ),
        unheard=unheard,
        asks_unheard=not asked.isdisjoint(unheard),
        compares=bool(_COMPARES.search(query)),
    )


def _asking(query: str) -> str:
    """The sentences of a query that ask; one sentence asks, with a question mark or without."""
    sentences = _SENTENCE.split(query.strip())
    return " ".join(sentence for sentence in sentences if sentence.endswith("?") or len(sentences) == 1)


def _affordable(counts: dict[str, int]) -> tuple[str, ...]:
    """The rarest words whose passages together are few enough to rank; common words say little and cost the most."""
    searched: list[str] = []
    total = 0
    for word in sorted(counts, key=lambda word: counts[word]):
        total += counts[word]
        if searched and total > _MOST_RANKED:
            break
        searched.append(word)
    return tuple(searched)


def _idf(size: int, count: int) -> float:
    """Inverse document frequency as BM25 has it (Robertson and Zaragoza 2009)."""
    return math.log(1 + (size - count + 0.5) / (count + 0.5))

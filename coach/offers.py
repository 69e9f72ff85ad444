"""What an answer offers beside its claims: a suggestion for the next conversation, and questions to ask next."""

from __future__ import annotations

import re
from collections.abc import Sequence

from coach.answers import Answer, Guidance
from coach.chain import Evidence
from coach.guidance import Suggestions
from coach.profile import Profile
from coach.verify import Statement
from retrieval.index import Index
from retrieval.words import content_stems, library_stems

_FOLLOW_UPS = 3
_FOLLOW_UP_CANDIDATES = 24
# Questions that share this much of their words ask the same.
_SAME = 0.6
# A stored question about somebody's own mentee is a key for searching, not one to offer to others.
_PERSONAL = re.compile(
    r"\b(?:i|i'm|i've|i'd|me|my|mine|we|we're|us|our|he|him|his|she|she's|her|hers|you|your)\b", re.IGNORECASE
)


class Offers:
    """Chooses from what is written; a conversation is not offered the same thing twice."""

    def __init__(self, index: Index, suggestions: Suggestions) -> None:
        self._index = index
        self._suggestions = suggestions

    def guidance(
        self,
        query: str,
        history: Sequence[Answer],
        statements: Sequence[Statement] = (),
        profile: Profile | None = None,
    ) -> list[Guidance]:
        asked = self._index.vocabulary.match(query)
        found = [topic for statement in statements[:2] for topic in statement.topics]
        topics = list(dict.fromkeys([*asked, *found]))
        return self._suggestions.choose(topics, used_guidance(history), profile=profile)

    def follow_ups(self, evidence: Evidence, history: Sequence[Answer], question: str) -> list[str]:
        """The nearest questions that the library is known to answer and that this conversation has not asked.

        One a passage; those of passages already cited come last. Where nothing is covered, the nearest ones to that.
        """
        asked = [set(content_stems(text)) for text in (question, *(answer.question for answer in history))]
        parts = evidence.retrieved.covered or evidence.retrieved.parts
        names = [name for part in parts for name in part.retrieval.questions]
        cited = {statement.passage.id for statement, _ in evidence.verified}
        chosen: dict[str, str] = {}
        for passage_id, text in self._index.store.questions(names[:_FOLLOW_UP_CANDIDATES]):
            words = library_stems(text)
            new = all(len(words & other) < _SAME * len(words | other) for other in asked)
            if passage_id not in chosen and new and text.endswith("?") and not _PERSONAL.search(text):
                chosen[passage_id] = text
        return [chosen[name] for name in sorted(chosen, key=lambda name: name in cited)][:_FOLLOW_UPS]


def used_guidance(history: Sequence[Answer]) -> set[str]:
    """The suggestions that a conversation has already shown."""
    return {suggestion.text for answer in history for suggestion in answer.guidance}

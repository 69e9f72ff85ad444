"""A model's own sentence: it passes only with a quote of this turn that the guards and the verifier accept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from coach.align import locate
from coach.answers import Support, Verdict
from coach.entailment import Entailment
from coach.errors import ModelError
from coach.guards import check
from coach.lexicon import Lexicon
from coach.patience import Deadline
from coach.verify import MIN_QUOTE, Refusal, Statement
from corpus.models import Passage, Span
from corpus.passages import sentences

_LONGEST = 400
_MOST_SENTENCES = 3
_MARKUP = re.compile(
    r"[\[\]<>{}|`*_#\\~]|&#?\w+;|://|https?:|www\.|\bdoi\b|\S@\S|\b[\w-]{2,}\.[a-z]{2,}", re.IGNORECASE
)
# Letters that decompose into no Latin letter and yet belong to European names.
_LETTERS = frozenset("ßæœøłðþđÆŒØŁÐÞĐ")
# Symbols could turn a sentence round (a warning sign); format characters could hide a "not" or write it backwards.
_NO_TEXT = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "So", "Sk", "Me"))


@dataclass(frozen=True, slots=True)
class Paraphrase:
    """What a model wrote about a statement that it was shown: its sentence, and the quote that it names for it."""

    text: str
    quote: str
    statement: Statement


@dataclass(frozen=True, slots=True)
class ParaphraseCheck:
    """Checks paraphrases by the guards and, where one is configured, by an entailment verifier.

    Without a verifier a paraphrase is at most `checked`, which an owner opts into (MENTOR_COACH_PARAPHRASE=checked).
    """

    lexicon: Lexicon
    entailment: Entailment | None = None

    def __call__(
        self, paraphrase: Paraphrase, hits: Mapping[str, Passage], deadline: Deadline
    ) -> tuple[Span, Support] | Refusal:
        """The span that the sentence stands on (whole sentences of the passage) with the verdict, or why not.

        An entailment verifier that fails, or has not answered by `deadline`, has not accepted it.
        """
        statement, text = paraphrase.statement, paraphrase.text
        passage = hits.get(statement.passage.id)
        if passage is None or passage != statement.passage:
            return Refusal("passage is no hit of this turn")
        if passage.source_id != statement.source.id:
            return Refusal("source is not the passage's")
        if refused := unfit(text):
            return refused
        found = locate(paraphrase.quote, passage.text)
        if found is None or found.end - found.start < MIN_QUOTE:
            return Refusal("quote is not in the passage")
        # A hedge or a negation at the other end of the sentence belongs to the quote.
        touched = [span for span in passage.sentences if span.start < found.end and found.start < span.end]
        if not touched:
            return Refusal("quote is not in the passage")
        if len(touched) > _MOST_SENTENCES:
            return Refusal("quote is too long")
        if any(span.start < touched[-1].end and touched[0].start < span.end for span in passage.suspect):
            return Refusal("quote reads like an instruction")
        whole = Span(touched[0].start, touched[-1].end)
        before = [span.of(passage.text) for span in passage.sentences if span.end <= whole.start][-1:]
        context = " ".join([*before, statement.source.population or ""])
        checked = check(text, whole.of(passage.text), context, self.lexicon)
        if checked.objection is not None:
            return Refusal(checked.objection)
        if self.entailment is None:
            return whole, Support(verdict=Verdict.CHECKED, score=round(checked.shared, 3))
        try:
            score = self.entailment.score(whole.of(passage.text), text, deadline)
        except ModelError as error:
            return Refusal(f"the entailment verifier: {error.reason}")
        # Not `<`: a score that is no number proves nothing.
        if not score >= self.entailment.threshold:
            return Refusal("the entailment verifier does not accept it")
        return whole, Support(verdict=Verdict.ENTAILED, score=round(score, 3))


def unfit(text: str) -> Refusal | None:
    """Whether the sentence is no plain sentence at all."""
    if not MIN_QUOTE <= len(text) <= _LONGEST or len(sentences(text)) != 1:
        return Refusal("not one sentence of a fit length")
    if _MARKUP.search(text):
        return Refusal("markup or a link in the sentence")
    # What is left of marks after composition could strike a word out.
    composed = unicodedata.normalize("NFC", text)
    if any(unicodedata.category(character) in _NO_TEXT or unicodedata.combining(character) for character in composed):
        return Refusal("control characters or symbols in the sentence")
    if not all(map(_latin, filter(str.isalpha, text))):
        return Refusal("letters of another script")
    return None


def _latin(letter: str) -> bool:
    return letter in _LETTERS or unicodedata.normalize("NFD", letter)[0].isascii()

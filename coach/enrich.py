"""With a chat model: findings and questions for the passages of own sources, each kept only when it is checked."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from coach.calls import Calls
from coach.chain import CheckParaphrase
from coach.composers.drafts import without_thinking
from coach.composers.generating import finished
from coach.errors import ModelError
from coach.paraphrase import Paraphrase, unfit
from coach.patience import Deadline
from coach.prompting import fitting, messages, prompt, room
from coach.understand import Question, parts, understand
from coach.unfit import unfit_line
from coach.verify import Refusal, Statement
from corpus.models import Enrichment, MadeFinding, Passage, Source
from corpus.passages import sentences
from corpus.suspect import Judge
from retrieval.retriever import WRITTEN_KINDS, Fusion, Retriever
from retrieval.words import content_stems

logger = logging.getLogger(__name__)

MOST_FINDINGS, MOST_QUESTIONS = 3, 4
_MOST_CHARACTERS = 8000
_FAILURES = 3
"""So many failed calls behind one another end a run: the model is not there, or not up to it."""
_PAUSE_S = 0.2
_AMONG = 3
_LEAST_SHARED = 0.5
_FINDING = re.compile(r"\W*finding\s*\d*\W*?\s(?P<quote>[^|]*)\|(?P<text>[^|]*)", re.IGNORECASE)
_QUESTION = re.compile(r"\W*question\s*\d*\W*?\s(?P<text>\S.*)", re.IGNORECASE)
_MARKS = "\"'“”‘’«»` "

Drafts = tuple[list[tuple[str, str]], list[str]]
"""Pairs of a quote and a sentence on it, and questions, as a model wrote them."""


class Enricher:
    """Asks a model about one passage after the other; answers go first, and a model that fails is let be."""

    def __init__(
        self,
        retriever: Retriever,
        calls: Calls,
        check: CheckParaphrase,
        timeout: float,
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        """`timeout` is for one passage, in seconds. While `busy` says that the model is needed elsewhere, it waits."""
        self._calls = calls
        self._check = check
        self._timeout = timeout
        self._busy = busy
        self._enrichments = retriever.index.catalog.enrichments
        # What a model wrote earlier must not help its next question to find the passage.
        self._retriever = retriever.model_copy(update={"fusion": Fusion(kinds=WRITTEN_KINDS)})

    def waiting(self) -> int:
        """How many passages no model was asked about."""
        return self._enrichments.waiting()

    @property
    def name(self) -> str:
        """The model, as `provider:name`."""
        return self._calls.model.name

    @property
    def problem(self) -> str | None:
        """What the last call failed of, and how to mend it."""
        return self._calls.problem

    def run(self, stopped: Callable[[], bool]) -> Iterator[Enrichment]:
        """What is kept of each passage that no model was asked about; to be stored before the next is asked for.

        Ends when `stopped` says so, within a moment, or when the model keeps failing: what was not asked about is
        taken up by the next run.
        """
        failures = 0
        for source, passage in self._enrichments.next_ones():
            while True:
                while self._busy() and not stopped():
                    time.sleep(_PAUSE_S)
                if stopped():
                    return
                try:
                    enrichment = self.made_of(source, passage, lambda: stopped() or self._busy())
                except ModelError as error:
                    if stopped():
                        return
                    if self._busy():
                        continue
                    failures += 1
                    logger.info("Nothing could be written for the passage %s (%s)", passage.id, error.reason)
                    break
                failures = 0
                yield enrichment
                break
            if failures >= _FAILURES:
                logger.warning("No findings and questions are written for now. %s", self.problem or "")
                return

    def made_of(self, source: Source, passage: Passage, unwanted: Callable[[], bool] = lambda: False) -> Enrichment:
        """What the model contributes to one passage, checked; raises `ModelError`."""
        told = [span.of(passage.text) for span in passage.sentences if span not in passage.suspect]
        findings, questions = self._drafts(" ".join(told), unwanted) if told else ([], [])
        return Enrichment(
            passage.id,
            self.name,
            tuple(self._kept_findings(findings, source, passage)),
            tuple(self._kept_questions(questions, source, passage)),
        )

    def _drafts(self, text: str, unwanted: Callable[[], bool]) -> Drafts:
        model = self._calls.model
        instructions = prompt("enrich") if model.structured else f"{prompt('enrich')}\n\n{prompt('enrich-lines')}"
        data = [{"passage": text}]
        if fitting(data, room(model.window, model.max_tokens, instructions)) < len(data):
            raise ModelError("window too small")
        asked, deadline = messages(instructions, data), Deadline.after(self._timeout)
        if model.structured:
            states = self._calls.stream(
                lambda chat: chat.with_structured_output(_SCHEMA), asked, deadline, _MOST_CHARACTERS, unwanted
            )
            *_, written = {}, *states
            return _from_object(written)
        pieces = self._calls.stream(lambda chat: chat, asked, deadline, _MOST_CHARACTERS, unwanted)
        return _from_lines("".join(piece.text for piece in pieces))

    # What is kept

    def _kept_findings(
        self, drafts: Sequence[tuple[str, str]], source: Source, passage: Passage
    ) -> Iterator[MadeFinding]:
        statement = Statement(passage.text, passage, source, passage.sentences, source.study_kind, 0.0)
        kept: list[MadeFinding] = []
        for quote, text in drafts:
            if not finished(text, passage.text) or _orders(text) or _suspect(text, source, passage):
                continue
            deadline = Deadline.after(self._timeout)
            outcome = self._check(Paraphrase(text, quote, statement), {passage.id: passage}, deadline)
            if isinstance(outcome, Refusal):
                continue
            span, _ = outcome
            # What the passage says word by word needs no second telling.
            if text in passage.text or any(text == made.text or span == made.span for made in kept):
                continue
            kept.append(MadeFinding(text, span))
            yield kept[-1]
            if len(kept) == MOST_FINDINGS:
                return

    def _kept_questions(self, drafts: Sequence[str], source: Source, passage: Passage) -> Iterator[str]:
        kept: set[str] = set()
        for text in drafts:
            if text.lower() not in kept and self._fit(text, source, passage):
                kept.add(text.lower())
                yield text
            if len(kept) == MOST_QUESTIONS:
                return

    def _fit(self, text: str, source: Source, passage: Passage) -> bool:
        """Whether it is one plain question, in words of its passage, that finds the passage by itself."""
        if unfit_line(text) or unfit(text) or not (text.endswith("?") and text.count("?") == 1):
            return False
        if len(parts(text)) != 1 or not isinstance(understand(text, ()), Question):
            return False
        words, held = content_stems(text), set(content_stems(f"{source.title} {passage.text}"))
        shared = sum(word in held for word in words)
        if shared < 2 or shared < _LEAST_SHARED * len(words) or _suspect(text, source, passage):
            return False
        found = self._retriever.retrieve(text, top_k=_AMONG)
        return passage.id in {hit.passage.id for hit in found.hits}


def _orders(text: str) -> bool:
    return Judge("", []).speaks_to_a_machine(text)


def _suspect(text: str, source: Source, passage: Passage) -> bool:
    """Whether this sentence would be suspect had it stood at the end of the passage."""
    whole = f"{passage.text}\n\n{text}"
    spans = sentences(whole)
    suspect = Judge(source.title, [passage.text]).suspect(whole, spans)
    return any(span in suspect for span in spans if span.start >= len(passage.text))


_SCHEMA = {
    "title": "Contributed",
    "description": "Findings with their quotes, and questions that the passage answers.",
    "type": "object",
    "properties": {
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"quote": {"type": "string"}, "sentence": {"type": "string"}},
                "required": ["quote", "sentence"],
                "additionalProperties": False,
            },
        },
        "questions": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["findings", "questions"],
    "additionalProperties": False,
}


def _from_lines(written: str) -> Drafts:
    findings, questions = [], []
    for line in without_thinking(written).splitlines():
        if found := _FINDING.fullmatch(line):
            findings.append((found["quote"].strip(_MARKS), found["text"].strip(_MARKS)))
        elif found := _QUESTION.fullmatch(line):
            questions.append(found["text"].strip(_MARKS))
    return findings, questions


def _from_object(written: Any) -> Drafts:
    whole = written if isinstance(written, dict) else {}
    held = {name: value if isinstance(value, list) else [] for name, value in whole.items()}
    findings = [
        (item["quote"].strip(_MARKS), item["sentence"].strip())
        for item in held.get("findings", [])
        if isinstance(item, dict) and isinstance(item.get("quote"), str) and isinstance(item.get("sentence"), str)
    ]
    return findings, [item.strip() for item in held.get("questions", []) if isinstance(item, str)]

"""What is indexed of a source: the texts that become vectors, and each passage as words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from corpus.models import Entry, Passage
from retrieval.lexical import LexicalEntry
from retrieval.vocabulary import Vocabulary
from retrieval.words import stems


@dataclass(frozen=True, slots=True)
class Row:
    """One representation: a text that leads to its passage. `kind` and `key` are those of `retrieval.store`."""

    id: str
    passage_id: str
    kind: str
    key: str
    text: str


def rows_of(entry: Entry) -> Iterator[Row]:
    """Every representation of a source."""
    for passage in entry.passages:
        # A passage is embedded with its title, which names what its own sentences often leave out.
        yield Row(f"{passage.id}#passage", passage.id, "passage", "", f"{entry.source.title}. {passage.text}")
    for number, finding in enumerate(entry.findings):
        yield Row(f"{finding.passage_id}#finding#{number}", finding.passage_id, "finding", finding.id, finding.text)
    for number, (passage_id, question) in enumerate(entry.questions):
        yield Row(f"{passage_id}#question#{number}", passage_id, "question", question, question)


def words_of_passage(entry: Entry, passage: Passage, vocabulary: Vocabulary) -> LexicalEntry:
    """The words of one passage of `entry`, with those of its findings and questions and the terms it is about."""
    findings = [finding for finding in entry.findings if finding.passage_id == passage.id]
    asked = [question for name, question in entry.questions if name == passage.id]
    stated = [finding.text for finding in findings]
    more = stated + asked
    topics = dict.fromkeys(topic for finding in findings for topic in finding.topics if topic in vocabulary.terms)
    spoken = vocabulary.match(". ".join([entry.source.title, passage.text, *more]))
    said = vocabulary.match(". ".join([entry.source.title, passage.text, *stated]))
    concepts = [vocabulary.terms[term].token for term in dict.fromkeys([*topics, *spoken])]
    concepts += [vocabulary.terms[term].said for term in dict.fromkeys([*topics, *said])]
    return LexicalEntry(
        title=" ".join(stems(entry.source.title)),
        body=" ".join(stems(passage.text)),
        more=" ".join(stems(". ".join(more))),
        concepts=" ".join(concepts),
    )

"""Do quotes from one's own documents cover the sentences that people chose as the answer? ClapNQ, whole coach."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coach.answers import Kind
from evals.public import ClapnqQuestion, clapnq_documents, clapnq_questions, library

Sentence = tuple[str, int]
"""A document's id and a sentence's position in it."""


@dataclass(frozen=True, slots=True)
class Grounded:
    """A question and the sentences that its answer's quotes cover; an abstention covers none."""

    question: ClapnqQuestion
    answered: bool
    covered: frozenset[Sentence]

    @property
    def precision(self) -> float:
        return len(self.covered & self.question.selected) / len(self.covered)

    @property
    def recall(self) -> float:
        return len(self.covered & self.question.selected) / len(self.question.selected)


def main() -> None:
    """Print citation precision and recall over answerable questions, and how rightly the coach answered or refused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clapnq", type=Path, metavar="FOLDER", help="folder with corpus.jsonl and questions.jsonl")
    options = parser.parse_args()
    documents = clapnq_documents(options.clapnq)
    results: list[Grounded] = []
    with library({name: item.html for name, item in documents.items()}, "html") as (coach, ids):
        for question in clapnq_questions(options.clapnq):
            answer = coach.reply(question.text, owner="evals")
            covered: set[Sentence] = set()
            for citation in answer.citations:
                name = ids[citation.source.id]
                text = coach.catalog.passage(citation.passage_id).text
                covered |= covered_by(documents[name].sentences, text, citation.start, citation.end, name)
            results.append(Grounded(question, answer.kind is Kind.ANSWER, frozenset(covered)))
    answerable = [item for item in results if item.question.selected]
    given = [item for item in answerable if item.covered]
    print(
        f"\nClapNQ as own documents: {len(documents)} passages, {len(results)} questions, {len(answerable)} answerable"
    )
    _print("citation precision, answerable and answered", [item.precision for item in given])
    _print("citation recall, answerable and answered", [item.recall for item in given])
    _print("citation recall, all answerable", [item.recall for item in answerable])
    right = {side: [r.answered is side for r in results if r.question.answerable is side] for side in (True, False)}
    _print("answered when answerable", right[True])
    _print("refused when unanswerable", right[False])
    print(f"  {'balanced accuracy':<46}{np.mean([np.mean(side) for side in right.values()]):.3f}")


def _print(name: str, values: Sequence[float]) -> None:
    print(f"  {name:<46}{np.mean(values):.3f} of {len(values)}")


def covered_by(sentences: tuple[str, ...], text: str, start: int, end: int, name: str) -> set[Sentence]:
    """The sentences of which at least half lies in `text[start:end]`; sentences are found in `text` in order."""
    found: set[Sentence] = set()
    at = 0
    for position, sentence in enumerate(sentences):
        said = " ".join(sentence.split())
        place = text.find(said, at)
        if place < 0:
            continue
        at = place + len(said)
        if min(end, at) - max(start, place) >= len(said) / 2:
            found.add((name, position))
    return found


if __name__ == "__main__":
    main()

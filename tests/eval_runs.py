"""Runs made by hand: cases, replies and records over the founding passages, for the tests of the metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from corpus import founding
from evals.case import Case
from evals.figures import Figure
from evals.judges import Judge, Verbatim
from evals.plan import Message, make_plan
from evals.reply import Cited, PassageText, Record, Reply, Said
from evals.run import Run

PASSAGES = {
    passage.id: PassageText(id=passage.id, source_id=entry.source.id, text=passage.text)
    for entry in founding.entries()
    for passage in entry.passages
}
ACCEPTANCE = "ragins-cotton-mentor-functions-3"
NETWORKS = "successful-women-across-the-americas-1"
DEFINITION = "nasem-effective-mentorship-stemm-2"
NURSES = "peer-mentoring-stress-nursing-students-1"


def case(name: str = "direct-1", **more: Any) -> Case:
    """A covered case whose gold is the whole passage on acceptance."""
    own = more.get("expect") == "abstention"
    filled: dict[str, Any] = {"kind": "direct", "turns": [f"What of {name}?"], "expect": "answer"}
    if not own:
        filled |= {"sources": [PASSAGES[ACCEPTANCE].source_id], "relevant": [PASSAGES[ACCEPTANCE].text]}
    return Case(id=name, **(filled | more))


def uncovered(name: str, kind: str = "uncovered-near") -> Case:
    return case(name, kind=kind, expect="abstention")


def cite(passage_id: str, number: int = 1, words: str | None = None) -> Cited:
    """A citation as our coach gives it: of the whole passage, or of `words` in it."""
    passage = PASSAGES[passage_id]
    quote = words or passage.text
    start = passage.text.index(quote)
    return Cited(
        number=number,
        passage_id=passage_id,
        source_id=passage.source_id,
        quote=quote,
        start=start,
        end=start + len(quote),
    )


def answer(*citations: Cited, said: Sequence[Said] | None = None, **more: Any) -> Reply:
    """An answer that quotes each of its citations, or says what it is given."""
    statements = said or [Said(text=cited.quote or "", citations=[cited.number]) for cited in citations]
    text = " ".join(f"{item.text} {item.citations}" for item in statements)
    filled: dict[str, Any] = {"kind": "answer", "text": text, "whole_s": 0.1}
    return Reply(**(filled | {"statements": list(statements), "citations": list(citations)} | more))


def refusal(**more: Any) -> Reply:
    filled: dict[str, Any] = {"kind": "abstention", "text": "The library does not answer that.", "whole_s": 0.1}
    return Reply(**(filled | more))


def run_of(
    replies: Mapping[str, Reply | None],
    cases: Sequence[Case],
    *,
    messages: Sequence[Message] = (),
    records: Sequence[Record] = (),
    judge: Judge | None = None,
) -> Run:
    """A run in which each task of the given ids has the given reply; a bare case id means the case itself."""
    made = [
        Record(id=name if "/" in name else f"case/{name}", replies=[reply] if reply else [])
        for name, reply in replies.items()
    ]
    shown = [Record(id=f"passage/{passage.id}", passage=passage) for passage in PASSAGES.values()]
    plan = make_plan(list(cases), list(messages))
    return Run(plan, {record.id: record for record in [*made, *shown, *records]}, judge or Verbatim())


def value(figures: Sequence[Figure], name: str) -> float | None:
    (found,) = [figure.value for figure in figures if figure.name == name]
    return found

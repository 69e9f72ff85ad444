"""Does the coach hide what is personal, and nothing else? Own cases, ordinary questions, the library's names."""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from coach.personal import Published, personal
from coach.privacy import published_in
from corpus import founding
from corpus.catalog import Catalog
from corpus.database import Database
from evals.case import half_argument, load_cases

CASES = Path(__file__).parent / "cases" / "deidentification.jsonl"
KEEP = "keep"
_MARK = re.compile(r"\{(?P<kind>[a-z ]+):(?P<words>[^}]*)\}")
_WORD = re.compile(r"\w+")
_SHORT = 2
_ABOUT_AUTHORS = ("What did {} find?", "Tell me about {}.", "My mentee read {} and liked it.", "is {} right about this")
_ABOUT_TITLES = ("What does “{}” say?", "Tell me about {}", "how strong is the evidence in {}?")


class Case(BaseModel):
    """One message; `evals/cases/deidentification.md` says what its marks mean."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    half: Literal["dev", "held"]
    kind: str
    text: str

    @property
    def message(self) -> str:
        """The message as a mentor writes it."""
        return _MARK.sub(lambda match: match["words"], self.text)

    @property
    def marks(self) -> Iterator[tuple[str, int, int]]:
        """Each mark's kind and where its words stand in the message."""
        shift = 0
        for match in _MARK.finditer(self.text):
            start = match.start() - shift
            yield match["kind"], start, start + len(match["words"])
            shift += len(match[0]) - len(match["words"])


@dataclass(frozen=True, slots=True)
class Figure:
    """How many of how many, with the ones that were not."""

    good: int
    of: int
    wrong: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        return self.good / self.of if self.of else 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    half_argument(parser)
    parser.add_argument(
        "--wrong", action="store_true", help="also print what went wrong; for the development half only"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        catalog = Catalog(Database.at(Path(folder)))
        founding.load(catalog)
        figures = measure(options.half, catalog)
        catalog.database.close()
    print(f"De-identification ({options.half} half)\n")
    for name, figure in figures.items():
        print(f"  {name:<44}{figure.share:.3f} of {figure.of}")
        if options.wrong and options.half == "dev":
            print("".join(f"      {wrong}\n" for wrong in figure.wrong), end="")


def measure(half: str, catalog: Catalog) -> dict[str, Figure]:
    """Recall by kind, and the share of ordinary words, authors and titles that stay."""
    published = published_in(catalog)
    cases = [case for case in read_cases() if case.half == half]
    hidden: dict[str, list[tuple[bool, str]]] = {}
    stays: list[tuple[bool, str]] = []
    ordinary: list[tuple[bool, str]] = []
    for case in cases:
        covered = _covered(case.message, published)
        for kind, start, end in case.marks:
            words = list(_WORD.finditer(case.message, start, end))
            if kind == KEEP:
                stays.append((not any(covered[start:end]), case.text))
            else:
                gone = all(all(covered[slice(*word.span())]) for word in words if len(word[0]) > _SHORT)
                hidden.setdefault(kind, []).append((gone, case.text))
        if case.kind == "ordinary":
            ordinary += _words(case.message, covered)
    asked = [turn for case in load_cases(half) for turn in case.turns]
    for question in asked:
        ordinary += _words(question, _covered(question, published))
    for source in catalog.sources():
        for templates, texts in ((_ABOUT_AUTHORS, source.authors), (_ABOUT_TITLES, (source.title,))):
            for text in texts:
                questions = [template.format(text) for template in templates]
                stays += [(not personal(question, published), question) for question in questions]
    both = [*hidden.get("email", []), *hidden.get("phone", [])]
    return {
        "e-mail addresses and phones hidden": _figure(both),
        "names hidden": _figure(hidden.get("person", [])),
        **{f"{kind} hidden": _figure(found) for kind, found in sorted(hidden.items()) if kind != "person"},
        "ordinary words that stay": _figure(ordinary),
        "authors and titles that stay": _figure(stays),
    }


def read_cases() -> list[Case]:
    return [Case.model_validate(json.loads(line)) for line in CASES.read_text("utf-8").splitlines()]


def _covered(message: str, published: Published) -> list[bool]:
    covered = [False] * len(message)
    for item in personal(message, published):
        covered[item.start : item.end] = [True] * (item.end - item.start)
    return covered


def _words(message: str, covered: Sequence[bool]) -> list[tuple[bool, str]]:
    return [(not any(covered[slice(*word.span())]), f"{word[0]}: {message}") for word in _WORD.finditer(message)]


def _figure(outcomes: Sequence[tuple[bool, str]]) -> Figure:
    return Figure(sum(good for good, _ in outcomes), len(outcomes), tuple(text for good, text in outcomes if not good))


if __name__ == "__main__":
    main()

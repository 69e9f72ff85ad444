"""Are case files right? `python -m evals.lint FILE…` prints the line and field of each mistake."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import TypeAdapter

from evals.case import Case, CaseError, case_lines, read_cases
from evals.texts import Library, founding_entries

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def main(arguments: Sequence[str] | None = None) -> None:
    """Exit with 1 when a file has a mistake."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="*", metavar="FILE")
    parser.add_argument("--schema", action="store_true", help="print the JSON schema of case files")
    parser.add_argument("--own", action="store_true", help="the cases are about another library: look up no quotes")
    options = parser.parse_args(arguments)
    if options.schema:
        print(schema(), end="")
    found = list(mistakes(options.files, founding_only=not options.own))
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(bool(found))


def schema() -> str:
    """The JSON schema of a case file, made from the model; `evals/cases/schema.json` is this."""
    made = {"$schema": _DRAFT, "title": "Evaluation cases"} | TypeAdapter(list[Case]).json_schema()
    return json.dumps(made, indent=2) + "\n"


def mistakes(files: Sequence[Path], *, founding_only: bool = True) -> Iterator[str]:
    """A line for every mistake: what the model refuses, ids and questions told twice, words that stand nowhere."""
    library = Library()
    sources = {entry.source.id for entry in founding_entries()}
    ids: dict[str, str] = {}
    asked: dict[tuple[str, ...], str] = {}
    for file in files:
        try:
            cases, lines = read_cases(file), case_lines(file)
        except CaseError as error:
            yield str(error)
            continue
        for case, line in zip(cases, lines, strict=True):
            at = f"{file.name}, line {line}"
            if case.id in ids:
                yield f"{at}, id: {case.id!r} is already in {ids[case.id]}"
            turns = tuple(" ".join(turn.casefold().split()) for turn in case.turns)
            if turns in asked:
                yield f"{at}, turns: the same as {asked[turns]}"
            ids[case.id], asked[turns] = file.name, case.id
            if case.kind == "nuance" and not case.hedges:
                yield f"{at}, hedges: a nuance case names the words of which one has to travel with the answer"
            if founding_only:
                yield from (f"{at}, {problem}" for problem in _unknown(case, library, sources))


def _unknown(case: Case, library: Library, sources: set[str]) -> Iterator[str]:
    """What a case names and the founding library does not have."""
    for source in case.sources:
        if source not in sources:
            yield f"sources: {source!r} is no source of the founding library"
    for field, words in (("quotes", case.quotes), ("relevant", case.relevant)):
        for place, text in enumerate(words):
            if not library.find(text):
                yield f"{field}.{place}: {text!r} stands nowhere in the founding library"


if __name__ == "__main__":
    main()

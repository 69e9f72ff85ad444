"""What a case is, and how case files are read: a mistake is told by its line and field."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

CASES = Path(__file__).parent / "cases"
SCHEMA = CASES / "schema.json"


class CaseError(Exception):
    """A case file cannot be used; the message names the file, the line and the field, one mistake a line."""


class Case(BaseModel):
    """One question, or a conversation whose last turn is scored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1, description="Kind and number; unique over all files.")
    kind: Literal["direct", "colloquial", "nuance", "multi-turn", "uncovered-near", "off-topic", "mixed"]
    turns: list[str] = Field(min_length=1, description="The mentor's messages, oldest first; the last one is scored.")
    expect: Literal["answer", "abstention", "partial"] = Field(
        description="`partial`: a part of the question is covered and a part is not."
    )
    sources: list[str] = Field(default=[], description="Ids of the sources of which any one is right.")
    quotes: list[str] = Field(default=[], description="Exact words from the library that answer the question.")
    relevant: list[str] = Field(
        default=[],
        description="Exact sentences of the library that also speak to the question: answers, parts and limits. "
        "Where they are given, they are all of them, and a citation of anything else is imprecise.",
    )
    hedges: list[str] = Field(default=[], description="Of these words, one has to travel with the answer.")
    about_last: bool = Field(default=False, description="Whether the last turn asks about the last answer.")
    note: str | None = None
    provenance: str | None = Field(
        default=None, description="Who wrote the case, and from what; without it, what the folder's README says."
    )

    @model_validator(mode="after")
    def _consistent(self) -> Case:
        if not all(turn.strip() for turn in self.turns):
            raise ValueError("turns: none may be blank")
        if (self.expect == "abstention") == bool(self.sources):
            raise ValueError("sources: named for every answer and for no abstention")
        return self

    @property
    def covered(self) -> bool:
        return self.expect != "abstention"


_FILE = TypeAdapter(list[Case])
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_cases(half: str) -> list[Case]:
    """The cases of `dev` or `held`; raises `CaseError`."""
    return read_cases(CASES / f"mentor-{half}.yaml")


def read_cases(file: Path) -> list[Case]:
    """The cases of one file; raises `CaseError`."""
    try:
        loader = _LOADER(file.read_text("utf-8"))
        root = loader.get_single_node()
        content = loader.construct_document(root) if root is not None else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CaseError(f"{file.name}, line {line}: no YAML ({error.problem}).") from error
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(f"{str(file)!r} cannot be read ({error}). Give a YAML file in UTF-8.") from error
    if not isinstance(content, list):
        raise CaseError(f"{file.name}, line 1: a case file is a list of cases, each beginning with `- id:`.")
    try:
        return _FILE.validate_python(content)
    except ValidationError as error:
        told = [f"{file.name}, line {line_of(root, item['loc'])}, {_field(item)}" for item in error.errors()]
        raise CaseError("\n".join(told)) from error


def case_lines(file: Path) -> list[int]:
    """The line on which each case of a readable file begins, in order."""
    root = _LOADER(file.read_text("utf-8")).get_single_node()
    assert isinstance(root, yaml.SequenceNode)
    return [line_of(root, (place,)) for place in range(len(root.value))]


def half_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--half",
        choices=("dev", "held"),
        default="dev",
        help="dev is for tuning; held is read once, when the tuning is over (default: dev)",
    )


def line_of(node: yaml.Node | None, path: tuple[int | str, ...]) -> int:
    """The line, from 1, of what `path` leads to, or of the nearest thing on the way that is there."""
    line = node.start_mark.line + 1 if node is not None else 1
    for step in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        elif isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == step), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        else:
            break
    return line


def _field(item: Any) -> str:
    name = ".".join(str(step) for step in item["loc"][1:])
    message = item["msg"].removeprefix("Value error, ")
    return f"{name}: {message}" if name else message

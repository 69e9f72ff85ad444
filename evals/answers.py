"""Asks a target every task and keeps what it said in `answers.jsonl`, so that an interrupted run goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import ValidationError

from evals.plan import DEPTH, Plan, Task
from evals.reply import Record
from evals.targets import NotOfferedError, Target, TargetError

FILE = "answers.jsonl"
Progress = Callable[[int, int, int], None]
"""Told how many tasks are done, how many there are, and how many of them failed."""


class AnswersError(Exception):
    """A folder of earlier answers cannot be gone on with; the message says what to do."""


def collect(
    target: Target, plan: Plan, folder: Path, progress: Progress = lambda *_: None, *, keep: bool = False
) -> dict[str, Record]:
    """The record of every task by its id, and of every cited passage as `passage/<id>`.

    A run in `folder` that was interrupted, or in which a task failed, goes on; a finished one begins anew, unless
    `keep` says that its answers are wanted. Raises `AnswersError`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / FILE
    header = {"target": target.name, "plan": plan.fingerprint}
    records = _kept(file, header)
    if not keep and all(task.id in records for task in plan.tasks):
        records = {}
    # Rewritten whole, so that a line torn by an interruption is gone.
    partial = file.with_suffix(".partial")
    partial.write_text("".join(f"{line}\n" for line in [json.dumps(header), *_lines(records)]), "utf-8")
    partial.replace(file)
    total = len(plan.tasks)
    with file.open("a", encoding="utf-8") as out:
        for done, task in enumerate(plan.tasks, start=1):
            if task.id not in records:
                _keep(_asked(target, task), records, out.write)
                out.flush()
            progress(done, total, sum(record.error is not None for record in records.values()))
        for passage_id in sorted(_cited(records) - {name.removeprefix("passage/") for name in records}):
            _keep(_read(target, passage_id), records, out.write)
    return records


def _asked(target: Target, task: Task) -> Record:
    try:
        if task.group == "search":
            return Record(id=task.id, hits=target.search(task.turns[0], DEPTH))
        return Record(id=task.id, replies=target.ask(task.turns))
    except NotOfferedError:
        return Record(id=task.id)
    except TargetError as error:
        return Record(id=task.id, error=_line(error))


def _read(target: Target, passage_id: str) -> Record:
    name = f"passage/{passage_id}"
    try:
        return Record(id=name, passage=target.passage(passage_id))
    except NotOfferedError:
        return Record(id=name)
    except TargetError as error:
        return Record(id=name, error=_line(error))


def _cited(records: dict[str, Record]) -> set[str]:
    return {
        citation.passage_id
        for record in records.values()
        for reply in record.replies
        for citation in reply.citations
        if citation.passage_id
    }


def _keep(record: Record, records: dict[str, Record], write: Callable[[str], object]) -> None:
    records[record.id] = record
    write(f"{record.model_dump_json(exclude_defaults=True)}\n")


def _kept(file: Path, header: dict[str, str]) -> dict[str, Record]:
    """What was answered without an error before; a last line that was cut off is left out."""
    if not file.exists():
        return {}
    first, *lines = file.read_text("utf-8").split("\n")
    try:
        same = json.loads(first) == header
    except ValueError:
        same = False
    if not same:
        raise AnswersError(
            f"{str(file)!r} holds answers of another target or to other questions. "
            "Name another folder with --out, or start over with --fresh."
        )
    records: dict[str, Record] = {}
    for line in lines:
        try:
            record = Record.model_validate_json(line)
        except ValidationError:
            continue
        if record.error is None:
            records[record.id] = record
    return records


def _lines(records: dict[str, Record]) -> Iterator[str]:
    return (record.model_dump_json(exclude_defaults=True) for record in records.values())


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:500]

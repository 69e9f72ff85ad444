"""Jobs: what was asked to be added to the library, how far it is, and what became of every file; kept over restarts."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Column, ForeignKey, Integer, String, Table, Text, select

from coach.errors import UnknownJobError
from corpus.database import Database, metadata
from corpus.ingest import Outcome, shown

jobs = Table(
    "jobs",
    metadata,
    Column("id", String, primary_key=True),
    Column("state", String, nullable=False, index=True),
    Column("created_at", String, nullable=False),
    Column("finished_at", String),
    Column("reason", Text),
)
job_files = Table(
    "job_files",
    metadata,
    Column("job_id", ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("status", String, nullable=False),
    Column("source_id", String, index=True),
    Column("reason", Text),
)

WAITING = "waiting"
_KEPT = 200


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class JobFile:
    """One file of a job: `waiting`, or what became of it."""

    name: str
    status: str
    source_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Job:
    id: str
    state: JobState
    created_at: str
    finished_at: str | None
    reason: str | None
    files: tuple[JobFile, ...]

    @property
    def counts(self) -> dict[str, int]:
        return dict(sorted(Counter(file.status for file in self.files).items()))


class Jobs:
    """The store of jobs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    def new_id() -> str:
        return secrets.token_hex(12)

    def add(self, job_id: str, names: Sequence[str]) -> None:
        """Queue a job for files that are already safely kept; the oldest finished jobs are forgotten."""
        rows = [{"job_id": job_id, "ordinal": n, "name": name, "status": WAITING} for n, name in enumerate(names)]
        with self._database.write() as connection:
            connection.execute(jobs.insert().values(id=job_id, state=JobState.QUEUED.value, created_at=_now()))
            connection.execute(job_files.insert(), rows)
            over = jobs.c.state.in_((JobState.DONE.value, JobState.FAILED.value))
            old = select(jobs.c.id).where(over).order_by(jobs.c.created_at.desc(), jobs.c.id).offset(_KEPT).limit(1000)
            stale = list(connection.execute(old).scalars())
            connection.execute(jobs.delete().where(jobs.c.id.in_(stale)))

    def get(self, job_id: str) -> Job:
        """Raises `UnknownJobError`."""
        with self._database.read() as connection:
            row = connection.execute(select(jobs).where(jobs.c.id == job_id)).first()
            if row is None:
                raise UnknownJobError(f"No job {job_id!r}. `POST /v1/sources` starts one and names it.")
            query = select(job_files).where(job_files.c.job_id == job_id).order_by(job_files.c.ordinal)
            files = tuple(JobFile(f.name, f.status, f.source_id, f.reason) for f in connection.execute(query))
        return Job(row.id, JobState(row.state), row.created_at, row.finished_at, row.reason, files)

    def unfinished(self) -> list[str]:
        """Ids of the jobs that are not done, the oldest first."""
        query = select(jobs.c.id).where(jobs.c.state.in_((JobState.QUEUED.value, JobState.RUNNING.value)))
        with self._database.read() as connection:
            return list(connection.execute(query.order_by(jobs.c.created_at, jobs.c.id)).scalars())

    def settled(self, job_id: str) -> bool:
        """Whether no file of the job waits any more."""
        query = select(job_files.c.name).where(job_files.c.job_id == job_id, job_files.c.status == WAITING).limit(1)
        with self._database.read() as connection:
            return connection.execute(query).scalar() is None

    def set_state(self, job_id: str, state: JobState, reason: str | None = None) -> None:
        finished = _now() if state in (JobState.DONE, JobState.FAILED) else None
        with self._database.write() as connection:
            change = jobs.update().where(jobs.c.id == job_id)
            connection.execute(change.values(state=state.value, reason=reason, finished_at=finished))

    def settle(self, job_id: str, outcomes: Sequence[Outcome]) -> None:
        """Note what became of files, by their names."""
        with self._database.write() as connection:
            for outcome in outcomes:
                chosen = (job_files.c.job_id == job_id) & (job_files.c.name == shown(outcome.file.name))
                connection.execute(
                    job_files.update()
                    .where(chosen)
                    .values(status=outcome.status, source_id=outcome.source_id, reason=outcome.reason)
                )

    def settle_rest(self, job_id: str, status: str) -> None:
        """Note `status` of every file that still waits."""
        with self._database.write() as connection:
            waiting = (job_files.c.job_id == job_id) & (job_files.c.status == WAITING)
            connection.execute(job_files.update().where(waiting).values(status=status))

    def forget(self, source_ids: Collection[str]) -> None:
        """Strike deleted sources from the files that they came from, and from what was said of them."""
        with self._database.write() as connection:
            for source_id in source_ids:
                named = (job_files.c.source_id == source_id) | job_files.c.reason.contains(source_id, autoescape=True)
                gone = job_files.update().where(named)
                connection.execute(gone.values(source_id=None, reason="The source was deleted since."))


def _now() -> str:
    return datetime.now(UTC).isoformat()

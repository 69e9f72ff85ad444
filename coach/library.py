"""The library as a service for the command line, the API and the page: add documents, follow jobs, delete sources."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from coach.coach import Coach
from coach.enrich import Enricher
from coach.errors import FoundingSourceError, LibraryError
from coach.jobs import Job, Jobs, JobState
from coach.opening import INDEX
from coach.progress import Clock, Progress, Told
from coach.uploads import Upload, Uploads
from coach.wiping import Wiping, following
from corpus.alone import Alone
from corpus.catalog import UnknownSourceError
from corpus.database import DatabaseError, DatabaseUnreachableError
from corpus.ingest import Ingestion, Outcome
from corpus.models import CorpusError
from retrieval.models import RetrievalError
from retrieval.served import VectorsUnreachableError

logger = logging.getLogger(__name__)

_SOURCES_A_SYNC = 256
_POLL_S = 30.0
_POLL_SHARED_S = 3.0
"""How soon lost vectors are noticed, and work that another process has left is taken up."""
_SECONDS_A_SYNC = 20.0
_DAY_S = 24 * 3600.0
_STORED = ("added", "replaced", "removed")


class Library:
    """Adds to and deletes from the library of a running coach. One job runs at a time; answers go on meanwhile."""

    def __init__(self, coach: Coach, home: Path, enricher: Enricher | None = None) -> None:
        """With an `enricher` a chat model writes findings and questions for own passages, between the jobs."""
        self.coach = coach
        self.enricher = enricher
        self._index = coach.retriever.index
        self._catalog = coach.catalog
        self._database = coach.catalog.database
        self._jobs = Jobs(self._database)
        self._uploads = Uploads(home)
        self._wiping = Wiping(self._index)
        # `Index.sync` is not safe for two threads or processes, and a rebuild must not meet a change.
        self._writing = Alone(self._database, INDEX)
        self._running = Alone(self._database, "ingest")
        # One passage is asked about once, by one process.
        self._enriching = Alone(self._database, "enrich")
        self._wake = threading.Event()
        self._stopping = False
        self._stopped = threading.Event()
        self._worker: threading.Thread | None = None
        self._progress: dict[str, Progress] = {}

    # Adding

    def ingest(self, paths: Sequence[Path], *, prune: bool = False, told: Told = lambda _: None) -> Iterator[Outcome]:
        """Bring files and folders into the library; gives each file's outcome once its source can answer.

        Raises `CorpusError` when a path does not exist or nothing can be stored, `LibraryError` when the indexes
        cannot follow; what was stored stays, and running it again goes on from there.
        """
        try:
            with self._running:
                yield from self._run(Ingestion(self._catalog, paths, prune=prune), told)
        finally:
            # A job may have waited for the end of this.
            self._wake.set()

    def submit(self, files: Sequence[Upload]) -> Job:
        """Take uploaded files in as a job, which survives the end of the process; raises `UploadError`."""
        job_id = self._jobs.new_id()
        names = self._uploads.keep(job_id, files)
        self._jobs.add(job_id, names)
        self._wake.set()
        return self._jobs.get(job_id)

    def job(self, job_id: str) -> Job:
        """Raises `UnknownJobError`."""
        return self._jobs.get(job_id)

    def progress(self, job_id: str) -> Progress | None:
        """Of the job that runs now."""
        return self._progress.get(job_id)

    def enrich(self, told: Told = lambda _: None, stopped: Callable[[], bool] = lambda: False) -> int:
        """Have the chat model write for the passages that it was not asked about; says of how many that came out.

        Each passage is stored by itself, so that a run may end at any moment. Without a model, or with one that keeps
        failing, there is nothing to do: what is left is taken up by the next run.
        """
        if self.enricher is None or not (waiting := self.enricher.waiting()) or not self._enriching.tried():
            return 0
        try:
            clock, done = Clock(waiting), 0
            for enrichment in self.enricher.run(stopped):
                with self._writing:
                    if self._catalog.enrichments.put(enrichment):
                        self._index.enrich(enrichment.passage_id)
                done += 1
                told(clock.at(done))
            return done
        finally:
            self._enriching.release()

    # Deleting

    def remove(self, source_ids: Collection[str]) -> None:
        """Delete sources everywhere: nothing cites them from here on, and no file of the home holds their words.

        Raises `UnknownSourceError`, or `FoundingSourceError`, before anything is deleted; `LibraryError` when an engine
        ended under it: then nothing cites them, and the worker wipes the rest once the engine is back.
        """
        ids = list(dict.fromkeys(source_ids))
        with self._writing:
            held = self._catalog.sources_by_id(ids)
            for source_id in ids:
                if source_id not in held:
                    raise UnknownSourceError(f"No source {source_id!r}. `mentor-coach sources` lists the library.")
                if held[source_id].founding:
                    raise FoundingSourceError(
                        f"{source_id!r} is a founding source, which comes with the release. "
                        "Set MENTOR_COACH_FOUNDING=off and start again to leave all of them out."
                    )
            self._wiping.owe()
            self._catalog.remove_all(ids)
            self._jobs.forget(ids)
            self.coach.conversations.withdraw(ids)
            try:
                self._sync()
                self._wiping.wipe()
            except (DatabaseUnreachableError, VectorsUnreachableError) as error:
                raise LibraryError(
                    "What was to be deleted is deleted, and nothing cites it from here on; deleting it again is not "
                    f"needed. Its traces in the search index go by themselves once they can: {error}"
                ) from error

    # The worker

    def start(self) -> None:
        """Begin to work on jobs in a thread of its own, unfinished ones of an earlier process first."""
        with self._writing:
            if self._wiping.owed:
                self._wiping.wipe()
        self._uploads.drop_strangers(self._jobs.unfinished(), younger_too=not self._database.served)
        self._worker = threading.Thread(target=self._work, name="library", daemon=True)
        self._worker.start()
        threading.Thread(target=self._expire_daily, name="retention", daemon=True).start()

    def close(self) -> None:
        """Stop the worker after the batch at hand; an unfinished job goes on at the next start."""
        self._stopping = True
        self._stopped.set()
        self._wake.set()
        if self._worker is not None:
            self._worker.join()

    def _work(self) -> None:
        asks, told = True, ""
        while not self._stopping:
            self._wake.clear()
            try:
                # Without vectors nothing could be taken in; it waits until they are back.
                self._mend()
                for job_id in self._jobs.unfinished():
                    if self._stopping:
                        return
                    self._take(job_id)
                self._wipe()
                told = ""
            except (DatabaseError, RetrievalError, LibraryError) as error:
                # Tried again by and by, a server may come back; it is said once.
                if str(error) != told:
                    logger.warning("%s", error)
                told = str(error)
            if asks:
                self._enrich_until_woken()
            # A model that failed is asked again after the next job, or at the next start.
            asks = self._wake.wait(_POLL_SHARED_S if self._database.served else _POLL_S)

    def _enrich_until_woken(self) -> None:
        """A new job goes first."""
        try:
            self.enrich(stopped=lambda: self._stopping or self._wake.is_set())
        except Exception:
            logger.exception("What a model contributed could not be kept; it is tried again at the next start")

    def _take(self, job_id: str) -> None:
        """Do a job whose files are on this machine, unless another process does it or has done it."""
        if self._database.served and not self._uploads.of(job_id).is_dir() and not self._jobs.settled(job_id):
            return
        if not self._running.tried():
            return
        try:
            if job_id in self._jobs.unfinished():
                self._do(job_id)
        except (DatabaseUnreachableError, VectorsUnreachableError):
            raise
        except Exception:
            # Even the note of a failure could not be stored; the job is taken up again at the next start.
            logger.exception("Job %s could not be finished", job_id)
        finally:
            self._running.release()

    def _mend(self) -> None:
        """Fill the vectors anew when they are lost: a Chroma server may come back without them.

        Raises `VectorsUnreachableError` when their server does not answer.
        """
        self._index.probe()
        if self._index.problem is None:
            return
        try:
            with self._writing:
                # Another process may have done it meanwhile.
                self._index.refresh()
                if not self._index.healthy():
                    logger.warning("The vector index is missing or damaged; rebuilding it from the catalog")
                    self._index.restore_vectors()
                # What was stored meanwhile is not indexed yet.
                self._index.sync()
            self._index.problem = None
        except VectorsUnreachableError:
            raise
        except RetrievalError as error:
            logger.warning("%s", error)

    def _wipe(self) -> None:
        """Finish a deletion that a server's end broke off."""
        if not self._wiping.owed or not self._running.tried():
            return
        try:
            with self._writing:
                # Whoever began it may have finished it meanwhile.
                if self._wiping.owed:
                    self._sync()
                    self._wiping.wipe()
        finally:
            self._running.release()

    def _expire_daily(self) -> None:
        while not self._stopped.wait(_DAY_S):
            try:
                expired = self.coach.conversations.expire()
            except CorpusError as error:
                logger.error("Old conversations could not be deleted: %s", error)
            else:
                logger.info("%d conversations were older than they are kept, and are deleted", expired)

    def _do(self, job_id: str) -> None:
        folder = self._uploads.of(job_id)
        if not folder.is_dir():
            # Its files go when all are settled; only the note that it is done was still to be made.
            self._jobs.set_state(job_id, JobState.DONE)
            return
        broken_off = self._jobs.get(job_id).state is JobState.RUNNING
        self._jobs.set_state(job_id, JobState.RUNNING)
        settled: list[Outcome] = []
        try:
            if broken_off:
                # What was stored then is unchanged now, and may be in no index yet.
                self._sync_alone()
            for outcome in self._run(
                Ingestion(self._catalog, [folder], uploaded=True), lambda at: self._progress.update({job_id: at})
            ):
                if self._stopping:
                    return
                settled.append(outcome)
                if len(settled) >= _SOURCES_A_SYNC:
                    self._jobs.settle(job_id, settled)
                    settled.clear()
            self._jobs.settle(job_id, settled)
            self._jobs.settle_rest(job_id, "read")
            self._uploads.drop(job_id)
            self._jobs.set_state(job_id, JobState.DONE)
        except (DatabaseUnreachableError, VectorsUnreachableError):
            # Whoever works when it is back goes on from what is stored.
            raise
        except (CorpusError, RetrievalError, LibraryError) as error:
            self._jobs.settle(job_id, settled)
            self._jobs.set_state(job_id, JobState.FAILED, f"{error} Then upload the files again.")
        except Exception:
            logger.exception("Job %s failed", job_id)
            self._jobs.set_state(job_id, JobState.FAILED, "Something failed here; it is in the service's log.")
        finally:
            self._progress.pop(job_id, None)
        self._uploads.drop(job_id)

    # Both

    def _run(self, ingestion: Ingestion, told: Told) -> Iterator[Outcome]:
        """Outcomes of a run, each given out once the indexes hold what it says."""
        clock = Clock(ingestion.total)
        told(clock.at(0))
        waiting: list[Outcome] = []
        done = stored = 0
        replaced = False
        synced = time.monotonic()
        for outcome in ingestion.run():
            waiting.append(outcome)
            stored += outcome.status in _STORED
            if outcome.status in ("replaced", "removed") and not replaced:
                replaced = True
                self._wiping.owe()
            if outcome.status == "removed" and outcome.source_id:
                self._jobs.forget([outcome.source_id])
                self.coach.conversations.withdraw([outcome.source_id])
            if stored >= _SOURCES_A_SYNC or (time.monotonic() - synced > _SECONDS_A_SYNC) or not stored:
                if stored:
                    self._sync_alone()
                done += len(waiting)
                told(clock.at(done))
                yield from waiting
                waiting, stored, synced = [], 0, time.monotonic()
        if stored:
            self._sync_alone(lambda made, total: told(clock.at(done + len(waiting) * made // max(total, 1))))
        if replaced:
            with self._writing:
                self._wiping.wipe()
        told(clock.at(done + len(waiting)))
        yield from waiting

    def _sync_alone(self, told: Callable[[int, int], None] | None = None) -> None:
        with self._writing:
            self._sync(told)

    def _sync(self, told: Callable[[int, int], None] | None = None) -> None:
        with following():
            self._index.sync(told)

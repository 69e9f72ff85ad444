"""The clients of a soak: some ask, some converse, one brings documents and takes them away again."""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import httpx

from coach.answers import Answer
from evals.case import load_cases
from evals.soak.ledger import Ledger, after_deletion, lost
from ui.client import MentorCoach, ProblemError

_PAUSE_S = 0.2
_HELD = 6
_AT_A_TIME = 2
_TURNS = (2, 6)
_ABOUT_OWN = 0.3
_COME_AGAIN = (409, 503)
_FOLLOW_UPS = ("Who found that?", "How sure are they?", "Whom did they study?", "Is there a link?", "And for women?")
_ANIMALS = (
    "rabbits", "wombats", "otters", "hedgehogs", "llamas", "badgers", "falcons", "geese", "ponies", "tortoises", "bees",
    "salmon", "beavers", "goats", "owls", "ferrets", "alpacas", "ravens", "donkeys", "squirrels", "swans", "lynxes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Document:
    """A small paper that nobody wrote: what is in it can be asked about, and stands nowhere else."""

    name: str
    animals: str

    @property
    def text(self) -> str:
        return (
            f"# {self.animals.capitalize()} in mentoring ({self.name})\n\nMentors who kept {self.animals} met their "
            f"mentees every week. Keeping {self.animals} calmed all of the mentors in programme {self.name}.\n"
        )

    @property
    def question(self) -> str:
        return f"Did keeping {self.animals} calm mentors?"


class Clients:
    """What one thread speaks to the coach with; a refusal is not sent again, but counted."""

    def __init__(self, url: str) -> None:
        self.coach = MentorCoach(url, retries=0)
        self.http = httpx.Client(base_url=url, timeout=60)

    def __enter__(self) -> Clients:
        return self

    def __exit__(self, *_: object) -> None:
        self.coach.close()
        self.http.close()


class Stage:
    """A served coach, and what its clients share."""

    def __init__(self, url: str, ledger: Ledger) -> None:
        self.url = url
        self.ledger = ledger
        self.stop = threading.Event()
        self.texts: dict[str, str] = {}
        """The passages that were looked at; ids are never used again."""
        self._questions = [case.turns[0] for case in load_cases("dev")]
        self._documents: deque[Document] = deque(maxlen=2 * _HELD)
        """The latest ones, deleted or not."""
        self._held: deque[str] = deque()
        self._run = secrets.token_hex(3)
        self._number = 0

    def threads(self) -> list[threading.Thread]:
        steps = [
            *[("question", self._asks)] * 2,
            *[("follow-up", self._converses)] * 2,
            ("ingest", self._keeps),
        ]
        return [threading.Thread(target=self._work, args=step, name=step[0]) for step in steps]

    def clear(self) -> None:
        """Delete what is left of the run's documents."""
        with Clients(self.url) as clients:
            while self._held:
                self._delete(clients.http)

    def look_again(self) -> tuple[int, int]:
        """How many acknowledged turns there are, and how many are still there; of what they cite nothing is deleted."""
        ledger, found = self.ledger, 0
        with MentorCoach(self.url) as coach:
            for conversation, acknowledged in ledger.turns.items():
                stored = _stored(coach, conversation)
                missing = lost(acknowledged, stored)
                found += len(acknowledged) - len(missing)
                ledger.wrong += [f"turn {turn} of conversation {conversation} is lost" for turn in missing]
                ledger.wrong += [
                    f"the stored turn {turn} cites {source!r}, which is deleted"
                    for turn, cited in stored.items()
                    for source in after_deletion(cited, time.monotonic(), ledger.deleted)
                ]
        return sum(map(len, ledger.turns.values())), found

    def _work(self, kind: str, step: Callable[[Clients], None]) -> None:
        with Clients(self.url) as clients:
            while not self.stop.is_set():
                try:
                    step(clients)
                except ProblemError as error:
                    if error.status in _COME_AGAIN:
                        self.ledger.refused[error.type.rpartition("/")[2]] += 1
                    else:
                        self.ledger.trouble(kind, str(error))
                except Exception as error:  # noqa: BLE001 - whatever a client meets belongs into the summary
                    self.ledger.trouble(kind, f"{type(error).__name__}: {error}")
                self.stop.wait(_PAUSE_S)

    # Asking

    def _asks(self, clients: Clients) -> None:
        self._ask(clients.coach, "question", self._question())

    def _converses(self, clients: Clients) -> None:
        conversation = self._ask(clients.coach, "question", self._question()).conversation_id
        for number in range(random.randint(*_TURNS)):
            if self.stop.wait(_PAUSE_S):
                return
            kind = "streamed" if number % 2 else "follow-up"
            self._ask(clients.coach, kind, random.choice(_FOLLOW_UPS), conversation)

    def _question(self) -> str:
        documents = list(self._documents)
        if documents and random.random() < _ABOUT_OWN:
            return random.choice(documents).question
        return random.choice(self._questions)

    def _ask(self, coach: MentorCoach, kind: str, question: str, conversation: str | None = None) -> Answer:
        began = time.monotonic()
        if kind == "streamed":
            *_, last = coach.stream(question, conversation)
            assert last.event == "done"
            answer = last.answer
        else:
            answer = coach.ask(question, conversation)
        self.ledger.timed(kind, began)
        for passage in {citation.passage_id for citation in answer.citations} - self.texts.keys():
            # A source may have been deleted since.
            with suppress(ProblemError):
                self.texts[passage] = coach.passage(passage).text
        self.ledger.answered(answer, began, self.texts)
        return answer

    # Bringing and taking away

    def _keeps(self, clients: Clients) -> None:
        if len(self._held) >= _HELD:
            self._delete(clients.http)
        else:
            self._bring(clients.http, [self._document() for _ in range(_AT_A_TIME)])

    def _document(self) -> Document:
        self._number += 1
        return Document(f"soak-{self._run}-{self._number}", _ANIMALS[self._number % len(_ANIMALS)])

    def _bring(self, http: httpx.Client, documents: Sequence[Document]) -> None:
        """Upload documents, wait for their job, and find every one of them."""
        began = time.monotonic()
        files = [("files", (f"{document.name}.md", document.text.encode())) for document in documents]
        job = _sound(http.post("/v1/sources", files=files)).json()
        while job["state"] not in ("done", "failed"):
            time.sleep(0.05)
            job = _sound(http.get(f"/v1/jobs/{job['id']}")).json()
        self.ledger.timed("ingest", began)
        sources = [file["source_id"] for file in job["files"]]
        self._held.extend(source for source in sources if source)
        self._documents.extend(documents)
        if job["counts"] != {"added": len(documents)}:
            self.ledger.wrong.append(f"job {job['id']} ended as {job['state']} with {job['counts']}: {job['reason']}")
        for document, source in zip(documents, sources, strict=True):
            if source and source not in self._found(http, document.question):
                self.ledger.wrong.append(f"{source!r} is not found, although its job is done")

    def _delete(self, http: httpx.Client) -> None:
        """Delete the oldest one, and find it no more."""
        source, began = self._held[0], time.monotonic()
        _sound(http.delete(f"/v1/sources/{source}"))
        self._held.popleft()
        self.ledger.deleted[source] = time.monotonic()
        self.ledger.timed("delete", began)
        for document in list(self._documents):
            if source in self._found(http, document.question):
                self.ledger.wrong.append(f"{source!r} is found, although it is deleted")

    def _found(self, http: httpx.Client, query: str) -> set[str]:
        hits = _sound(http.get("/v1/search", params={"q": query, "top_k": 2 * _HELD})).json()["hits"]
        return {hit["source_id"] for hit in hits}


def _stored(coach: MentorCoach, conversation: str) -> dict[str, list[str]]:
    """The turns of a conversation that are stored, each with the sources that it cites."""
    try:
        turns = coach.conversation(conversation).turns
        return {turn.id: [citation.source.id for citation in turn.answer.citations] for turn in turns}
    except ProblemError as error:
        if error.status == 404:
            return {}
        raise


def _sound(response: httpx.Response) -> httpx.Response:
    """Raises `ProblemError` for a refusal, as the client does for what it sends."""
    if not response.is_success:
        said = response.json()
        raise ProblemError(response.status_code, said["type"], said["detail"])
    return response

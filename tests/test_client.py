"""The client: typed answers and events from the real service, and what it does when one refuses or is gone."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import pytest

from coach.answers import Answer, ClaimEvent, Done, Event, GuidanceEvent, Kind, Status
from ui.client import (
    AnswerFailedError,
    AsyncMentorCoach,
    ClientError,
    MentorCoach,
    NotACoachError,
    ProblemError,
    SourceFilters,
    UnreachableError,
)

QUESTION = "How do the National Academies define mentorship?"
ANSWER = Answer(conversation_id="c", turn_id="t", kind=Kind.CHAT, question="hello", query="hello", text="Hello.")
PROBLEM = json.dumps({"type": "urn:mentor-coach:problem:busy", "title": "Busy", "status": 503, "detail": "Ask later."})


@dataclass
class Reply:
    status: int = 200
    body: str = field(default_factory=ANSWER.model_dump_json)
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0


@dataclass
class Stub:
    """A server that gives the scripted replies in turn, the last one for ever, and remembers when it was asked what."""

    url: str
    asked: list[tuple[float, str, dict[str, str], str]]

    @property
    def waits(self) -> list[float]:
        times = [at for at, *_ in self.asked]
        return [after - before for before, after in pairwise(times)]


@contextmanager
def replying(*replies: Reply) -> Iterator[Stub]:
    asked: list[tuple[float, str, dict[str, str], str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            reply = replies[min(len(asked), len(replies) - 1)]
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            asked.append((time.monotonic(), self.path, dict(self.headers), body))
            time.sleep(reply.delay)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body.encode())))
            self.end_headers()
            with suppress(BrokenPipeError):
                self.wfile.write(reply.body.encode())

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield Stub(f"http://127.0.0.1:{server.server_port}", asked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


Ask = Callable[[str, str], Answer]
Stream = Callable[[str, str], list[Event]]


def ask_sync(url: str, question: str, **settings: float) -> Answer:
    with MentorCoach(url, **settings) as coach:  # type: ignore[arg-type]
        return coach.ask(question)


def ask_async(url: str, question: str, **settings: float) -> Answer:
    async def ask() -> Answer:
        async with AsyncMentorCoach(url, **settings) as coach:  # type: ignore[arg-type]
            return await coach.ask(question)

    return asyncio.run(ask())


def stream_sync(url: str, question: str) -> list[Event]:
    with MentorCoach(url) as coach:
        return list(coach.stream(question))


def stream_async(url: str, question: str) -> list[Event]:
    async def stream() -> list[Event]:
        async with AsyncMentorCoach(url) as coach:
            return [event async for event in coach.stream(question)]

    return asyncio.run(stream())


both_ask = pytest.mark.parametrize("ask", [ask_sync, ask_async])
both_stream = pytest.mark.parametrize("stream", [stream_sync, stream_async])


def test_importing_the_client_loads_no_model_and_no_page() -> None:
    code = (
        "import sys, time; import ui.client; print(time.process_time());"
        "print([name for name in ('torch', 'gradio', 'langchain_core', 'sqlalchemy', 'fastapi', 'numpy') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds, loaded = ran.stdout.splitlines()
    assert loaded == "[]"
    # About 0.6 s here, the interpreter included; importing torch alone takes several.
    assert float(seconds) < 2.5


@pytest.mark.model
@both_ask
def test_an_answer_is_typed(served_url: str, ask: Ask) -> None:
    answer = ask(served_url, QUESTION)
    assert isinstance(answer, Answer)
    assert answer.kind is Kind.ANSWER
    assert answer.citations[0].source.id == "nasem-effective-mentorship-stemm"


@pytest.mark.model
@both_stream
def test_streamed_events_are_typed_and_end_with_the_whole(served_url: str, stream: Stream) -> None:
    events = stream(served_url, QUESTION)
    assert isinstance(events[0], Status)
    done = events[-1]
    assert isinstance(done, Done)
    assert [event.claim for event in events if isinstance(event, ClaimEvent)] == done.answer.claims
    assert [event.guidance for event in events if isinstance(event, GuidanceEvent)] == [done.answer.guidance]


@pytest.mark.model
def test_the_library_and_conversations_are_typed(served_url: str) -> None:
    with MentorCoach(served_url) as coach:
        first = coach.ask(QUESTION)
        second = coach.ask("Is there a link?", first.conversation_id)
        assert [turn.answer for turn in coach.conversation(first.conversation_id).turns] == [first, second]
        assert first.conversation_id in [item.id for item in coach.conversations()]
        assert coach.rename(first.conversation_id, "Definitions").title == "Definitions"
        coach.rate(first.turn_id, "helpful", claim=1)
        assert '"rating": "helpful"' in coach.export(first.conversation_id, "json")
        coach.rate(first.turn_id, None, claim=1)
        assert coach.export(first.conversation_id).startswith("# Definitions")
        coach.delete_conversation(first.conversation_id)
        with pytest.raises(ProblemError, match="No conversation") as refused:
            coach.conversation(first.conversation_id)
        assert refused.value.status == 404
        assert refused.value.type == "urn:mentor-coach:problem:unknown-conversation"
        hit = coach.search("imposter phenomenon", top_k=3).hits[0]
        assert coach.passage(hit.passage_id).text == hit.text
        assert coach.source(hit.source_id).title == hit.source_title
        assert hit.source_id in [source.id for source in coach.sources()]
        only = coach.ask("Do women get more support?", filters=SourceFilters(year_from=2050))
        assert only.kind is Kind.ABSTENTION
        for odd in ("../../etc/passwd", "a?b=c", "ünï", "a/b"):
            with pytest.raises(ProblemError) as unknown:
                coach.passage(odd)
            assert unknown.value.status == 404


@pytest.mark.model
def test_a_question_that_no_utf_8_can_hold_is_refused_by_the_service(served_url: str) -> None:
    with pytest.raises(ProblemError) as refused:
        ask_sync(served_url, "\ud800 mentor")
    assert refused.value.status == 422


@both_ask
@pytest.mark.parametrize("status", [429, 503])
def test_a_refused_question_is_asked_again_after_the_wait_that_was_asked_for(
    ask: Callable[..., Answer], status: int
) -> None:
    with replying(Reply(status, PROBLEM, {"Retry-After": "1"}), Reply()) as stub:
        assert ask(stub.url, "hello") == ANSWER
        assert [json.loads(body) for *_, body in stub.asked] == [{"question": "hello"}] * 2
        assert 1.0 <= stub.waits[0] < 3.0


@both_ask
def test_retries_end_with_the_refusal(ask: Callable[..., Answer]) -> None:
    with replying(Reply(503, PROBLEM)) as stub:
        with pytest.raises(ProblemError, match="Ask later") as refused:
            ask(stub.url, "hello", retries=1)
        assert refused.value.type == "urn:mentor-coach:problem:busy"
        assert len(stub.asked) == 2


def test_what_was_read_and_refused_is_not_asked_again() -> None:
    for status in (400, 404, 422, 500):
        with replying(Reply(status, PROBLEM)) as stub:
            with pytest.raises(ProblemError):
                ask_sync(stub.url, "hello")
            assert len(stub.asked) == 1


def test_a_stream_is_asked_again_before_its_start() -> None:
    events = 'event: status\ndata: {"message": "Reading"}\n\nevent: done\ndata: ' + ANSWER.model_dump_json() + "\n\n"
    answered = Reply(body=events, headers={"Content-Type": "text/event-stream"})
    with replying(Reply(503, PROBLEM, {"Retry-After": "1"}), answered) as stub:
        assert stream_sync(stub.url, "hello") == [Status(message="Reading"), Done(answer=ANSWER)]
        assert stub.asked[1][2]["Accept"] == "text/event-stream"


@both_stream
def test_an_answer_that_breaks_off_is_an_error(stream: Stream) -> None:
    events = 'event: status\ndata: {"message": "Reading"}\n\nevent: error\ndata: ' + PROBLEM + "\n\n"
    with (
        replying(Reply(body=events, headers={"Content-Type": "text/event-stream"})) as stub,
        pytest.raises(AnswerFailedError, match="Ask later"),
    ):
        stream(stub.url, "hello")


def test_line_separators_of_unicode_do_not_break_an_event() -> None:
    odd = ANSWER.model_copy(update={"text": "a\u2028b\x85c\u2029d"})
    events = f"event: done\ndata: {odd.model_dump_json()}\n\n"
    with replying(Reply(body=events, headers={"Content-Type": "text/event-stream"})) as stub:
        assert stream_sync(stub.url, "hello") == [Done(answer=odd)]


def test_what_a_newer_service_adds_is_no_error() -> None:
    newer = json.dumps(json.loads(ANSWER.model_dump_json()) | {"new": 1})
    with replying(Reply(body=newer)) as stub:
        assert ask_sync(stub.url, "hello") == ANSWER


def test_the_key_is_sent() -> None:
    with replying(Reply()) as stub, MentorCoach(stub.url, api_key="secret") as coach:
        coach.ask("hello", "c")
        assert stub.asked[0][2]["Authorization"] == "Bearer secret"
        assert json.loads(stub.asked[0][3]) == {"question": "hello", "conversation_id": "c"}


def test_lists_are_read_to_their_end() -> None:
    def part(name: str, then: str | None) -> Reply:
        item = {"id": name, "title": name, "created_at": "2026-11-27T10:00:00Z", "updated_at": "2026-11-27T10:00:00Z"}
        return Reply(body=json.dumps({"conversations": [item | {"turns": 1}], "next": then}))

    with replying(part("a", "xy"), part("b", "z"), part("c", None)) as stub, MentorCoach(stub.url) as coach:
        assert [item.id for item in coach.conversations()] == ["a", "b", "c"]
        assert [path for _, path, *_ in stub.asked][1:] == [
            "/v1/conversations?cursor=xy",
            "/v1/conversations?cursor=z",
        ]


NONSENSE = [
    Reply(body="<html>hello</html>"),
    Reply(body="{}"),
    Reply(404, "<html>nothing here</html>"),
    Reply(500, "[]"),
]


@both_ask
@pytest.mark.parametrize("reply", NONSENSE, ids=["page", "empty object", "other 404", "other 500"])
def test_nonsense_is_named_as_such(ask: Callable[..., Answer], reply: Reply) -> None:
    with replying(reply) as stub, pytest.raises(NotACoachError, match=stub.url):
        ask(stub.url, "hello")


def test_a_page_for_a_stream_is_named_as_nonsense() -> None:
    page = Reply(body="<html></html>", headers={"Content-Type": "text/html"})
    with replying(page) as stub, pytest.raises(NotACoachError):
        stream_sync(stub.url, "hello")


@both_ask
def test_nobody_there_and_too_late_say_what_to_do(ask: Callable[..., Answer]) -> None:
    with replying(Reply(delay=1.0)) as stub, pytest.raises(UnreachableError, match="timeout"):
        ask(stub.url, "hello", timeout=0.2)
    with pytest.raises(UnreachableError, match="mentor-coach serve"):
        ask(stub.url, "hello")
    assert issubclass(UnreachableError, ClientError)

"""Turns for clients that may go away: so many at once, so many waiting, and the work stops with the client."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest

from coach.answers import ClaimEvent, Done
from coach.coach import Coach
from coach.errors import QuestionError, StoppedError
from coach.settings import Settings
from tests.coaching import assisted_by
from tests.fakes import ScriptedModel, Shown
from ui.api.kinds import RefusedError
from ui.api.turns import Pieces, TurnResponse, Turns
from ui.app import create_app
from ui.endpoint import add_answer
from ui.spoken import Told, spoken, told

QUESTION = "Do men with women mentors feel accepted?"


class Reader:
    """A client: what it has received, and when it goes away."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.gone = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.received.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.received)

    async def read(self, turns: Turns, pieces: Pieces, *, streamed: bool = True) -> None:
        response = TurnResponse(turns, pieces, "text/plain", streamed=streamed)
        await response({"type": "http"}, self.receive, self.send)


def saying(*pieces: bytes) -> Pieces:
    def make(stop: threading.Event) -> Generator[bytes, None, None]:
        yield from pieces

    return make


@pytest.mark.parametrize("streamed", [True, False])
def test_an_answer_arrives_whole_and_in_order(streamed: bool) -> None:
    async def run() -> Reader:
        reader = Reader()
        await reader.read(Turns(1, 1), saying(b"one ", b"two ", b"three"), streamed=streamed)
        return reader

    reader = asyncio.run(run())
    assert reader.body == b"one two three"
    start = dict(reader.received[0]["headers"])
    assert start.get(b"content-length") == (None if streamed else b"13")
    assert len(reader.received) == (5 if streamed else 2)


@pytest.mark.parametrize("streamed", [True, False])
def test_what_fails_before_the_start_is_the_requests_error(streamed: bool) -> None:
    def make(stop: threading.Event) -> Generator[bytes, None, None]:
        raise QuestionError("no question")
        yield b""

    with pytest.raises(QuestionError):
        asyncio.run(Reader().read(Turns(1, 1), make, streamed=streamed))


def test_a_piece_that_comes_after_its_readers_task_was_ended_is_let_go_in_silence() -> None:
    reached, released, stops = threading.Event(), threading.Event(), list[threading.Event]()

    def make(stop: threading.Event) -> Generator[bytes, None, None]:
        stops.append(stop)
        yield b"one"
        reached.set()
        released.wait(10)
        stop.clear()  # As when the piece had passed the look at `stop` a moment before.
        yield b"two"

    async def run() -> list[dict[str, Any]]:
        complaints: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        reading = asyncio.create_task(Reader().read(Turns(1, 1), make))
        await asyncio.to_thread(reached.wait, 10)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()  # As a loop does whose run is interrupted.
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert stops[0].is_set()
        released.set()
        while stops[0].is_set():
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        return complaints

    assert asyncio.run(run()) == []


def test_too_many_are_refused_and_those_that_wait_are_answered() -> None:
    async def run() -> list[Any]:
        turns, release = Turns(at_once=2, waiting=3), threading.Event()

        def slow(stop: threading.Event) -> Generator[bytes, None, None]:
            release.wait(10)
            yield b"done"

        readers = [Reader() for _ in range(9)]
        tasks = [asyncio.create_task(reader.read(turns, slow)) for reader in readers]
        await asyncio.sleep(0.2)
        assert (turns.running, turns.waiting) == (2, 3)
        assert sum(task.done() for task in tasks) == 4
        release.set()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert (turns.running, turns.waiting) == (0, 0)
        return [reader.body or outcome for reader, outcome in zip(readers, outcomes, strict=True)]

    outcomes = asyncio.run(run())
    assert outcomes[:5] == [b"done"] * 5
    assert [one.name for one in outcomes[5:] if isinstance(one, RefusedError)] == ["overloaded"] * 4


def test_the_page_asks_in_the_same_line_as_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.loading.PATIENCE_S", 2.0)

    async def run() -> list[httpx.Response]:
        app = create_app(Settings(home=tmp_path, at_once=1, waiting=0))
        asked = {"question": QUESTION}
        address, transport = "http://127.0.0.1:8000", httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=address) as client:
            # Its coach is never loaded: whoever has the only place waits in it.
            first = asyncio.create_task(client.post("/v1/ask", json=asked))
            await asyncio.sleep(0.5)
            return [await client.post("/page/ask", json=asked), await client.post("/v1/ask", json=asked), await first]

    page, program, first = asyncio.run(run())
    for refused in (page, program):
        assert refused.status_code == 503
        assert refused.json()["type"].endswith("overloaded")
        assert int(refused.headers["Retry-After"]) >= 1
    assert first.json()["type"].endswith("not-ready")


def test_gradios_own_protocol_asks_in_that_line_too() -> None:
    async def run() -> None:
        turns, release = Turns(at_once=1, waiting=0), threading.Event()

        def hold() -> None:
            release.wait(10)

        with gr.Blocks() as page:
            pass
        add_answer(page, lambda: pytest.fail("it was not refused"), turns, lambda _: "me")
        (endpoint,) = page.fns.values()
        running = asyncio.create_task(turns.run(hold))
        await asyncio.sleep(0.05)
        with pytest.raises(gr.Error, match="wait already"):
            await endpoint.fn(None, QUESTION)  # type: ignore[misc]
        release.set()
        await running

    asyncio.run(run())


def test_who_goes_away_while_waiting_is_never_answered() -> None:
    async def run() -> None:
        turns, release, asked = Turns(at_once=1, waiting=5), threading.Event(), threading.Event()

        def slow(stop: threading.Event) -> Generator[bytes, None, None]:
            release.wait(10)
            yield b"done"

        def second(stop: threading.Event) -> Generator[bytes, None, None]:
            asked.set()
            yield b""

        first, leaving = Reader(), Reader()
        running = asyncio.create_task(first.read(turns, slow))
        await asyncio.sleep(0.05)
        waiting = asyncio.create_task(leaving.read(turns, second))
        await asyncio.sleep(0.05)
        leaving.gone.set()
        await asyncio.wait_for(waiting, 2)
        assert turns.waiting == 0
        release.set()
        await running
        assert not asked.is_set()

    asyncio.run(run())


def endless(shown: Shown) -> Iterator[str]:
    for _ in range(2000):
        time.sleep(0.02)
        yield "USE "


@pytest.mark.model
def test_a_client_that_goes_away_stops_the_model(coach: Coach) -> None:
    written: list[float] = []

    def write(shown: Shown) -> Iterator[str]:
        for piece in endless(shown):
            written.append(time.monotonic())
            yield piece

    assisted = assisted_by(coach, ScriptedModel(write=write))
    stopped: list[BaseException] = []

    def pieces(stop: threading.Event) -> Generator[bytes, None, None]:
        try:
            for event in assisted.stream(QUESTION, stop=stop):
                yield event.event.encode()
        except StoppedError as error:
            stopped.append(error)
            raise

    async def run() -> float:
        turns, reader = Turns(1, 1), Reader()
        task = asyncio.create_task(reader.read(turns, pieces))
        while not written:
            await asyncio.sleep(0.01)
        assert turns.running == 1
        reader.gone.set()
        gone = time.monotonic()
        await asyncio.wait_for(task, 5)
        assert turns.running == 0
        return gone

    gone = asyncio.run(run())
    time.sleep(0.6)
    assert stopped
    assert written[-1] - gone < 1.5
    # A call that was stopped tells nothing against the model.
    assert assisted.helper is not None
    assert assisted.helper.calls.problem is None


@pytest.mark.model
def test_text_that_is_told_as_it_comes_is_the_answers_text(coach: Coach) -> None:
    """With a model the claims leave one by one; together they are the whole answer's text."""
    chosen = assisted_by(coach, ScriptedModel(write=lambda shown: "\n".join(f"USE {key}" for key in shown.keys[:3])))
    events = list(chosen.stream(QUESTION))
    assert [event.text for event in events if isinstance(event, ClaimEvent)].count("") == 0
    *pieces, end = told(events)
    assert isinstance(end, Told)
    done = events[-1]
    assert isinstance(done, Done)
    assert "".join(map(str, pieces)) == end.text == spoken(done.answer)
    assert end.before == 0


@pytest.mark.model
def test_a_source_that_is_withdrawn_meanwhile_is_said_so_in_the_text(coach: Coach) -> None:
    events = list(coach.stream_last([QUESTION]))
    done = events[-1]
    assert isinstance(done, Done)
    early = next(event for event in events if isinstance(event, ClaimEvent)).model_copy(update={"text": "Gone. [1]"})
    *pieces, end = told([early, done])
    assert isinstance(end, Told)
    response = "".join(map(str, pieces))
    assert response[end.before :] == end.text == spoken(done.answer)
    assert "withdrawn" in response[: end.before]

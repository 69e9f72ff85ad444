"""Runs turns for clients that may go away: so many at a time, so many waiting, and none for a client that has gone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Generator
from contextlib import closing, suppress

from anyio import (
    BrokenResourceError,
    CapacityLimiter,
    ClosedResourceError,
    create_memory_object_stream,
    create_task_group,
    to_thread,
)
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from coach.errors import StoppedError
from ui.api.kinds import RefusedError

Pieces = Callable[[threading.Event], Generator[bytes, None, None]]
"""Makes an answer piece by piece, in a thread. The event tells that nobody waits for it any longer."""


class Turns:
    """The places in which turns run, and the line before them."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._places = CapacityLimiter(at_once)
        self._most = at_once + waiting
        # Counted here, since the limiter counts one that waits only some time after it has come.
        self._here = 0

    @property
    def running(self) -> int:
        return int(self._places.statistics().borrowed_tokens)

    @property
    def waiting(self) -> int:
        return self._here - self.running

    async def run(self, work: Callable[[], None]) -> None:
        """Run `work` in a thread when its turn comes; refuses at once where too many wait."""
        if self._here >= self._most:
            raise RefusedError("overloaded", f"{self.waiting} questions wait already. Ask again in a few seconds.")
        self._here += 1
        try:
            await to_thread.run_sync(work, limiter=self._places)
        finally:
            self._here -= 1


class TurnResponse(Response):
    """An answer that is made while it is awaited, sent whole or, where `streamed`, piece by piece.

    What fails before the first piece is an error of the request like any other. A client that goes away is noticed
    while its question waits or is answered; its place is free as soon as the work has stopped.
    """

    def __init__(self, turns: Turns, pieces: Pieces, media_type: str, *, streamed: bool) -> None:
        super().__init__(media_type=media_type, headers={"Cache-Control": "no-store"})
        del self.headers["content-length"]
        self._turns = turns
        self._pieces = pieces
        self._streamed = streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        stop = threading.Event()
        # Without a bound: a reader that is slow does not keep a place, and an answer is small.
        into, out = create_memory_object_stream[bytes | Exception](float("inf"))

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            stop.set()
            group.cancel_scope.cancel()

        failure: Exception | None = None
        with out:
            async with create_task_group() as group:
                group.start_soon(watch)
                group.start_soon(self._make, into, stop)
                try:
                    failure = await self._send(out, send)
                finally:
                    # Also when the server ends and takes this task with it: the work behind it must not go on.
                    stop.set()
                group.cancel_scope.cancel()
        if failure is not None and not isinstance(failure, StoppedError):
            raise failure

    async def _make(self, into: MemoryObjectSendStream[bytes | Exception], stop: threading.Event) -> None:
        loop = asyncio.get_running_loop()

        def put(piece: bytes) -> None:
            # The reader may have left between the piece and this moment of the loop; a piece for nobody is no error.
            with suppress(ClosedResourceError, BrokenResourceError):
                into.send_nowait(piece)

        def work() -> None:
            with closing(self._pieces(stop)) as pieces:
                for piece in pieces:
                    if stop.is_set():
                        return
                    loop.call_soon_threadsafe(put, piece)

        with into:
            try:
                await self._turns.run(work)
            except Exception as error:  # noqa: BLE001 - raised by who sends, where handlers know errors by their kind
                into.send_nowait(error)

    async def _send(self, out: MemoryObjectReceiveStream[bytes | Exception], send: Send) -> Exception | None:
        """Send what is made; gives back what it failed of, if it did before anything was sent."""
        whole: list[bytes] = []
        started = False
        async for piece in out:
            if isinstance(piece, Exception):
                return piece
            if not self._streamed:
                whole.append(piece)
                continue
            if not started:
                started = True
                await self._start(send)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        if not started:
            self.headers["content-length"] = str(sum(map(len, whole)))
            await self._start(send)
        await send({"type": "http.response.body", "body": b"".join(whole)})
        return None

    async def _start(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})

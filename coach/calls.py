"""Calls to the chat model that end in time: read in a thread, retried where that can help, behind a circuit breaker."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.runnables import Runnable
from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_exponential,
    wait_random,
)
from tenacity.nap import sleep_using_event

from coach.errors import ModelError, StoppedError
from coach.models import Model, explain, mendable
from coach.patience import Breaker, Deadline

_ATTEMPTS = 3
_QUEUE = 64
_LOOK_S = 0.2
"""How often a call that waits looks whether anybody still waits for it."""
_MOST_READERS = 64
"""Threads that may read at a time; a server that sends signs of life and nothing else holds its thread."""


class Calls:
    """Makes every call to one model, and knows what is wrong with it."""

    def __init__(self, model: Model, breaker: Breaker | None = None) -> None:
        self.model = model
        self.problem: str | None = None
        """What the last call failed of and how to mend it; `None` after one that worked."""
        self._breaker = breaker or Breaker()
        self._readers = threading.BoundedSemaphore(_MOST_READERS)
        self._open: set[_Reading] = set()

    @property
    def busy(self) -> bool:
        """Whether a call is being made."""
        return bool(self._open)

    def lines(self, messages: list[BaseMessage], deadline: Deadline, most: int) -> Iterator[str]:
        """Pieces of the model's text as they come; raises `ModelError`. `most` is the longest output in characters."""
        for chunk in self.stream(lambda chat: chat, messages, deadline, most):
            yield chunk.text

    def text(self, messages: list[BaseMessage], deadline: Deadline, most: int) -> str:
        """The model's whole text; raises `ModelError`."""
        return "".join(self.lines(messages, deadline, most))

    def try_out(self, seconds: float = 15.0) -> str | None:
        """Ask the model for a word; what is wrong with it, or `None`."""
        try:
            self.text([HumanMessage("Reply with the word ready.")], Deadline.after(seconds), 2000)
        except ModelError:
            return self.problem
        return None

    def stream(
        self,
        with_model: Callable[[BaseChatModel], Runnable[Any, Any]],
        messages: list[BaseMessage],
        deadline: Deadline,
        most: int,
        unwanted: Callable[[], bool] = lambda: False,
    ) -> Iterator[Any]:
        """What the runnable that `with_model` makes streams, until `deadline`; raises `ModelError`.

        Closing the iterator ends the call, and so does, also while the model is silent, that `unwanted` says yes. An
        output that grows beyond `most` characters is cut off, which is no error.
        """
        if deadline.left <= 0:
            raise ModelError("no time left")
        if not self._readers.acquire(blocking=False):
            raise ModelError("too many calls at once")
        if not self._breaker.admit():
            self._readers.release()
            raise ModelError("paused after failures")
        reading = _Reading(with_model(self.model.chat), messages, deadline, most, self._readers.release)
        self._open.add(reading)
        began = False
        try:
            for item in reading.items(unwanted):
                began = True
                yield item
        except (GeneratorExit, StoppedError):
            self._succeeded() if began else self._breaker.abandon()
            raise
        except _UnwantedError:
            self._breaker.abandon()
            raise ModelError("no longer wanted") from None
        except Exception as error:  # noqa: BLE001 - whatever a client library raises, the turn goes on without the model
            self._breaker.fail()
            self.problem = explain(error, self.model)
            raise ModelError("took too long" if isinstance(error, TimeoutError) else "failed") from None
        else:
            self._succeeded()
        finally:
            reading.stop()
            self._open.discard(reading)

    def _succeeded(self) -> None:
        self._breaker.succeed()
        self.problem = None


class _Stopped(BaseException):
    """Nobody waits for this call any longer. No `Exception`: LangChain would log those of a callback."""


class _UnwantedError(Exception):
    """Whoever asked wants the answer no longer."""


class _CutOff(BaseException):
    """The output is longer than anything that could be used."""


class _Watch(BaseCallbackHandler):
    """Sees every piece that the model writes, also those of which a parser makes nothing."""

    raise_error = True

    def __init__(self, stopped: threading.Event, most: int) -> None:
        self.began = False
        self._stopped = stopped
        self._left = most

    def on_llm_new_token(self, token: Any, *, chunk: Any = None, **_: Any) -> None:
        if self._stopped.is_set():
            raise _Stopped
        self.began = True
        calls = getattr(getattr(chunk, "message", None), "tool_call_chunks", ())
        # Every piece counts for one at least, so that endless empty ones end too.
        self._left -= max(1, len(str(token)) + sum(len(call.get("args") or "") for call in calls))
        if self._left < 0:
            raise _CutOff


class _Reading:
    """One call, read in a thread of its own into a bounded queue."""

    def __init__(
        self,
        runnable: Runnable[Any, Any],
        messages: list[BaseMessage],
        deadline: Deadline,
        most: int,
        done: Callable[[], None],
    ) -> None:
        self._runnable = runnable
        self._messages = messages
        self._deadline = deadline
        self._done = done
        self._stopped = threading.Event()
        self._watch = _Watch(self._stopped, most)
        self._queue: queue.Queue[tuple[Any, BaseException | None]] = queue.Queue(_QUEUE)
        threading.Thread(target=self._read, name="model-call", daemon=True).start()

    def items(self, unwanted: Callable[[], bool]) -> Iterator[Any]:
        """Raises what the call raised, `TimeoutError` at the deadline, `StoppedError` when nobody waits any longer, and
        `_UnwantedError`.
        """
        while True:
            if self._deadline.stop.is_set():
                raise StoppedError("Nobody waits for this answer any longer.")
            if unwanted():
                raise _UnwantedError
            left = self._deadline.left
            if left <= 0:
                raise TimeoutError
            try:
                item, error = self._queue.get(timeout=min(left, _LOOK_S))
            except queue.Empty:
                continue
            if isinstance(error, (StopIteration, _CutOff)):
                return
            if error is not None:
                raise error
            yield item

    def stop(self) -> None:
        self._stopped.set()

    def _read(self) -> None:
        try:
            for attempt in self._retrying():
                with attempt:
                    if self._stopped.is_set():
                        raise _Stopped
                    for item in self._runnable.stream(self._messages, {"callbacks": [self._watch]}):
                        self._put(item, None)
            self._put(None, StopIteration())
        except _Stopped:
            pass
        except BaseException as error:  # noqa: BLE001 - handed to the thread that reads
            self._put_last(error)
        finally:
            self._done()

    def _retrying(self) -> Retrying:
        return Retrying(
            retry=retry_if_exception(lambda error: not self._watch.began and mendable(error)),
            stop=stop_after_attempt(_ATTEMPTS) | stop_before_delay(max(0.0, self._deadline.left)),
            wait=wait_exponential(multiplier=0.25, max=2.0) + wait_random(0, 0.25),
            sleep=sleep_using_event(self._stopped),
            reraise=True,
        )

    def _put(self, item: Any, error: BaseException | None) -> None:
        while not self._stopped.is_set():
            try:
                return self._queue.put((item, error), timeout=0.2)
            except queue.Full:
                continue
        raise _Stopped

    def _put_last(self, error: BaseException) -> None:
        with contextlib.suppress(_Stopped):
            self._put(None, error)

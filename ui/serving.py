"""The serving process: its socket, its signals, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from typing import NoReturn

from coach.connecting import open_database
from coach.errors import SettingsError
from coach.keys import Keys
from coach.settings import Settings, open_home, try_home
from corpus.database import Database
from ui import logs, workers

logger = logging.getLogger(__name__)

_GRACE_S = 2


def serve(settings: Settings, shared: int | None = None) -> None:
    """Serve until a signal says to stop; raises `CoachError` or `CorpusError` when it cannot begin.

    With several workers this process watches over them; each is given the number of the `shared` socket.
    """
    # Tried here too, so that a second process is told at once and not after loading everything.
    try_home(settings)
    keys = _keys(open_database(settings, open_home(settings))) if settings.guarded else None
    listening = _bind(settings) if shared is None else socket.socket(fileno=shared)
    logs.configure(settings)
    logging.getLogger("uvicorn.error").addFilter(_not_cancelled)
    if shared is None and settings.workers > 1:
        logger.info("Starting %s workers; the first start takes a little longer", settings.workers)
        raise SystemExit(workers.supervise(settings.workers, listening, workers.command()))
    if shared is not None:
        workers.follow()
    logger.info("Starting the page; the first start takes a little longer")
    _run(settings, keys, listening)


def fail(error: Exception) -> NoReturn:
    """End the process with one line that says what is wrong and what to do."""
    print(f"mentor-coach: {' '.join(str(error).split())}", file=sys.stderr)
    sys.stderr.flush()
    # The loading thread may still be importing; there is nothing left to wait for.
    os._exit(1)


def _keys(database: Database) -> Keys:
    """The keys of a guarded service; raises `SettingsError` when there is none."""
    keys = Keys(database)
    if not keys.all():
        raise SettingsError(
            "Others than this machine are served, and there is no key yet. Make one with `mentor-coach keys create "
            "NAME`, or serve this machine alone with MENTOR_COACH_HOST=127.0.0.1."
        )
    return keys


def _run(settings: Settings, keys: Keys | None, listening: socket.socket) -> None:
    import uvicorn

    from ui.app import create_app

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            host, port = listening.getsockname()[:2]
            logger.info("The page is at http://%s:%s", f"[{host}]" if ":" in host else host, port)

    problems: list[Exception] = []

    def failed(error: Exception) -> None:
        problems.append(error)
        server.should_exit = True

    # An open page keeps a connection open for ever; it must not keep the process.
    config = uvicorn.Config(
        create_app(settings, keys, failed), log_config=None, access_log=False, timeout_graceful_shutdown=_GRACE_S
    )
    server = Server(config)
    # Once everything has stopped in order, uvicorn hands the signal on.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listening])
    if problems:
        fail(problems[0])
    # Threads of a request in flight would be waited for; what was acknowledged is already stored.
    sys.stderr.flush()
    os._exit(0)


def _not_cancelled(record: logging.LogRecord) -> bool:
    """Whether a record is more than the end of a page that was open when the service stopped.

    An error's own words stay out of the log, since they may repeat what was asked; where it came from is logged by
    whoever met it.
    """
    cancelled = record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)
    record.exc_info = record.exc_text = None
    return not cancelled


def _bind(settings: Settings) -> socket.socket:
    """A bound socket; raises `SettingsError` when the address cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.host, settings.port))
        bound.listen(128)
    except OSError as error:
        bound.close()
        raise SettingsError(
            f"Port {settings.port} on {settings.host} cannot be used ({error.strerror}). "
            "Stop what uses it, or choose another with MENTOR_COACH_PORT."
        ) from error
    return bound

"""The command line: serve, ask, search, sources, ingest, remove, doctor, backup, restore, reindex."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from coach.errors import CoachError, SettingsError
from coach.settings import Settings, open_home, read_settings, try_home
from corpus.models import CorpusError
from retrieval.models import RetrievalError
from ui import workers

if TYPE_CHECKING:
    from coach.coach import Coach
    from coach.library import Library

logger = logging.getLogger(__name__)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A mentoring coach that answers from research and shows the passage behind every sentence.",
)
_GRACE_S = 2
_Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def main() -> None:
    """Run a command; an error is one line on standard error and exit code 1."""
    try:
        app()
    except (CoachError, CorpusError, RetrievalError) as error:
        _fail(error)


@app.command()
def serve(shared: Annotated[int | None, typer.Option("--socket", hidden=True)] = None) -> None:
    """Serve the page and the API on MENTOR_COACH_HOST and MENTOR_COACH_PORT.

    With MENTOR_COACH_WORKERS over 1 several processes answer the API there, and no page.
    """
    settings = read_settings()
    # Tried here too, so that a second process is told at once and not after loading everything.
    try_home(settings)
    listening = _bind(settings) if shared is None else socket.socket(fileno=shared)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    for noisy in ("httpx", "httpx2", "openai", "chromadb", "sentence_transformers", "uvicorn.error"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_not_cancelled)
    # An interrupt that is raised in the middle of an import can be lost there; until the server runs there is nothing
    # to put in order, since the library's files bear a kill at any moment.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop_at_once)
    if shared is None and settings.workers > 1:
        logger.info("Starting %s workers; the first start takes a little longer", settings.workers)
        raise SystemExit(workers.supervise(settings.workers, listening, workers.command()))
    logger.info("Starting the page; the first start takes a little longer")
    _serve(settings, listening)


@app.command()
def ask(question: str, as_json: _Json = False) -> None:
    """Answer one question here and now, without a server."""
    answer = _coach().reply(question)
    if as_json:
        print(answer.model_dump_json(indent=2))
        return
    print(answer.text)
    for citation in answer.citations:
        print(f"\n[{citation.number}] “{citation.quote}”\n    {citation.source.reference}")
    for guidance in answer.guidance:
        print(f"\n{guidance.label}: {guidance.text}")


@app.command()
def search(query: str, top_k: Annotated[int, typer.Option(min=1, max=100)] = 8, as_json: _Json = False) -> None:
    """Find passages; search never abstains."""
    hits = _coach().retriever.retrieve(query, top_k=top_k).hits
    if as_json:
        _print_json([{"passage_id": h.passage.id, "score": round(h.score, 6), "text": h.passage.text} for h in hits])
        return
    for hit in hits:
        print(f"{hit.score:.3f}  {hit.passage.id}\n       {hit.passage.text}\n")


@app.command()
def sources(
    as_json: _Json = False,
    form: Annotated[
        str | None, typer.Option("--format", help="Print the list as bibtex, ris or csl for a reference manager.")
    ] = None,
) -> None:
    """List the library's sources."""
    from coach.assemble import card
    from ui.api.export import FORMS

    if form is not None and form not in FORMS:
        raise SettingsError(f"There is no format {form!r}. Known are: {', '.join(sorted(FORMS))}.")
    held = _coach().catalog.sources()
    if form is not None:
        print(FORMS[form].of(held))
        return
    cards = [card(source) for source in held]
    if as_json:
        _print_json([item.model_dump(mode="json") for item in cards])
        return
    for item, source in zip(cards, held, strict=True):
        flags = f"\n    flagged: {', '.join(source.flags)}" if source.flags else ""
        print(f"{item.id}\n    {item.reference}{flags}")


@app.command()
def ingest(
    paths: list[Path],
    prune: Annotated[
        bool, typer.Option("--prune", help="Also remove the sources whose files are gone from these folders.")
    ] = False,
) -> None:
    """Add documents, or folders of them, to the library; changed files replace what they were, unchanged ones are left.

    Exit code 1 when a file failed. A run that was interrupted goes on where it stopped when it is started again.
    """
    from ui.ingesting import show

    library = _library()
    if not show(library.ingest, paths, prune):
        raise SystemExit(1)


@app.command()
def remove(source_ids: list[str]) -> None:
    """Delete own sources from the library and everything that was made of them."""
    _library().remove(source_ids)
    print(f"Removed {', '.join(source_ids)}.")


@app.command()
def doctor() -> None:
    """Examine home, embedding model, database, index and language model, and say how to mend what is wrong.

    Exit code 1 when anything is.
    """
    from coach.doctor import examine

    well = True
    for check in examine(read_settings()):
        well = well and check.well
        print(f"{'ok   ' if check.well else 'WRONG'}  {check.name}: {check.said}", flush=True)
    if not well:
        raise SystemExit(1)


@app.command()
def backup(file: Path) -> None:
    """Write library, conversations and everything else that is no index into one file, also while the coach serves."""
    from coach import build
    from coach.backup import back_up

    settings = read_settings()
    home = open_home(settings)
    database = build.open_database(settings, home)
    made = back_up(database, home, file)
    print(f"{file}: {made.rows('sources')} sources, {made.rows('conversations')} conversations, checked.")
    database.close()


@app.command()
def restore(
    file: Path,
    force: Annotated[bool, typer.Option("--force", help="Also over conversations and own sources.")] = False,
) -> None:
    """Put a backup in place of what is there, wholly or not at all; the next start makes the indexes anew.

    A backup of a folder can be restored into PostgreSQL, and the other way round. Stop the service first.
    """
    from coach import build
    from coach.restoring import restore as put_back

    settings = read_settings()
    try_home(settings)
    home = open_home(settings)
    database = build.open_database(settings, home)
    made = put_back(database, home, file, force=force)
    print(f"{made.rows('sources')} sources and {made.rows('conversations')} conversations of {made.made_at} are back.")
    database.close()


@app.command()
def reindex() -> None:
    """Make both indexes anew from the catalog while the old ones answer; also for another embedding model."""
    from coach.reindexing import reindex as make_anew

    made = make_anew(read_settings(), lambda line: print(line, file=sys.stderr))
    print(f"{made} sources are indexed anew.")


def _serve(settings: Settings, listening: socket.socket) -> None:
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
        create_app(settings, failed), log_config=None, access_log=False, timeout_graceful_shutdown=_GRACE_S
    )
    server = Server(config)
    # Once everything has stopped in order, uvicorn hands the signal on.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listening])
    if problems:
        _fail(problems[0])
    # Threads of a request in flight would be waited for; what was acknowledged is already stored.
    sys.stderr.flush()
    os._exit(0)


def _stop_at_once(number: int, _frame: object) -> None:
    sys.stderr.flush()
    os._exit(128 + number)


def _not_cancelled(record: logging.LogRecord) -> bool:
    """Whether a record is more than the end of a page that was open when the service stopped."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


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


def _coach() -> Coach:
    return _library().coach


def _library() -> Library:
    settings = read_settings()
    try_home(settings)
    from coach.build import build_library

    return build_library(settings, lambda line: print(line, file=sys.stderr))


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def _fail(error: Exception) -> NoReturn:
    print(f"mentor-coach: {' '.join(str(error).split())}", file=sys.stderr)
    sys.stderr.flush()
    # The loading thread may still be importing; there is nothing left to wait for.
    os._exit(1)


if __name__ == "__main__":
    main()

"""The command line: `mentor-coach serve | ask | chat | search | sources | ingest | keys | doctor | backup | …`."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from coach.errors import CoachError, SettingsError
from coach.settings import open_home, read_settings, try_home
from corpus.models import CorpusError
from retrieval.models import RetrievalError

if TYPE_CHECKING:
    from coach.coach import Coach
    from coach.keys import Keys
    from coach.library import Library
    from coach.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A mentoring coach that answers from research and shows the passage behind every sentence.",
    epilog="Exit codes: 0 done (an honest “not covered” is an answer); 1 failed, and one line on standard error says "
    "why and what to do; 2 wrong usage; 130 interrupted.",
)
keys_app = typer.Typer(no_args_is_help=True, help="Make, list and revoke the keys of a guarded service.")
app.add_typer(keys_app, name="keys")
_Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def main() -> None:
    """Run a command; an error is one line on standard error and exit code 1."""
    try:
        app()
    except (CoachError, CorpusError, RetrievalError) as error:
        from ui.serving import fail

        fail(error)


@app.command()
def serve(shared: Annotated[int | None, typer.Option("--socket", hidden=True)] = None) -> None:
    """Serve the page and the API on MENTOR_COACH_HOST and MENTOR_COACH_PORT.

    With MENTOR_COACH_WORKERS over 1 several processes answer the API there, and no page.
    """
    # An interrupt that is raised in the middle of an import can be lost there; until the server runs there is nothing
    # to put in order, since the library's files bear a kill at any moment.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop_at_once)
    from ui import serving

    serving.serve(read_settings(), shared)


@app.command()
def ask(question: str, as_json: _Json = False) -> None:
    """Answer one question here and now, without a server."""
    from ui.talking import say

    say(_coach().stream(question), as_json=as_json)


@app.command()
def chat(as_json: _Json = False) -> None:
    """Hold a conversation here and now: a question a line, until the end of the input."""
    from ui.talking import converse

    converse(_coach(), sys.stdin, as_json=as_json)


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
    catalog = _coach().catalog
    held, made = catalog.sources(), catalog.enrichments.counts()
    if form is not None:
        print(FORMS[form].of(held))
        return
    cards = [card(source) for source in held]
    if as_json:
        _print_json([item.model_dump(mode="json") | {"machine_made": made.get(item.id, 0)} for item in cards])
        return
    for item, source in zip(cards, held, strict=True):
        flags = f"\n    flagged: {', '.join(source.flags)}" if source.flags else ""
        contributed = f"\n    machine-made: {made[item.id]} findings and questions" if item.id in made else ""
        print(f"{item.id}\n    {item.reference}{flags}{contributed}")


@app.command()
def ingest(
    paths: list[Path],
    prune: Annotated[
        bool, typer.Option("--prune", help="Also remove the sources whose files are gone from these folders.")
    ] = False,
) -> None:
    """Add documents, or folders of them, to the library; changed files replace what they were, unchanged ones are left.

    Exit code 1 when a file failed. A run that was interrupted goes on where it stopped when it is started again. With a
    chat model, findings and questions are then written for the passages (MENTOR_COACH_ENRICH=off leaves that out).
    """
    from ui.ingesting import show, show_enriching

    settings = read_settings()
    if "threads" not in settings.model_fields_set:
        # Nobody asks anything of this process meanwhile.
        settings = settings.model_copy(update={"threads": os.cpu_count() or 1})
    library = _library(settings)
    well = show(library.ingest, paths, prune)
    show_enriching(library)
    if not well:
        raise SystemExit(1)


@app.command()
def remove(source_ids: list[str]) -> None:
    """Delete own sources from the library and everything that was made of them."""
    _library().remove(source_ids)
    print(f"Removed {', '.join(source_ids)}.")


@keys_app.command("create")
def create_key(
    name: str,
    scopes: Annotated[
        list[str] | None, typer.Option("--scope", help="ask, manage; may be given twice. Without it: ask.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Make a key and print it, this once. Give every person one of their own: conversations belong to it."""
    from coach.keys import Scope

    known = [scope.value for scope in Scope]
    if unknown := set(scopes or ()) - set(known):
        raise SettingsError(f"There is no scope {sorted(unknown)[0]!r}. Known are: {', '.join(known)}.")
    key, text = _keys().create(name, [Scope(scope) for scope in scopes or ["ask"]])
    if as_json:
        _print_json({"id": key.id, "name": key.name, "scopes": sorted(key.scopes), "key": text})
        return
    print(text)
    print(
        f"Made key {key.id} for {key.name!r} ({', '.join(sorted(key.scopes))}). It is not shown again.", file=sys.stderr
    )


@keys_app.command("list")
def list_keys(as_json: _Json = False) -> None:
    """List the keys by id, name and scopes; the keys themselves are kept nowhere."""
    held = _keys().all()
    if as_json:
        _print_json(
            [
                {"id": k.id, "name": k.name, "scopes": sorted(k.scopes), "created_at": k.created_at.isoformat()}
                for k in held
            ]
        )
        return
    for key in held:
        print(f"{key.id}  {key.created_at:%Y-%m-%d}  {', '.join(sorted(key.scopes)):<12}  {key.name}")


@keys_app.command("revoke")
def revoke_key(key_id: str) -> None:
    """Let nobody in with a key any more, at once; its conversations stay until they are deleted."""
    _keys().revoke(key_id)
    print(f"Revoked {key_id}.")


@app.command()
def gaps(as_json: _Json = False) -> None:
    """What mentors asked that the library does not cover: topics of at least three conversations, never their words."""
    found = _coach().gap_report()
    if as_json:
        _print_json([asdict(gap) for gap in found])
        return
    for gap in found:
        print(f"{gap.conversations:>5}  {gap.label}")
    if not found:
        print("No topic stayed without an answer in three conversations or more.")


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


def _stop_at_once(number: int, _frame: object) -> None:
    sys.stderr.flush()
    os._exit(128 + number)


def _keys() -> Keys:
    """The keys; a server may run meanwhile, since they do not touch its indexes."""
    from coach.connecting import open_database
    from coach.keys import Keys

    settings = read_settings()
    return Keys(open_database(settings, open_home(settings)))


def _coach() -> Coach:
    return _library().coach


def _library(settings: Settings | None = None) -> Library:
    settings = settings or read_settings()
    try_home(settings)
    from coach.build import build_library

    return build_library(settings, lambda line: print(line, file=sys.stderr))


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()

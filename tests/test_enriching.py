"""A library with a chat model: it writes for own passages between the jobs, and leaves nothing behind that was deleted."""

from __future__ import annotations

import io
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coach.build import build_library
from coach.calls import Calls
from coach.enrich import Enricher
from coach.jobs import JobState
from coach.lexicon import Lexicon
from coach.library import Library
from coach.models import Model
from coach.paraphrase import ParaphraseCheck
from coach.settings import Settings
from coach.uploads import Upload
from tests.fakes import Output, ScriptedModel, Shown
from ui.ingesting import show, show_enriching

pytestmark = pytest.mark.model

QUOTE = "Beekeeping mentors who listened for ten minutes a week were trusted more by their mentees."
PLAIN = "Mentees trusted beekeeping mentors more who listened for ten minutes a week."
ASKED = "Are beekeeping mentors who listen for ten minutes trusted more?"
PAPER = f"# Beekeeping mentors\n\n{QUOTE} The effect was small, and it was gone after a year.\n"
GOOD = f"FINDING {QUOTE} | {PLAIN}\nQUESTION {ASKED}"


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library without founding sources and without a model."""
    library = build_library(Settings(home=tmp_path_factory.mktemp("enriching") / "home", founding=False))
    yield library
    library.coach.close()


@pytest.fixture
def helped(plain: Library) -> Iterator[Callable[..., Library]]:
    """Gives the library with a model that writes so, and empties it after the test."""
    made: list[Library] = []

    def with_model(write: Callable[[Shown], Output]) -> Library:
        calls = Calls(Model(ScriptedModel(write=write), "fake:scripted", 8192))
        enricher = Enricher(plain.coach.retriever, calls, ParaphraseCheck(Lexicon.load()), 20.0)
        made.append(Library(plain.coach, home(plain), enricher))
        return made[-1]

    yield with_model
    for library in made:
        library.close()
    plain.remove([source.id for source in plain.coach.catalog.sources()])


def home(library: Library) -> Path:
    return Path(str(library.coach.catalog.database.engine.url.database)).parent


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def counts(library: Library) -> list[int]:
    return list(library.coach.catalog.enrichments.counts().values())


def test_an_upload_is_enriched_after_its_job_and_deleted_without_a_trace(helped: Callable[..., Library]) -> None:
    library = helped(lambda _: GOOD)
    library.start()
    job = library.submit([Upload("bees.md", io.BytesIO(PAPER.encode()))])
    until(lambda: counts(library) == [2] and library.job(job.id).state is JobState.DONE)
    (source,) = library.coach.catalog.sources()
    until(lambda: library.coach.retriever.retrieve(ASKED).hits[0].dense > 0.99)
    library.remove([source.id])
    for file in home(library).rglob("*"):
        assert not file.is_file() or (
            PLAIN.encode() not in file.read_bytes() and ASKED.encode() not in file.read_bytes()
        )
    assert library.coach.retriever.index.healthy()


def test_what_was_never_asked_about_is_taken_up_at_the_start(
    helped: Callable[..., Library], plain: Library, tmp_path: Path
) -> None:
    (tmp_path / "bees.md").write_text(PAPER)
    assert [outcome.status for outcome in plain.ingest([tmp_path])] == ["added"]
    assert plain.enrich() == 0
    library = helped(lambda _: GOOD)
    library.start()
    until(lambda: counts(library) == [2])


def test_a_job_goes_before_and_the_end_comes_within_a_second_although_the_model_is_silent(
    helped: Callable[..., Library], plain: Library, tmp_path: Path
) -> None:
    (tmp_path / "bees.md").write_text(PAPER)
    list(plain.ingest([tmp_path]))
    asked, released = threading.Event(), threading.Event()

    def silent(_: Shown) -> Iterator[str]:
        asked.set()
        released.wait(30)
        yield ""

    library = helped(silent)
    library.start()
    assert asked.wait(20)
    job = library.submit([Upload("more.md", io.BytesIO(b"# More\n\nMentors of beekeepers wrote letters home.\n"))])
    until(lambda: library.job(job.id).state is JobState.DONE)
    started = time.monotonic()
    library.close()
    assert time.monotonic() - started < 1.0
    assert library.enricher is not None
    assert library.enricher.waiting() == 2
    released.set()


def test_the_command_line_says_what_is_written_and_an_interrupt_loses_nothing(
    helped: Callable[..., Library], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.md").write_text(PAPER)
    (tmp_path / "b.md").write_text("# Roses\n\nGardeners pruned roses in winter and mulched the beds with straw.\n")
    asked: list[Shown] = []

    def interrupted(shown: Shown) -> str:
        asked.append(shown)
        if len(asked) == 2:
            signal.raise_signal(signal.SIGINT)
        return GOOD

    library = helped(interrupted)
    assert show(library.ingest, [tmp_path], False)
    show_enriching(library)
    said = capsys.readouterr()
    assert "fake:scripted writes findings and questions for 2 passages" in said.out
    assert "1 passages done, 1 left for the next run or start" in said.out
    assert library.enricher is not None
    assert library.enricher.waiting() == 1
    show_enriching(library)
    assert "1 passages done\n" in capsys.readouterr().out
    show_enriching(library)
    assert capsys.readouterr().out == ""

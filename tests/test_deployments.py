"""Two coaches over one PostgreSQL and one Chroma server: the same answers, shared at once, and what happens in faults."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from playwright.sync_api import Browser, expect
from pydantic import SecretStr

from coach import opening
from coach.answers import Kind
from coach.build import build_library
from coach.coach import Coach
from coach.errors import SettingsError
from coach.keys import Keys, Scope
from coach.library import Library
from coach.settings import Settings
from corpus.database import DatabaseUnreachableError
from corpus.models import Enrichment
from evals.case import load_cases
from evals.deployments import AIM, compare
from tests.conftest import Service, serve
from tests.engines import Chroma, Postgres
from tests.pages import OTHER, ask, box, reload

pytestmark = [pytest.mark.postgres, pytest.mark.model, pytest.mark.slow]

QUESTION = "How do the National Academies define mentorship?"
FIRST = "nasem-effective-mentorship-stemm"
BACK_S = 10
RABBITS = "# Rabbits in mentoring\n\nMentors of rabbit keepers met their mentees weekly. Rabbits calmed all of them.\n"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, chroma: Chroma) -> Settings:
    return Settings(
        home=tmp_path_factory.mktemp("host"), database_url=SecretStr(postgres.database()), chroma_url=chroma.url
    )


@pytest.fixture(scope="module")
def libraries(
    coach: Coach, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Library, Library]]:
    """Two hosts, each with a home of its own; the weights are in memory once."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(opening, "Embedder", lambda *_: coach.retriever.index.embedder)
        first = build_library(settings)
        second = build_library(settings.model_copy(update={"home": tmp_path_factory.mktemp("other-host")}))
    first.start()
    second.start()
    yield first, second
    for library in (first, second):
        library.close()
        library.coach.close()


@pytest.fixture
def coaches(libraries: tuple[Library, Library]) -> tuple[Coach, Coach]:
    return libraries[0].coach, libraries[1].coach


def within(seconds: float, done: Callable[[], bool]) -> float:
    """Seconds until `done`; fails after `seconds`."""
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < seconds
        time.sleep(0.1)
    return time.monotonic() - began


def cites(coach: Coach, question: str = QUESTION) -> str:
    answer = coach.reply(question)
    return answer.citations[0].source.id if answer.citations else ""


def test_a_library_on_servers_answers_as_one_in_a_folder(coach: Coach, coaches: tuple[Coach, Coach]) -> None:
    cases = load_cases("dev")[::8]
    compared = compare(cases, coach, coaches[1])
    assert len(compared) > 20
    assert sum(item.same for item in compared) / len(compared) >= AIM


def test_a_conversation_goes_on_at_the_other_host(coaches: tuple[Coach, Coach]) -> None:
    first = coaches[0].reply(QUESTION)
    second = coaches[1].reply("Who found that?", conversation_id=first.conversation_id)
    assert second.kind is Kind.ANSWER
    assert [turn.id for turn in coaches[0].conversations.turns(first.conversation_id, "local")] == [
        first.turn_id,
        second.turn_id,
    ]


def test_what_one_host_adds_and_deletes_the_other_knows_at_once(
    libraries: tuple[Library, Library], tmp_path: Path
) -> None:
    first, second = libraries
    (tmp_path / "rabbits.md").write_text(RABBITS)
    size = second.coach.retriever.index.size
    (outcome,) = first.ingest([tmp_path / "rabbits.md"])
    assert outcome.source_id is not None
    question = "Did rabbits calm mentors of rabbit keepers?"
    assert cites(second.coach, question) == outcome.source_id
    assert second.coach.retriever.index.size == size + 1
    second.remove([outcome.source_id])
    assert cites(first.coach, question) != outcome.source_id
    assert first.coach.retriever.index.size == size
    assert first.coach.retriever.index.healthy()


def test_what_a_model_contributed_at_one_host_is_searched_at_the_other(
    libraries: tuple[Library, Library], tmp_path: Path
) -> None:
    first, second = libraries
    (tmp_path / "rabbits.md").write_text(RABBITS)
    (outcome,) = first.ingest([tmp_path / "rabbits.md"])
    assert outcome.source_id is not None
    (entry,) = first.coach.catalog.entries([outcome.source_id])
    made = Enrichment(entry.passages[0].id, "a:model", (), ("Which animals calmed the mentors?",))
    assert first.coach.catalog.enrichments.put(made)
    before = first.coach.retriever.index.held
    first.coach.retriever.index.enrich(made.passage_id)
    assert cites(second.coach, "Did rabbits calm mentors of rabbit keepers?") == outcome.source_id
    assert second.coach.retriever.index.held == before + 1
    assert second.coach.retriever.index.healthy()
    second.remove([outcome.source_id])
    first.coach.retriever.index.refresh()
    assert first.coach.retriever.index.held == before - 1
    assert first.coach.retriever.index.healthy()


def test_vectors_in_a_folder_are_refused_beside_others(
    coach: Coach, tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes with one catalog would each change an index that the other does not see."""
    monkeypatch.setattr(opening, "Embedder", lambda *_: coach.retriever.index.embedder)
    url = SecretStr(postgres.database())
    alone = build_library(Settings(home=tmp_path_factory.mktemp("a"), database_url=url, founding=False))
    try:
        with pytest.raises(SettingsError, match="MENTOR_COACH_CHROMA_URL"):
            build_library(Settings(home=tmp_path_factory.mktemp("b"), database_url=url, founding=False))
    finally:
        alone.coach.close()


# Faults


def test_without_chroma_the_coach_goes_on_and_says_so(coaches: tuple[Coach, Coach], chroma: Chroma) -> None:
    before = coaches[0].reply(QUESTION)
    chroma.kill()
    try:
        for coach in coaches:
            answer = coach.reply(QUESTION)
            assert [c.passage_id for c in answer.citations] == [c.passage_id for c in before.citations]
            assert "search by meaning is out of order" in answer.text
            (said,) = coach.degraded
            assert chroma.url in said
    finally:
        chroma.start()
    for coach in coaches:
        within(BACK_S, lambda coach=coach: coach.degraded == [])  # type: ignore[misc]
        assert coach.reply(QUESTION).text == before.text


def test_a_chroma_that_hangs_keeps_nobody_waiting_for_long(coaches: tuple[Coach, Coach], chroma: Chroma) -> None:
    chroma.pause()
    try:
        began = time.monotonic()
        assert cites(coaches[0]) == FIRST
        assert time.monotonic() - began < 20
        began = time.monotonic()
        assert cites(coaches[0]) == FIRST
        assert time.monotonic() - began < 20
    finally:
        chroma.go_on()
    within(BACK_S, lambda: coaches[0].degraded == [])


def test_a_chroma_that_comes_back_empty_is_filled_again(coaches: tuple[Coach, Coach]) -> None:
    served = coaches[0].retriever.index.vectors
    served.drop()  # type: ignore[attr-defined]
    for coach in coaches:
        within(2 * BACK_S, lambda coach=coach: coach.degraded == [] and coach.retriever.index.healthy())  # type: ignore[misc]
        assert "out of order" not in coach.reply(QUESTION).text


def test_no_turn_is_lost_when_postgresql_dies(coaches: tuple[Coach, Coach], postgres: Postgres) -> None:
    first = coaches[0].reply(QUESTION)
    told = [first.turn_id]
    postgres.kill()
    try:
        with pytest.raises(DatabaseUnreachableError, match="does not answer"):
            coaches[0].reply(QUESTION, conversation_id=first.conversation_id)
        with pytest.raises(DatabaseUnreachableError):
            _ = coaches[1].degraded
    finally:
        postgres.start()

    def answered(coach: Coach) -> bool:
        try:
            told.append(coach.reply(QUESTION, conversation_id=first.conversation_id).turn_id)
        except DatabaseUnreachableError:
            return False
        return True

    for coach in coaches:
        within(BACK_S, lambda coach=coach: answered(coach))  # type: ignore[misc]
    assert [turn.id for turn in coaches[0].conversations.turns(first.conversation_id, "local")] == told


# Workers: the real service in processes of its own


@pytest.fixture(scope="module")
def bearer(libraries: tuple[Library, Library]) -> dict[str, str]:
    _, key = Keys(libraries[0].coach.catalog.database).create("Mo", [Scope.ASK])
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture(scope="module")
def workers(bearer: dict[str, str], settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service with two workers over the library that is there already, for those with a key alone."""
    assert settings.database_url is not None
    folder = tmp_path_factory.mktemp("workers")
    running = serve(
        folder / "home",
        folder / "log",
        MENTOR_COACH_DATABASE_URL=settings.database_url.get_secret_value(),
        MENTOR_COACH_CHROMA_URL=settings.chroma_url or "",
        MENTOR_COACH_WORKERS="2",
        MENTOR_COACH_KEYS="on",
        MENTOR_COACH_RATE="1000000/minute",
    )
    yield running.wait()
    if running.process.poll() is None:
        assert running.stop() == 0


def asked(service: Service, bearer: dict[str, str]) -> bool:
    """Whether a question is answered; a connection that its worker took along does not count."""
    try:
        answer = httpx.post(f"{service.url}/v1/ask", json={"question": QUESTION}, headers=bearer, timeout=60)
    except httpx.TransportError:
        return False
    return answer.status_code == 200 and answer.json()["citations"][0]["source"]["id"] == FIRST


def test_workers_share_an_address_and_a_killed_one_is_replaced(workers: Service, bearer: dict[str, str]) -> None:
    processes = psutil.Process(workers.process.pid).children()
    assert len(processes) == 2
    assert all(asked(workers, bearer) for _ in range(6))
    processes[0].kill()
    within(BACK_S, lambda: asked(workers, bearer))
    within(BACK_S, lambda: len(psutil.Process(workers.process.pid).children()) == 2)
    assert processes[1].is_running()


@pytest.mark.browser
def test_any_of_the_workers_serves_the_page_and_what_it_asks(
    browser: Browser, workers: Service, bearer: dict[str, str]
) -> None:
    # A connection for each request, so that they fall to either worker.
    context = browser.new_context(extra_http_headers={"Connection": "close"})
    page = context.new_page()
    broken: list[str] = []
    page.on("response", lambda got: broken.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    page.goto(workers.url)
    page.get_by_label("Your key").fill(bearer["Authorization"].removeprefix("Bearer "))
    page.get_by_role("button", name="Log in").click()
    expect(box(page)).to_be_visible(timeout=60_000)
    for _ in range(4):
        expect(ask(page, OTHER)).to_have_class("turn answer")
    reload(page, 4)
    first, _ = psutil.Process(workers.process.pid).children()
    first.kill()
    expect(ask(page, OTHER)).to_have_class("turn answer")
    assert broken == []
    context.close()

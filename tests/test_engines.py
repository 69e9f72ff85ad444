"""SQLite and PostgreSQL behind one `Database`: the same scores, the same turns, and every refusal in one line."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, make_url, text

from coach.conversation import Conversations
from coach.errors import UnknownConversationError, WithdrawnError
from coach.gaps import Gaps
from coach.keys import Keys, Scope
from coach.privacy import Privacy, kinds_kept
from corpus import engines
from corpus.catalog import Catalog
from corpus.database import (
    Database,
    DatabaseBusyError,
    DatabaseDamagedError,
    DatabaseError,
    DatabaseUnreachableError,
    set_fact,
)
from corpus.models import Source
from retrieval.fts5 import Fts5Index
from retrieval.lexical import FieldWeights, LexicalEntry
from retrieval.postings import PostingsIndex
from retrieval.vocabulary import Vocabulary
from tests.engines import Postgres
from tests.fakes import entry
from tests.turns import full, turn

pytestmark = pytest.mark.postgres

WORDS = ("mentor", "mentee", "stress", "goal", "trust", "xxterm")
ENTRIES = [
    LexicalEntry(
        title=" ".join(WORDS[n % 3 : n % 3 + 1 + n % 2]),
        body=" ".join(WORDS[(n * m) % 5] for m in range(1, 4 + n % 11)),
        more=" ".join(WORDS[n % 4] for _ in range(n % 5)),
        concepts="xxterm" if n % 7 == 0 else "",
    )
    for n in range(1, 60)
]


# The full-text index


@pytest.mark.parametrize(
    "weights", [FieldWeights(2.0, 1.0, 0.5, 1.0), FieldWeights(2, 1, 0, 0), FieldWeights(0, 0, 1, 0)], ids=repr
)
@pytest.mark.parametrize(
    "words", [["mentor"], ["stress", "goal"], list(WORDS), ["xxterm", "absent"], ["absent"], ["na:ive", "'", '"']]
)
def test_both_engines_give_the_same_scores(
    lexical: tuple[tuple[Database, Fts5Index], tuple[Database, PostingsIndex]], words: list[str], weights: FieldWeights
) -> None:
    found = []
    for database, index in lexical:
        with database.read() as connection:
            found.append(dict(index.search(connection, words, weights, 100)))
            assert index.search(connection, words, weights, 3) == list(found[-1].items())[:3]
    in_sqlite, in_postgres = found
    assert in_sqlite == pytest.approx(in_postgres, rel=1e-9)
    assert list(in_sqlite.values()) == sorted(in_sqlite.values(), reverse=True)
    held = {word for item in ENTRIES for name in weights.fields() for word in getattr(item, name).split()}
    assert bool(in_sqlite) == (not held.isdisjoint(words))


@pytest.fixture(scope="module")
def lexical(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres
) -> Iterator[tuple[tuple[Database, Fts5Index], tuple[Database, PostingsIndex]]]:
    """The same rows in both engines, some added and deleted again."""
    small = Database.at(tmp_path_factory.mktemp("lexical"))
    large = Database(postgres.database())
    made = (small, Fts5Index(small)), (large, PostingsIndex(large))
    for database, index in made:
        with database.write() as connection:
            for row, item in enumerate([*ENTRIES, *ENTRIES[:9]], start=1):
                index.add(connection, row, item)
            index.delete(connection, range(len(ENTRIES) + 1, len(ENTRIES) + 10))
    yield made
    for database, _ in made:
        database.close()


def test_words_and_their_counts_come_back(
    lexical: tuple[tuple[Database, Fts5Index], tuple[Database, PostingsIndex]],
) -> None:
    (small, fts5), (large, postings) = lexical
    with small.read() as one, large.read() as other:
        counts = fts5.frequencies(one, [*WORDS, "absent"])
        assert counts == postings.frequencies(other, [*WORDS, "absent"])
        assert counts["absent"] == 0 < counts["xxterm"] < counts["mentor"]
        assert fts5.entries(one, [1, 2, 999]) == postings.entries(other, [1, 2, 999]) == dict(enumerate(ENTRIES[:2], 1))


# Order


def test_text_sorts_by_code_point_on_both(database: Database) -> None:
    catalog = Catalog(database)
    for number, title in enumerate(["b", "B2", "Ä", "a", "_", "A1"]):
        catalog.put(entry(Source(f"s{number}", title), "Text."))
    assert [source.title for source in catalog.sources()] == ["_", "a", "A1", "b", "B2", "Ä"]


# Writers take turns


def test_a_writer_waits_for_the_one_before(database: Database) -> None:
    """A transaction that reads and then writes sees nothing change in between."""
    seen: list[int] = []

    def add_one() -> None:
        for _ in range(10):
            with database.write() as connection:
                held = connection.execute(text("SELECT value FROM facts WHERE key = 'n'")).scalar()
                seen.append(int(held or 0))
                set_fact(connection, "n", str(int(held or 0) + 1))

    threads = [threading.Thread(target=add_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(40))


def test_nobody_commits_while_the_log_is_emptied(tmp_path: Path) -> None:
    """Older releases of SQLite can lose pages then (https://sqlite.org/wal.html#walresetbug)."""
    database = Database.at(tmp_path)
    beside: list[threading.Thread] = []
    stored: list[bool] = []

    def commit() -> None:
        with database.write() as connection:
            set_fact(connection, "beside", "yes")
        stored.append(True)

    def meanwhile(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "wal_checkpoint" in statement and not beside:
            beside.append(threading.Thread(target=commit))
            beside[0].start()
            beside[0].join(0.5)
            assert not stored

    event.listen(database.engine, "before_cursor_execute", meanwhile)
    database.forget()
    beside[0].join()
    assert stored
    database.close()


def test_a_writer_that_waits_too_long_is_told_so(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_BUSY_MS", 200)
    monkeypatch.setitem(engines._SESSION, "lock_timeout", 200)
    first, second = Database(database_url), Database(database_url)
    with first.write(), pytest.raises(DatabaseBusyError, match="Another program holds"), second.write():
        pass
    with second.write() as connection:
        set_fact(connection, "n", "1")
    first.close()
    second.close()


def test_a_turn_never_outlives_a_source_that_is_deleted_at_the_same_time(database: Database) -> None:
    """However the two meet: the turn is refused, or it is struck."""
    catalog, store = Catalog(database), Conversations(database)
    for number in range(10):
        catalog.put(entry(Source("s", "T"), "In Mentored students — “stayed”. 🙂"))
        answer = full().model_copy(update={"conversation_id": f"c{number}", "turn_id": f"t{number}"})
        refused: list[bool] = []

        def append(answer: object = answer, refused: list[bool] = refused) -> None:
            try:
                store.append(answer, "me")  # type: ignore[arg-type]
            except WithdrawnError:
                refused.append(True)

        thread = threading.Thread(target=append)
        thread.start()
        catalog.remove("s")
        store.withdraw(["s"])
        thread.join()
        if not refused:
            (kept,) = store.turns(f"c{number}", "me")
            assert kept.answer.citations == []


# Refusals


def test_the_words_outlive_more_than_a_thousand_deletions(tmp_path: Path) -> None:
    """SQLite 3.40's `optimize` adds two levels to an index of some size; 2,000 are too many (found by `evals.soak`)."""
    database = Database.at(tmp_path)
    lexical = Fts5Index(database)
    words = random.Random(7)

    def body(name: str) -> LexicalEntry:
        return LexicalEntry(name, " ".join(f"{words.getrandbits(16):04x}x" for _ in range(80)), "", "")

    with database.write() as connection:
        for row in range(1, 41):
            lexical.add(connection, row, body("kept"))
    for _ in range(1050):
        with database.write() as connection:
            lexical.add(connection, 41, body("gone"))
            lexical.delete(connection, [41])
            lexical.forget(connection)
    with database.read() as connection:
        assert len(lexical.search(connection, ["kept"], FieldWeights(), 99)) == 40
        assert lexical.search(connection, ["gone"], FieldWeights(), 99) == []
    database.close()


def test_a_damaged_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    database = Database.at(tmp_path)
    lexical = Fts5Index(database)
    with database.write() as connection:
        for row in range(300):
            lexical.add(connection, row, LexicalEntry(f"title {row}", f"trust word{row} " * 50, "", ""))
    database.close()
    file = tmp_path / "catalog.sqlite3"
    pages = bytearray(file.read_bytes())
    # The second half; the schema's pages are whole.
    pages[len(pages) // 2 :] = bytes(len(pages) - len(pages) // 2)
    file.write_bytes(pages)
    again = Database.at(tmp_path)
    for use in (again.read, again.write):
        with pytest.raises(DatabaseDamagedError, match="put the last backup into an empty folder"), use() as connection:
            lexical.search(connection, ["trust"], FieldWeights(), 5)
    again.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://x", "'mysql' is no database that this release knows"),
        ("postgresql://x/y", "'postgresql' is no database that this release knows"),
        ("nonsense", "cannot be read"),
    ],
)
def test_an_address_of_another_kind_is_refused(url: str, said: str) -> None:
    with pytest.raises(DatabaseError, match=said) as refused:
        Database(url)
    assert "postgresql+psycopg://" in str(refused.value)


def test_a_server_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnreachableError, match="MENTOR_COACH_DATABASE_URL") as refused:
        Database(f"postgresql+psycopg://mentor:hush-hush@/coach?host={tmp_path}")
    assert "hush-hush" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_wrong_password_user_or_name_is_one_line(postgres: Postgres) -> None:
    good = make_url(postgres.guarded("mentor", "right-words"))
    Database(good.render_as_string(hide_password=False)).close()
    for wrong in (good.set(password="wrong-words"), good.set(username="nobody"), good.set(database="nowhere")):
        with pytest.raises(DatabaseUnreachableError, match="the user, the password and the name") as refused:
            Database(wrong.render_as_string(hide_password=False))
        assert "-words" not in str(refused.value)
        assert "\n" not in str(refused.value)


def test_another_schema_is_refused_and_left_as_it_is(database_url: str) -> None:
    database = Database(database_url)
    with database.write() as connection:
        set_fact(connection, "schema_version", "0")
    database.close()
    with pytest.raises(DatabaseError, match=r"has schema '0'.*Start the release that wrote it"):
        Database(database_url)


# What belongs to a service


def test_a_nul_hinders_nobody(database: Database) -> None:
    conversations = Conversations(database)
    conversations.append(turn("c", "t").model_copy(update={"question": "a\x00b mentor"}), "me")
    assert conversations.recent("c", 1)[0].question == "a\x00b mentor"
    assert [len(held.title) for held in conversations.of("me")] == [len("a\x00b mentor")]
    with pytest.raises(UnknownConversationError):
        conversations.check("c\x00", "me")


def test_keys_placeholders_and_gaps_are_the_same_on_both(database: Database) -> None:
    keys = Keys(database)
    key, text_of_it = keys.create("Mo", [Scope.ASK])
    login = keys.log_in(key)
    assert keys.check(text_of_it) == keys.logged_in(login) == keys.all()[0] == key
    keys.revoke(key.id)
    assert (keys.check(text_of_it), keys.logged_in(login), keys.all()) == (None, None, [])
    privacy, conversations, gaps = Privacy(Catalog(database), b"k" * 32), Conversations(database), Gaps(database)
    for name in ("c", "d", "e"):
        kept = privacy.keep("My mentee Priya Raman is late.", name)
        assert kept.new
        conversations.append(turn(name, f"t{name}"), "me", kept.new)
        assert privacy.keep("Priya is late.", name).new == ()
        assert kinds_kept(database, name) == {"person": 1}
        gaps.note(["trust", "goals"], name)
    found = gaps.report(Vocabulary.load())
    assert [(gap.topic, gap.conversations) for gap in found] == [("goals", 3), ("trust", 3)]
    first, second, third = conversations.of("me")
    assert conversations.of("me", limit=1, before=(first.updated_at, first.id)) == [second]
    assert conversations.of("me", before=(second.updated_at, second.id)) == [third]
    assert conversations.delete_all("me") == 3
    assert (gaps.of("c"), kinds_kept(database, "c")) == ([], {})


def test_a_key_that_is_made_from_outside_opens_every_coach_over_the_database(tmp_path: Path, database_url: str) -> None:
    command = [str(Path(sys.executable).with_name("mentor-coach")), "keys", "create", "Mo"]
    where = {"MENTOR_COACH_HOME": str(tmp_path)}
    if not database_url.startswith("sqlite"):
        where["MENTOR_COACH_DATABASE_URL"] = database_url
    done = subprocess.run(command, env={**os.environ, **where}, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    database = Database(database_url)
    found = Keys(database).check(done.stdout.strip())
    database.close()
    assert found is not None
    assert found.name == "Mo"

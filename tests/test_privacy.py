"""What is personal in a question gives way to placeholders; what is not stays, and so do the library's own names."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from coach.answers import Answer, Kind
from coach.conversation import Conversations
from coach.errors import SettingsError
from coach.privacy import Privacy, kinds_kept, neutral, open_key, placeholders
from corpus import founding
from corpus.catalog import Catalog
from corpus.database import Database
from corpus.models import Source
from evals.deidentification import measure
from tests.fakes import entry


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    database = Database.at(tmp_path_factory.mktemp("founding"))
    catalog = Catalog(database)
    founding.load(catalog)
    yield catalog
    database.close()


@pytest.fixture
def privacy(catalog: Catalog) -> Privacy:
    return Privacy(catalog, b"k" * 32)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("My mentee Sarah is shy.", "My mentee [person 1] is shy."),
        ("my mentee sarah is shy", "my mentee [person 1] is shy"),
        ("Sarah's plan is Sarah's own.", "[person 1]'s plan is [person 1]'s own."),
        ("Sarah told Priya that Sarah is shy", "[person 1] told [person 2] that [person 1] is shy"),
        ("Dr Patel told me about Priya.", "Dr [person 1] told me about [person 2]."),
        ("Mail s.o@example.org or call +44 20 7946 0958.", "Mail [email 1] or call [phone 1]."),
        ("She posts as @sarah_codes", "She posts as [handle 1]"),
        ("He works at Deloitte, born 12 March 1994", "He works at [employer 1], born [date of birth 1]"),
        ("She lives at 14 Rosewood Avenue.", "She lives at [address 1]."),
    ],
)
def test_each_kind_gives_way_to_its_placeholder(privacy: Privacy, written: str, kept: str) -> None:
    outcome = privacy.keep(written, "c")
    assert outcome.text == kept
    assert outcome.altered


@pytest.mark.parametrize(
    "written",
    [
        "Will mentoring help, and may I hope for more?",
        "Mark my words: joy and faith are not a plan.",
        "Grace under pressure; in May we chase deadlines, in summer we rose to them.",
        "What did Ragins find?",
        "Tell me about the Dao of Maslow.",
        "What do the National Academies say?",
        "What did Bandura find, and Smith (2020)?",
        "The doi is 10.1037/0021-9010.84.4.529 and 352 women answered in 1999-2001.",
        "HOW DO I GET MY MENTEE TO TALK",
    ],
)
def test_ordinary_words_and_the_librarys_names_stay(privacy: Privacy, written: str) -> None:
    outcome = privacy.keep(written, "c")
    assert (outcome.text, outcome.altered, outcome.new) == (written, False, ())


def test_an_author_is_kept_as_long_as_the_library_holds_a_work_of_theirs(tmp_path: Path) -> None:
    catalog = Catalog(Database.at(tmp_path))
    privacy = Privacy(catalog, b"k" * 32)
    asked = "What did Okonedo find?"
    assert privacy.keep(asked, "c").text == "What did [person 1] find?"
    catalog.put(entry(Source("s", "On mentors", authors=("Zoë Okonedo",)), "A passage of some length."))
    assert privacy.keep(asked, "c").text == asked
    catalog.remove("s")
    assert privacy.keep(asked, "c").altered
    catalog.database.close()


def test_the_measured_shares_on_development_cases(catalog: Catalog) -> None:
    figures = measure("dev", catalog)
    assert figures["e-mail addresses and phones hidden"].share >= 0.95
    assert figures["names hidden"].share >= 0.85
    assert figures["ordinary words that stay"].share >= 0.99
    assert figures["authors and titles that stay"].wrong == ()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[tuple[Conversations, Privacy]]:
    database = Database.at(tmp_path)
    yield Conversations(database), Privacy(Catalog(database), open_key(tmp_path))
    database.close()


def say(store: tuple[Conversations, Privacy], written: str, conversation: str = "c", kind: Kind = Kind.CHAT) -> str:
    conversations, privacy = store
    kept = privacy.keep(written, conversation)
    answer = Answer(
        conversation_id=conversation, turn_id=conversations.new_id(), kind=kind, question=kept.text, query="", text=""
    )
    conversations.append(answer, "me", kept.new)
    return kept.text


def test_a_person_has_the_same_placeholder_in_every_turn(store: tuple[Conversations, Privacy]) -> None:
    assert say(store, "I mentor Sarah Okafor and Tom Okafor.") == "I mentor [person 1] and [person 2]."
    assert say(store, "is sarah ready?") == "is [person 1] ready?"
    assert say(store, "And Tom? And Priya?") == "And [person 2]? And [person 3]?"
    assert say(store, "Priya wrote to s@example.org") == "[person 3] wrote to [email 1]"


def test_a_word_that_was_a_name_before_is_one_again(store: tuple[Conversations, Privacy]) -> None:
    assert say(store, "My mentee Grace Mensah has doubts.") == "My mentee [person 1] has doubts."
    assert say(store, "How would you describe a talk between Grace Mensah's boss and Grace?") == (
        "How would you describe a talk between [person 1]'s boss and [person 1]?"
    )


def test_placeholders_of_two_conversations_share_nothing(store: tuple[Conversations, Privacy]) -> None:
    _, privacy = store
    digests = {
        conversation: {item.digest for item in privacy.keep("Ask Sarah.", conversation).new} for conversation in "ab"
    }
    assert digests["a"].isdisjoint(digests["b"])
    say(store, "Ask Priya.", "a")
    assert say(store, "Ask Sarah.", "b") == "Ask [person 1]."


def test_what_is_remembered_names_nobody_and_goes_with_its_conversation(store: tuple[Conversations, Privacy]) -> None:
    conversations, _ = store
    say(store, "Sarah Okafor works at Deloitte.")
    database = conversations._database
    assert kinds_kept(database, "c") == {"person": 1, "employer": 1}
    with database.read() as connection:
        rows = connection.execute(placeholders.select()).all()
    assert not {"sarah", "okafor", "deloitte"} & {part.lower() for row in rows for part in map(str, row)}
    conversations.delete("c", "me")
    assert kinds_kept(database, "c") == {}


def test_of_a_crisis_not_even_the_hash_of_a_name_is_kept(store: tuple[Conversations, Privacy]) -> None:
    say(store, "Sarah wants to die.", kind=Kind.SAFETY)
    assert kinds_kept(store[0]._database, "c") == {}


def test_the_key_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    key = open_key(tmp_path)
    assert open_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "privacy.key").stat().st_mode) == 0o600
    (tmp_path / "privacy.key").write_bytes(b"short")
    with pytest.raises(SettingsError, match="damaged"):
        open_key(tmp_path)


def test_another_key_gives_other_hashes(catalog: Catalog) -> None:
    one, other = (Privacy(catalog, key * 32).keep("Ask Sarah.", "c").new[0].digest for key in (b"a", b"b"))
    assert one != other


@pytest.mark.parametrize(
    ("kept", "searched"),
    [
        ("My mentee [person 1] is shy", "My mentee is shy"),
        ("Ask [person 2] at [employer 1] about [date of birth 1]", "Ask at about"),
        ("[person 1]?", "[person 1]?"),
        ("no placeholder [1]", "no placeholder [1]"),
    ],
)
def test_the_search_leaves_placeholders_out(kept: str, searched: str) -> None:
    assert neutral(kept) == searched

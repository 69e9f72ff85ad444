"""The gate's phrases: they recognise a crisis, leave ordinary mentoring alone; the responses say whom to turn to.

The cases were written by one author, a language model; no real mentor wrote them. Each batch was written, read once as
it stood (the figures below), and only then used to tune the phrases. So this is a regression set: it says nothing of
wordings that the gate has not met. For those the first readings are the fair estimate: 47 of 60 crises and 5 of 60
look-alikes in batches 8 and 9, the last; 213 of 358 and 24 of 395 in batches 2 to 9. Batch 1 was in view when the
phrases were first written; 3 leans to indirect hints (two of its look-alikes were taken out as fair to stop).

    batch                    1    2    3    4    5    6    7    8    9
    crises recognised      123   34   10   36   38   24   24   26   21
    of                     128   67   51   54   46   40   40   30   30
    look-alikes stopped      5    3    6    3    1    2    4    2    3
    of                     128   79   60   60   56   40   40   30   30
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

from coach.responses import ConcernId, SafetyFileError
from coach.safety import Concern, SafetyGate
from evals.case import CASES
from evals.safety import grade

LOOK_ALIKE = "look-alike"
ROWS = [line.split(" | ", 1) for line in (CASES / "gate-phrases.txt").read_text("utf-8").splitlines() if line[0] != "#"]


@pytest.fixture(scope="module")
def gate() -> SafetyGate:
    return SafetyGate.load()


def concern(gate: SafetyGate, message: str) -> Concern:
    found = gate.screen(message)
    assert found is not None
    return found


MESSAGES = {
    "medical-emergency": "She is unconscious.",
    "self-harm": "She wants to kill herself.",
    "minor-at-risk": "My mentee is 13 and her father beats her.",
    "abuse": "Her husband beats her.",
    "threat": "He wants to shoot his boss.",
    "harassment": "My boss groped me.",
    "discrimination": "They make monkey noises when he walks past.",
}


@pytest.mark.parametrize(("expected", "message"), [row for row in ROWS if row[0] != LOOK_ALIKE])
def test_a_crisis_is_met(gate: SafetyGate, expected: str, message: str) -> None:
    assert concern(gate, message).id in expected.split("|")


@pytest.mark.parametrize("message", [message for kind, message in ROWS if kind == LOOK_ALIKE])
def test_ordinary_mentoring_is_left_alone(gate: SafetyGate, message: str) -> None:
    assert gate.screen(message) is None


@pytest.mark.parametrize("message", ["", " ", "?!", "…", "🙂", "\x00", "我的学员很难过", "'", "***"])
def test_a_message_without_words_tells_of_nothing(gate: SafetyGate, message: str) -> None:
    assert gate.screen(message) is None


@pytest.mark.parametrize(
    "written",
    ["She can’t see a reason to go on", "SHE WANTS TO DIE", "she wants to diiiie", "she wants to d1e", "i'm su1c1dal",
     "k i l l myself", "kill mys\u200belf", "ｓｈｅ ｗａｎｔｓ ｔｏ ｄｉｅ", "she is sucidal", "I want to kill myslef",
     "i just want... to die", "She wants to\nkill herself", "she cant see a reason to go on"],
)  # fmt: skip
def test_spelling_does_not_hide_a_crisis(gate: SafetyGate, written: str) -> None:
    assert concern(gate, written).id == "self-harm"


def test_a_crisis_is_met_inside_a_long_message(gate: SafetyGate) -> None:
    ordinary = "We talked about her thesis and the next conference. She has read what research says on feedback. "
    crisis = "Then she said that she wants to kill herself. "
    assert concern(gate, ordinary * 10 + crisis + ordinary * 10).id == "self-harm"


def test_what_threatens_life_comes_first(gate: SafetyGate) -> None:
    assert concern(gate, "Her husband beats her. She took a whole bottle of pills.").id == "medical-emergency"
    assert concern(gate, "Her boss groped her and now she wants to die.").id == "self-harm"
    assert concern(gate, "She is 14. Her coach groped her.").id == "minor-at-risk"


@pytest.mark.parametrize(("name", "message"), MESSAGES.items())
def test_a_response_says_what_to_do_in_plain_words(gate: SafetyGate, name: str, message: str) -> None:
    found = concern(gate, message)
    assert found.id == name
    assert "emergency number" in found.text
    assert "safeguarding lead" in found.text
    assert "message is not kept" in found.text
    assert ("https://findahelpline.com" in found.text) == (name != "medical-emergency")
    assert not re.search(r"\d{3}", found.text), "no phone number is certain everywhere"
    assert not re.search(r"\[\d+\]|doi\.org|\(\d{4}\)", found.text), "no citation dressed as help"
    assert grade(found.text) <= 8
    assert len(found.text.split()) <= 200, "somebody in a hurry reads it"


def test_every_concern_has_a_response() -> None:
    assert set(MESSAGES) == set(get_args(ConcernId))


def test_a_programmes_contacts_stand_on_top(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        """
        contacts:
          - {name: Safeguarding lead, phone: "+00 1", hours: "9 to 17", region: Campus, link: "mailto:lead@example.org"}
          - {name: Night line, phone: "+00 2", for: [self-harm, abuse]}
        """,
        "utf-8",
    )
    gate = SafetyGate.load(own)
    text = concern(gate, "She wants to die.").text
    lead = "**Safeguarding lead**: +00 1 · [lead@example.org](mailto:lead@example.org) · 9 to 17 · Campus"
    places = [text.index(part) for part in (lead, "Night line", "findahelpline.com", "**What to do**")]
    assert all(one < next_ for one, next_ in pairwise(places))
    assert "Night line" not in concern(gate, "My boss groped me.").text


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("contacts: [{name: A, phone: 441}]", "contacts.0.phone"),
        ("contacts: [{name: A}]", "contacts.0"),
        ("contacts: [{name: A, phone: '1', mail: a@b.c}]", "contacts.0.mail"),
        ("contacts: [{name: A, phone: '1', for: [suicide]}]", "contacts.0.for.0"),
        ("contacts: [{name: A, link: 'javascript:x'}]", "contacts.0.link"),
        ("contacts: []", "contacts"),
        ("responses: []", "responses"),
        ("", "the file"),
        ("contacts: [", "not YAML"),
    ],
)
def test_a_malformed_file_is_named_with_its_field(tmp_path: Path, content: str, named: str) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(content, "utf-8")
    with pytest.raises(SafetyFileError) as caught:
        SafetyGate.load(own)
    assert str(own) in str(caught.value)
    assert named in str(caught.value)


def test_a_missing_or_unreadable_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"contacts: [{name: Andr\xe9}]")
    for name in ("absent.yaml", "latin.yaml"):
        with pytest.raises(SafetyFileError, match=name):
            SafetyGate.load(tmp_path / name)


def min_ms(run: Callable[[], object]) -> float:
    def once() -> float:
        start = time.perf_counter()
        run()
        return 1000 * (time.perf_counter() - start)

    return min(once() for _ in range(15))


def best_ms(gate: SafetyGate, text: str) -> float:
    return min_ms(lambda: gate.screen(text))


def test_an_ordinary_message_takes_no_time(gate: SafetyGate) -> None:
    text = "My mentee feels that she does not belong in the lab. She asks whether it is her fault. What could I say? "
    message = (text * 20)[:2000]
    # The machine may be busy with anything, so time is taken against plain work of the same kind on the same text.
    words = [re.compile(rf"\\b{word}\\b") for word in sorted(set(message.lower().split()))[:20]]
    plain = min_ms(lambda: [word.findall(message.lower()) for word in words])
    assert best_ms(gate, message) < 4 * plain


HOSTILE = ["want ", "want not ", "not ", "husband ", "he ", "take took ", "is ", "a ", "a", "_a", "a! ", "'", ".", "aaab ",
           "*a", "k1", "kill the project ", "nearly died of ", "she wants to ", "i want to kill the "]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_message_makes_the_gate_slow(gate: SafetyGate, piece: str) -> None:
    text = piece * 4000
    assert best_ms(gate, text[:2000]) < 10
    assert best_ms(gate, text[:8000]) < 40, "the time grows with the length, no faster"

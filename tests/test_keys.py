"""Keys: made once, kept as hashes, checked in the same time, revoked at once; and the command that does it."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coach import keys as keys_module
from coach.errors import KeyNameError, UnknownKeyError
from coach.keys import Keys, Scope
from corpus.database import Database


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Keys]:
    database = Database.at(tmp_path)
    yield Keys(database)
    database.close()


def test_a_key_is_known_again_and_nothing_near_it(keys: Keys) -> None:
    key, text = keys.create("Ada, phone", [Scope.ASK])
    other, _ = keys.create("operator", [Scope.ASK, Scope.MANAGE])
    assert keys.check(text) == key
    assert key.owner == f"key:{key.id}"
    wrong = [
        "", " ", text[:-1], text + "a", text[:-1] + ("a" if text[-1] != "a" else "b"), text.upper(), text.replace(key.id, other.id),
        "mc_", f"mc_{key.id}_", f"mc_{'0' * 12}_{text[-43:]}", "Bearer " + text, text + "\n", "\x00", "mc_" + "é" * 56, "\ud800", "a" * 100_000,
    ]  # fmt: skip
    assert [keys.check(one) for one in wrong] == [None] * len(wrong)


def test_only_hashes_are_kept(keys: Keys, tmp_path: Path) -> None:
    key, text = keys.create("Ada", [Scope.ASK])
    token = keys.log_in(key)
    held = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert key.id.encode() in held
    assert text[-43:].encode() not in held
    assert token.encode() not in held


def test_a_revoked_key_lets_nobody_in_nor_do_its_logins(keys: Keys) -> None:
    key, text = keys.create("Ada", [Scope.ASK])
    token = keys.log_in(key)
    assert keys.logged_in(token) == key
    keys.revoke(key.id)
    assert keys.check(text) is None
    assert keys.logged_in(token) is None
    assert keys.all() == []
    with pytest.raises(UnknownKeyError, match="keys list"):
        keys.revoke(key.id)


def test_a_login_ends(keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    key, _ = keys.create("Ada", [Scope.ASK])
    kept, gone = keys.log_in(key), keys.log_in(key)
    keys.log_out(gone)
    assert keys.logged_in(gone) is None
    assert keys.logged_in(kept) == key

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + timedelta(days=keys_module.LOGIN_DAYS + 1)

    monkeypatch.setattr(keys_module, "datetime", Later)
    assert keys.logged_in(kept) is None


@pytest.mark.parametrize("name", ["", "  ", "a" * 81, "a\x00b"])
def test_a_key_has_a_name(keys: Keys, name: str) -> None:
    with pytest.raises(KeyNameError):
        keys.create(name, [Scope.ASK])


def test_wrong_keys_take_as_long_as_right_ones(keys: Keys) -> None:
    _, right = keys.create("Ada", [Scope.ASK])
    shown = {
        "right": right,
        "wrong secret": right[:-43] + "a" * 43,
        "unknown id": f"mc_{'0' * 12}_{right[-43:]}",
        "nonsense": "mc_nonsense",
    }
    times: dict[str, list[float]] = {name: [] for name in shown}
    for _ in range(150):
        for name, text in shown.items():
            began = time.perf_counter()
            keys.check(text)
            times[name].append(time.perf_counter() - began)
    typical = {name: statistics.median(taken) for name, taken in times.items()}
    assert max(typical.values()) < 1.6 * min(typical.values()), typical


def test_the_command_makes_lists_and_revokes(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MENTOR_COACH_")}
    environment["MENTOR_COACH_HOME"] = str(tmp_path)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("mentor-coach")), "keys", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    made = run("create", "Ada", "--scope", "ask", "--scope", "manage")
    assert made.returncode == 0, made.stderr
    text = made.stdout.strip()
    (listed,) = json.loads(run("list", "--json").stdout)
    assert listed["name"] == "Ada"
    assert listed["scopes"] == ["ask", "manage"]
    database = Database.at(tmp_path)
    key = Keys(database).check(text)
    assert key is not None
    assert key.id == listed["id"]
    assert run("revoke", key.id).returncode == 0
    assert Keys(database).check(text) is None
    database.close()
    command = [str(Path(sys.executable).with_name("mentor-coach")), "serve"]
    public = environment | {"MENTOR_COACH_HOST": "0.0.0.0", "MENTOR_COACH_PORT": "0"}
    served = subprocess.run(command, env=public, capture_output=True, text=True, check=False, timeout=60)
    assert served.returncode == 1
    assert "there is no key yet" in served.stderr
    assert len(served.stderr.splitlines()) == 1
    unknown = run("create", "Bea", "--scope", "everything")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "Known are: ask, manage" in unknown.stderr

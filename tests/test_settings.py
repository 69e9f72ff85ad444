"""Settings: read from the environment, and what is wrong or unknown is refused by name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from coach.errors import CoachError, SettingsError
from coach.settings import Settings, open_home, read_settings


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of whoever runs the tests."""
    for name in [name for name in os.environ if name.upper().startswith("MENTOR_COACH_")]:
        monkeypatch.delenv(name)


def test_the_defaults_serve_one_machine() -> None:
    settings = read_settings()
    assert (settings.host, settings.port, settings.founding, settings.model) == ("127.0.0.1", 8000, True, "none")
    assert settings.url == "http://127.0.0.1:8000"
    assert settings.home.name == "mentor-coach"


def test_every_setting_is_a_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = {
        "HOME": str(tmp_path), "HOST": "::1", "PORT": "9000", "EMBEDDING_MODEL": "/models/x", "THREADS": "3", "FOUNDING": "off",
        "MODEL": "none", "SAFETY_FILE": str(tmp_path / "safety.yaml"),
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(f"MENTOR_COACH_{name}", value)
    settings = read_settings()
    assert settings.home == tmp_path
    assert settings.url == "http://[::1]:9000"
    assert (settings.embedding_model, settings.threads, settings.founding) == ("/models/x", 3, False)
    assert settings.safety_file == tmp_path / "safety.yaml"


def test_unknown_variables_are_refused_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENTOR_COACH_PROT", "9000")
    monkeypatch.setenv("mentor_coach_colour", "red")
    with pytest.raises(SettingsError) as refused:
        read_settings()
    assert "MENTOR_COACH_PROT" in str(refused.value)
    assert "mentor_coach_colour" in str(refused.value)
    for name in Settings.model_fields:
        assert f"MENTOR_COACH_{name.upper()}" in str(refused.value)


def test_other_programs_variables_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MENTOR_COACHING", "MENTOR", "PORT"):
        monkeypatch.setenv(name, "1")
    assert read_settings().port == 8000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eight"), ("PORT", "70000"), ("PORT", "-1"), ("THREADS", "0"), ("FOUNDING", "perhaps"), ("MODEL", "gpt"), ("MODEL", "openai:"), ("MODEL_BASE_URL", "localhost:8080"), ("MODEL_BASE_URL", "file:///etc/passwd"),
        ("VERIFIER", "chat:judge"), ("VERIFIER", "nonsense"), ("VERIFIER", "cross-encoder:"), ("VERIFIER_BASE_URL", "localhost"),
        ("MODEL_TIMEOUT", "0"), ("MODEL_WINDOW", "10"),
        ("HOST", "example.org"), ("HOST", ""), ("RATE", "often"), ("RATE", "0/minute"), ("RATE", "5"), ("PUBLIC_URL", "coach.example.org"),
        ("AT_ONCE", "0"), ("WAITING", "-1"), ("LOG_FORMAT", "xml"), ("CORS_ORIGINS", "*"),
    ],
)  # fmt: skip
def test_wrong_values_are_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"MENTOR_COACH_{name}", value)
    with pytest.raises(SettingsError, match=f"MENTOR_COACH_{name}"):
        read_settings()


@pytest.mark.parametrize("name", ["chat:openai:gpt-4o", "chat:ollama:qwen3:8b", "cross-encoder:some/model"])
def test_verifiers_that_can_be_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("MENTOR_COACH_VERIFIER", name)
    assert read_settings().verifier == name


def test_all_wrong_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENTOR_COACH_PORT", "eight")
    monkeypatch.setenv("MENTOR_COACH_THREADS", "none")
    with pytest.raises(SettingsError, match=r"(?s)PORT.*THREADS"):
        read_settings()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_loopback_hosts_are_served(host: str) -> None:
    assert Settings(host=host).host == host


def test_settings_are_frozen_and_refuse_unknown_names() -> None:
    settings = Settings()
    with pytest.raises(ValidationError):
        settings.port = 1
    with pytest.raises(ValidationError, match="colour"):
        Settings.model_validate({"colour": "red"})


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_the_home_is_made(tmp_path: Path) -> None:
    home = open_home(Settings(home=tmp_path / "deep" / "home"))
    assert home.is_dir()
    assert list(home.iterdir()) == []


def test_a_home_below_ones_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert open_home(Settings(home=Path("~/coach"))) == tmp_path / "coach"


def test_a_home_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="MENTOR_COACH_HOME"):
        open_home(Settings(home=tmp_path / "file" / "home"))


def test_settings_errors_are_the_coachs() -> None:
    assert issubclass(SettingsError, CoachError)


@pytest.mark.parametrize(
    ("values", "guarded"),
    [
        ({}, False),
        ({"keys": True}, True),
        ({"host": "0.0.0.0"}, True),
        ({"host": "::"}, True),
        ({"host": "192.168.1.5"}, True),
        ({"public_url": "https://coach.example.org"}, True),
        ({"public_url": "http://127.0.0.1:9000"}, False),
    ],
)
def test_a_key_is_needed_wherever_others_are_served(values: dict[str, Any], guarded: bool) -> None:
    assert Settings(**values).guarded is guarded


@pytest.mark.parametrize("public", [{"HOST": "0.0.0.0"}, {"PUBLIC_URL": "https://coach.example.org"}])
def test_keys_cannot_be_off_where_others_are_served(monkeypatch: pytest.MonkeyPatch, public: dict[str, str]) -> None:
    for name, value in (public | {"KEYS": "off"}).items():
        monkeypatch.setenv(f"MENTOR_COACH_{name}", value)
    with pytest.raises(SettingsError, match=r"MENTOR_COACH_KEYS: .*keys cannot be off"):
        read_settings()

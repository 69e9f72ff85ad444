"""Settings → a chat model: what is missing is named with its command, and a key is told to nobody."""

from __future__ import annotations

import sys

import pytest
from langchain_openai import ChatOpenAI

from coach.errors import SettingsError
from coach.models import open_model
from coach.settings import Settings

SECRET = "sk-quince-4711"


def given(**settings: object) -> Settings:
    return Settings.model_validate(settings)


def test_none_is_the_default() -> None:
    assert open_model(Settings()) is None


def test_a_server_on_this_machine_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """And is not given one that was meant for somebody else."""
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    model = open_model(given(model="openai:qwen", model_base_url="http://127.0.0.1:8080/v1"))
    assert model is not None
    assert isinstance(model.chat, ChatOpenAI)
    assert model.chat.openai_api_key is not None
    assert SECRET not in str(model.chat.openai_api_key.get_secret_value())  # type: ignore[union-attr]
    assert (model.name, model.structured, model.server) == ("openai:qwen", False, "http://127.0.0.1:8080")
    assert model.chat.temperature == 0
    assert model.chat.max_retries == 0


def test_what_langchain_knows_of_a_model_is_used() -> None:
    model = open_model(given(model="openai:gpt-4o-mini", model_api_key=SECRET))
    assert model is not None
    assert model.structured
    assert model.window > 4096
    reasoning = open_model(given(model="openai:gpt-5", model_api_key=SECRET))
    assert reasoning is not None
    assert isinstance(reasoning.chat, ChatOpenAI)
    assert reasoning.chat.temperature is None


def test_the_window_can_be_set() -> None:
    model = open_model(given(model="openai:x", model_base_url="http://127.0.0.1/v1", model_window=2048))
    assert model is not None
    assert model.window == 2048


@pytest.mark.parametrize(
    ("provider", "module", "package"),
    [
        ("ollama", "langchain_ollama", "langchain-ollama"),
        ("anthropic", "langchain_anthropic", "langchain-anthropic"),
        ("google", "langchain_google_genai", "langchain-google-genai"),
        ("mistralai", "langchain_mistralai", "langchain-mistralai"),
    ],
)
def test_a_missing_package_is_named_with_its_command(
    monkeypatch: pytest.MonkeyPatch, provider: str, module: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SettingsError) as refused:
        open_model(given(model=f"{provider}:some-model"))
    assert str(refused.value).endswith(f'"{sys.executable}" -m pip install "{package}"')


@pytest.mark.parametrize("name", ["nobody:some-model", "openai:gpt-4o-mini"])
def test_what_cannot_be_used_is_said_without_a_stack_trace(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A provider that does not exist; a hosted model without its key."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SettingsError, match="MENTOR_COACH_MODEL") as refused:
        open_model(given(model=name))
    assert "\n" not in str(refused.value)


def test_credentials_in_an_address_are_not_repeated() -> None:
    model = open_model(given(model="openai:x", model_base_url=f"http://me:{SECRET}@127.0.0.1:8080/v1"))
    assert model is not None
    assert model.server == "http://127.0.0.1:8080"


def test_settings_do_not_show_the_key() -> None:
    settings = given(model_api_key=SECRET)
    assert SECRET not in repr(settings)
    assert SECRET not in settings.model_dump_json()
    assert SECRET not in str(settings)

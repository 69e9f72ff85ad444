"""The chat models that may help or judge: settings → LangChain chat models, and what failures mean in plain words."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from coach.errors import SettingsError
from coach.settings import Settings

_ALIASES = {"google": "google_genai"}
_KEYLESS = {"ollama"}
_DEFAULT_WINDOW = 4096
# A local server needs no key, but its client insists on one; it must not be one that was meant for somebody else.
_NO_KEY = "none"


@dataclass(frozen=True, slots=True)
class Model:
    """A chat model with what the coach has to know of it."""

    chat: BaseChatModel
    name: str
    """As it was set: `provider:name`."""
    window: int = _DEFAULT_WINDOW
    """Tokens of prompt and output together."""
    max_tokens: int = 800
    structured: bool = False
    """Whether it writes JSON by a schema; else it is asked for lines."""
    server: str | None = None
    """Host and port of its server where one was set; never with credentials."""
    setting: str = "MENTOR_COACH_MODEL"
    """What names it; its address and key are set by the same name with an ending."""


@dataclass(frozen=True, slots=True)
class _Access:
    """Which model, where, and by which setting."""

    name: str
    base_url: str | None
    key: SecretStr | None
    setting: str

    @property
    def provider(self) -> str:
        named = self.name.partition(":")[0].lower()
        return _ALIASES.get(named, named.replace("-", "_"))


def open_model(settings: Settings) -> Model | None:
    """The configured model, not yet asked anything; raises `SettingsError` with the next step."""
    if settings.model == "none":
        return None
    return _open(settings, _model_access(settings))


def open_judge(settings: Settings, name: str) -> Model:
    """The chat model `name` as a judge, not yet asked anything; raises `SettingsError` with the next step.

    It is reached as the model is where both have one provider and nothing else is set: a key goes to nobody else.
    """
    writer, url, key = _model_access(settings), settings.verifier_base_url, settings.verifier_api_key
    judge = _Access(name, url, key, "MENTOR_COACH_VERIFIER")
    if not url and judge.provider == writer.provider:
        judge = replace(judge, base_url=writer.base_url, key=key or writer.key)
    return _open(settings, judge)


def _model_access(settings: Settings) -> _Access:
    return _Access(settings.model, settings.model_base_url, settings.model_api_key, "MENTOR_COACH_MODEL")


def _open(settings: Settings, access: _Access) -> Model:
    # Imported here: most services run without a model, and the import takes half a second.
    from langchain.chat_models import init_chat_model

    provider, name = access.provider, access.name.partition(":")[2]
    options = _options(settings, access)
    try:
        chat = init_chat_model(name, model_provider=provider, **options)
        if (chat.profile or {}).get("temperature") is not False:
            chat = init_chat_model(name, model_provider=provider, temperature=0, **options)
    except ImportError as error:
        package = _package(str(error))
        if package is None:
            raise _unusable(access, error) from error
        raise SettingsError(
            f"{access.setting}: {access.name!r} needs a package that is not installed. Install it: "
            f'"{sys.executable}" -m pip install "{package}"'
        ) from error
    except Exception as error:  # noqa: BLE001 - each provider raises its own
        # They can repeat the key, so only their kind is told.
        raise _unusable(access, error) from None
    profile: Any = chat.profile or {}
    return Model(
        chat=chat,
        name=access.name,
        window=settings.model_window or min(int(profile.get("max_input_tokens") or _DEFAULT_WINDOW), 32_768),
        max_tokens=settings.model_max_tokens,
        structured=bool(profile.get("structured_output"))
        if settings.model_structured is None
        else settings.model_structured,
        server=_server(access.base_url),
        setting=access.setting,
    )


def explain(error: BaseException, model: Model) -> str:
    """What a failed call means for the operator, and how to mend it; never a word of the error or of the prompt."""
    at = f" at {model.server}" if model.server else ""
    status = status_of(error)
    kinds = {kind.__name__ for link in _links(error) for kind in type(link).__mro__}
    if status in (401, 403):
        return f"The model server{at} refused the key. Correct {model.setting}_API_KEY."
    if status == 404:
        return (
            f"The server{at} knows no model {model.name.partition(':')[2]!r}, or is no model server. "
            f"Correct {model.setting} or {model.setting}_BASE_URL (most end in /v1)."
        )
    if status == 429:
        return f"The model server{at} refuses more requests for now. Look at the account's limits."
    if status is not None and status >= 500:
        return f"The model server{at} failed with status {status}. Look at its log."
    if status is not None and status >= 400:
        return (
            f"The model server{at} refused the request with status {status}. "
            f"Correct {model.setting}, MENTOR_COACH_MODEL_WINDOW or MENTOR_COACH_MODEL_MAX_TOKENS."
        )
    if kinds & {"TimeoutException", "APITimeoutError", "TimeoutError"}:
        return f"The model server{at} did not answer in time. Raise MENTOR_COACH_MODEL_TIMEOUT or use a faster model."
    if kinds & {"TransportError", "ConnectionError", "APIConnectionError"}:
        return f"No model server can be reached{at}. Start it, or correct {model.setting}_BASE_URL."
    return (
        f"What answers{at} does not behave like a model server ({type(error).__name__}). "
        f"Correct {model.setting}_BASE_URL."
    )


def mendable(error: BaseException) -> bool:
    """Whether a second try can mend it: the server is overloaded, starting, or dropped the connection."""
    status = status_of(error)
    if status is not None:
        return status in (408, 429) or status >= 500
    kinds = {kind.__name__ for link in _links(error) for kind in type(link).__mro__}
    # By name, since each client library brings an HTTP library of its own.
    return bool(kinds & {"TransportError", "ConnectionError"}) and not kinds & {"TimeoutException", "TimeoutError"}


def status_of(error: BaseException) -> int | None:
    """The HTTP status that a provider's error carries."""
    for link in _links(error):
        for name in ("status_code", "code"):
            value = getattr(link, name, None)
            if isinstance(value, int) and 100 <= value < 600:
                return value
    return None


def _links(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__
    return found


def _options(settings: Settings, access: _Access) -> dict[str, Any]:
    # The coach retries by itself, within the turn's time.
    options: dict[str, Any] = {"timeout": settings.model_timeout, "max_retries": 0}
    options["max_tokens"] = settings.model_max_tokens
    if access.provider in _KEYLESS:
        options = {"num_predict": settings.model_max_tokens, "client_kwargs": {"timeout": settings.model_timeout}}
        if settings.model_window:
            options["num_ctx"] = settings.model_window
    key = access.key.get_secret_value() if access.key else ""
    if access.base_url:
        options["base_url"] = access.base_url
        key = key or _NO_KEY
    if key and access.provider not in _KEYLESS:
        options["api_key"] = key
    return options


def _package(said: str) -> str | None:
    """The package that LangChain's error asks for."""
    found = re.search(r"pip install ([\w-]+)", said)
    return found[1] if found else None


def _unusable(access: _Access, error: BaseException) -> SettingsError:
    known = "openai, ollama, anthropic, google and the others of LangChain's init_chat_model"
    missing = "" if access.key else f" Hosted models need {access.setting}_API_KEY."
    return SettingsError(
        f"{access.setting}: {access.name!r} cannot be used ({type(error).__name__}). Providers are {known}.{missing}"
    )


def _server(url: str | None) -> str | None:
    if not url:
        return None
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")

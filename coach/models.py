"""The chat model that may help: settings → a LangChain chat model, and what its failures mean in plain words."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from langchain_core.language_models import BaseChatModel

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


def open_model(settings: Settings) -> Model | None:
    """The configured model, not yet asked anything; raises `SettingsError` with the next step."""
    if settings.model == "none":
        return None
    # Imported here: most services run without a model, and the import takes half a second.
    from langchain.chat_models import init_chat_model

    provider, _, name = settings.model.partition(":")
    provider = _ALIASES.get(provider.lower(), provider.lower().replace("-", "_"))
    options = _options(settings, provider)
    try:
        chat = init_chat_model(name, model_provider=provider, **options)
        if (chat.profile or {}).get("temperature") is not False:
            chat = init_chat_model(name, model_provider=provider, temperature=0, **options)
    except ImportError as error:
        package = _package(str(error))
        if package is None:
            raise _unusable(settings, error) from error
        raise SettingsError(
            f"MENTOR_COACH_MODEL={settings.model!r} needs a package that is not installed. Install it: "
            f'"{sys.executable}" -m pip install "{package}"'
        ) from error
    except Exception as error:  # noqa: BLE001 - each provider raises its own
        # They can repeat the key, so only their kind is told.
        raise _unusable(settings, error) from None
    profile: Any = chat.profile or {}
    return Model(
        chat=chat,
        name=settings.model,
        window=settings.model_window or min(int(profile.get("max_input_tokens") or _DEFAULT_WINDOW), 32_768),
        max_tokens=settings.model_max_tokens,
        structured=bool(profile.get("structured_output"))
        if settings.model_structured is None
        else settings.model_structured,
        server=_server(settings.model_base_url),
    )


def explain(error: BaseException, model: Model) -> str:
    """What a failed call means for the operator, and how to mend it; never a word of the error or of the prompt."""
    at = f" at {model.server}" if model.server else ""
    status = status_of(error)
    kinds = {kind.__name__ for link in _links(error) for kind in type(link).__mro__}
    if status in (401, 403):
        return f"The model server{at} refused the key. Correct MENTOR_COACH_MODEL_API_KEY."
    if status == 404:
        return (
            f"The server{at} knows no model {model.name.partition(':')[2]!r}, or is no model server. "
            "Correct MENTOR_COACH_MODEL or MENTOR_COACH_MODEL_BASE_URL (most end in /v1)."
        )
    if status == 429:
        return f"The model server{at} refuses more requests for now. Look at the account's limits."
    if status is not None and status >= 500:
        return f"The model server{at} failed with status {status}. Look at its log."
    if status is not None and status >= 400:
        return (
            f"The model server{at} refused the request with status {status}. "
            "Correct MENTOR_COACH_MODEL, MENTOR_COACH_MODEL_WINDOW or MENTOR_COACH_MODEL_MAX_TOKENS."
        )
    if kinds & {"TimeoutException", "APITimeoutError", "TimeoutError"}:
        return f"The model server{at} did not answer in time. Raise MENTOR_COACH_MODEL_TIMEOUT or use a faster model."
    if kinds & {"TransportError", "ConnectionError", "APIConnectionError"}:
        return f"No model server can be reached{at}. Start it, or correct MENTOR_COACH_MODEL_BASE_URL."
    return (
        f"What answers{at} does not behave like a model server ({type(error).__name__}). "
        "Correct MENTOR_COACH_MODEL_BASE_URL."
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


def _options(settings: Settings, provider: str) -> dict[str, Any]:
    # The coach retries by itself, within the turn's time.
    options: dict[str, Any] = {"timeout": settings.model_timeout, "max_retries": 0}
    options["max_tokens"] = settings.model_max_tokens
    if provider in _KEYLESS:
        options = {"num_predict": settings.model_max_tokens, "client_kwargs": {"timeout": settings.model_timeout}}
        if settings.model_window:
            options["num_ctx"] = settings.model_window
    key = settings.model_api_key.get_secret_value() if settings.model_api_key else ""
    if settings.model_base_url:
        options["base_url"] = settings.model_base_url
        key = key or _NO_KEY
    if key and provider not in _KEYLESS:
        options["api_key"] = key
    return options


def _package(said: str) -> str | None:
    """The package that LangChain's error asks for."""
    found = re.search(r"pip install ([\w-]+)", said)
    return found[1] if found else None


def _unusable(settings: Settings, error: BaseException) -> SettingsError:
    known = "openai, ollama, anthropic, google and the others of LangChain's init_chat_model"
    missing = "" if settings.model_api_key else " Hosted models need MENTOR_COACH_MODEL_API_KEY."
    return SettingsError(
        f"MENTOR_COACH_MODEL={settings.model!r} cannot be used ({type(error).__name__}). "
        f"Providers are {known}.{missing}"
    )


def _server(url: str | None) -> str | None:
    if not url:
        return None
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")

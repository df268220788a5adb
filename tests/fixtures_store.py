"""A migrated database for the tests, on SQLite and on PostgreSQL: migrated once a process, copied and emptied as asked."""

import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, Pool, event
from sqlalchemy.engine import make_url

from portal_core.store import schema
from portal_core.store.base import Base, open_engine
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


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Databases"]:
    """The databases of a process."""
    kept = Databases(request.getfixturevalue, tmp_path_factory)
    yield kept
    for engine in chain.from_iterable(kept.idle.values()):
        engine.dispose()


@dataclass
class Databases:
    """Migrated databases: what is given back is emptied and lent again, with the statements that its engine has compiled."""

    fixture: Callable[[str], Any]
    folders: pytest.TempPathFactory
    idle: dict[str, list[Engine]] = field(default_factory=lambda: defaultdict(list))
    shapes: dict[str, str] = field(default_factory=dict)  # of each PostgreSQL database as it was made

    def lend(self, kind: str) -> Engine:
        """An engine on an empty one, of `sqlite` or `postgresql`."""
        while self.idle[kind]:
            engine = self.idle[kind].pop()
            if self.empty(engine):
                return engine
            engine.dispose()
        if kind == "sqlite":
            path = self.folders.mktemp("store") / "portal.db"
            shutil.copy(self.fixture("migrated_sqlite"), path)
            return open_engine(f"sqlite:///{path}")
        template, server = self.fixture("migrated_postgres"), self.fixture("postgres_url")
        name = f"store_{next(NUMBERS)}"
        with administering(server) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        url = make_url(server).set(database=name).render_as_string(hide_password=False)
        with administering(url) as connection:
            [[self.shapes[name]]] = connection.execute(SHAPE).fetchall()
        return open_engine(url)

    def give_back(self, engine: Engine) -> None:
        """After a test, whatever it did."""
        self.idle[engine.dialect.name].append(engine)

    def empty(self, engine: Engine) -> bool:
        """Makes it as it was when it had just been migrated; False where a test changed more than rows."""
        if engine.dialect.name == "sqlite":
            engine.dispose()
            path = Path(str(engine.url.database))
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            shutil.copy(self.fixture("migrated_sqlite"), path)
            return True
        with administering(engine.url.render_as_string(hide_password=False)) as connection:
            try:
                shape = connection.execute(SHAPE).fetchall()
            except psycopg.errors.UndefinedTable:
                return False
            if shape != [(self.shapes[str(engine.url.database)],)]:
                return False
            connection.execute("SET lock_timeout = '20s'")  # a test that left a transaction open is told so
            connection.execute("SET session_replication_role = replica")  # no order of deleting, and no triggers
            asked = (f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in Base.metadata.tables)
            for (name,) in connection.execute(" UNION ALL ".join(asked)).fetchall():
                connection.execute(f'DELETE FROM "{name}"')
            connection.execute(COUNT_ANEW)
        return True


COUNT_ANEW = "SELECT setval(format('%I', sequencename), 1, false) FROM pg_sequences WHERE last_value > 0"
SHAPE = """
SELECT md5(string_agg(one, ' ' ORDER BY one)) FROM (
    SELECT concat(relname, attrelid, attname, atttypid, attnotnull) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT oid::text FROM pg_trigger UNION ALL SELECT oid::text FROM pg_constraint
    UNION ALL SELECT oid::text FROM pg_attrdef UNION ALL SELECT oid::text FROM pg_rewrite UNION ALL SELECT version_num FROM alembic_version
    UNION ALL SELECT oid::text FROM pg_policy
    UNION ALL SELECT oid::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
) AS parts(one)
"""
"""What stands in a database besides rows: tables with their columns, and all that hangs on them."""


@pytest.fixture(scope="module")
def migrated(databases: Databases) -> Iterator[Callable[[str], Engine]]:
    """Call it with `sqlite` or `postgresql` for an engine on a migrated database of the module's own."""
    lent: list[Engine] = []

    def lend(kind: str) -> Engine:
        lent.append(databases.lend(kind))
        return lent[-1]

    yield lend
    for engine in lent:
        databases.give_back(engine)


@pytest.fixture(params=DATABASES)
def engine(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Engine]:
    """A migrated, empty database of the test's own; each test runs on both kinds."""
    engine = databases.lend(request.param)
    yield engine
    databases.give_back(engine)


NUMBERS = count(1)

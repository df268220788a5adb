"""The database's shape over time: where it stands, what this program needs, and the way up. The way back is a restore."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, exists, select, text
from sqlalchemy.exc import ProgrammingError

from portal_core.errors import NotConfigured, OldSchema

VERSIONS = "alembic_version"
"""The table in which Alembic keeps the revision."""
INSUFFICIENT_PRIVILEGE = "42501"
"""What PostgreSQL answers to an account that may not."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def needed() -> str:
    """The revision that this program was written for."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def found(engine: Engine) -> str | None:
    """The revision at which a database stands; None where it is empty."""
    with engine.connect() as connection:
        return at_revision(connection)


def at_revision(connection: Connection) -> str | None:
    """The same, as this connection's transaction sees it."""
    return MigrationContext.configure(connection).get_current_revision()


def known(revision: str) -> bool:
    """Whether this program has the revision among its own."""
    return revision in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def require_current(engine: Engine) -> None:
    """Raises OldSchema, naming both revisions, unless the database is at the revision this program needs."""
    if (has := found(engine)) != needed():
        raise OldSchema(
            f"The database is at revision {has or 'none'}; this program needs {needed()}. "
            "Run `portal upgrade`, which backs up first."
        )


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Brings the database up, each step in a transaction of its own. Raises NotConfigured if this account may not."""
    config = _config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, revision)
        except ProgrammingError as fault:
            if getattr(fault.orig, "sqlstate", "") != INSUFFICIENT_PRIVILEGE:
                raise
            raise NotConfigured(
                "The database's account may not do what the portal needs. As PostgreSQL's administrator run: "
                f"CREATE ROLE portal_parent NOLOGIN; GRANT portal_parent TO {engine.url.username}; "
                "and let the account own its database."
            ) from None


def tables(connection: Connection) -> MetaData:
    """Every table as the database has it, whatever its revision."""
    found = MetaData()
    found.reflect(connection)
    return found


def vacant(engine: Engine) -> bool:
    """Whether nothing is in a database: no table, or ours without a row, as a making that was broken off leaves them."""
    with engine.connect() as connection:
        there = [table for table in tables(connection).sorted_tables if table.name != VERSIONS]
        ours = {"adult", "pupil", "staff"} <= {table.name for table in there}
        return not there or (ours and not any(connection.scalar(select(exists().select_from(t))) for t in there))


def clear(engine: Engine) -> None:
    """Takes every table away. Ask `vacant` first."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("DROP FUNCTION IF EXISTS portal_admitted CASCADE"))
        tables(connection).drop_all(connection)

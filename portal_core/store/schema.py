"""The database's shape over time: where it stands, what this program needs, and the way up. The way back is a restore."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from portal_core.errors import OldSchema


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
        return MigrationContext.configure(connection).get_current_revision()


def require_current(engine: Engine) -> None:
    """Raises OldSchema, naming both revisions, unless the database is at the revision this program needs."""
    if (has := found(engine)) != needed():
        raise OldSchema(
            f"The database is at revision {has or 'none'}; this program needs {needed()}. "
            "Run `portal upgrade`, which backs up first."
        )


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Brings the database up, each step in a transaction of its own."""
    config = _config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

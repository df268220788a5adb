"""A database as an older program left it."""

from sqlalchemy import Engine, insert, inspect, select

from portal_core.services.backups import tables_of
from portal_core.store import schema
from portal_core.store.base import Base


def as_of(revision: str, source: Engine, engine: Engine) -> Engine:
    """An empty database brought to an older revision, with all records of a current one that it could hold."""
    schema.upgrade(engine, revision)
    with source.connect() as now, engine.begin() as then:
        for name in [table.name for table in tables_of(then)]:
            table = Base.metadata.tables[name]
            held = {column["name"] for column in inspect(then).get_columns(name)}
            if found := now.execute(select(table)).mappings().all():
                kept = [{key: value for key, value in row.items() if key in held} for row in found]
                then.execute(insert(table), kept)
    return engine

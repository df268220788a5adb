"""A database as an older program left it."""

from sqlalchemy import Engine, column, insert, inspect, select
from sqlalchemy import table as light

from portal_core.services.backups import tables_of
from portal_core.store import schema
from portal_core.store.base import Base


def as_of(revision: str, source: Engine, engine: Engine) -> Engine:
    """An empty database brought to an older revision, with all records of a current one that it could hold."""
    schema.upgrade(engine, revision)
    with source.connect() as now, engine.begin() as then:
        for name in [table.name for table in tables_of(then)]:
            table = Base.metadata.tables[name]
            held = [column(one["name"], table.c[one["name"]].type) for one in inspect(then).get_columns(name)]
            if found := now.execute(select(*(table.c[one.name] for one in held))).mappings().all():
                then.execute(insert(light(name, *held)), [dict(row) for row in found])
    return engine

"""Runs migrations on the connection that store/schema.py hands over."""

from alembic import context

from portal_core.store import (
    accounts,
    base,
    casework,
    enquiries,
    information,
    intake,
    jobs,
    people,
    recovery,
    registers,
    school,
)

__all__ = [
    "accounts",
    "casework",
    "enquiries",
    "information",
    "intake",
    "jobs",
    "people",
    "recovery",
    "registers",
    "school",
]  # imported for their tables

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=base.Base.metadata,
    transaction_per_migration=True,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
connection.commit()

"""Whom each entry of the audit is about, so that it is found by them (SEC-4)."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

AT_ONCE = 5_000
ONE = ("adult", "account", "staff", "category")
MANY = {"adults": "adult", "pupils": "pupil", "accounts": "account", "outcomes": "adult"}


def upgrade() -> None:
    about = op.create_table(
        "audit_about",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("entry_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.ForeignKeyConstraint(["entry_id"], ["audit_entry.id"], name="fk_audit_about_entry_id"),
        sa.PrimaryKeyConstraint("kind", "subject_id", "entry_id", name="pk_audit_about"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_audit_about_entry_id", "audit_about", ["entry_id"])
    connection, last = op.get_bind(), 0
    some = sa.text("SELECT id, detail FROM audit_entry WHERE id > :last ORDER BY id LIMIT :some")
    while entries := connection.execute(some, {"last": last, "some": AT_ONCE}).all():
        last = entries[-1].id
        found = [
            {"kind": kind, "subject_id": id_, "entry_id": entry.id}
            for entry in entries
            for kind, id_ in _subjects(json.loads(entry.detail))
        ]
        if found:
            connection.execute(about.insert(), found)


def _subjects(detail: dict[str, object]) -> set[tuple[str, int]]:
    """As entries were written up to this revision."""
    found = set()
    for name, value in detail.items():
        if name in ONE and isinstance(value, int):
            found.add((name, value))
        elif name in MANY and isinstance(value, list | dict):
            found |= {(MANY[name], int(id_)) for id_ in value}
        elif name == "subject":
            parts = (part.partition(":") for part in str(value).split())
            found |= {
                (kind, int(id_)) for kind, _, id_ in parts if kind in ("adult", "pupil", "staff") and id_.isdigit()
            }
    return found

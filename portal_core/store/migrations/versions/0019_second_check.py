"""Checks that wait for a second person, since something about the adult is disputed (PASS-1). Parents' role may not read them."""

import sqlalchemy as sa
from alembic import op

from portal_core.store.base import UtcDateTime

revision = "0019"
down_revision = "0018"
LIVE = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "waiting_checks",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "adult_id", sa.Integer(), sa.ForeignKey("adult.id", name=op.f("fk_waiting_checks_adult_id")), nullable=False
        ),
        sa.Column("identity", sa.String(200), nullable=False),
        sa.Column("evidence", sa.String(200), nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("pupils", sa.String(200), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column(
            "made_by_id",
            sa.Integer(),
            sa.ForeignKey("staff.id", name=op.f("fk_waiting_checks_made_by_id")),
            nullable=False,
        ),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column(
            "ended_by_id",
            sa.Integer(),
            sa.ForeignKey("staff.id", name=op.f("fk_waiting_checks_ended_by_id")),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by_id IS NULL)", name=op.f("ck_waiting_checks_an_end_names_a_person")
        ),
    )
    op.create_index(
        "uq_waiting_checks_live", "waiting_checks", ["adult_id"], unique=True, sqlite_where=LIVE, postgresql_where=LIVE
    )

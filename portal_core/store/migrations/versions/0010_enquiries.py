"""Enquiries about the portal."""

import sqlalchemy as sa
from alembic import op

from portal_core.store.base import UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "enquiry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("cause", sa.String(40), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by_id IS NULL)", name=op.f("ck_enquiry_an_answer_names_a_person")
        ),
        sa.CheckConstraint("(answered_at IS NULL) = (cause IS NULL)", name=op.f("ck_enquiry_an_answer_names_a_cause")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_enquiry_account_id"),
        sa.ForeignKeyConstraint(["answered_by_id"], ["staff.id"], name="fk_enquiry_answered_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_enquiry"),
    )
    op.create_index("ix_enquiry_account_id_asked_at", "enquiry", ["account_id", "asked_at"], unique=False)

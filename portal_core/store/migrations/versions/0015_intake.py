"""Requests for access, and runs that give many adults an account at once (PASS-1). Parents' role may read neither."""

import sqlalchemy as sa
from alembic import op

from portal_core.store.base import UtcDateTime

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "access_request",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("children", sa.String(200), nullable=False),
        sa.Column("reach", sa.String(200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "taken_by_id",
            sa.Integer(),
            sa.ForeignKey("staff.id", name=op.f("fk_access_request_taken_by_id")),
            nullable=True,
        ),
        sa.Column(
            "adult_id", sa.Integer(), sa.ForeignKey("adult.id", name=op.f("fk_access_request_adult_id")), nullable=True
        ),
        sa.Column("denial", sa.String(40), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column(
            "ended_by_id",
            sa.Integer(),
            sa.ForeignKey("staff.id", name=op.f("fk_access_request_ended_by_id")),
            nullable=True,
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by_id IS NULL)", name=op.f("ck_access_request_an_end_names_a_person")
        ),
        sa.CheckConstraint("denial IS NULL OR ended_at IS NOT NULL", name=op.f("ck_access_request_a_denial_ends_it")),
    )
    op.create_table(
        "intake",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("year_group", sa.Integer(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column(
            "made_by_id", sa.Integer(), sa.ForeignKey("staff.id", name=op.f("fk_intake_made_by_id")), nullable=False
        ),
        sa.Column("letters_at", UtcDateTime(), nullable=True),
    )
    op.create_table(
        "intake_adult",
        sa.Column(
            "intake_id",
            sa.Integer(),
            sa.ForeignKey("intake.id", name=op.f("fk_intake_adult_intake_id")),
            primary_key=True,
        ),
        sa.Column(
            "adult_id", sa.Integer(), sa.ForeignKey("adult.id", name=op.f("fk_intake_adult_adult_id")), primary_key=True
        ),
        sa.Column(
            "account_id",
            sa.Integer(),
            sa.ForeignKey("account.id", name=op.f("fk_intake_adult_account_id")),
            nullable=True,
        ),
        sa.Column("handed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "handed_at IS NULL OR account_id IS NOT NULL", name=op.f("ck_intake_adult_a_letter_is_of_an_account")
        ),
    )

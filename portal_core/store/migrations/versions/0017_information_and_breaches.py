"""Requests for information with what was released of them (REVOKE-5), and breaches of the policy (REVOKE-3, LIABLE-1).

Parents' role may read none of them.
"""

import sqlalchemy as sa
from alembic import op

from portal_core.store.base import UtcDateTime

revision = "0017"
down_revision = "0016"


def _staff(table: str, name: str, *, nullable: bool) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), sa.ForeignKey("staff.id", name=op.f(f"fk_{table}_{name}")), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "information_request",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "pupil_id",
            sa.Integer(),
            sa.ForeignKey("pupil.id", name=op.f("fk_information_request_pupil_id")),
            nullable=False,
        ),
        sa.Column("asker", sa.String(200), nullable=False),
        sa.Column("reach", sa.String(200), nullable=False),
        sa.Column("basis", sa.String(40), nullable=False),
        sa.Column("came_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        _staff("information_request", "taken_by_id", nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.Column("refusal", sa.String(200), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        _staff("information_request", "ended_by_id", nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by_id IS NULL)", name=op.f("ck_information_request_an_end_names_a_person")
        ),
        sa.CheckConstraint(
            "refusal IS NULL OR ended_at IS NOT NULL", name=op.f("ck_information_request_a_refusal_ends_it")
        ),
        sa.CheckConstraint("due_on >= came_on", name=op.f("ck_information_request_is_due_after_it_came")),
    )
    op.create_index("ix_information_request_pupil_id", "information_request", ["pupil_id"], unique=False)
    op.create_table(
        "released_item",
        sa.Column(
            "request_id", sa.Integer(),
            sa.ForeignKey("information_request.id", name=op.f("fk_released_item_request_id")), primary_key=True,
        ),
        sa.Column(
            "point_id", sa.Integer(), sa.ForeignKey("point.id", name=op.f("fk_released_item_point_id")), primary_key=True
        ),
        _staff("released_item", "released_by_id", nullable=False),
        sa.Column("released_at", UtcDateTime(), nullable=False),
    )  # fmt: skip
    op.create_table(
        "breach",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("adult_id", sa.Integer(), sa.ForeignKey("adult.id", name=op.f("fk_breach_adult_id")), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("entries", sa.String(200), nullable=False),
        sa.Column("policy", sa.Integer(), nullable=True),
        sa.Column(
            "restriction_id", sa.Integer(), sa.ForeignKey("restriction.id", name=op.f("fk_breach_restriction_id")),
            nullable=True,
        ),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        _staff("breach", "recorded_by_id", nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        _staff("breach", "answered_by_id", nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by_id IS NULL)", name=op.f("ck_breach_an_answer_names_a_person")
        ),
    )  # fmt: skip
    op.create_index("ix_breach_adult_id", "breach", ["adult_id"], unique=False)

"""Restrictions and investigations."""

import sqlalchemy as sa
from alembic import op

from portal_core.store.base import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "investigation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by_id IS NULL)", name=op.f("ck_investigation_a_closing_names_a_person")
        ),
        sa.CheckConstraint("closed_at > opened_at", name=op.f("ck_investigation_closes_after_it_opens")),
        sa.CheckConstraint("closed_by_id <> opened_by_id", name=op.f("ck_investigation_a_second_person_releases")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["staff.id"], name="fk_investigation_closed_by_id"),
        sa.ForeignKeyConstraint(["opened_by_id"], ["staff.id"], name="fk_investigation_opened_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_investigation"),
    )
    op.create_table(
        "restriction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("adult_id", sa.Integer(), nullable=False),
        sa.Column("clause", sa.String(40), nullable=False),
        sa.Column("whole_account", sa.Boolean(), nullable=False),
        sa.Column("begins_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("evidence", sa.String(200), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        sa.Column("lifted_by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "clause <> 'REVOKE-1' OR review_on IS NOT NULL", name=op.f("ck_restriction_a_question_has_a_review_date")
        ),
        sa.CheckConstraint(
            "clause IN ('REVOKE-1', 'REVOKE-2', 'REVOKE-3', 'REVOKE-4')", name=op.f("ck_restriction_is_on_a_ground")
        ),
        sa.CheckConstraint(
            "(superseded_at IS NULL) = (lifted_by_id IS NULL)", name=op.f("ck_restriction_a_lifting_names_a_person")
        ),
        sa.CheckConstraint("ends_at > begins_at", name=op.f("ck_restriction_ends_after_it_begins")),
        sa.CheckConstraint("superseded_at >= recorded_at", name=op.f("ck_restriction_superseded_after_recorded")),
        sa.ForeignKeyConstraint(["adult_id"], ["adult.id"], name="fk_restriction_adult_id"),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["staff.id"], name="fk_restriction_lifted_by_id"),
        sa.ForeignKeyConstraint(["made_by_id"], ["staff.id"], name="fk_restriction_made_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_restriction"),
    )
    op.create_index("ix_restriction_adult_id", "restriction", ["adult_id"], unique=False)
    op.create_table(
        "investigated_pupil",
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("investigation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["investigation_id"], ["investigation.id"], name="fk_investigated_pupil_investigation_id"
        ),
        sa.ForeignKeyConstraint(["pupil_id"], ["pupil.id"], name="fk_investigated_pupil_pupil_id"),
        sa.PrimaryKeyConstraint("pupil_id", "investigation_id", name="pk_investigated_pupil"),
    )
    op.create_table(
        "party_outcome",
        sa.Column("investigation_id", sa.Integer(), nullable=False),
        sa.Column("adult_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["adult_id"], ["adult.id"], name="fk_party_outcome_adult_id"),
        sa.ForeignKeyConstraint(["decided_by_id"], ["staff.id"], name="fk_party_outcome_decided_by_id"),
        sa.ForeignKeyConstraint(["investigation_id"], ["investigation.id"], name="fk_party_outcome_investigation_id"),
        sa.PrimaryKeyConstraint("investigation_id", "adult_id", name="pk_party_outcome"),
    )
    op.create_table(
        "restricted_pupil",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("restriction_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("covered", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("superseded_at >= recorded_at", name=op.f("ck_restricted_pupil_superseded_after_recorded")),
        sa.ForeignKeyConstraint(["pupil_id"], ["pupil.id"], name="fk_restricted_pupil_pupil_id"),
        sa.ForeignKeyConstraint(["restriction_id"], ["restriction.id"], name="fk_restricted_pupil_restriction_id"),
        sa.PrimaryKeyConstraint("id", name="pk_restricted_pupil"),
    )
    op.create_index("ix_restricted_pupil_restriction_id", "restricted_pupil", ["restriction_id"], unique=False)
    op.create_index(
        "uq_restricted_pupil_current",
        "restricted_pupil",
        ["restriction_id", "pupil_id"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )

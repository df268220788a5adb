"""The school's people and what ties them."""

import sqlalchemy as sa
from alembic import op

from portal_core.store.base import UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "adult",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mis_id", sa.String(200), nullable=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("forename", sa.String(200), nullable=False),
        sa.Column("surname", sa.String(200), nullable=False),
        sa.Column("email", sa.String(200), nullable=False),
        sa.Column("telephone", sa.String(200), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_adult"),
        sa.UniqueConstraint("mis_id", name="uq_adult_mis_id"),
    )
    op.create_index("ix_adult_surname", "adult", ["surname"], unique=False)
    op.create_table(
        "pupil",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mis_id", sa.String(200), nullable=False),
        sa.Column("upn", sa.String(200), nullable=True),
        sa.Column("forename", sa.String(200), nullable=False),
        sa.Column("surname", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pupil"),
        sa.UniqueConstraint("mis_id", name="uq_pupil_mis_id"),
    )
    op.create_index("ix_pupil_surname", "pupil", ["surname"], unique=False)
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mis_id", sa.String(200), nullable=True),
        sa.Column("code", sa.String(200), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("forename", sa.String(200), nullable=False),
        sa.Column("surname", sa.String(200), nullable=False),
        sa.Column("job_title", sa.String(200), nullable=False),
        sa.Column("email", sa.String(200), nullable=False),
        sa.Column("telephone", sa.String(200), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("mis_id", name="uq_staff_mis_id"),
    )
    op.create_table(
        "birth",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("superseded_at >= recorded_at", name=op.f("ck_birth_superseded_after_recorded")),
        sa.ForeignKeyConstraint(["pupil_id"], ["pupil.id"], name="fk_birth_pupil_id"),
        sa.PrimaryKeyConstraint("id", name="pk_birth"),
    )
    op.create_index("ix_birth_pupil_id", "birth", ["pupil_id"], unique=False)
    op.create_index(
        "uq_birth_current",
        "birth",
        ["pupil_id"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "connection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("adult_id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("relationship", sa.String(200), nullable=False),
        sa.Column("responsibility", sa.String(40), nullable=False),
        sa.Column("evidence", sa.String(200), nullable=False),
        sa.Column("verified_at", UtcDateTime(), nullable=True),
        sa.Column("verified_by_id", sa.Integer(), nullable=True),
        sa.Column("begun_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("court_flag", sa.Boolean(), nullable=False),
        sa.Column("mis_court_flag", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "verified_at IS NULL OR responsibility = 'yes'", name=op.f("ck_connection_only_a_yes_is_verified")
        ),
        sa.CheckConstraint(
            "(verified_at IS NULL) = (verified_by_id IS NULL)", name=op.f("ck_connection_a_verification_names_a_person")
        ),
        sa.CheckConstraint("ended_on >= begun_on", name=op.f("ck_connection_ends_after_it_begins")),
        sa.CheckConstraint("superseded_at >= recorded_at", name=op.f("ck_connection_superseded_after_recorded")),
        sa.ForeignKeyConstraint(["adult_id"], ["adult.id"], name="fk_connection_adult_id"),
        sa.ForeignKeyConstraint(["pupil_id"], ["pupil.id"], name="fk_connection_pupil_id"),
        sa.ForeignKeyConstraint(["verified_by_id"], ["staff.id"], name="fk_connection_verified_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_connection"),
    )
    op.create_index("ix_connection_adult_id_pupil_id", "connection", ["adult_id", "pupil_id"], unique=False)
    op.create_index("ix_connection_pupil_id", "connection", ["pupil_id"], unique=False)
    op.create_index(
        "uq_connection_current",
        "connection",
        ["adult_id", "pupil_id"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "enrolment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("begun_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("year_group", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(200), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("ended_on >= begun_on", name=op.f("ck_enrolment_ends_after_it_begins")),
        sa.CheckConstraint("superseded_at >= recorded_at", name=op.f("ck_enrolment_superseded_after_recorded")),
        sa.ForeignKeyConstraint(["pupil_id"], ["pupil.id"], name="fk_enrolment_pupil_id"),
        sa.PrimaryKeyConstraint("id", name="pk_enrolment"),
    )
    op.create_index("ix_enrolment_pupil_id", "enrolment", ["pupil_id"], unique=False)
    op.create_table(
        "pastoral_charge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("year_group", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(200), nullable=True),
        sa.Column("begun_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint("ended_on >= begun_on", name=op.f("ck_pastoral_charge_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_pastoral_charge_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_pastoral_charge"),
    )
    op.create_index("ix_pastoral_charge_year_group", "pastoral_charge", ["year_group"], unique=False)
    op.create_table(
        "pupil_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("adult_id", sa.Integer(), nullable=False),
        sa.Column("begun_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("ended_on >= begun_on", name=op.f("ck_pupil_consent_ends_after_it_begins")),
        sa.CheckConstraint("superseded_at >= recorded_at", name=op.f("ck_pupil_consent_superseded_after_recorded")),
        sa.ForeignKeyConstraint(["adult_id"], ["adult.id"], name="fk_pupil_consent_adult_id"),
        sa.ForeignKeyConstraint(["pupil_id"], ["pupil.id"], name="fk_pupil_consent_pupil_id"),
        sa.PrimaryKeyConstraint("id", name="pk_pupil_consent"),
    )
    op.create_index("ix_pupil_consent_adult_id", "pupil_consent", ["adult_id"], unique=False)
    op.create_table(
        "staff_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("superseded_at >= recorded_at", name=op.f("ck_staff_role_superseded_after_recorded")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_staff_role_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_staff_role"),
    )
    op.create_index("ix_staff_role_staff_id", "staff_role", ["staff_id"], unique=False)
    op.create_index(
        "uq_staff_role_current",
        "staff_role",
        ["staff_id", "role"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )

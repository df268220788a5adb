"""Mail: the table of jobs, which nothing used yet, in the shape the worker needs; alert choices; stopped addresses."""

import sqlalchemy as sa
from alembic import op

from portal_core.store.base import UtcDateTime

revision = "0007"
down_revision = "0006"

CURRENT, LIVE, OPEN = (sa.text(f"{column} IS NULL") for column in ("superseded_at", "ended_at", "done_at"))


def upgrade() -> None:
    op.drop_table("job")
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(200), nullable=False),
        sa.Column("adult_id", sa.Integer(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("message_id", sa.String(200), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("dedupe", sa.String(200), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("run_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('waiting', 'handing over')) = (done_at IS NULL)",
            name=op.f("ck_job_a_final_state_has_its_time"),
        ),
        sa.CheckConstraint("done_at IS NULL OR sealed IS NULL", name=op.f("ck_job_no_secret_outlives_its_job")),
        sa.ForeignKeyConstraint(["adult_id"], ["adult.id"], name="fk_job_adult_id"),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sa.UniqueConstraint("dedupe", name="uq_job_dedupe"),
        sa.UniqueConstraint("message_id", name="uq_job_message_id"),
    )
    op.create_index("ix_job_adult_id", "job", ["adult_id"], unique=False)
    op.create_index("ix_job_due", "job", ["run_at"], unique=False, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table(
        "alert_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("adult_id", sa.Integer(), nullable=False),
        sa.Column("weekly", sa.Boolean(), nullable=False),
        sa.Column("absence", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("superseded_at >= recorded_at", name=op.f("ck_alert_choice_superseded_after_recorded")),
        sa.ForeignKeyConstraint(["adult_id"], ["adult.id"], name="fk_alert_choice_adult_id"),
        sa.PrimaryKeyConstraint("id", name="pk_alert_choice"),
    )
    op.create_index(
        "uq_alert_choice_current", "alert_choice", ["adult_id"], unique=True, sqlite_where=CURRENT,
        postgresql_where=CURRENT,
    )  # fmt: skip
    op.create_table(
        "mail_stop",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("adult_id", sa.Integer(), nullable=False),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("ended_at >= begun_at", name=op.f("ck_mail_stop_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["adult_id"], ["adult.id"], name="fk_mail_stop_adult_id"),
        sa.PrimaryKeyConstraint("id", name="pk_mail_stop"),
    )
    op.create_index("ix_mail_stop_adult_id", "mail_stop", ["adult_id"], unique=False)
    op.create_index(
        "uq_mail_stop_live", "mail_stop", ["address_hash"], unique=True, sqlite_where=LIVE, postgresql_where=LIVE
    )

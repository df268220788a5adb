"""Accounts, logins, the policy and who accepted it."""

import sqlalchemy as sa
from alembic import op

from portal_core.store.base import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "notice_version",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_notice_version"),
    )
    op.create_table(
        "policy_version",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("must_accept", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_policy_version"),
    )
    op.create_table(
        "throttle",
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_throttle"),
    )
    op.create_table(
        "acceptance",
        sa.Column("adult_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("accepted_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["adult_id"], ["adult.id"], name="fk_acceptance_adult_id"),
        sa.ForeignKeyConstraint(["version"], ["policy_version.number"], name="fk_acceptance_version"),
        sa.PrimaryKeyConstraint("adult_id", "version", name="pk_acceptance"),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("adult_id", sa.Integer(), nullable=True),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("username", sa.String(200), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=True),
        sa.Column("factor_secret", sa.LargeBinary(), nullable=True),
        sa.Column("factor_step", sa.Integer(), nullable=True),
        sa.CheckConstraint("(adult_id IS NULL) <> (staff_id IS NULL)", name=op.f("ck_account_belongs_to_one_person")),
        sa.ForeignKeyConstraint(["adult_id"], ["adult.id"], name="fk_account_adult_id"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_account_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("adult_id", name="uq_account_adult_id"),
        sa.UniqueConstraint("staff_id", name="uq_account_staff_id"),
        sa.UniqueConstraint("username", name="uq_account_username"),
    )
    op.create_table(
        "account_status",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("superseded_at >= recorded_at", name=op.f("ck_account_status_superseded_after_recorded")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_account_status_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_account_status"),
    )
    op.create_index("ix_account_status_account_id", "account_status", ["account_id"], unique=False)
    op.create_index(
        "uq_account_status_current",
        "account_status",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("superseded_at IS NULL"),
        postgresql_where=sa.text("superseded_at IS NULL"),
    )
    op.create_table(
        "activation_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_activation_code_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_activation_code"),
    )
    op.create_index("ix_activation_code_account_id", "activation_code", ["account_id"], unique=False)
    op.create_index(
        "uq_activation_code_live",
        "activation_code",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "login",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(40), nullable=False),
        sa.Column("shared_device", sa.Boolean(), nullable=False),
        sa.Column("begun_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("idle_until", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_login_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_login"),
        sa.UniqueConstraint("token_hash", name="uq_login_token_hash"),
    )
    op.create_index("ix_login_account_id", "login", ["account_id"], unique=False)
    op.create_table(
        "notice_shown",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("shown_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_notice_shown_account_id"),
        sa.ForeignKeyConstraint(["version"], ["notice_version.number"], name="fk_notice_shown_version"),
        sa.PrimaryKeyConstraint("account_id", "version", name="pk_notice_shown"),
    )

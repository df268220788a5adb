"""What people keep of their own account: recovery codes, links to a new password, a new address.

Nothing here is granted to the role that parents are read as, so none of it is found under row-level security.
"""

import sqlalchemy as sa
from alembic import op

from portal_core.store.base import UtcDateTime

revision = "0008"
down_revision = "0007"

LIVE = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.add_column("adult", sa.Column("email_own", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_recovery_code_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
    )
    op.create_index("ix_recovery_code_account_id", "recovery_code", ["account_id"], unique=False)
    op.create_table(
        "reset_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_reset_link_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reset_link"),
        sa.UniqueConstraint("token_hash", name="uq_reset_link_token_hash"),
    )
    op.create_index("ix_reset_link_account_id", "reset_link", ["account_id"], unique=False)
    op.create_table(
        "email_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("old_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("new_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("old_said_at", UtcDateTime(), nullable=True),
        sa.Column("new_said_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "ended_at IS NULL OR address = ''", name=op.f("ck_email_change_no_address_outlives_its_change")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_email_change_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_email_change"),
        sa.UniqueConstraint("old_hash", name="uq_email_change_old_hash"),
        sa.UniqueConstraint("new_hash", name="uq_email_change_new_hash"),
    )
    op.create_index("ix_email_change_account_id", "email_change", ["account_id"], unique=False)
    op.create_index(
        "uq_email_change_live", "email_change", ["account_id"], unique=True, sqlite_where=LIVE, postgresql_where=LIVE
    )

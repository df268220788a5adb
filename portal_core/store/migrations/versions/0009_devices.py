"""What a login knows of its device: until when without an open tab, from where, in which browser; text not yet sent."""

import sqlalchemy as sa
from alembic import op

from portal_core.store.base import UtcDateTime

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("login", sa.Column("open_until", UtcDateTime(), nullable=True))
    op.add_column("login", sa.Column("address", sa.String(200), nullable=True))
    op.add_column("login", sa.Column("browser", sa.String(200), nullable=True))
    op.create_table(
        "draft",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(200), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("kept_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_draft_account_id"),
        sa.PrimaryKeyConstraint("account_id", "form", name="pk_draft"),
    )

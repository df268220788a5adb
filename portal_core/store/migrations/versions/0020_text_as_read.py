"""A released item says which words were read; what was released before is read again (REVOKE-5)."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("released_item", sa.Column("read", sa.String(200), nullable=False, server_default=""))

"""What the lifting of a ground rests on (REVOKE-1 to REVOKE-3)."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column("restriction", sa.Column("lifted_for", sa.String(200), nullable=True))

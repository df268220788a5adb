"""What a court's order limits, as whoever read it wrote it down (REVOKE-2)."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    with op.batch_alter_table("restriction") as table:
        table.add_column(sa.Column("limits", sa.String(200), nullable=True))

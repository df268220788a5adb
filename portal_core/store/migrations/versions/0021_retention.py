"""When a pupil's or an adult's record was erased, its time being over (SEC-5)."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    for table in ("pupil", "adult"):
        op.add_column(table, sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))

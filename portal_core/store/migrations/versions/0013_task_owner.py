"""Who has taken a task on: a colleague whose duty it is, or nobody yet."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    with op.batch_alter_table("task") as table:
        table.add_column(sa.Column("owner_id", sa.Integer(), nullable=True))
        table.create_foreign_key("fk_task_owner_id", "staff", ["owner_id"], ["id"])

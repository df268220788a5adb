"""Enquiries that did not come through the portal: by which way, and from whom, who may have no account (CONTACT-7)."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    with op.batch_alter_table("enquiry") as table:
        table.alter_column("account_id", existing_type=sa.Integer(), nullable=True)
        table.add_column(sa.Column("came_by", sa.String(40), nullable=False, server_default="the portal"))
        table.add_column(sa.Column("asker", sa.String(200), nullable=False, server_default=""))
        table.create_check_constraint("ck_enquiry_is_from_somebody", "account_id IS NOT NULL OR asker <> ''")

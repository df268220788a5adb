"""E-mail addresses that were an adult's, as hashes: no way into another's account is sent there."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "former_address",
        sa.Column("adult_id", sa.Integer(), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(32), nullable=False),
        sa.ForeignKeyConstraint(["adult_id"], ["adult.id"], name="fk_former_address_adult_id"),
        sa.PrimaryKeyConstraint("adult_id", "address_hash", name="pk_former_address"),
    )
    op.create_index("ix_former_address_address_hash", "former_address", ["address_hash"], unique=False)

"""The audit is found by what was done, as by who did it and about whom."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.create_index("ix_audit_entry_verb", "audit_entry", ["verb", "id"], unique=False)

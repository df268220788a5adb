"""Session marks, lesson marks and points."""

import sqlalchemy as sa
from alembic import op

from portal_core.store.base import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_category"),
        sa.UniqueConstraint("name", name="uq_category_name"),
    )
    op.create_table(
        "lesson_mark",
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("period", sa.String(200), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("code", sa.String(200), nullable=False),
        sa.Column("minutes_late", sa.SmallInteger(), nullable=True),
        sa.Column("public_from", UtcDateTime(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["pupil_id"], ["pupil.id"], name="fk_lesson_mark_pupil_id"),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name="fk_lesson_mark_run_id"),
        sa.PrimaryKeyConstraint("pupil_id", "day", "period", name="pk_lesson_mark"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mark",
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("half", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.String(200), nullable=False),
        sa.Column("minutes_late", sa.SmallInteger(), nullable=True),
        sa.Column("public_from", UtcDateTime(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("half IN (0, 1)", name=op.f("ck_mark_half_is_am_or_pm")),
        sa.CheckConstraint("minutes_late >= 0", name=op.f("ck_mark_minutes_late_not_negative")),
        sa.ForeignKeyConstraint(["pupil_id"], ["pupil.id"], name="fk_mark_pupil_id"),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name="fk_mark_run_id"),
        sa.PrimaryKeyConstraint("pupil_id", "day", "half", name="pk_mark", postgresql_include=["code", "public_from"]),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mark_amendment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("half", sa.SmallInteger(), nullable=False),
        sa.Column("code", sa.String(200), nullable=False),
        sa.Column("minutes_late", sa.SmallInteger(), nullable=True),
        sa.Column("public_from", UtcDateTime(), nullable=False),
        sa.Column("replaced_at", UtcDateTime(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["pupil_id"], ["pupil.id"], name="fk_mark_amendment_pupil_id"),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name="fk_mark_amendment_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_mark_amendment"),
    )
    op.create_index("ix_mark_amendment_pupil_id_day", "mark_amendment", ["pupil_id", "day", "half"], unique=False)
    op.create_table(
        "point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mis_id", sa.String(200), nullable=False),
        sa.Column("pupil_id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("amount", sa.SmallInteger(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("in_lesson", sa.Boolean(), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("teacher_id", sa.Integer(), nullable=True),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("public_from", UtcDateTime(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name="fk_point_category_id"),
        sa.ForeignKeyConstraint(["pupil_id"], ["pupil.id"], name="fk_point_pupil_id"),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name="fk_point_run_id"),
        sa.ForeignKeyConstraint(["teacher_id"], ["staff.id"], name="fk_point_teacher_id"),
        sa.PrimaryKeyConstraint("id", name="pk_point"),
        sa.UniqueConstraint("mis_id", name="uq_point_mis_id"),
    )
    op.create_index(
        "ix_point_pupil_id_at", "point", ["pupil_id", "at"], unique=False, postgresql_include=["kind", "public_from"]
    )

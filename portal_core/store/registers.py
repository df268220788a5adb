"""Tables of what happened at school: session marks, lesson marks, points. Read by one child, counted from an index."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from portal_core.domain.records import PointKind
from portal_core.store.base import Base, Instant, Key, Long, Short


class Mark(Base):
    """A statutory session mark (SI 2024/208 reg 10); the key carries code and publication, so counting is index-only."""

    __tablename__ = "mark"
    __table_args__ = (
        PrimaryKeyConstraint("pupil_id", "day", "half", postgresql_include=["code", "public_from"]),
        CheckConstraint("half IN (0, 1)", name="half_is_am_or_pm"),
        CheckConstraint("minutes_late >= 0", name="minutes_late_not_negative"),
        {"sqlite_with_rowid": False},
    )
    pupil_id: Mapped[int] = mapped_column(ForeignKey("pupil.id"))
    day: Mapped[date]
    half: Mapped[int] = mapped_column(SmallInteger)
    code: Mapped[Short]
    minutes_late: Mapped[int | None] = mapped_column(SmallInteger)
    public_from: Mapped[Instant]
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))


class MarkAmendment(Base):
    """What a mark said before it was amended; the newest row before `replaced_at` is what parents saw until then."""

    __tablename__ = "mark_amendment"
    __table_args__ = (Index("ix_mark_amendment_pupil_id_day", "pupil_id", "day", "half"),)
    id: Mapped[Key]
    pupil_id: Mapped[int] = mapped_column(ForeignKey("pupil.id"))
    day: Mapped[date]
    half: Mapped[int] = mapped_column(SmallInteger)
    code: Mapped[Short]
    minutes_late: Mapped[int | None] = mapped_column(SmallInteger)
    public_from: Mapped[Instant]
    replaced_at: Mapped[Instant]
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))


class LessonMark(Base):
    """A mark in one lesson: not statutory, never mixed into a percentage."""

    __tablename__ = "lesson_mark"
    __table_args__ = (PrimaryKeyConstraint("pupil_id", "day", "period"), {"sqlite_with_rowid": False})
    pupil_id: Mapped[int] = mapped_column(ForeignKey("pupil.id"))
    day: Mapped[date]
    period: Mapped[Short]
    subject: Mapped[Short]
    code: Mapped[Short]
    minutes_late: Mapped[int | None] = mapped_column(SmallInteger)
    public_from: Mapped[Instant]
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))


class Category(Base):
    """What a point is given for, in the school's words (CONTACT-4)."""

    __tablename__ = "category"
    id: Mapped[Key]
    name: Mapped[Short] = mapped_column(unique=True)
    kind: Mapped[PointKind]
    meaning: Mapped[Long] = mapped_column(default="")


class Point(Base):
    """An achievement or behaviour point, in a lesson or outside (CONTACT-5, CONTACT-6)."""

    __tablename__ = "point"
    __table_args__ = (Index("ix_point_pupil_id_at", "pupil_id", "at", postgresql_include=["kind", "public_from"]),)
    id: Mapped[Key]
    mis_id: Mapped[Short] = mapped_column(unique=True)
    pupil_id: Mapped[int] = mapped_column(ForeignKey("pupil.id"))
    at: Mapped[Instant]
    kind: Mapped[PointKind]
    amount: Mapped[int] = mapped_column(SmallInteger)
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"))
    in_lesson: Mapped[bool]
    subject: Mapped[Short] = mapped_column(default="")
    teacher_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    place: Mapped[Short] = mapped_column(default="")
    public_from: Mapped[Instant]
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))

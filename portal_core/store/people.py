"""Tables of people: pupils, adults, staff, and the facts that tie them. Names can be corrected; facts keep their history."""

from datetime import date

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, or_, text
from sqlalchemy.orm import Mapped, mapped_column

from portal_core.domain.clauses import Role
from portal_core.domain.people import Responsibility
from portal_core.store.base import Base, Instant, Key, Long, Recorded, Short, recorded_check

CURRENT = text("superseded_at IS NULL")


class Pupil(Base):
    """A child in the school's records; what decides about them lies in Birth and Enrolment."""

    __tablename__ = "pupil"
    id: Mapped[Key]
    mis_id: Mapped[Short] = mapped_column(unique=True)
    upn: Mapped[Short | None]
    forename: Mapped[Short]
    surname: Mapped[Short] = mapped_column(index=True)
    erased_at: Mapped[Instant | None]  # its time is over: a number is left (SEC-5)


class Birth(Recorded, Base):
    """A pupil's date of birth as recorded (USER-1: responsibility lapses at 18)."""

    __tablename__ = "birth"
    __table_args__ = (
        recorded_check(),
        Index("uq_birth_current", "pupil_id", unique=True, sqlite_where=CURRENT, postgresql_where=CURRENT),
        Index("ix_birth_pupil_id", "pupil_id"),
    )
    id: Mapped[Key]
    pupil_id: Mapped[int] = mapped_column(ForeignKey("pupil.id"))
    born_on: Mapped[date]


class Enrolment(Recorded, Base):
    """A spell on roll, first and last day included (USER-1)."""

    __tablename__ = "enrolment"
    __table_args__ = (
        recorded_check(),
        CheckConstraint("ended_on >= begun_on", name="ends_after_it_begins"),
    )
    id: Mapped[Key]
    pupil_id: Mapped[int] = mapped_column(ForeignKey("pupil.id"), index=True)
    begun_on: Mapped[date]
    ended_on: Mapped[date | None]
    year_group: Mapped[int]
    form: Mapped[Short]


class PupilConsent(Recorded, Base):
    """A pupil of age agreeing that one adult goes on seeing their record (USER-1)."""

    __tablename__ = "pupil_consent"
    __table_args__ = (recorded_check(), CheckConstraint("ended_on >= begun_on", name="ends_after_it_begins"))
    id: Mapped[Key]
    pupil_id: Mapped[int] = mapped_column(ForeignKey("pupil.id"))
    adult_id: Mapped[int] = mapped_column(ForeignKey("adult.id"), index=True)
    begun_on: Mapped[date]
    ended_on: Mapped[date | None]


class Adult(Base):
    """A person outside the staff: a parent, a carer, a contact. Never merged by name."""

    __tablename__ = "adult"
    id: Mapped[Key]
    mis_id: Mapped[Short | None] = mapped_column(unique=True)
    title: Mapped[Short] = mapped_column(default="")
    forename: Mapped[Short]
    surname: Mapped[Short] = mapped_column(index=True)
    email: Mapped[Short] = mapped_column(default="")
    email_own: Mapped[bool] = mapped_column(default=False)  # confirmed by its owner: an import leaves it as it is
    telephone: Mapped[Short] = mapped_column(default="")
    address: Mapped[Long] = mapped_column(default="")
    erased_at: Mapped[Instant | None]  # with the last child whose record was


class Connection(Recorded, Base):
    """One adult's tie to one pupil: an imported responsibility is evidence; only verified does it count (USER-1)."""

    __tablename__ = "connection"
    __table_args__ = (
        recorded_check(),
        CheckConstraint("ended_on >= begun_on", name="ends_after_it_begins"),
        CheckConstraint("(verified_at IS NULL) = (verified_by_id IS NULL)", name="a_verification_names_a_person"),
        CheckConstraint("verified_at IS NULL OR responsibility = 'yes'", name="only_a_yes_is_verified"),
        Index("ix_connection_adult_id_pupil_id", "adult_id", "pupil_id"),
        Index(
            "uq_connection_current",
            "adult_id",
            "pupil_id",
            unique=True,
            sqlite_where=CURRENT,
            postgresql_where=CURRENT,
        ),
    )
    id: Mapped[Key]
    adult_id: Mapped[int] = mapped_column(ForeignKey("adult.id"))
    pupil_id: Mapped[int] = mapped_column(ForeignKey("pupil.id"), index=True)
    relationship: Mapped[Short]
    responsibility: Mapped[Responsibility]
    evidence: Mapped[Short] = mapped_column(default="")
    verified_at: Mapped[Instant | None]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    begun_on: Mapped[date]
    ended_on: Mapped[date | None]
    court_flag: Mapped[bool] = mapped_column(default=False)  # nobody has decided on it yet: it refuses
    mis_court_flag: Mapped[bool] = mapped_column(
        default=False
    )  # as last imported, so that a settled flag stays settled


class Staff(Base):
    """A member of staff: teaches, looks after a year, or works with the portal."""

    __tablename__ = "staff"
    id: Mapped[Key]
    mis_id: Mapped[Short | None] = mapped_column(unique=True)
    code: Mapped[Short] = mapped_column(default="")
    title: Mapped[Short] = mapped_column(default="")
    forename: Mapped[Short] = mapped_column(default="")
    surname: Mapped[Short]
    job_title: Mapped[Short] = mapped_column(default="")
    email: Mapped[Short] = mapped_column(default="")
    telephone: Mapped[Short] = mapped_column(default="")
    left_on: Mapped[date | None]  # the last day in post; from the next on, no role counts (facts.py)


def in_post(day: date) -> ColumnElement[bool]:
    """Staff who work at the school on a day, their last one included."""
    return or_(Staff.left_on.is_(None), Staff.left_on >= day)


class StaffRole(Recorded, Base):
    """What a member of staff is to the portal, and since when."""

    __tablename__ = "staff_role"
    __table_args__ = (
        recorded_check(),
        Index("uq_staff_role_current", "staff_id", "role", unique=True, sqlite_where=CURRENT, postgresql_where=CURRENT),
    )
    id: Mapped[Key]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    role: Mapped[Role]


class PastoralCharge(Base):
    """Who is Learning Manager of which year group, or of one form in it (CONTACT-6)."""

    __tablename__ = "pastoral_charge"
    __table_args__ = (CheckConstraint("ended_on >= begun_on", name="ends_after_it_begins"),)
    id: Mapped[Key]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    year_group: Mapped[int] = mapped_column(index=True)
    form: Mapped[Short | None]
    begun_on: Mapped[date]
    ended_on: Mapped[date | None]

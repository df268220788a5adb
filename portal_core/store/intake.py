"""Tables of how people come to an account: requests for access, and runs that give many adults one at once (PASS-1)."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal_core.store.base import Base, Instant, Key, Long, Short


class Denial(StrEnum):
    """Why a request for access is denied; the asker hears of none of them."""

    NOT_RESPONSIBLE = "no parental responsibility on record"
    NOT_ON_ROLL = "the child is not at this school"
    NOT_IDENTIFIED = "could not show who they are"
    HAS_ACCOUNT = "has an account already"
    NOT_REAL = "not a real request"
    DECISION = "a decision of the school"


class AccessRequest(Base):
    """Somebody asks for access to the portal: what they wrote, by a form that proves nothing, or told the office."""

    __tablename__ = "access_request"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="an_end_names_a_person"),
        CheckConstraint("denial IS NULL OR ended_at IS NOT NULL", name="a_denial_ends_it"),
    )
    id: Mapped[Key]
    made_at: Mapped[Instant]
    name: Mapped[Short]
    children: Mapped[Short]
    reach: Mapped[Short]  # e-mail address or telephone number, as typed
    text: Mapped[Long] = mapped_column(default="")
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # none: the public form
    adult_id: Mapped[int | None] = mapped_column(ForeignKey("adult.id"))  # as somebody matched it
    denial: Mapped[Denial | None]
    ended_at: Mapped[Instant | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class Intake(Base):
    """A run that gives an account and a letter to each of many adults whose checks are done.

    `letters_at` is when its letters were last made: those before hold codes that have ended.
    """

    __tablename__ = "intake"
    id: Mapped[Key]
    year_group: Mapped[int | None]  # none: every year
    made_at: Mapped[Instant]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    letters_at: Mapped[Instant | None]


class IntakeAdult(Base):
    """One adult of a run: without an account is not done yet, `handed_at` is when somebody had their letter
    in hand or their code was mailed."""

    __tablename__ = "intake_adult"
    __table_args__ = (CheckConstraint("handed_at IS NULL OR account_id IS NOT NULL", name="a_letter_is_of_an_account"),)
    intake_id: Mapped[int] = mapped_column(ForeignKey("intake.id"), primary_key=True)
    adult_id: Mapped[int] = mapped_column(ForeignKey("adult.id"), primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    handed_at: Mapped[Instant | None]


class WaitingChecks(Base):
    """A checks list that one clerk went through and that waits for a second person, one for each adult (PASS-1)."""

    __tablename__ = "waiting_checks"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="an_end_names_a_person"),
        Index(
            "uq_waiting_checks_live",
            "adult_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    id: Mapped[Key]
    adult_id: Mapped[int] = mapped_column(ForeignKey("adult.id"))
    identity: Mapped[Short]
    evidence: Mapped[Short]
    reference: Mapped[Short]
    pupils: Mapped[Short]  # numbers, with commas between
    made_at: Mapped[Instant]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[Instant | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

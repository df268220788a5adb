"""Tables of decisions against access: restrictions and investigations, ended and never deleted (REVOKE-1 to REVOKE-4)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal_core.domain.clauses import Clause
from portal_core.store.base import Base, Instant, Key, Long, Recorded, Short, recorded_check
from portal_core.store.people import CURRENT


class Restriction(Recorded, Base):
    """A ground for refusing one adult: all their children, or those that RestrictedPupil lists. Lifted is superseded."""

    __tablename__ = "restriction"
    __table_args__ = (
        recorded_check(),
        CheckConstraint("ends_at > begins_at", name="ends_after_it_begins"),
        CheckConstraint("clause IN ('REVOKE-1', 'REVOKE-2', 'REVOKE-3', 'REVOKE-4')", name="is_on_a_ground"),
        CheckConstraint("clause <> 'REVOKE-1' OR review_on IS NOT NULL", name="a_question_has_a_review_date"),
        CheckConstraint("(superseded_at IS NULL) = (lifted_by_id IS NULL)", name="a_lifting_names_a_person"),
    )
    id: Mapped[Key]
    adult_id: Mapped[int] = mapped_column(ForeignKey("adult.id"), index=True)
    clause: Mapped[Clause]
    whole_account: Mapped[bool]
    begins_at: Mapped[Instant]
    ends_at: Mapped[Instant | None]
    review_on: Mapped[date | None]
    evidence: Mapped[Short]
    limits: Mapped[str | None] = mapped_column(String(200))
    made_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    lifted_for: Mapped[str | None] = mapped_column(String(200))  # what the lifting rests on


def not_over(at: datetime) -> ColumnElement[bool]:
    """Restrictions that hold at an instant or will hold: neither lifted nor past their end."""
    return Restriction.superseded_at.is_(None) & (Restriction.ends_at.is_(None) | (Restriction.ends_at > at))


class RestrictedPupil(Recorded, Base):
    """Whether a restriction covers a pupil; under REVOKE-2 one without a row is refused until it is decided."""

    __tablename__ = "restricted_pupil"
    __table_args__ = (
        recorded_check(),
        Index(
            "uq_restricted_pupil_current",
            "restriction_id",
            "pupil_id",
            unique=True,
            sqlite_where=CURRENT,
            postgresql_where=CURRENT,
        ),
    )
    id: Mapped[Key]
    restriction_id: Mapped[int] = mapped_column(ForeignKey("restriction.id"), index=True)
    pupil_id: Mapped[int] = mapped_column(ForeignKey("pupil.id"))
    covered: Mapped[bool]


class Investigation(Base):
    """An open question on pupils: every adult connected with them is refused while it runs (REVOKE-4).

    `reference` points into the school's own safeguarding record; the story is never told here.
    """

    __tablename__ = "investigation"
    __table_args__ = (
        CheckConstraint("closed_at > opened_at", name="closes_after_it_opens"),
        CheckConstraint("(closed_at IS NULL) = (closed_by_id IS NULL)", name="a_closing_names_a_person"),
        CheckConstraint("closed_by_id <> opened_by_id", name="a_second_person_releases"),
    )
    id: Mapped[Key]
    reference: Mapped[str] = mapped_column(String(200))
    opened_at: Mapped[Instant]
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    closed_at: Mapped[Instant | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class InvestigatedPupil(Base):
    """A pupil whom an investigation concerns."""

    __tablename__ = "investigated_pupil"
    pupil_id: Mapped[int] = mapped_column(ForeignKey("pupil.id"), primary_key=True)
    investigation_id: Mapped[int] = mapped_column(ForeignKey("investigation.id"), primary_key=True)


class Outcome(StrEnum):
    """What an investigation ends in for one adult."""

    REINSTATED = "reinstated"
    RESTRICTED = "restricted"


class PartyOutcome(Base):
    """What was decided for one connected adult when an investigation closed (REVOKE-4)."""

    __tablename__ = "party_outcome"
    investigation_id: Mapped[int] = mapped_column(ForeignKey("investigation.id"), primary_key=True)
    adult_id: Mapped[int] = mapped_column(ForeignKey("adult.id"), primary_key=True)
    outcome: Mapped[Outcome]
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[Instant]


class Breach(Base):
    """What an adult did against the policy, with the audit's entries that show it: a warning, or a restriction (REVOKE-3).

    `policy` is the version that they had accepted by then; the answer is what they say to it, put down once.
    """

    __tablename__ = "breach"
    __table_args__ = (
        CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name="an_answer_names_a_person"),
    )
    id: Mapped[Key]
    adult_id: Mapped[int] = mapped_column(ForeignKey("adult.id"), index=True)
    what: Mapped[Long]
    entries: Mapped[Short]  # numbers, with commas between
    policy: Mapped[int | None]
    restriction_id: Mapped[int | None] = mapped_column(ForeignKey("restriction.id"))
    recorded_at: Mapped[Instant]
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    answer: Mapped[Long] = mapped_column(default="")
    answered_at: Mapped[Instant | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

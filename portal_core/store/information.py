"""Tables of the information desk: who asked for a pupil's record, on which basis, and what was given (REVOKE-5)."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal_core.store.base import Base, Instant, Key, Short


class Basis(StrEnum):
    """The law under which somebody asks; it sets the deadline."""

    EDUCATIONAL_RECORD = "educational record"  # Education (Pupil Information) (England) Regulations 2005, regulation 5
    SUBJECT_ACCESS = "subject access"  # UK GDPR, Article 15


class InformationRequest(Base):
    """Somebody asks for what is held on a pupil, whether or not the portal shows it to them. Ended is given or refused."""

    __tablename__ = "information_request"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_by_id IS NULL)", name="an_end_names_a_person"),
        CheckConstraint("refusal IS NULL OR ended_at IS NOT NULL", name="a_refusal_ends_it"),
        CheckConstraint("due_on >= came_on", name="is_due_after_it_came"),
    )
    id: Mapped[Key]
    pupil_id: Mapped[int] = mapped_column(ForeignKey("pupil.id"), index=True)
    asker: Mapped[Short]
    reach: Mapped[Short]
    basis: Mapped[Basis]
    came_on: Mapped[date]
    due_on: Mapped[date]
    taken_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    taken_at: Mapped[Instant]
    refusal: Mapped[Short | None]
    ended_at: Mapped[Instant | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class ReleasedItem(Base):
    """Free text of one point that a named person has read and released for one request: else it is left out."""

    __tablename__ = "released_item"
    request_id: Mapped[int] = mapped_column(ForeignKey("information_request.id"), primary_key=True)
    point_id: Mapped[int] = mapped_column(ForeignKey("point.id"), primary_key=True)
    released_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    released_at: Mapped[Instant]
    read: Mapped[Short]  # digest of the words that were read: an import may change them under the same point

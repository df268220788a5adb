"""The table of enquiries and complaints about the portal itself, and what was answered (CONTACT-7)."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal_core.store.base import Base, Instant, Key, Long, Short


class Cause(StrEnum):
    """What an enquiry turned out to be about: counted, so that a school sees which demands it could prevent."""

    SIGNING_IN = "signing in"
    MARK = "a mark"
    POINT = "a point"
    WHO_MAY_SEE = "who may see a child"
    DETAILS = "names or contact details"
    WORDING = "something hard to understand"
    FAULT = "a fault of the portal"
    COMPLAINT = "a complaint"
    OTHER = "something else"


class Way(StrEnum):
    """How an enquiry came."""

    PORTAL = "the portal"
    TELEPHONE = "telephone"
    EMAIL = "e-mail"
    LETTER = "letter"
    IN_PERSON = "in person"


class Enquiry(Base):
    """What somebody asked about the portal and what the school answered. Free text: erased with the account's records.

    One that came another way names its asker in words, and the account only if they have one.
    """

    __tablename__ = "enquiry"
    __table_args__ = (
        CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name="an_answer_names_a_person"),
        CheckConstraint("(answered_at IS NULL) = (cause IS NULL)", name="an_answer_names_a_cause"),
        CheckConstraint("account_id IS NOT NULL OR asker <> ''", name="is_from_somebody"),
        Index("ix_enquiry_account_id_asked_at", "account_id", "asked_at"),
    )
    id: Mapped[Key]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    came_by: Mapped[Way] = mapped_column(default=Way.PORTAL, server_default=Way.PORTAL)
    asker: Mapped[Short] = mapped_column(default="", server_default="")
    asked_at: Mapped[Instant]
    text: Mapped[Long]
    answer: Mapped[Long] = mapped_column(default="")
    cause: Mapped[Cause | None]
    answered_at: Mapped[Instant | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

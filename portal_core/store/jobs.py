"""Tables of the portal's own work: what is to be sent, what a parent chose to be told, which addresses give mail back."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from portal_core.store.base import Base, Instant, Key, Long, Recorded, Short, recorded_check
from portal_core.store.people import CURRENT

LIVE = text("ended_at IS NULL")


class JobState(StrEnum):
    """How far a job has come; the last five are final."""

    WAITING = "waiting"
    HANDING_OVER = "handing over"  # from the last decision until the other side has answered
    SENT = "sent"
    WITHHELD = "withheld"  # the decision or the parent's choice no longer allows it
    REFUSED = "refused"  # by the other side, for good
    UNSURE = "unsure"  # broken off while it was handed over: it may have arrived
    EXPIRED = "expired"  # not worth sending any more


class Job(Base):
    """Work for the machine: ids in the payload, never data; a lease so that a crash gives it back.

    `sealed` holds what only the message may say (a link, a code, an address not yet confirmed), under the secret key,
    and is gone as soon as the job is done. `message_id` is the same at each try.
    """

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint(
            "(state IN ('waiting', 'handing over')) = (done_at IS NULL)", name="a_final_state_has_its_time"
        ),
        CheckConstraint("done_at IS NULL OR sealed IS NULL", name="no_secret_outlives_its_job"),
        Index("ix_job_due", "run_at", sqlite_where=text("done_at IS NULL"), postgresql_where=text("done_at IS NULL")),
    )
    id: Mapped[Key]
    kind: Mapped[Short]
    adult_id: Mapped[int] = mapped_column(ForeignKey("adult.id"), index=True)
    payload: Mapped[Long]  # JSON of ids: {"pupil": 3, "day": "2026-03-12", "half": 0}
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    message_id: Mapped[Short] = mapped_column(unique=True)
    address_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))  # where it was handed over to
    dedupe: Mapped[Short | None] = mapped_column(unique=True)
    state: Mapped[JobState]
    made_at: Mapped[Instant]
    run_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    lease_until: Mapped[Instant | None]
    tries: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[Instant | None]


class AlertChoice(Recorded, Base):
    """What a parent chose to be told by e-mail; without a row the weekly digest and nothing else."""

    __tablename__ = "alert_choice"
    __table_args__ = (
        recorded_check(),
        Index("uq_alert_choice_current", "adult_id", unique=True, sqlite_where=CURRENT, postgresql_where=CURRENT),
    )
    id: Mapped[Key]
    adult_id: Mapped[int] = mapped_column(ForeignKey("adult.id"))
    weekly: Mapped[bool]
    absence: Mapped[bool]


class MailStop(Base):
    """An address that gave mail back: none goes there until staff have seen to it. Its hash: the address is the adult's."""

    __tablename__ = "mail_stop"
    __table_args__ = (
        CheckConstraint("ended_at >= begun_at", name="ends_after_it_begins"),
        Index("uq_mail_stop_live", "address_hash", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
    )
    id: Mapped[Key]
    address_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    adult_id: Mapped[int] = mapped_column(ForeignKey("adult.id"), index=True)
    begun_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]

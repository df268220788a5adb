"""Tables of accounts: who may sign in, with what, and what they agreed to."""

from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, and_, or_, text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from portal_core.domain.people import AccountState
from portal_core.store.base import Base, Instant, Key, Long, Recorded, Short, recorded_check
from portal_core.store.people import CURRENT


class Account(Base):
    """One person's way in, never shared (PASS-3): an adult's or a member of staff's."""

    __tablename__ = "account"
    __table_args__ = (CheckConstraint("(adult_id IS NULL) <> (staff_id IS NULL)", name="belongs_to_one_person"),)
    id: Mapped[Key]
    adult_id: Mapped[int | None] = mapped_column(ForeignKey("adult.id"), unique=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), unique=True)
    username: Mapped[Short] = mapped_column(unique=True)
    password_hash: Mapped[Short | None]
    factor_secret: Mapped[bytes | None] = mapped_column(LargeBinary)  # TOTP secret, sealed with the secret key
    factor_step: Mapped[int | None]  # the last TOTP step accepted: no code twice
    language: Mapped[Short | None]  # as its owner chose it; none is what the browser asks for


class AccountStatus(Recorded, Base):
    """Where an account stands, and since when (PASS-1)."""

    __tablename__ = "account_status"
    __table_args__ = (
        recorded_check(),
        Index("uq_account_status_current", "account_id", unique=True, sqlite_where=CURRENT, postgresql_where=CURRENT),
    )
    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    state: Mapped[AccountState]


class ActivationCode(Base):
    """A one-time code bound to one account; kept as a hash, never two live ones (PASS-1)."""

    __tablename__ = "activation_code"
    __table_args__ = (
        Index(
            "uq_activation_code_live",
            "account_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]  # used, or made void by a newer one


class Stage(StrEnum):
    """How far a sign-in has come; only COMPLETE opens anything."""

    PASSWORD = "set password"  # noqa: S105  # a stage, no secret
    FACTOR = "show second factor"
    ENROL = "enrol second factor"
    ACCEPT = "accept policy"
    COMPLETE = "complete"


class Login(Base):
    """A sign-in from one device; the cookie's hash changes at each step, the id stays."""

    __tablename__ = "login"
    id: Mapped[Key]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    stage: Mapped[Stage]
    shared_device: Mapped[bool]
    begun_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    idle_until: Mapped[Instant]  # moved on with each request: the idle limit of the device (USE-2)
    expires_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    open_until: Mapped[Instant | None]  # a shared device whose tabs say that they are open; None where none ever did
    address: Mapped[Short | None]  # from where, until it is erased (SEC-2)
    browser: Mapped[Short | None]  # which kind, as browser_of in security/devices.py names it


def lives(login: Any, at: Any) -> ColumnElement[bool]:
    """Whether a login has neither been ended nor run out: its longest time, its idle limit, its last tab (USE-2)."""
    return and_(
        login.ended_at.is_(None),
        login.begun_at <= at,
        login.expires_at > at,
        login.idle_until > at,
        or_(login.open_until.is_(None), login.open_until > at),
    )


class Draft(Base):
    """What an account's owner typed into a form and has not sent; handed back once, to that account alone."""

    __tablename__ = "draft"
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    form: Mapped[Short] = mapped_column(primary_key=True)
    fields: Mapped[Long]  # JSON: text by the name of its field
    kept_at: Mapped[Instant]


class Throttle(Base):
    """Failures counted by account and by address in a window of time; outlives a restart."""

    __tablename__ = "throttle"
    key: Mapped[Short] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[Instant]


class PolicyVersion(Base):
    """The acceptable use policy as published; the newest that must be accepted is the one in force (SEC-4)."""

    __tablename__ = "policy_version"
    number: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[Long]
    published_at: Mapped[Instant]
    must_accept: Mapped[bool]


class Acceptance(Base):
    """Who accepted which version, and when (SEC-4)."""

    __tablename__ = "acceptance"
    adult_id: Mapped[int] = mapped_column(ForeignKey("adult.id"), primary_key=True)
    version: Mapped[int] = mapped_column(ForeignKey("policy_version.number"), primary_key=True)
    accepted_at: Mapped[Instant]


class NoticeVersion(Base):
    """The privacy notice as published (SEC-5)."""

    __tablename__ = "notice_version"
    number: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[Long]
    published_at: Mapped[Instant]


class NoticeShown(Base):
    """A notice is given, not agreed to: which version was shown to whom, and when (SEC-5)."""

    __tablename__ = "notice_shown"
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    version: Mapped[int] = mapped_column(ForeignKey("notice_version.number"), primary_key=True)
    shown_at: Mapped[Instant]

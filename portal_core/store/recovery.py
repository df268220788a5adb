"""Tables of the ways back into an account, and of an e-mail address on its way to being another. Hashes alone, each with its end."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from portal_core.store.base import Base, Instant, Key, Short

_LIVE = text("ended_at IS NULL")


class RecoveryCode(Base):
    """Stands in for an authenticator app that is lost; counts once (PASS-2)."""

    __tablename__ = "recovery_code"
    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    made_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]  # used, or made void by newer ones


class ResetLink(Base):
    """A link to a new password. One asked for with a name that is nobody's has no account: a row is written either way."""

    __tablename__ = "reset_link"
    id: Mapped[Key]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    made_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]


class EmailChange(Base):
    """A new e-mail address that waits for a yes from both; without an old one, from the new one alone."""

    __tablename__ = "email_change"
    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR address = ''", name="no_address_outlives_its_change"),
        Index(
            "uq_email_change_live", "account_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE
        ),
    )  # fmt: skip
    id: Mapped[Key]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    address: Mapped[Short]  # the new one; emptied at the end
    old_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)
    new_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    made_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    old_said_at: Mapped[Instant | None]
    new_said_at: Mapped[Instant | None]
    ended_at: Mapped[Instant | None]


class FormerAddress(Base):
    """The hash of an e-mail address that was an adult's and is not any more: they may still read what comes there (PASS-2)."""

    __tablename__ = "former_address"
    adult_id: Mapped[int] = mapped_column(ForeignKey("adult.id"), primary_key=True)
    address_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True, index=True)

"""Tables of the school itself and of the portal's own work: settings, calendar, received registers, audit, tasks, imports."""

from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal_core.domain.clauses import Verb
from portal_core.domain.school import DayKind
from portal_core.store.base import Base, Instant, Key, Long, Recorded, Short, recorded_check
from portal_core.store.people import CURRENT


class SchoolSetting(Recorded, Base):
    """One of the school's own figures or words, as JSON; without a row the default of SchoolSettings holds."""

    __tablename__ = "school_setting"
    __table_args__ = (
        recorded_check(),
        Index("uq_school_setting_current", "key", unique=True, sqlite_where=CURRENT, postgresql_where=CURRENT),
    )
    id: Mapped[Key]
    key: Mapped[Short]
    value: Mapped[Long]


class TermDates(Base):
    """A term with pupils in school, both days included."""

    __tablename__ = "term"
    __table_args__ = (CheckConstraint("ends > begins", name="ends_after_it_begins"),)
    id: Mapped[Key]
    name: Mapped[Short]
    begins: Mapped[date] = mapped_column(index=True)
    ends: Mapped[date]


class ClosedDay(Base):
    """A weekday within a term on which no registers are taken."""

    __tablename__ = "closed_day"
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[DayKind]


class ReceivedRegister(Base):
    """When marks of a session last came from the MIS (CONTACT-1, CONTACT-2)."""

    __tablename__ = "received_register"
    day: Mapped[date] = mapped_column(primary_key=True)
    half: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    received_at: Mapped[Instant]
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))


class ImportRun(Base):
    """One import from the MIS: what came, from when the data is, what was refused."""

    __tablename__ = "import_run"
    id: Mapped[Key]
    started_at: Mapped[Instant]
    data_as_of: Mapped[Instant] = mapped_column(index=True)
    digest: Mapped[Short]  # of the files, so that a repeat is recognised
    report: Mapped[Long]  # counts as JSON, no names


class AuditEntry(Base):
    """One thing that happened: ids and values, never names; chained to the entry before (SEC-4)."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_verb", "verb", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # gapless: the chain numbers its entries
    at: Mapped[Instant]
    actor: Mapped[Short] = mapped_column(index=True)
    verb: Mapped[Verb]
    detail: Mapped[Long]  # canonical JSON
    pupil_id: Mapped[int | None] = mapped_column(index=True)  # no foreign key: a record outlives what it is about
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditAbout(Base):
    """Whom or what an entry is about, by kind and number: told by the entry's own values, kept so that it is found by them.

    Kinds are adult, pupil, account, staff and category. The pupil of `AuditEntry.pupil_id` is not repeated here.
    """

    __tablename__ = "audit_about"
    __table_args__ = (Index("ix_audit_about_entry_id", "entry_id"), {"sqlite_with_rowid": False})
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    subject_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entry.id"), primary_key=True, autoincrement=False)


class TaskKind(StrEnum):
    """What waits for a member of staff."""

    VERIFY_RESPONSIBILITY = "verify responsibility"
    RESPONSIBILITY_WITHDRAWN = "responsibility withdrawn in the records"
    COURT_FLAG = "court-order flag in the records"
    CHILD_LINKED_LATER = "child connected after a restriction"
    MISSING_PUPIL = "pupil missing from a full file"
    UNCLEAR_MATCH = "unclear match in an import"
    OLD_DATA = "no data for some days"
    SIGN_IN_DISOWNED = "sign-in that a parent did not know"
    STAFF_SIGN_IN_DISOWNED = "sign-in that a colleague did not know"
    EMAIL_CHANGED = "e-mail address changed by its owner"
    MAIL_CAME_BACK = "mail came back"
    MAIL_UNSURE = "mail that may not have arrived"
    SHARED_SIGN_IN = "signs of a shared sign-in"
    SHARED_STAFF_SIGN_IN = "signs of a shared sign-in of staff"
    ENQUIRY = "enquiry about the portal"
    SECOND_CHECK = "checks that need a second person"
    ACCESS_REQUEST = "request for access"
    WAY_IN_FOR_LEADS = "new way in for a colleague"
    WAY_IN_FOR_ADMINISTRATORS = "new way in to an account of staff"
    COLLEAGUE_LEFT = "colleague who has left"
    INFORMATION = "request for information"
    BULK_EXPORT = "much of the audit taken away"


class Task(Base):
    """Work for a person; ids only, so that a list of tasks tells no more than the reader may look up."""

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint("(done_at IS NULL) = (done_by_id IS NULL)", name="done_names_a_person"),
        Index(
            "uq_task_open",
            "kind",
            "subject",
            unique=True,
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )
    id: Mapped[Key]
    kind: Mapped[TaskKind]
    subject: Mapped[
        Short
    ]  # "pupil:3", "adult:7 pupil:3", "day:2026-03-12", "adult:7 logins:3+9"; "staff:5 for:7" waits for 7 alone
    opened_at: Mapped[Instant]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))  # who has taken it on; nobody is everybody
    done_at: Mapped[Instant | None]
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

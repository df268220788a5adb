"""The parent page's two statements: who is asking and what decides; then what one child's page shows.

Each is a union of arms of one shape, an arm for a kind of fact, compiled once and run by the driver (store/road.py). They
are the only Core statements on personal tables; every other read goes through a scoped session (store/scope.py).
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    CTE,
    Boolean,
    CompoundSelect,
    Date,
    FromClause,
    Integer,
    LargeBinary,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.sql.elements import ColumnElement

from portal_core.policy.attendance import CUTOVER
from portal_core.store.accounts import Acceptance, Account, AccountStatus, Login, PolicyVersion
from portal_core.store.base import UtcDateTime
from portal_core.store.casework import InvestigatedPupil, Investigation, RestrictedPupil, Restriction
from portal_core.store.people import (
    Adult,
    Birth,
    Connection,
    Enrolment,
    PastoralCharge,
    Pupil,
    PupilConsent,
    Staff,
    StaffRole,
)
from portal_core.store.registers import Category, Mark, MarkAmendment, Point
from portal_core.store.school import ClosedDay, ImportRun, ReceivedRegister, SchoolSetting, TermDates

AT = bindparam("at", type_=UtcDateTime())
Where = Sequence[ColumnElement[bool]]
Arm = tuple[Any, Where, dict[str, Any]]


def known(table: Any) -> ColumnElement[bool]:
    """Rows of a Recorded table as they were known at the instant asked about."""
    return and_(table.recorded_at <= AT, or_(table.superseded_at.is_(None), table.superseded_at > AT))


def _union(shape: dict[str, Any], arms: Sequence[Arm]) -> CompoundSelect[Any]:
    """Selects of one shape, each tagged with its place; a column that an arm leaves out is a typed null."""

    def one(kind: int, source: FromClause, where: Where, given: dict[str, Any]) -> Select[Any]:
        columns = (
            (type_coerce(given[name], type_) if name in given else cast(null(), type_)).label(name)
            for name, type_ in shape.items()
        )
        return select(literal_column(str(kind), Integer).label("kind"), *columns).select_from(source).where(*where)

    return union_all(*(one(kind, *arm) for kind, arm in enumerate(arms)))


# --- who is asking, and what decides -----------------------------------------------------------------------------------

_LIVE = (
    select(
        Login.id.label("login_id"),
        Login.account_id,
        Login.stage,
        Login.shared_device,
        Account.adult_id,
        Account.staff_id,
    )
    .join(Account, Account.id == Login.account_id)
    .where(Login.ended_at.is_(None), Login.begun_at <= AT, Login.expires_at > AT, Login.idle_until > AT)
)
BY_TOKEN = _LIVE.where(Login.token_hash == bindparam("token", type_=LargeBinary())).cte("me")
BY_LOGINS = _LIVE.where(Login.id.in_(bindparam("logins", expanding=True, type_=Integer()))).cte("me")
BY_ADULTS = (
    select(
        cast(null(), Integer).label("login_id"),
        Account.id.label("account_id"),
        cast(null(), Text).label("stage"),
        cast(null(), Boolean).label("shared_device"),
        Adult.id.label("adult_id"),
        cast(null(), Integer).label("staff_id"),
    )
    .select_from(Adult)
    .outerjoin(Account, Account.adult_id == Adult.id)
    .where(Adult.id.in_(bindparam("adults", expanding=True, type_=Integer())))
    .cte("me")
)


def access(me: CTE) -> CompoundSelect[Any]:
    """The logins or adults of `me`, and every fact on every pupil they are connected with, as known at :at."""
    mine = me.join(Connection, (Connection.adult_id == me.c.adult_id) & known(Connection))
    restricted = me.join(Restriction, Restriction.adult_id == me.c.adult_id).outerjoin(
        RestrictedPupil, (RestrictedPupil.restriction_id == Restriction.id) & known(RestrictedPupil)
    )
    concerned = mine.join(InvestigatedPupil, InvestigatedPupil.pupil_id == Connection.pupil_id).join(
        Investigation, Investigation.id == InvestigatedPupil.investigation_id
    )
    child = {"adult_id": me.c.adult_id, "pupil_id": Connection.pupil_id}

    def days(table: Any) -> dict[str, Any]:
        return {"begun_on": table.begun_on, "ended_on": table.ended_on}

    return _union(
        {
            "adult_id": Integer(),
            "pupil_id": Integer(),
            "n": Integer(),
            "m": Integer(),
            "flag": Boolean(),
            "text": Text(),
            "words": Text(),
            "since": UtcDateTime(),
            "until": UtcDateTime(),
            "begun_on": Date(),
            "ended_on": Date(),
        },
        [
            (me, (), {"adult_id": me.c.adult_id, "pupil_id": me.c.staff_id, "n": me.c.login_id, "m": me.c.account_id,
                      "flag": me.c.shared_device, "text": me.c.stage}),
            (mine, (), {**child, **days(Connection), "flag": Connection.court_flag, "text": Connection.responsibility,
                        "since": Connection.recorded_at, "until": Connection.verified_at}),
            (mine.join(Enrolment, Enrolment.pupil_id == Connection.pupil_id), (known(Enrolment),),
             {**child, **days(Enrolment), "n": Enrolment.year_group, "text": Enrolment.form}),
            (mine.join(Birth, Birth.pupil_id == Connection.pupil_id), (known(Birth),), {**child, "begun_on": Birth.born_on}),
            (me.join(PupilConsent, PupilConsent.adult_id == me.c.adult_id), (known(PupilConsent),),
             {"adult_id": me.c.adult_id, "pupil_id": PupilConsent.pupil_id, **days(PupilConsent)}),
            (me.join(AccountStatus, AccountStatus.account_id == me.c.account_id), (known(AccountStatus),),
             {"adult_id": me.c.adult_id, "n": me.c.account_id, "text": AccountStatus.state,
              "since": AccountStatus.recorded_at}),
            (me.join(Acceptance, Acceptance.adult_id == me.c.adult_id), (Acceptance.accepted_at <= AT,),
             {"adult_id": me.c.adult_id, "n": Acceptance.version, "since": Acceptance.accepted_at}),
            (restricted, (known(Restriction),),
             {"adult_id": me.c.adult_id, "pupil_id": RestrictedPupil.pupil_id, "n": Restriction.id,
              "m": cast(Restriction.whole_account, Integer), "flag": RestrictedPupil.covered, "text": Restriction.clause,
              "since": Restriction.begins_at, "until": Restriction.ends_at}),
            (concerned, (Investigation.opened_at <= AT,),
             {**child, "since": Investigation.opened_at, "until": Investigation.closed_at}),
            (me.join(StaffRole, StaffRole.staff_id == me.c.staff_id).join(Staff, Staff.id == StaffRole.staff_id),
             (known(StaffRole),), {"pupil_id": me.c.staff_id, "text": StaffRole.role, "ended_on": Staff.left_on}),
            (PolicyVersion, (PolicyVersion.must_accept.is_(True), PolicyVersion.published_at <= AT),
             {"n": func.max(PolicyVersion.number)}),
            (SchoolSetting, (known(SchoolSetting),), {"text": SchoolSetting.key, "words": SchoolSetting.value}),
        ],
    )  # fmt: skip


# --- what one child's page shows ---------------------------------------------------------------------------------------

_CHILD = bindparam("child", type_=Integer())
_YEAR, _WEEK, _TODAY, _SOON = (bindparam(name, type_=Date()) for name in ("year", "week", "today", "soon"))
_MARKS_AT = bindparam("marks_at", type_=UtcDateTime())  # :at less the publication delay of marks
_LATEST_POINTS = 8


def child_page() -> CompoundSelect[Any]:
    """One child's marks, points and contacts of this school year, as published at :at; names for :adult's switcher."""
    marks = (Mark.pupil_id == _CHILD, Mark.public_from <= AT, Mark.day <= _TODAY)
    points = (
        Point.pupil_id == _CHILD,
        Point.at >= bindparam("year_at", type_=UtcDateTime()),
        Point.at <= AT,
        Point.public_from <= AT,
    )
    before = Mark.day < CUTOVER  # the codes of the day: SI 2024/208 changed them within a school year's reach
    counts = (
        select(Mark.code, before.label("before"), func.count().label("n"))
        .where(*marks, Mark.day >= _YEAR)
        .group_by(Mark.code, before)
        .subquery()
    )
    totals = (
        select(Point.kind, func.count().label("n"), func.sum(Point.amount).label("amount"))
        .where(*points)
        .group_by(Point.kind)
        .subquery()
    )
    latest = (
        select(Point.id, Point.at, Point.amount, Point.kind, Point.in_lesson, Point.subject, Point.place,
               Point.teacher_id, Category.name, Category.meaning)
        .join(Category, Category.id == Point.category_id).where(*points)
        .order_by(Point.at.desc(), Point.id.desc()).limit(_LATEST_POINTS).subquery()
    )  # fmt: skip
    present = or_(Staff.left_on.is_(None), Staff.left_on >= _TODAY)
    manager = PastoralCharge.__table__.join(Staff, (Staff.id == PastoralCharge.staff_id) & present)
    mine = Connection.__table__.join(Pupil, Pupil.id == Connection.pupil_id).join(
        Enrolment, (Enrolment.pupil_id == Pupil.id) & known(Enrolment)
    )
    newest = select(func.max(ImportRun.data_as_of).label("at")).where(ImportRun.started_at <= AT).subquery()
    return _union(
        {
            "n": Integer(),
            "m": Integer(),
            "day": Date(),
            "until": Date(),
            "at": UtcDateTime(),
            "flag": Boolean(),
            **{name: Text() for name in "abcdefg"},
        },
        [
            (counts, (), {"a": counts.c.code, "n": counts.c.n, "flag": counts.c.before}),
            (Mark, (*marks, Mark.day >= _WEEK), {"day": Mark.day, "n": Mark.half, "m": Mark.minutes_late, "a": Mark.code}),
            (MarkAmendment, (MarkAmendment.pupil_id == _CHILD, MarkAmendment.day >= _WEEK, MarkAmendment.replaced_at <= AT),
             {"day": MarkAmendment.day, "n": MarkAmendment.half, "a": MarkAmendment.code, "at": MarkAmendment.replaced_at}),
            (ReceivedRegister, (ReceivedRegister.day >= _WEEK, ReceivedRegister.received_at <= _MARKS_AT),
             {"day": ReceivedRegister.day, "n": ReceivedRegister.half, "at": ReceivedRegister.received_at}),
            (totals, (), {"a": totals.c.kind, "n": totals.c.n, "m": totals.c.amount}),
            (latest.outerjoin(Staff, (Staff.id == latest.c.teacher_id) & present), (),
             {"n": latest.c.id, "m": latest.c.amount, "at": latest.c.at, "flag": latest.c.in_lesson, "a": latest.c.kind,
              "b": latest.c.name, "c": latest.c.meaning, "d": latest.c.subject, "e": latest.c.place,
              "f": Staff.title + " " + Staff.surname, "g": Staff.email}),
            (mine, (Connection.adult_id == bindparam("adult", type_=Integer()), known(Connection)),
             {"n": Pupil.id, "m": Enrolment.year_group, "day": Enrolment.begun_on, "until": Enrolment.ended_on,
              "a": Pupil.forename, "b": Pupil.surname, "c": Enrolment.form}),
            (manager, (PastoralCharge.year_group == bindparam("year_group", type_=Integer()),
                       or_(PastoralCharge.form.is_(None), PastoralCharge.form == bindparam("form", type_=Text())),
                       PastoralCharge.begun_on <= _TODAY,
                       or_(PastoralCharge.ended_on.is_(None), PastoralCharge.ended_on >= _TODAY)),
             {"a": Staff.title + " " + Staff.surname, "b": Staff.email, "c": Staff.telephone, "d": PastoralCharge.form}),
            (newest, (), {"at": newest.c.at}),
            (TermDates, (TermDates.ends >= _WEEK, TermDates.begins <= _SOON),
             {"a": TermDates.name, "day": TermDates.begins, "until": TermDates.ends}),
            (ClosedDay, (ClosedDay.day >= _WEEK, ClosedDay.day <= _SOON), {"day": ClosedDay.day, "a": ClosedDay.kind}),
        ],
    )  # fmt: skip

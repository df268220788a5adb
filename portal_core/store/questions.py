"""The first of the two statements behind each page of a parent: who is asking, with everything that decides.

It is a union of arms of one shape, an arm for a kind of fact, compiled once and run by the driver (store/road.py). With
the second (child_questions.py) these are the only Core statements on personal tables; every other read goes through a
scoped session (store/scope.py).
"""

from collections.abc import Sequence
from functools import cache
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

from portal_core.store.accounts import Acceptance, Account, AccountStatus, Login, PolicyVersion, lives
from portal_core.store.base import UtcDateTime
from portal_core.store.casework import InvestigatedPupil, Investigation, RestrictedPupil, Restriction
from portal_core.store.people import (
    Adult,
    Birth,
    Connection,
    Enrolment,
    PupilConsent,
    Staff,
    StaffRole,
)
from portal_core.store.school import SchoolSetting

AT = bindparam("at", type_=UtcDateTime())
Where = Sequence[ColumnElement[bool]]
Arm = tuple[Any, Where, dict[str, Any]]


def known(table: Any) -> ColumnElement[bool]:
    """Rows of a Recorded table as they were known at the instant asked about."""
    return and_(table.recorded_at <= AT, or_(table.superseded_at.is_(None), table.superseded_at > AT))


def union(shape: dict[str, Any], arms: Sequence[Arm]) -> CompoundSelect[Any]:
    """Selects of one shape, each tagged with its place; a column that an arm leaves out is a typed null."""

    def one(kind: int, source: FromClause, where: Where, given: dict[str, Any]) -> Select[Any]:
        columns = (
            (type_coerce(given[name], type_) if name in given else cast(null(), type_)).label(name)
            for name, type_ in shape.items()
        )
        return select(literal_column(str(kind), Integer).label("kind"), *columns).select_from(source).where(*where)

    return union_all(*(one(kind, *arm) for kind, arm in enumerate(arms)))


_LIVE = (
    select(
        Login.id.label("login_id"),
        Login.account_id,
        Login.stage,
        Login.shared_device,
        Login.idle_until,
        Login.expires_at,
        Account.adult_id,
        Account.staff_id,
        Account.language,
    )
    .join(Account, Account.id == Login.account_id)
    .where(lives(Login, AT))
)
BY_TOKEN = _LIVE.where(Login.token_hash == bindparam("token", type_=LargeBinary())).cte("me")
BY_LOGINS = _LIVE.where(Login.id.in_(bindparam("logins", expanding=True, type_=Integer()))).cte("me")
BY_ADULTS = (
    select(
        cast(null(), Integer).label("login_id"),
        Account.id.label("account_id"),
        cast(null(), Text).label("stage"),
        cast(null(), Boolean).label("shared_device"),
        cast(null(), UtcDateTime()).label("idle_until"),
        cast(null(), UtcDateTime()).label("expires_at"),
        Adult.id.label("adult_id"),
        cast(null(), Integer).label("staff_id"),
        cast(null(), Text).label("language"),
    )
    .select_from(Adult)
    .outerjoin(Account, Account.adult_id == Adult.id)
    .where(Adult.id.in_(bindparam("adults", expanding=True, type_=Integer())))
    .cte("me")
)


@cache  # building the union takes longer than asking it
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

    return union(
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
                      "flag": me.c.shared_device, "text": me.c.stage, "words": me.c.language, "since": me.c.idle_until, "until": me.c.expires_at}),
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
             {"n": func.max(PolicyVersion.number), "since": func.max(PolicyVersion.published_at)}),
            (SchoolSetting, (known(SchoolSetting),), {"text": SchoolSetting.key, "words": SchoolSetting.value}),
        ],
    )  # fmt: skip

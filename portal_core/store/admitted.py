"""The access rule once more, as SQL: which pupils one adult may see. One expression serves the ORM's filter and PostgreSQL's.

policy/access.py is the rule; this must admit exactly whom it admits, which tests/store/test_random_worlds.py holds it to.
It names plain tables, not mapped classes: a session's filter would otherwise be put on the filter's own questions, and an
adult who may not read restrictions would have none.
"""

from typing import Any, cast

from sqlalchemy import Select, Table, and_, exists, func, not_, or_, select
from sqlalchemy.sql.elements import ColumnElement

from portal_core.domain.clauses import Clause
from portal_core.domain.people import AccountState, Responsibility
from portal_core.store.accounts import Acceptance, Account, AccountStatus, PolicyVersion
from portal_core.store.casework import InvestigatedPupil, Investigation, RestrictedPupil, Restriction
from portal_core.store.people import Birth, Connection, Enrolment, PupilConsent

_CONNECTION = cast(Table, Connection.__table__)
_ENROLMENT = cast(Table, Enrolment.__table__)
_BIRTH = cast(Table, Birth.__table__)
_PUPIL_CONSENT = cast(Table, PupilConsent.__table__)
_ACCOUNT_STATUS = cast(Table, AccountStatus.__table__)
_ACCOUNT = cast(Table, Account.__table__)
_POLICY_VERSION = cast(Table, PolicyVersion.__table__)
_ACCEPTANCE = cast(Table, Acceptance.__table__)
_RESTRICTED_PUPIL = cast(Table, RestrictedPupil.__table__)
_RESTRICTION = cast(Table, Restriction.__table__)
_INVESTIGATION = cast(Table, Investigation.__table__)
_INVESTIGATED_PUPIL = cast(Table, InvestigatedPupil.__table__)


def _known(table: Any, at: Any) -> ColumnElement[bool]:
    return and_(table.c.recorded_at <= at, or_(table.c.superseded_at.is_(None), table.c.superseded_at > at))


def _on(table: Any, day: Any) -> ColumnElement[bool]:
    return and_(table.c.begun_on <= day, or_(table.c.ended_on.is_(None), table.c.ended_on >= day))


def admitted(*, adult: Any, at: Any, day: Any, of_age: Any) -> Select[int]:
    """Ids of the pupils that an adult may see.

    `at` is the instant, `day` the school's date then, `of_age` the latest date of birth with which one is of age that day
    (policy.access.latest_birth_of_age). All four are values or SQL expressions.
    """
    pupil = _CONNECTION.c.pupil_id
    other = _CONNECTION.alias()
    contradicted = exists().where(
        other.c.adult_id == adult,
        other.c.pupil_id == pupil,
        _known(other, at),
        _on(other, day),
        or_(
            other.c.responsibility != Responsibility.YES,
            other.c.verified_at.is_(None),
            other.c.verified_at > at,
            other.c.court_flag,
        ),
    )
    on_roll = exists().where(_ENROLMENT.c.pupil_id == pupil, _known(_ENROLMENT, at), _on(_ENROLMENT, day))
    birth = and_(_BIRTH.c.pupil_id == pupil, _known(_BIRTH, at))
    one_birth = select(func.count(func.distinct(_BIRTH.c.born_on))).where(birth).scalar_subquery() == 1
    under_age = exists().where(birth, _BIRTH.c.born_on > of_age)
    consented = exists().where(
        _PUPIL_CONSENT.c.pupil_id == pupil,
        _PUPIL_CONSENT.c.adult_id == adult,
        _known(_PUPIL_CONSENT, at),
        _on(_PUPIL_CONSENT, day),
    )
    status = (
        select(_ACCOUNT_STATUS.c.state)
        .join(_ACCOUNT, _ACCOUNT.c.id == _ACCOUNT_STATUS.c.account_id)
        .where(_ACCOUNT.c.adult_id == adult, _known(_ACCOUNT_STATUS, at))
    )
    active = and_(
        exists(status.where(_ACCOUNT_STATUS.c.state == AccountState.ACTIVE)),
        not_(exists(status.where(_ACCOUNT_STATUS.c.state != AccountState.ACTIVE))),
    )
    required = (
        select(func.max(_POLICY_VERSION.c.number))
        .where(_POLICY_VERSION.c.must_accept, _POLICY_VERSION.c.published_at <= at)
        .scalar_subquery()
    )
    accepted = exists().where(
        _ACCEPTANCE.c.adult_id == adult, _ACCEPTANCE.c.accepted_at <= at, _ACCEPTANCE.c.version >= required
    )
    listed = and_(
        _RESTRICTED_PUPIL.c.restriction_id == _RESTRICTION.c.id,
        _RESTRICTED_PUPIL.c.pupil_id == pupil,
        _known(_RESTRICTED_PUPIL, at),
    )
    restricted = exists().where(
        _RESTRICTION.c.adult_id == adult,
        _known(_RESTRICTION, at),
        _RESTRICTION.c.begins_at <= at,
        or_(_RESTRICTION.c.ends_at.is_(None), _RESTRICTION.c.ends_at > at),
        or_(
            _RESTRICTION.c.whole_account,
            exists().where(listed, _RESTRICTED_PUPIL.c.covered).correlate(_RESTRICTION, _CONNECTION),
            and_(
                _RESTRICTION.c.clause == Clause.REVOKE_2,
                not_(exists().where(listed).correlate(_RESTRICTION, _CONNECTION)),
            ),
        ),
    )
    investigated = exists().where(
        _INVESTIGATED_PUPIL.c.pupil_id == pupil,
        _INVESTIGATION.c.id == _INVESTIGATED_PUPIL.c.investigation_id,
        _INVESTIGATION.c.opened_at <= at,
        or_(_INVESTIGATION.c.closed_at.is_(None), _INVESTIGATION.c.closed_at > at),
    )
    return select(pupil).where(
        _CONNECTION.c.adult_id == adult,
        _known(_CONNECTION, at),
        _on(_CONNECTION, day),
        not_(contradicted),
        on_roll,
        one_birth,
        or_(under_age, consented),
        active,
        accepted,
        not_(restricted),
        not_(investigated),
    )

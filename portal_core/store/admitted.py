"""The access rule once more, as SQL: which pupils one adult may see. One expression serves the ORM's filter and PostgreSQL's.

policy/access.py is the rule; this must admit exactly whom it admits, which tests/store/test_random_worlds.py holds it to.
"""

from typing import Any

from sqlalchemy import Select, and_, exists, func, not_, or_, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement, literal_column

from portal_core.domain.clauses import Clause
from portal_core.domain.people import AccountState, Responsibility
from portal_core.store.accounts import Acceptance, Account, AccountStatus, PolicyVersion
from portal_core.store.casework import InvestigatedPupil, Investigation, RestrictedPupil, Restriction
from portal_core.store.people import Birth, Connection, Enrolment, PupilConsent


def _known(table: Any, at: Any) -> ColumnElement[bool]:
    return and_(table.recorded_at <= at, or_(table.superseded_at.is_(None), table.superseded_at > at))


def _on(table: Any, day: Any) -> ColumnElement[bool]:
    return and_(table.begun_on <= day, or_(table.ended_on.is_(None), table.ended_on >= day))


def admitted(*, adult: Any, at: Any, day: Any, of_age: Any) -> Select[int]:
    """Ids of the pupils that an adult may see.

    `at` is the instant, `day` the school's date then, `of_age` the latest date of birth with which one is of age that day
    (policy.access.latest_birth_of_age). All four are values or SQL expressions.
    """
    pupil = Connection.pupil_id
    other = aliased(Connection)
    contradicted = exists().where(
        other.adult_id == adult,
        other.pupil_id == pupil,
        _known(other, at),
        _on(other, day),
        or_(
            other.responsibility != Responsibility.YES,
            other.verified_at.is_(None),
            other.verified_at > at,
            other.court_flag,
        ),
    )
    on_roll = exists().where(Enrolment.pupil_id == pupil, _known(Enrolment, at), _on(Enrolment, day))
    birth = and_(Birth.pupil_id == pupil, _known(Birth, at))
    one_birth = select(func.count(func.distinct(Birth.born_on))).where(birth).scalar_subquery() == 1
    under_age = exists().where(birth, Birth.born_on > of_age)
    consented = exists().where(
        PupilConsent.pupil_id == pupil,
        PupilConsent.adult_id == adult,
        _known(PupilConsent, at),
        _on(PupilConsent, day),
    )
    status = (
        select(AccountStatus.state)
        .join(Account, Account.id == AccountStatus.account_id)
        .where(Account.adult_id == adult, _known(AccountStatus, at))
    )
    active = and_(
        exists(status.where(AccountStatus.state == AccountState.ACTIVE)),
        not_(exists(status.where(AccountStatus.state != AccountState.ACTIVE))),
    )
    required = (
        select(func.max(PolicyVersion.number))
        .where(PolicyVersion.must_accept, PolicyVersion.published_at <= at)
        .scalar_subquery()
    )
    accepted = exists().where(
        Acceptance.adult_id == adult, Acceptance.accepted_at <= at, Acceptance.version >= required
    )
    listed = and_(
        RestrictedPupil.restriction_id == Restriction.id,
        RestrictedPupil.pupil_id == pupil,
        _known(RestrictedPupil, at),
    )
    restricted = exists().where(
        Restriction.adult_id == adult,
        _known(Restriction, at),
        Restriction.begins_at <= at,
        or_(Restriction.ends_at.is_(None), Restriction.ends_at > at),
        or_(
            Restriction.whole_account,
            exists().where(listed, RestrictedPupil.covered).correlate(Restriction, Connection),
            and_(
                Restriction.clause == Clause.REVOKE_2, not_(exists().where(listed).correlate(Restriction, Connection))
            ),
        ),
    )
    investigated = exists().where(
        InvestigatedPupil.pupil_id == pupil,
        Investigation.id == InvestigatedPupil.investigation_id,
        Investigation.opened_at <= at,
        or_(Investigation.closed_at.is_(None), Investigation.closed_at > at),
    )
    return select(pupil).where(
        Connection.adult_id == adult,
        _known(Connection, at),
        _on(Connection, day),
        not_(contradicted),
        on_roll,
        one_birth,
        or_(under_age, consented),
        active,
        accepted,
        not_(restricted),
        not_(investigated),
    )


def row_security_sql() -> str:
    """The same expression as the body of PostgreSQL's `portal_admitted(adult, at, day, of_age)`; a migration carries a copy."""
    question = admitted(
        adult=literal_column("$1"), at=literal_column("$2"), day=literal_column("$3"), of_age=literal_column("$4")
    )
    return str(question.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))  # type: ignore[no-untyped-call]

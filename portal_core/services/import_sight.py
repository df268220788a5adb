"""Whom the records would let see whom: what an import changes of it, and the promise that it never gives any."""

from collections.abc import Iterable

from sqlalchemy import select

from portal_core.policy.access import court_flag, may_see, of_age, off_roll, verified_responsibility
from portal_core.services.import_people import unverify
from portal_core.store.facts import about_adults
from portal_core.store.people import Adult, Connection, Pupil
from portal_core.store.scope import Work

Sight = tuple[str, str]
"""An adult and a pupil, each by MIS id."""

OF_THE_RECORDS = (verified_responsibility, court_flag, off_roll, of_age)
"""The rules that an import can change the answer of. Accounts and decisions of the school are no matter of whoever
imports: they are neither asked nor told of."""

_MANY = 500


def sights(work: Work) -> set[tuple[int, int]]:
    """Every adult and pupil, by id, whom the records would let see each other now."""
    verified = select(Connection.adult_id).where(
        Connection.superseded_at.is_(None), Connection.verified_at.is_not(None)
    )
    adults = sorted(set(work.session.scalars(verified)))
    found: set[tuple[int, int]] = set()
    for start in range(0, len(adults), _MANY):
        known = about_adults(work.session.connection(), adults[start : start + _MANY], work.at.instant)
        found |= {key for key, facts in known.facts.items() if may_see(facts, work.at, OF_THE_RECORDS)}
    return found


def take_back(work: Work, gained: Iterable[tuple[int, int]]) -> None:
    """No import restores access: such a connection loses its verification in the same transaction, and waits for staff."""
    for adult, pupil in sorted(gained):
        unverify(
            work,
            work.session.scalars(
                select(Connection).where(
                    Connection.adult_id == adult, Connection.pupil_id == pupil, Connection.superseded_at.is_(None)
                )
            ).one(),
        )


def by_mis_id(work: Work, pairs: set[tuple[int, int]]) -> list[Sight]:
    """As whoever imports knows them."""
    adults = dict(work.session.execute(select(Adult.id, Adult.mis_id)).all())
    pupils = dict(work.session.execute(select(Pupil.id, Pupil.mis_id)).all())
    return sorted((adults[a] or f"adult {a}", pupils[p]) for a, p in pairs)

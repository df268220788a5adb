"""Who would lose what: the adults connected with pupils, what each sees now, and how many of their logins are open."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Actor
from portal_core.domain.school import Moment
from portal_core.errors import BadInput
from portal_core.policy.access import may_see
from portal_core.services.families import Person, name_of, named
from portal_core.store.accounts import Account, Login, Stage, lives
from portal_core.store.facts import about_adults
from portal_core.store.people import Adult, Connection, Pupil
from portal_core.store.scope import Store, Work


@dataclass(frozen=True, slots=True)
class Party:
    """One adult in a preview: which children they see now and would lose, which they keep, how many logins are open."""

    adult: Person
    loses: tuple[Person, ...]
    keeps: tuple[Person, ...]
    live_logins: int


def preview(
    store: Store, *, by: Actor, at: Moment, pupils: Collection[int] | None, adults: Collection[int] | None = None
) -> list[Party]:
    """Who would lose sight of whom, were these pupils (None: all of the adult's) closed to these adults (None: to all)."""
    if pupils is None and adults is None:
        raise BadInput("Choose the children or the adults that are concerned.")
    with store.writing_as(by, at) as work:
        work.require(Duty.RESTRICT)
        about = [None if chosen is None else sorted(chosen) for chosen in (pupils, adults)]
        work.audit(Verb.EXPLAINED, pupils=about[0], adults=about[1])
        return parties(work, pupils, connected_with(work, pupils or ()) if adults is None else set(adults))


def siblings(store: Store, *, by: Actor, at: Moment, pupil: int) -> list[Person]:
    """Other children of the adults connected with a pupil: to be proposed one by one, never taken for granted."""
    with store.writing_as(by, at) as work:
        work.require(Duty.INVESTIGATE)
        work.audit(Verb.LOOKED_UP, pupil=pupil)
        found = work.session.scalars(
            select(Pupil)
            .join(Connection, Connection.pupil_id == Pupil.id)
            .where(
                Connection.adult_id.in_(connected_with(work, [pupil])),
                Connection.superseded_at.is_(None),
                Pupil.id != pupil,
            )
            .order_by(Pupil.surname, Pupil.forename, Pupil.id)
            .distinct()
        )
        return [Person(one.id, name_of(one)) for one in found]


def connected_with(work: Work, pupils: Collection[int]) -> set[int]:
    """Every adult connected with one of these pupils as the records now stand."""
    return set(
        work.session.scalars(
            select(Connection.adult_id).where(Connection.pupil_id.in_(pupils), Connection.superseded_at.is_(None))
        )
    )


def parties(work: Work, pupils: Collection[int] | None, adults: Collection[int]) -> list[Party]:
    """Each adult with what they would lose and keep, by name."""
    sees = {adult: [pupil for pupil, sees in found.items() if sees] for adult, found in sight(work, adults).items()}
    children = named(work, Pupil, {pupil for seen in sees.values() for pupil in seen})
    live = _live_logins(work, adults)
    found = []
    for adult in named(work, Adult, adults).values():
        seen = sorted((children[pupil] for pupil in sees[adult.id]), key=lambda child: (child.name, child.id))
        loses = tuple(child for child in seen if pupils is None or child.id in pupils)
        found.append(Party(adult, loses, tuple(c for c in seen if c not in loses), live.count(adult.id)))
    return sorted(found, key=lambda party: (party.adult.name, party.adult.id))


def sight(work: Work, adults: Collection[int]) -> dict[int, dict[int, bool]]:
    """For each adult the children connected with them, and whether the rule lets them see each now."""
    known = about_adults(work.session.connection(), adults, work.at.instant)
    return {
        adult: {facts.pupil_id: bool(may_see(facts, work.at)) for facts in known.children_of(adult)} for adult in adults
    }


def _live_logins(work: Work, adults: Collection[int]) -> Sequence[int | None]:
    return work.session.scalars(
        select(Account.adult_id)
        .join(Login, Login.account_id == Account.id)
        .where(
            Account.adult_id.in_(adults),
            Login.stage == Stage.COMPLETE,
            lives(Login, work.at.instant),
        )
    ).all()

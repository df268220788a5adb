"""Giving access back: who sees a child again by a change, what still keeps others from them, and that the parent is told.

with regaining(work, {adult}) as came:
    found.superseded_at = at.instant
return came[adult]
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from portal_core.domain.mail import MailKind
from portal_core.security.mail import post
from portal_core.services.families import Person, named
from portal_core.services.parties import sight
from portal_core.store.people import Pupil
from portal_core.store.scope import Work


@dataclass(frozen=True, slots=True)
class Regained:
    """What one adult has of a change: the children they see again, and those whom something else still keeps from them."""

    again: tuple[Person, ...] = ()
    kept: tuple[Person, ...] = ()


@contextmanager
def regaining(work: Work, adults: Collection[int]) -> Iterator[dict[int, Regained]]:
    """Compares what these adults see before and after the block, and writes to whoever sees a child again.

    The message says neither that access was withheld nor why: an inbox may be read by others.
    """
    before = sight(work, adults)
    came: dict[int, Regained] = {}
    yield came
    work.session.flush()
    after = sight(work, adults)
    people = named(work, Pupil, {pupil for seen in after.values() for pupil in seen})
    for adult in adults:
        again = {pupil for pupil, sees in after[adult].items() if sees and not before[adult].get(pupil)}
        kept = [pupil for pupil, sees in after[adult].items() if not sees]
        came[adult] = Regained(_by_name(people, again), _by_name(people, kept))
        if again:
            post(work, adult=adult, kind=MailKind.ACCESS_CHANGED)


def _by_name(people: dict[int, Person], pupils: Collection[int]) -> tuple[Person, ...]:
    return tuple(sorted((people[pupil] for pupil in pupils), key=lambda one: (one.name, one.id)))

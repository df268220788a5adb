"""Who has looked at a child's record, and who saw what of it between two times: what a report on a breach needs (SEC-3, SEC-4).

Told to whoever reads the audit and grounds: that a parent's views end on a day, or that one is refused, tells that
something is withheld.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.errors import BadInput
from portal_core.services.audit_desk import LOOKING, is_about
from portal_core.services.audit_entries import names_of
from portal_core.services.families import Person, name_of
from portal_core.services.own_record import PAGES
from portal_core.store.people import Pupil
from portal_core.store.school import AuditEntry
from portal_core.store.scope import Store, Work

WORDS = {
    Verb.EXPORTED: "took away a file",
    Verb.LOOKED_UP: "who is connected with the child",
    Verb.EXPLAINED: "who may see the child, and why",
    Verb.SAW_AS_PARENT: "the first page, as a parent sees it",
    Verb.WAS_REFUSED: "nothing: was refused",
    Verb.READ_AUDIT: "the audit’s entries about the child",
    Verb.EXPORTED_AUDIT: "took away the audit’s entries about the child",
}
NAME_IN_LIST = "the name, in a list"


@dataclass(frozen=True, slots=True)
class Look:
    """What one person saw of the child's: how often, first and last. `kind` and `number` are those of the person's page."""

    kind: str
    number: int
    who: str
    what: str
    times: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Looks:
    """What was seen of a child's record between two instants, the latest first."""

    pupil: Person
    rows: tuple[Look, ...]


def looks(store: Store, *, by: Principal, at: Moment, pupil: int, since: datetime, until: datetime) -> Looks:
    """Everybody who looked from `since` on and before `until`. Raises NotFound, BadInput if there is no time between.

    Lists count where the child was among the pupils shown; a page about an adult that names the child does not.
    """
    if until <= since:
        raise BadInput("The second time is before the first. Give the earlier one first.")
    with store.writing_as(by, at) as work:
        work.require(Duty.READ_AUDIT, Duty.READ_GROUNDS, Duty.FIND_PEOPLE)
        child = work.get(Pupil, pupil)
        seen: dict[tuple[str, str], list[datetime]] = {}
        for actor, what, when in _seen(work, pupil, since, until):
            seen.setdefault((actor, what), []).append(when)
        work.audit(Verb.READ_AUDIT, pupil=pupil, since=since.isoformat(), until=until.isoformat(), looks=len(seen))
        return Looks(Person(child.id, name_of(child)), tuple(_rows(work, seen)))


def _seen(work: Work, pupil: int, since: datetime, until: datetime) -> Iterator[tuple[str, str, datetime]]:
    entries = work.session.execute(
        select(AuditEntry.actor, AuditEntry.verb, AuditEntry.at, AuditEntry.detail, AuditEntry.pupil_id)
        .where(AuditEntry.at >= since, AuditEntry.at < until, AuditEntry.verb.in_(LOOKING))
        .where(is_about("pupil", pupil))
        .order_by(AuditEntry.id)
    )
    for actor, verb, when, detail, about in entries:
        told = json.loads(detail)
        if about == pupil:
            page = told.get("what", str(verb))
            yield actor, WORDS.get(verb) or PAGES.get(page, page), when
        else:
            yield actor, NAME_IN_LIST, when


def _rows(work: Work, seen: dict[tuple[str, str], list[datetime]]) -> list[Look]:
    """With the names of those who looked, the latest first."""
    names, rows = names_of(work, {actor for actor, _ in seen}), []
    for (actor, what), times in seen.items():
        kind, _, number = actor.partition(":")
        rows.append(Look(kind, int(number or 0), names[actor], what, len(times), times[0], times[-1]))
    return sorted(rows, key=lambda one: one.last, reverse=True)

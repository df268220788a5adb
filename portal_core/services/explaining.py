"""Could this adult see this child at that time, and why? Asked by staff, answered as far as they may read, on record."""

from dataclasses import dataclass

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Actor, Facts
from portal_core.domain.school import Moment
from portal_core.errors import BadInput
from portal_core.policy.access import Finding, may_see, readable
from portal_core.store.facts import about_adults
from portal_core.store.people import Adult, Pupil
from portal_core.store.scope import Store


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether access is or was given, and the findings that this reader may read."""

    allowed: bool
    findings: tuple[Finding, ...]


def explain(store: Store, *, by: Actor, at: Moment, adult: int, pupil: int, about: Moment) -> Explanation:
    """The decision on an adult and a pupil at any past or present moment, by what was known then. Raises NotPermitted."""
    if about.instant > at.instant:
        raise BadInput("Please ask about now or a time gone by; what will be recorded is not known.")
    with store.writing_as(by, at) as work:
        work.require(Duty.EXPLAIN_ACCESS)
        work.get(Adult, adult)
        work.get(Pupil, pupil)
        known = about_adults(work.session.connection(), [adult], about.instant)
        decision = may_see(known.facts.get((adult, pupil), Facts(adult, pupil)), about)
        work.audit(Verb.EXPLAINED, pupil=pupil, adult=adult, about=about.instant.isoformat(), allowed=bool(decision))
    return Explanation(bool(decision), readable(decision, work.held))

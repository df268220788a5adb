"""What is on record against access, as casework asks before it changes anything."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, select

from portal_core.domain.clauses import GROUNDS, Clause
from portal_core.domain.school import Moment
from portal_core.errors import Stale
from portal_core.policy.access import Finding, may_see
from portal_core.services.families import Person, named
from portal_core.services.parties import connected_with
from portal_core.store.casework import InvestigatedPupil, Investigation, RestrictedPupil, Restriction, not_over
from portal_core.store.facts import about_adults
from portal_core.store.people import Adult, Connection
from portal_core.store.scope import Work

REFERENCE_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Concern:
    """A decision about an adult and this pupil that whoever releases must weigh: an order may limit what is given."""

    adult: Person
    finding: Finding


def lacking(
    *,
    at: Moment,
    clause: Clause,
    whole_account: bool,
    pupils: Collection[int],
    evidence: str,
    review_on: date | None,
    begins_at: datetime | None,
    ends_at: datetime | None,
    limits: str,
) -> dict[str, str]:
    """What stands in the way of withholding access so, by field, in words; asked before a preview and again when it is done."""
    faults = {}
    if not whole_account and not pupils:
        faults["pupils"] = "Please choose the children that are concerned."
    if not evidence.strip() or len(evidence.strip()) > REFERENCE_LENGTH:
        faults["evidence"] = (
            f"Please give the evidence or decision this rests on, in up to {REFERENCE_LENGTH} characters."
        )
    if len(limits) > REFERENCE_LENGTH:
        faults["limits"] = f"Please say what the order limits in up to {REFERENCE_LENGTH} characters."
    if begins_at is not None and begins_at <= at.instant:
        faults["first_day"] = "The first day must lie in the future. Leave it empty to withhold access at once."
    if clause is Clause.REVOKE_2 and review_on is None and ends_at is None:
        faults["review_on"] = "Give the date on which the order ends or is to be looked at again."
    elif review_on is not None and review_on < at.day:
        faults["review_on"] = "The day of the review must lie in the future."
    if ends_at is not None and ends_at <= (begins_at or at.instant):
        faults["last_day"] = (
            "The last day must lie in the future."
            if begins_at is None
            else "The last day must not lie before the first."
        )
    return faults


def connected_to(work: Work, adult: int) -> set[int]:
    """Every pupil connected with an adult as the records now stand."""
    return set(
        work.session.scalars(
            select(Connection.pupil_id).where(Connection.adult_id == adult, Connection.superseded_at.is_(None))
        )
    )


def concerned(work: Work, investigation: int) -> Sequence[int]:
    """The pupils of an investigation."""
    return work.session.scalars(
        select(InvestigatedPupil.pupil_id).where(InvestigatedPupil.investigation_id == investigation)
    ).all()


def covered_by(work: Work, restriction: int) -> list[int]:
    """The pupils whom a restriction covers, as was decided last."""
    return sorted(
        work.session.scalars(
            select(RestrictedPupil.pupil_id).where(
                RestrictedPupil.restriction_id == restriction,
                RestrictedPupil.covered.is_(True),
                RestrictedPupil.superseded_at.is_(None),
            )
        )
    )


def require_new(work: Work, adult: int, clause: Clause, evidence: str, pupils: Collection[int] | None) -> None:
    """Raises Stale where this very restriction is in force: a second click, or a colleague's."""
    held = work.session.scalars(
        select(Restriction.id).where(
            Restriction.adult_id == adult, Restriction.clause == clause, Restriction.evidence == evidence,
            Restriction.whole_account.is_(pupils is None), not_over(work.at.instant),
        )
    ).all()  # fmt: skip
    for one in held:
        if set(covered_by(work, one)) == set(pupils or ()):
            raise Stale("Access is withheld on this very ground already. Please look again.")


def require_not_open(work: Work, reference: str, pupils: Collection[int]) -> None:
    """Raises Stale where this very investigation is open."""
    for one in work.session.scalars(
        select(Investigation.id).where(Investigation.reference == reference, Investigation.closed_at.is_(None))
    ):
        if set(concerned(work, one)) == pupils:
            raise Stale("This investigation is open already. Please look again.")


def is_undecided(work: Work, adult: int, pupil: int) -> bool:
    """Whether a court ruling on this adult still waits for a decision on a pupil connected later (REVOKE-2)."""
    listed = exists().where(
        RestrictedPupil.restriction_id == Restriction.id,
        RestrictedPupil.pupil_id == pupil,
        RestrictedPupil.superseded_at.is_(None),
    )
    waiting = select(Restriction.id).where(
        Restriction.adult_id == adult,
        Restriction.clause == Clause.REVOKE_2,
        Restriction.superseded_at.is_(None),
        Restriction.whole_account.is_(False),
        ~listed,
    )
    return work.session.scalars(waiting).first() is not None


def concerns_about(work: Work, pupil: int) -> tuple[Concern, ...]:
    """Every finding on a ground that now refuses somebody this pupil."""
    people = named(work, Adult, connected_with(work, [pupil]))
    known = about_adults(work.session.connection(), people, work.at.instant)
    return tuple(
        Concern(people[adult], finding)
        for (adult, about), facts in sorted(known.facts.items())
        if about == pupil
        for finding in may_see(facts, work.at).findings
        if finding.clause in GROUNDS
    )

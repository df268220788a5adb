"""Withholding access and giving it back: restrictions and investigations, each one transaction (REVOKE-1 to REVOKE-4).

Nothing is copied: an open investigation is one row, and the access rule refuses every adult connected with its pupils.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlalchemy import select

from portal_core.domain.clauses import GROUNDS, Clause, Duty, Verb
from portal_core.domain.people import Principal
from portal_core.domain.school import Moment
from portal_core.errors import BadInput, NotPermitted, Stale
from portal_core.services.accounts import replace
from portal_core.services.calendar import school_days_after
from portal_core.services.families import name_of
from portal_core.services.import_changes import finish_tasks
from portal_core.services.parties import connected_with
from portal_core.services.regaining import Regained, regaining
from portal_core.services.withheld import (
    REFERENCE_LENGTH,
    concerned,
    connected_to,
    covered_by,
    is_undecided,
    lacking,
    require_new,
    require_not_open,
)
from portal_core.store.casework import (
    InvestigatedPupil,
    Investigation,
    Outcome,
    PartyOutcome,
    RestrictedPupil,
    Restriction,
)
from portal_core.store.people import Adult, Connection, Pupil, Staff
from portal_core.store.school import TaskKind
from portal_core.store.scope import Store, Work


def restrict(
    store: Store,
    *,
    by: Principal,
    at: Moment,
    adult: int,
    clause: Clause,
    pupils: Collection[int] | None,
    evidence: str,
    review_on: date | None = None,
    begins_at: datetime | None = None,
    ends_at: datetime | None = None,
    limits: str = "",
) -> int:
    """Refuses one adult these pupils, or (None) the whole account; returns the restriction's id.

    From now on, unless `begins_at` names a later instant. `limits` is what an order limits, in up to 200 characters. REVOKE-1 is
    reviewed after ten school days unless a date is given; REVOKE-3 is always the whole account.
    """
    evidence, limits = evidence.strip(), limits.strip()
    if clause not in GROUNDS or clause is Clause.REVOKE_4:
        raise BadInput(
            "Choose the ground: REVOKE-1, REVOKE-2 or REVOKE-3. A concern about a child opens an investigation."
        )
    if clause is Clause.REVOKE_3 and pupils is not None:
        raise BadInput("A breach of the policy concerns the whole account.")
    if clause is Clause.REVOKE_2 and pupils is None:
        raise BadInput("Choose the children that the court's order names.")
    chosen = frozenset(pupils or ())
    faults = lacking(
        at=at, clause=clause, whole_account=pupils is None, pupils=chosen, evidence=evidence, review_on=review_on, begins_at=begins_at, ends_at=ends_at, limits=limits,
    )  # fmt: skip
    if faults:
        raise BadInput(" ".join(faults.values()))
    with store.writing_as(by, at) as work:
        work.require(Duty.RESTRICT)
        work.hold(Adult, adult)
        connected = connected_to(work, adult)
        if not connected.issuperset(chosen):
            raise Stale("Not all of these children are connected with this person any more. Please look again.")
        if review_on is None and clause is Clause.REVOKE_1:
            review_on = school_days_after(work, at.day, work.settings.review_after_school_days)
        require_new(work, adult, clause, evidence, None if pupils is None else chosen)
        made = Restriction(
            adult_id=adult, clause=clause, whole_account=pupils is None, begins_at=begins_at or at.instant,
            ends_at=ends_at, review_on=review_on, evidence=evidence, limits=limits or None, made_by_id=by.staff_id, recorded_at=at.instant,
        )  # fmt: skip
        return put_in_force(work, made, {pupil: pupil in chosen for pupil in connected} if pupils is not None else {})


def put_in_force(work: Work, made: Restriction, covered: Mapping[int, bool]) -> int:
    """A restriction with what was decided on each pupil, and its audit entry; returns its id."""
    work.add(made)
    for pupil in sorted(covered):
        work.add(
            RestrictedPupil(restriction_id=made.id, pupil_id=pupil, covered=covered[pupil], recorded_at=work.at.instant)
        )
    listed = None if made.whole_account else sorted(pupil for pupil, covers in covered.items() if covers)
    work.audit(Verb.RESTRICTED, adult=made.adult_id, restriction=made.id, pupils=listed)
    return made.id


def lift_restriction(store: Store, *, by: Principal, at: Moment, restriction: int, rests_on: str) -> Regained:
    """Ends one restriction; every other ground stays as it is. Whoever sees a child again is written to.

    `rests_on` is the decision or evidence by which it ends. Raises BadInput without it.
    """
    rests_on = rests_on.strip()
    if not rests_on or len(rests_on) > REFERENCE_LENGTH:
        raise BadInput(f"Please say what lifting it rests on, in up to {REFERENCE_LENGTH} characters.")
    with store.writing_as(by, at) as work:
        work.require(Duty.RESTRICT)
        found = work.hold(Restriction, restriction)
        if found.superseded_at is not None:
            who = work.get(Staff, found.lifted_by_id)
            raise Stale(f"{name_of(who)} has lifted this ground already. Please look again.")
        if found.clause is Clause.REVOKE_4 and _opened_it(work, found.adult_id, by.staff_id):
            raise NotPermitted("You opened the investigation that this ground came of. A second person must lift it.")
        with regaining(work, [found.adult_id]) as came:
            found.superseded_at, found.lifted_by_id, found.lifted_for = at.instant, by.staff_id, rests_on
        pupils = None if found.whole_account else covered_by(work, restriction)
        work.audit(Verb.LIFTED_RESTRICTION, restriction=restriction, adult=found.adult_id, pupils=pupils)
    return came[found.adult_id]


def decide_on_pupil(
    store: Store, *, by: Principal, at: Moment, restriction: int, pupil: int, covered: bool
) -> Regained:
    """Whether a restriction covers a child connected after it was made, who is refused until then (REVOKE-2)."""
    with store.writing_as(by, at) as work:
        work.require(Duty.RESTRICT)
        found = work.hold(Restriction, restriction)
        if found.superseded_at is not None or found.whole_account:
            raise Stale("This ground no longer asks about single children. Please look again.")
        if pupil not in connected_to(work, found.adult_id):
            raise Stale("This child is not connected with this person any more. Please look again.")
        before = work.session.scalar(
            select(RestrictedPupil).where(
                RestrictedPupil.restriction_id == restriction,
                RestrictedPupil.pupil_id == pupil,
                RestrictedPupil.superseded_at.is_(None),
            )
        )
        with regaining(work, [found.adult_id]) as came:
            if before is not None:
                before.superseded_at = at.instant
                work.session.flush()
            work.add(RestrictedPupil(restriction_id=found.id, pupil_id=pupil, covered=covered, recorded_at=at.instant))
        work.audit(Verb.DECIDED_ON_PUPIL, pupil=pupil, adult=found.adult_id, restriction=restriction, covered=covered)
        if not is_undecided(work, found.adult_id, pupil):
            finish_tasks(work, TaskKind.CHILD_LINKED_LATER, [f"adult:{found.adult_id} pupil:{pupil}"])
    return came[found.adult_id]


def settle_court_flag(store: Store, *, by: Principal, at: Moment, adult: int, pupil: int) -> Regained:
    """Takes the records' court flag off one connection, once any order has been read and put as a restriction (REVOKE-2)."""
    with store.writing_as(by, at) as work:
        work.require(Duty.RESTRICT)
        work.hold(Adult, adult)
        found = work.session.scalar(
            select(Connection).where(
                Connection.adult_id == adult, Connection.pupil_id == pupil, Connection.superseded_at.is_(None)
            )
        )
        if found is None or not found.court_flag:
            raise Stale("There is no open flag on this connection. Please look again.")
        with regaining(work, [adult]) as came:
            replace(work, found, court_flag=False)
        work.audit(Verb.SETTLED_COURT_FLAG, pupil=pupil, adult=adult)
        finish_tasks(work, TaskKind.COURT_FLAG, [f"adult:{adult} pupil:{pupil}"])
    return came[adult]


def open_investigation(store: Store, *, by: Principal, at: Moment, pupils: Collection[int], reference: str) -> int:
    """Refuses every adult connected with these pupils, those linked later too, until each has an outcome (REVOKE-4).

    `reference` points into the school's own safeguarding record: 200 characters, never the story.
    """
    reference = reference.strip()
    if not pupils:
        raise BadInput("Choose the child or children that are concerned.")
    if not reference or len(reference) > REFERENCE_LENGTH:
        raise BadInput(f"Give the reference of your safeguarding record, in up to {REFERENCE_LENGTH} characters.")
    with store.writing_as(by, at) as work:
        work.require(Duty.INVESTIGATE)
        for pupil in sorted(set(pupils)):
            work.hold(Pupil, pupil)
        require_not_open(work, reference, set(pupils))
        opened = work.add(Investigation(reference=reference, opened_at=at.instant, opened_by_id=by.staff_id))
        for pupil in sorted(set(pupils)):
            work.add(InvestigatedPupil(investigation_id=opened.id, pupil_id=pupil))
        work.audit(Verb.OPENED_INVESTIGATION, investigation=opened.id, pupils=sorted(set(pupils)))
    return opened.id


def close_investigation(
    store: Store, *, by: Principal, at: Moment, investigation: int, outcomes: Mapping[int, Outcome]
) -> None:
    """Closes an investigation with an outcome for every adult connected; released by a second person (REVOKE-4).

    A party whose outcome is "restricted" gets a restriction of their own on these pupils, so that nothing opens between.
    """
    with store.writing_as(by, at) as work:
        work.require(Duty.INVESTIGATE)
        found = work.hold(Investigation, investigation)
        if found.closed_at is not None:
            raise Stale("This investigation has been closed already.")
        if found.opened_by_id == by.staff_id:
            raise NotPermitted("A second person with this duty must close it.")
        pupils = concerned(work, investigation)
        parties = connected_with(work, pupils)
        if missing := parties - set(outcomes):
            raise BadInput(f"An outcome is missing for {len(missing)} of those connected. Give each one.")
        with regaining(work, sorted(parties)):
            for adult in sorted(parties):
                work.add(
                    PartyOutcome(
                        investigation_id=investigation, adult_id=adult, outcome=outcomes[adult],
                        decided_by_id=by.staff_id, decided_at=at.instant,
                    )
                )  # fmt: skip
                if outcomes[adult] is Outcome.RESTRICTED:
                    _keep_from(work, by, adult, pupils, found.reference)
            found.closed_at, found.closed_by_id = at.instant, by.staff_id
        work.audit(
            Verb.CLOSED_INVESTIGATION, investigation=investigation, pupils=sorted(pupils),
            outcomes={str(adult): outcomes[adult] for adult in sorted(parties)},
        )  # fmt: skip


def _opened_it(work: Work, adult: int, staff: int | None) -> bool:
    """Whether somebody opened an investigation whose outcome was that access stays withheld from this adult (REVOKE-4)."""
    kept = select(Investigation.id).join(PartyOutcome, PartyOutcome.investigation_id == Investigation.id)
    kept = kept.where(
        PartyOutcome.adult_id == adult, PartyOutcome.outcome == Outcome.RESTRICTED, Investigation.opened_by_id == staff
    )
    return work.session.scalar(kept.limit(1)) is not None


def _keep_from(work: Work, by: Principal, adult: int, pupils: Collection[int], reference: str) -> None:
    made = Restriction(
        adult_id=adult, clause=Clause.REVOKE_4, whole_account=False, begins_at=work.at.instant, evidence=reference,
        made_by_id=by.staff_id, recorded_at=work.at.instant,
        review_on=school_days_after(work, work.at.day, work.settings.review_after_school_days),
    )  # fmt: skip
    put_in_force(work, made, dict.fromkeys(pupils, True))

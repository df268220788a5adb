"""Whether something about an adult is disputed, so that one clerk alone gives them no account (PASS-1).

What it is is not said: a court's order, any ground there ever was, an investigation, or a second record that looks like theirs. To
whoever may not read grounds one is like another.
"""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import aliased

from portal_core.domain.clauses import Verb
from portal_core.domain.school import Moment
from portal_core.errors import Stale
from portal_core.services.account_list import Standing, standing_of
from portal_core.services.import_changes import open_task
from portal_core.store.casework import InvestigatedPupil, Restriction
from portal_core.store.intake import WaitingChecks
from portal_core.store.people import Adult, Connection
from portal_core.store.school import TaskKind
from portal_core.store.scope import Work


def disputed(work: Work, adult: int) -> bool:
    """Whether a second person must look at this adult's checks."""
    return work.session.scalar(select(Adult.id).where(Adult.id == adult, is_disputed(work.at))) is not None


def is_disputed(at: Moment) -> ColumnElement[bool]:
    """The same as a condition on Adult, for what is done for many at once."""
    tie, tied = aliased(Connection), aliased(Connection)
    return or_(
        exists().where(tie.adult_id == Adult.id, tie.court_flag | tie.mis_court_flag),
        exists().where(Restriction.adult_id == Adult.id),
        exists().where(tied.adult_id == Adult.id, InvestigatedPupil.pupil_id == tied.pupil_id),
        *(and_(*standing_of(alike, at)) for alike in (Standing.SHARED_EMAIL, Standing.TWICE)),
    )


def put_aside(work: Work, adult: int, identity: str, evidence: str, reference: str, pupils: Collection[int]) -> None:
    """Keeps a clerk's checks for a second person, who finds them among the tasks. Raises Stale where a colleague's wait."""
    live = WaitingChecks.ended_at.is_(None) & (WaitingChecks.adult_id == adult)
    if work.session.scalar(select(WaitingChecks.id).where(live)) is not None:
        raise Stale("A colleague has gone through these checks already. Please look again.")
    work.add(
        WaitingChecks(
            adult_id=adult, identity=identity, evidence=evidence, reference=reference,
            pupils=",".join(map(str, sorted(pupils))), made_at=work.at.instant, made_by_id=getattr(work.by, "staff_id", None),
        )
    )  # fmt: skip
    open_task(work, TaskKind.SECOND_CHECK, f"adult:{adult}")
    work.audit(Verb.PUT_CHECKS_ASIDE, adult=adult, pupils=sorted(pupils))

"""What a session of each reader finds: the conditions that scope.py puts on its every statement.

A table that nothing here opens to a person is empty for them, so that a new one is closed until somebody thinks of it.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import false, true
from sqlalchemy.orm import with_loader_criteria

from portal_core.domain.clauses import Duty
from portal_core.domain.people import Actor, Principal
from portal_core.domain.school import Moment, SchoolSettings
from portal_core.policy.access import latest_birth_of_age
from portal_core.policy.duties import duties
from portal_core.store.accounts import NoticeVersion, PolicyVersion
from portal_core.store.admitted import admitted
from portal_core.store.base import Base
from portal_core.store.casework import InvestigatedPupil, Investigation, PartyOutcome, RestrictedPupil, Restriction
from portal_core.store.people import (
    Adult,
    Birth,
    Connection,
    Enrolment,
    PastoralCharge,
    Pupil,
    PupilConsent,
    Staff,
    StaffRole,
)
from portal_core.store.registers import Category, LessonMark, Mark, MarkAmendment, Point
from portal_core.store.school import ClosedDay, ImportRun, ReceivedRegister, SchoolSetting, TermDates

Opened = Mapping[type[Base], frozenset[Duty]]
_PEOPLE = frozenset({Duty.FIND_PEOPLE, Duty.IMPORT})
_MARKS = _PEOPLE | {Duty.ANALYSE}  # an analyst reads year groups and marks, without a name to either
_STAFF = _PEOPLE | {Duty.KEEP_STAFF}
_GROUNDS = frozenset({Duty.READ_GROUNDS})

TO_EVERYONE = frozenset(
    {
        PolicyVersion, NoticeVersion, SchoolSetting, TermDates, ClosedDay, Category, ReceivedRegister, ImportRun,
        PastoralCharge,
    }
)  # fmt: skip
"""The school's own words, figures and dates; nobody in them but a Learning Manager by number."""

BY_DUTY: Opened = {
    **dict.fromkeys((Pupil, Birth, Adult, Connection, PupilConsent), _PEOPLE),
    **dict.fromkeys((Enrolment, Mark, MarkAmendment, LessonMark, Point), _MARKS),
    **dict.fromkeys((Staff, StaffRole), _STAFF),
    **dict.fromkeys((Restriction, RestrictedPupil, Investigation, InvestigatedPupil, PartyOutcome), _GROUNDS),
}
"""Any one of the duties opens a table to staff. Accounts, logins, the audit and tasks are opened by none: verbs read them."""

OF_A_PUPIL = (Birth, Enrolment, Mark, MarkAmendment, LessonMark, Point)
PUBLISHED = (Mark, MarkAmendment, LessonMark, Point)


def criteria(reader: Actor, at: Moment, settings: SchoolSettings) -> list[Any]:
    """What a session of this reader adds to every statement; none for a machine that may do all it is asked to."""
    if isinstance(reader, Principal) and reader.adult_id is not None:
        return _of_a_parent(reader, reader.adult_id, at, settings)
    held = duties(reader)
    shut = [table for table, opening in BY_DUTY.items() if not held & opening]
    if isinstance(reader, Principal):
        shut += [table for table in every_table() if table not in BY_DUTY and table not in TO_EVERYONE]
    return [_only(table, false()) for table in shut]


def every_table() -> list[type[Base]]:
    """Every mapped class."""
    return [mapper.class_ for mapper in Base.registry.mappers]


def _of_a_parent(reader: Principal, adult: int, at: Moment, settings: SchoolSettings) -> list[Any]:
    of_age = latest_birth_of_age(at.day, settings.responsibility_ends_at)
    ids = admitted(adult=adult, at=at.instant, day=at.day, of_age=of_age)
    if Duty.SEE_OWN_CHILDREN not in duties(reader):
        ids = ids.where(false())
    found: dict[type[Base], Any] = {Pupil: Pupil.id.in_(ids)}
    for table in OF_A_PUPIL:
        found[table] = table.pupil_id.in_(ids) & (table.public_from <= at.instant if table in PUBLISHED else true())
    shut = [table for table in every_table() if table not in found and table not in TO_EVERYONE]
    return [
        *(_only(table, condition) for table, condition in found.items()),
        *(_only(table, false()) for table in shut),
    ]


def _only(table: type[Base], condition: Any) -> Any:
    return with_loader_criteria(table, condition, include_aliases=True)

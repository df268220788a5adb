"""Builds the demo school in a data folder: made as a real one is, filled by its importer, worked on by its own staff.

Nothing is written past the services: files enter through the importer, people activate their accounts by their codes, the
office checks and issues, the safeguarding lead restricts and investigates, each at a believable time of the year so far.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from secrets import token_hex
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from portal_core.demo.acting import Cast
from portal_core.demo.files import DemoSchool
from portal_core.demo.signins import Told
from portal_core.demo.staff import FORMS
from portal_core.domain.clauses import Clause, Role
from portal_core.domain.school import Moment
from portal_core.importers import read_folder
from portal_core.security.credentials import Vault
from portal_core.services import casework, imports
from portal_core.services.installation import COMMAND_LINE, create_school
from portal_core.store.people import Adult, Connection
from portal_core.store.scope import Store

ZONE = ZoneInfo("Europe/London")
SCHOOL = {
    "name": "Wrenbridge High School", "email": "office@wrenbridge.example", "telephone": "01632 960 500",
    "address": "Canal Side, Wrenbridge WB1 2AA", "privacy_contact": "privacy@wrenbridge.example", "zone": "Europe/London",
}  # fmt: skip
ISSUED_ALSO = 600
"""Further parents who have an account; the others wait for their checks."""
Say = Callable[[str], None]


def build(engine: Engine, folder: Path, *, now: datetime, key: str, say: Say, forms: tuple[str, ...] = FORMS) -> Told:
    """The whole school in an empty, migrated database, with its files in `folder`; `now` is UTC. About half a minute."""
    local = now.astimezone(ZONE)
    school = DemoSchool(int(token_hex(3), 16), local.date(), forms)
    store = Store(engine, lambda: now)
    begins = school.calendar.year_begins(local.date())

    def at(day: date, hour: int, before: int) -> Moment:
        """A time of that day, or where that has not come yet, so many minutes before now."""
        planned = datetime.combine(day, time(hour), ZONE).astimezone(UTC)
        return Moment(min(planned, now - timedelta(minutes=before)), ZONE)

    create_school(store, by=COMMAND_LINE, at=at(begins - timedelta(9), 9, 90), told=SCHOOL, calendar=school.calendar)
    say(f"Inventing {len(school.children)} pupils and their families …")
    school.write_people(folder)
    arrived = at(begins + timedelta(1), 6, 80)
    imports.import_files(store, by=COMMAND_LINE, at=arrived, files=read_folder(folder), full=True)
    cast = Cast(store, school, Vault(key))
    say("Issuing accounts …")
    staff = [cast.staff(one, at(begins + timedelta(1), 9, 70)) for one in school.staff if one.role]
    parents = cast.parents(at(begins + timedelta(6), 10, 60), at(begins + timedelta(6), 18, 50))
    cast.others(at(begins + timedelta(7), 10, 40), ISSUED_ALSO)
    _withhold(store, school, cast, at, local.date())
    parents = cast.with_fresh_codes(parents, store.moment())
    say("Taking registers …")
    filled = Told(school.seed, school.built_on, now, forms, (*parents, *staff))
    return fill(engine, folder, filled, now=now, since=begins)


def _withhold(
    store: Store, school: DemoSchool, cast: Cast, at: Callable[[date, int, int], Moment], today: date
) -> None:
    with store.reading_as(COMMAND_LINE, store.moment()) as session:
        ids = dict(session.execute(select(Adult.mis_id, Adult.id)).all())
        father = ids[school.adult("court order").adult_id]
        one = ids[school.adult("investigation").adult_id]
        children = {
            adult: list(session.scalars(select(Connection.pupil_id).where(Connection.adult_id == adult))) for adult in (father, one)
        }  # fmt: skip
    when = at(today - timedelta(24), 11, 30)
    casework.restrict(
        store, by=cast.acting(Role.SAFEGUARDING_LEAD, when), at=when, adult=father, clause=Clause.REVOKE_2, pupils=children[father],
        evidence="Order seen by the lead, file SG-0117", review_on=today + timedelta(150),
    )  # fmt: skip
    when = at(today - timedelta(6), 14, 20)
    casework.open_investigation(
        store, by=cast.acting(Role.SAFEGUARDING_LEAD, when), at=when, pupils=children[one], reference="SG-0131"
    )  # fmt: skip


def fill(engine: Engine, folder: Path, told: Told, *, now: datetime, since: date | None = None) -> Told:
    """Imports what the MIS would have given since the demo was last open, as a school does every morning."""
    store, local = Store(engine, lambda: now), now.astimezone(ZONE)
    school = DemoSchool(told.seed, told.built_on, told.forms)
    for file in folder.glob("*.csv"):
        file.unlink()
    school.write_days(folder, local, since or told.filled_to.astimezone(ZONE).date() - timedelta(12))
    imports.import_files(store, by=COMMAND_LINE, at=store.moment(), files=read_folder(folder))
    school.write_people(folder)
    filled = replace(told, filled_to=now)
    filled.write(folder.parent)
    return filled

"""Builds the demo school: made as a real one is, filled by its importer, worked on by its own staff.

Nothing is written past the services: files enter through the importer, people activate their accounts by their codes, the
office checks and issues, the safeguarding lead restricts and investigates, each at a believable time of the year so far.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from secrets import randbits
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from portal_core.demo.acting import Cast
from portal_core.demo.files import DemoSchool
from portal_core.demo.signins import Told, maker
from portal_core.demo.staff import FORMS
from portal_core.demo.year import last_import
from portal_core.domain.clauses import Clause, Role
from portal_core.domain.school import Moment
from portal_core.importers import read_folder
from portal_core.security.credentials import Vault
from portal_core.services import casework, enquiries, imports, information, requests
from portal_core.services.installation import COMMAND_LINE, create_school
from portal_core.services.requests import Asked
from portal_core.store.enquiries import Way
from portal_core.store.information import Basis
from portal_core.store.people import Adult, Connection, Pupil
from portal_core.store.scope import Store

ZONE = ZoneInfo("Europe/London")
SCHOOL = {
    "name": "Wrenbridge High School", "email": "office@wrenbridge.example", "telephone": "01632 960 500",
    "address": "Canal Side, Wrenbridge WB1 2AA", "privacy_contact": "privacy@wrenbridge.example", "zone": "Europe/London",
}  # fmt: skip
ISSUED_ALSO, ACTIVE_ALSO = 240, 40
"""Further families of which a parent has an account, and those who use it; the others wait for their checks."""
HOURS = (8, 12, 16, 19, 21)
"""When parents look in: before school, at noon, after school, in the evening."""
Say = Callable[[str], None]
At = Callable[[date, int, int], Moment]


def build(
    engine: Engine, exports: Path, *, now: datetime, real: datetime, key: str, say: Say, forms: tuple[str, ...] = FORMS,
    seed: int | None = None,
) -> Told:  # fmt: skip
    """The school in an empty, migrated database as it was when the last files before today's were given out.

    `now` is the demo's time and `real` the world's, both in UTC. Takes about half a minute; `fill` adds what has come today.
    """
    local = now.astimezone(ZONE)
    school = DemoSchool(randbits(24) if seed is None else seed, local.date(), forms)
    begins = school.calendar.year_begins(local.date())
    given = last_import(school.calendar, datetime.combine(local.date(), time(), ZONE))
    until = given.astimezone(UTC) if given else now  # early in September, before any files
    store = Store(engine, lambda: until)

    def at(day: date, hour: int, before: int) -> Moment:
        """A time of that day, or where that would be too late, so many minutes before the end."""
        planned = datetime.combine(day, time(hour), ZONE).astimezone(UTC)
        return Moment(min(planned, until - timedelta(minutes=before)), ZONE)

    create_school(store, by=COMMAND_LINE, at=at(begins - timedelta(9), 9, 90), told=SCHOOL, calendar=school.calendar)
    say(f"Inventing {len(school.children)} pupils and their families …")
    school.write_people(exports)
    arrived = at(begins + timedelta(1), 6, 80)
    imports.import_files(store, by=COMMAND_LINE, at=arrived, files=read_folder(exports), full=True)
    cast = Cast(store, school, Vault(key), real - timedelta(hours=2))
    say("Issuing accounts …")
    staff = [cast.staff(one, at(begins + timedelta(1), 9, 70)) for one in school.staff if one.role]
    parents = cast.parents(at(begins + timedelta(6), 10, 60), at(begins + timedelta(6), 18, 50))
    others = cast.others(at(begins + timedelta(7), 10, 40), at(begins + timedelta(7), 19, 35), ISSUED_ALSO, ACTIVE_ALSO)
    _withhold(store, school, cast, at)
    _ask(store, school, cast, at)
    _come_back(school, cast, others, at)
    parents = [one if one.password else cast.code_of(one, store.moment()) for one in parents]
    say("Taking registers …")
    start = datetime.combine(begins, time(), ZONE).astimezone(UTC)
    told = Told(school.seed, school.built_on, until, start, None, forms, (*parents, *staff), maker())
    told = fill(engine, exports, told, now=until)
    if told.filled_to == until:
        _leave(store, school)
    return told


def _leave(store: Store, school: DemoSchool) -> None:
    """Some of the staff leave: from now on the files name them no more."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        school.write_people(folder, without=school.leavers)
        for file in folder.glob("*.csv"):
            if file.stem != "staff":
                file.unlink()
        imports.import_files(
            store, by=COMMAND_LINE, at=store.moment(), files=read_folder(folder), full=True, most_leaving=None
        )


def _withhold(store: Store, school: DemoSchool, cast: Cast, at: At) -> None:
    with store.reading_as(COMMAND_LINE, store.moment()) as session:
        ids = dict(session.execute(select(Adult.mis_id, Adult.id)).all())
        father = ids[school.adult("court order").adult_id]
        one = ids[school.adult("investigation").adult_id]
        children = {
            adult: list(session.scalars(select(Connection.pupil_id).where(Connection.adult_id == adult))) for adult in (father, one)
        }  # fmt: skip
    today, issued = school.built_on, school.calendar.year_begins(school.built_on) + timedelta(7)
    when = at(max(today - timedelta(24), issued + timedelta(1)), 11, 30)
    casework.restrict(
        store, by=cast.acting(Role.SAFEGUARDING_LEAD, when), at=when, adult=father, clause=Clause.REVOKE_2, pupils=children[father],
        evidence="Order seen by the lead, file SG-0117", review_on=today + timedelta(150),
    )  # fmt: skip
    when = at(max(today - timedelta(6), issued + timedelta(1)), 14, 20)
    casework.open_investigation(
        store, by=cast.acting(Role.SAFEGUARDING_LEAD, when), at=when, pupils=children[one], reference="SG-0131"
    )  # fmt: skip


def _ask(store: Store, school: DemoSchool, cast: Cast, at: At) -> None:
    """What people have asked these days and nobody has answered yet."""
    first, second, third, fourth = school.children[-4:]
    earliest = school.calendar.year_begins(school.built_on) + timedelta(8)  # when the staff have their accounts
    for days, child, reach in ((3, first, "07700 900 123"), (1, second, "robin@post.example")):
        asked = Asked(f"Robin {child.surname}", f"{child.forename} {child.surname}", reach, "I have had no letter.")
        when = at(max(school.built_on - timedelta(days), earliest), 15, 16 - days)
        requests.ask_for_access(store, asked=asked, address=f"192.0.2.{days}", at=when)
    when = at(max(school.built_on - timedelta(2), earliest), 9, 12)
    office = cast.acting(Role.OFFICE, when)
    words = "What does it mean that an afternoon is not counted?"
    enquiries.log(store, by=office, at=when, came_by=Way.TELEPHONE, asker=f"Robin {third.surname}", text=words)
    with store.reading_as(COMMAND_LINE, store.moment()) as session:
        pupil = session.scalars(select(Pupil.id).where(Pupil.mis_id == fourth.pupil_id)).one()
    information.log_request(
        store, by=office, at=when, pupil=pupil, asker=f"A grandparent of {fourth.forename}", reach="01632 960 777",
        basis=Basis.EDUCATIONAL_RECORD, came_on=when.day - timedelta(1),
    )  # fmt: skip


def _come_back(school: DemoSchool, cast: Cast, others: list[tuple[str, str]], at: At) -> None:
    """Those who use the portal have signed in twice in the last weeks, at different days and hours."""
    first = school.calendar.year_begins(school.built_on) + timedelta(8)  # when all have their accounts
    days = sorted(school.calendar.school_days(first, school.built_on - timedelta(1)))[-15:]
    for place, (username, password) in enumerate(others if days else ()):
        for time_ in range(2):
            day, hour = days[(7 * place + 3 * time_) % len(days)], HOURS[(place + 2 * time_) % len(HOURS)]
            cast.comes_back(username, password, at(day, hour, 10))


def fill(engine: Engine, exports: Path, told: Told, *, now: datetime) -> Told:
    """Imports what the MIS has given out since, as a school does several times a day; nothing if nothing has been."""
    school = DemoSchool(told.seed, told.built_on, told.forms)
    given = last_import(school.calendar, now.astimezone(ZONE))
    if given is None or given <= told.filled_to:
        return told
    store = Store(engine, lambda: now)
    for file in exports.glob("*.csv"):
        file.unlink()
    school.write_days(exports, given, told.filled_to.astimezone(ZONE).date())
    imports.import_files(
        store, by=COMMAND_LINE, at=store.moment(), files=read_folder(exports), as_of=given.astimezone(UTC)
    )
    school.write_people(exports, without=school.leavers)
    return replace(told, filled_to=given.astimezone(UTC))

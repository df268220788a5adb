"""What the portal holds on a pupil, as it is given to whoever the law gives it to (REVOKE-5).

All years, and no word on anybody else: no adult, no teacher, and of free text only items that somebody has read and released.
"""

from sqlalchemy import select

from portal_core.domain.clauses import Duty, Verb
from portal_core.domain.people import Principal
from portal_core.domain.records import PointKind
from portal_core.domain.school import Half, Moment
from portal_core.errors import BadInput
from portal_core.letters import Record, Section
from portal_core.policy.attendance import register_code
from portal_core.services.families import name_of
from portal_core.services.information import released_points
from portal_core.store.information import InformationRequest
from portal_core.store.people import Birth, Enrolment, Pupil
from portal_core.store.registers import Category, Mark, Point
from portal_core.store.scope import Store, Work

HALVES = {Half.AM: "morning", Half.PM: "afternoon"}
CONFIDENTIAL = "Confidential: given to one person, on their request. It holds a child’s personal data."


def pack(store: Store, *, by: Principal, at: Moment, id_: int) -> Record:
    """The record for a request that was released; taking it is on record. Raises BadInput before, and once refused."""
    with store.writing_as(by, at) as work:
        work.require(Duty.RELEASE_INFORMATION)
        one = work.get(InformationRequest, id_)
        if one.ended_at is None or one.refusal is not None:
            raise BadInput("This is not released. Release it first, as the page says.")
        pupil = work.get(Pupil, one.pupil_id)
        work.audit(Verb.EXPORTED, pupil=one.pupil_id, what="information pack", request=id_)
        return Record(
            school=work.settings.name,
            title=f"Record of {name_of(pupil)}",
            taken=f"Given on request {one.id} ({one.basis}), which came on {one.came_on:%d %B %Y}.",
            about=(f"What the parent portal holds, on {at.day:%d %B %Y}. Free text is left out unless it was read and released.",),
            sections=(_pupil(work, pupil), _marks(work, pupil.id), *_points(work, pupil.id, id_)),
            taken_at=at.instant,
            confidential=CONFIDENTIAL,
        )  # fmt: skip


def _pupil(work: Work, pupil: Pupil) -> Section:
    born = work.session.scalar(select(Birth.born_on).where(Birth.pupil_id == pupil.id, Birth.superseded_at.is_(None)))
    spells = work.session.scalars(
        select(Enrolment)
        .where(Enrolment.pupil_id == pupil.id, Enrolment.superseded_at.is_(None))
        .order_by(Enrolment.begun_on)
    )
    rows = [("Name", name_of(pupil)), ("Date of birth", f"{born:%d %B %Y}" if born else "not on record")]
    rows += [
        ("On roll", f"{one.begun_on} to {one.ended_on or 'now'}: year {one.year_group}, form {one.form}")
        for one in spells
    ]
    return Section("Pupil", (), ("What", "As recorded"), tuple(rows))


def _marks(work: Work, pupil: int) -> Section:
    marks = work.session.scalars(select(Mark).where(Mark.pupil_id == pupil).order_by(Mark.day.desc(), Mark.half))
    rows = tuple(
        (
            one.day.isoformat(), HALVES[Half(one.half)], one.code, register_code(one.code, one.day).words,
            f"{one.minutes_late} minutes late" if one.minutes_late else "",
        )
        for one in marks
    )  # fmt: skip
    words = () if rows else ("No half-day is recorded.",)
    return Section("Attendance marks, newest first", words, ("Day", "Half-day", "Code", "Meaning", "More"), rows)


def _points(work: Work, pupil: int, request: int) -> list[Section]:
    released = released_points(work, request)
    rows = work.session.execute(
        select(Point, Category.name, Category.meaning)
        .join(Category, Category.id == Point.category_id)
        .where(Point.pupil_id == pupil)
        .order_by(Point.at.desc(), Point.id)
    ).all()
    return [
        Section(
            f"{str(kind).capitalize()} points, newest first",
            () if any(point.kind is kind for point, *_ in rows) else ("None is recorded.",),
            ("Day", "For", "How many", "Meaning", "Where"),
            tuple(
                (
                    point.at.astimezone(work.at.zone).date().isoformat(), category, str(point.amount), meaning,
                    point.subject or (point.place if point.id in released else "left out" if point.place else ""),
                )
                for point, category, meaning in rows if point.kind is kind
            ),
        )
        for kind in PointKind
    ]  # fmt: skip

"""The second of a parent's two statements: what one child's pages show, once it is decided that their reader may see them.

A page has one statement, a union of arms of one shape, each arm with a name. What holds for every page stands here once:
marks and points are those published at :at, of the child :child; the names are those of :adult's own children.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import (
    Boolean,
    CompoundSelect,
    Date,
    Integer,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    outerjoin,
    select,
)

from portal_core.policy.attendance import CUTOVER
from portal_core.store.base import UtcDateTime
from portal_core.store.people import Connection, Enrolment, PastoralCharge, Pupil, Staff
from portal_core.store.questions import AT, Arm, known, union
from portal_core.store.registers import Category, LessonMark, Mark, MarkAmendment, Point
from portal_core.store.school import ClosedDay, ImportRun, ReceivedRegister, TermDates

Arms = dict[str, Arm]

SHAPE = {
    "n": Integer(),
    "m": Integer(),
    "day": Date(),
    "until": Date(),
    "at": UtcDateTime(),
    "flag": Boolean(),
    **{name: Text() for name in "abcdefg"},
}
OLD, BETWEEN = "<", ","
"""What follows a code of before the cutover, and what stands between two codes of a year or two days without school."""
LATEST_POINTS = 8

_CHILD = bindparam("child", type_=Integer())
_TODAY, _FIRST, _LAST = (bindparam(name, type_=Date()) for name in ("today", "first", "last"))
_MARKS_AT = bindparam("marks_at", type_=UtcDateTime())  # :at less the publication delay of marks
_MARKS = (Mark.pupil_id == _CHILD, Mark.public_from <= AT, Mark.day <= _TODAY)
_SINCE_NEWEST = ClosedDay.day >= bindparam("year", type_=Date())  # how many school days old the newest data is
_POINTS = (
    Point.pupil_id == _CHILD,
    Point.at >= bindparam("points_at", type_=UtcDateTime()),  # when the first day begins of which points are shown
    Point.at <= AT,
    Point.public_from <= AT,
)


def _between() -> Any:
    return literal_column(f"'{BETWEEN}'")  # a plain value would be put in at each run, and this is compiled once


def _around() -> Arms:
    """What every page has: whose it is and which others there are, how old the data, and the calendar."""
    mine = Connection.__table__.join(Pupil, Pupil.id == Connection.pupil_id).join(
        Enrolment, (Enrolment.pupil_id == Pupil.id) & known(Enrolment)
    )
    newest = select(func.max(ImportRun.data_as_of).label("at")).where(ImportRun.started_at <= AT).subquery()
    return {
        "names": (mine, (Connection.adult_id == bindparam("adult", type_=Integer()), known(Connection)),
                  {"n": Pupil.id, "m": Enrolment.year_group, "day": Enrolment.begun_on, "until": Enrolment.ended_on,
                   "a": Pupil.forename, "b": Pupil.surname, "c": Enrolment.form}),
        "newest": (newest, (), {"at": newest.c.at}),
    }  # fmt: skip


def _calendar(*terms: Any, closed: Any) -> Arms:
    """Terms in rows; the many days without school in one, each after its date: put together here they cost a tenth."""
    one = cast(ClosedDay.day, Text) + cast(ClosedDay.kind, Text)
    days = select(func.aggregate_strings(one, _between()).label("days")).where(closed).subquery()
    return {
        "terms": (TermDates, terms, {"a": TermDates.name, "day": TermDates.begins, "until": TermDates.ends}),
        "closed": (days, (), {"a": days.c.days}),
    }


def _registers() -> Arms:
    """Marks from :first to :last, each with when its register came; what was corrected among them; the registers without one."""
    came = (
        ReceivedRegister.day == Mark.day,
        ReceivedRegister.half == Mark.half,
        ReceivedRegister.received_at <= _MARKS_AT,
    )
    return {
        "marks": (outerjoin(Mark, ReceivedRegister, and_(*came)), (*_MARKS, Mark.day.between(_FIRST, _LAST)),
                  {"day": Mark.day, "n": Mark.half, "m": Mark.minutes_late, "a": Mark.code,
                   "at": ReceivedRegister.received_at}),
        "amended": (MarkAmendment,
                    (MarkAmendment.pupil_id == _CHILD, MarkAmendment.day.between(_FIRST, _LAST),
                     MarkAmendment.replaced_at <= AT),
                    {"day": MarkAmendment.day, "n": MarkAmendment.half, "m": MarkAmendment.minutes_late,
                     "a": MarkAmendment.code, "at": MarkAmendment.replaced_at}),
        "received": (ReceivedRegister,
                     (ReceivedRegister.day.between(_FIRST, _LAST), ReceivedRegister.received_at <= _MARKS_AT,
                      ~exists().where(*_MARKS, *came[:2])),
                     {"day": ReceivedRegister.day, "n": ReceivedRegister.half, "at": ReceivedRegister.received_at}),
    }  # fmt: skip


def _points(most: int | None) -> Arms:
    """The latest points or all, each with its teacher, who may have left meanwhile; and who is in charge of the child."""
    latest = (
        select(Point.id, Point.at, Point.amount, Point.kind, Point.in_lesson, Point.subject, Point.place,
               Point.teacher_id, Category.name, Category.meaning)
        .join(Category, Category.id == Point.category_id).where(*_POINTS)
        .order_by(Point.at.desc(), Point.id.desc()).limit(most).subquery()
    )  # fmt: skip
    in_charge = (
        PastoralCharge.year_group == bindparam("year_group", type_=Integer()),
        or_(PastoralCharge.form.is_(None), PastoralCharge.form == bindparam("form", type_=Text())),
        PastoralCharge.begun_on <= _TODAY,
        or_(PastoralCharge.ended_on.is_(None), PastoralCharge.ended_on >= _TODAY),
    )
    return {
        "points": (latest.outerjoin(Staff, Staff.id == latest.c.teacher_id), (),
                   {"n": latest.c.id, "m": latest.c.amount, "at": latest.c.at, "flag": latest.c.in_lesson,
                    "until": Staff.left_on, "a": latest.c.kind, "b": latest.c.name, "c": latest.c.meaning,
                    "d": latest.c.subject, "e": latest.c.place, "f": Staff.title + " " + Staff.surname, "g": Staff.email}),
        "managers": (PastoralCharge.__table__.join(Staff, Staff.id == PastoralCharge.staff_id), in_charge,
                     {"a": Staff.title + " " + Staff.surname, "b": Staff.email, "c": Staff.telephone,
                      "until": Staff.left_on, "flag": PastoralCharge.form.is_not(None)}),
    }  # fmt: skip


def overview() -> Arms:
    """The first page: the year counted, the last fortnight's registers, the latest points, whom to ask."""
    code = case(
        (Mark.day < CUTOVER, Mark.code + OLD), else_=Mark.code
    )  # SI 2024/208 changed them within a year's reach
    year = (
        select(
            func.aggregate_strings(code, _between()).label("codes")
        )  # counting them here would take three times as long
        .where(*_MARKS, Mark.day >= bindparam("year", type_=Date()))
        .subquery()
    )
    totals = (
        select(Point.kind, func.count().label("n"), func.sum(Point.amount).label("amount"))
        .where(*_POINTS)
        .group_by(Point.kind)
        .subquery()
    )
    return {
        "year": (year, (), {"a": year.c.codes}),
        **_registers(),
        "totals": (totals, (), {"a": totals.c.kind, "n": totals.c.n, "m": totals.c.amount}),
        **_points(LATEST_POINTS),
        **_around(),
        **_calendar(
            TermDates.ends >= bindparam("year", type_=Date()),
            TermDates.begins <= _LAST,
            closed=and_(_SINCE_NEWEST, ClosedDay.day <= _LAST),
        ),
    }


def attendance() -> Arms:
    """A school year's registers, :first to :last, with every term there is, so that any address can be found."""
    return {**_registers(), **_around(), **_calendar(closed=ClosedDay.day >= _FIRST)}


def lessons() -> Arms:
    """A school year's lesson marks."""
    marks = (LessonMark.pupil_id == _CHILD, LessonMark.public_from <= AT, LessonMark.day.between(_FIRST, _LAST))
    return {
        "lessons": (LessonMark, (*marks, LessonMark.day <= _TODAY),
                    {"day": LessonMark.day, "m": LessonMark.minutes_late, "a": LessonMark.code,
                     "b": LessonMark.period, "c": LessonMark.subject}),
        **_around(), **_calendar(closed=ClosedDay.day >= _FIRST),
    }  # fmt: skip


def points() -> Arms:
    """Every point that is shown, and whom to ask about each."""
    return {**_points(None), **_around(), **_calendar(closed=_SINCE_NEWEST)}


QUESTIONS: Mapping[str, Callable[[], Arms]] = {
    "overview": overview, "attendance": attendance, "lessons": lessons, "points": points,
}  # fmt: skip


def statement(arms: Arms) -> CompoundSelect[Any]:
    """The arms as one statement; each row begins with its arm's place among them."""
    return union(SHAPE, list(arms.values()))

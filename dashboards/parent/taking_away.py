"""What a parent may take away of one child, in words: this school year as far as their page shows it at that moment."""

from datetime import date

from dashboards.components.signs import told
from dashboards.components.words import amount, where
from dashboards.parent.register import HALVES
from dashboards.parent.view import View
from portal_core.domain.records import Point, PointKind
from portal_core.domain.school import Moment
from portal_core.letters import Record, Section
from portal_core.policy.contact import in_words
from portal_core.services.reading import ChildPage
from portal_core.services.year import ChildYear

TITLES = {PointKind.ACHIEVEMENT: "Achievement", PointKind.BEHAVIOUR: "Behaviour"}


def record_of(page: ChildPage, year: ChildYear, *, reader: str) -> Record:
    """The record of the page's child; `reader` is the name of whoever takes it. Every part was allowed by page and year."""
    view, at = View.of(page), page.at
    return Record(
        school=page.settings.name,
        title=f"Record of {page.child.name}",
        taken=f"Taken by {reader} at {at.local:%H:%M} on {in_words(at.day)}.",
        about=tuple(
            filter(None, (f"Form {page.child.form}." if page.child.form else "", _as_of(page), view.points_delay))
        ),
        sections=(
            Section("Attendance", (view.counted,), ("What", "How much"), tuple((one.what, one.number) for one in view.figures)),
            _marks(year),
            *(_points(view, year, kind, at) for kind in (PointKind.ACHIEVEMENT, PointKind.BEHAVIOUR)),
        ),
        taken_at=at.instant,
    )  # fmt: skip


def _as_of(page: ChildPage) -> str:
    """CONTACT-2: with its date, since a file is read on other days too."""
    if page.data_as_of is None:
        return "No data had come from the school’s records."
    local = page.data_as_of.astimezone(page.at.zone)
    return f"As the school’s records stood at {local:%H:%M} on {in_words(local.date())}."


def _marks(year: ChildYear) -> Section:
    rows = []
    for (day, half), mark in sorted(year.marks.items(), reverse=True):
        sign, words = told(mark)
        rows.append((_day(day), HALVES[half], sign.word, words))
    words = () if rows else ("No half-day has been registered yet.",)
    return Section("Marks, newest first", words, ("Day", "Half-day", "Mark", "More"), tuple(rows))


def _points(view: View, year: ChildYear, kind: PointKind, at: Moment) -> Section:
    total = view.achievement.total if kind is PointKind.ACHIEVEMENT else view.behaviour.total
    rows = tuple(_point(point, at) for point in year.points if point.kind is kind)
    return Section(f"{TITLES[kind]} points", (total,), ("Day", "For", "Where", "How many", "What it means"), rows)


def _point(point: Point, at: Moment) -> tuple[str, ...]:
    place = where(point)
    return (
        _day(point.at.astimezone(at.zone).date()), point.category, place[:1].upper() + place[1:], amount(point), point.meaning,
    )  # fmt: skip


def _day(day: date) -> str:
    """In one order, which a spreadsheet sorts."""
    return day.isoformat()

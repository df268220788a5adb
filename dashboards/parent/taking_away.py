"""What a parent may take away of one child, in words: this school year as far as their page shows it at that moment."""

from datetime import date

from dashboards.components.signs import told
from dashboards.components.words import amount, where
from dashboards.parent.register import HALVES
from dashboards.parent.view import View
from portal_core.domain.language import N_, _
from portal_core.domain.records import Point, PointKind
from portal_core.domain.school import Moment, newest_first
from portal_core.letters import Record, Section
from portal_core.policy.contact import in_words
from portal_core.services.reading import ChildPage
from portal_core.services.year import ChildYear

TITLES = {PointKind.ACHIEVEMENT: N_("Achievement points"), PointKind.BEHAVIOUR: N_("Behaviour points")}


def record_of(page: ChildPage, year: ChildYear, *, reader: str) -> Record:
    """The record of the page's child; `reader` is the name of whoever takes it. Every part was allowed by page and year."""
    view, at = View.of(page), page.at
    return Record(
        school=page.settings.name,
        title=_("Record of {child}").format(child=page.child.name),
        taken=_("Taken by {reader} at {time} on {day}.").format(reader=reader, time=f"{at.local:%H:%M}", day=in_words(at.day)),
        about=tuple(
            filter(None, (_("Form {form}.").format(form=page.child.form) if page.child.form else "", _as_of(page), view.points_delay))
        ),
        sections=(
            Section(_("Attendance"), (view.counted,), (_("What"), _("How much")), tuple((one.what, one.words) for one in view.figures)),
            _marks(year),
            *(_points(view, year, kind, at) for kind in (PointKind.ACHIEVEMENT, PointKind.BEHAVIOUR)),
        ),
        taken_at=at.instant,
    )  # fmt: skip


def _as_of(page: ChildPage) -> str:
    """CONTACT-2: with its date, since a file is read on other days too."""
    if page.data_as_of is None:
        return _("No data had come from the school’s records.")
    local = page.data_as_of.astimezone(page.at.zone)
    words = _("As the school’s records stood at {time} on {day}.")
    return words.format(time=f"{local:%H:%M}", day=in_words(local.date()))


def _marks(year: ChildYear) -> Section:
    rows = []
    for day, half in sorted(year.marks, key=newest_first):
        sign, words = told(year.marks[day, half])
        rows.append((_day(day), _(HALVES[half]), sign.word, words))
    words = () if rows else (_("No half-day has been registered yet."),)
    return Section(_("Marks, newest first"), words, (_("Day"), _("Half-day"), _("Mark"), _("More")), tuple(rows))


def _points(view: View, year: ChildYear, kind: PointKind, at: Moment) -> Section:
    total = view.achievement.total if kind is PointKind.ACHIEVEMENT else view.behaviour.total
    rows = tuple(_point(point, at) for point in year.points if point.kind is kind)
    return Section(_(TITLES[kind]), (total,), (_("Day"), _("For"), _("Where"), _("How many"), _("What it means")), rows)


def _point(point: Point, at: Moment) -> tuple[str, ...]:
    place = where(point)
    return (
        _day(point.at.astimezone(at.zone).date()), point.category, place[:1].upper() + place[1:], amount(point), point.meaning,
    )  # fmt: skip


def _day(day: date) -> str:
    """In one order, which a spreadsheet sorts."""
    return day.isoformat()

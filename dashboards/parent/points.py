"""A child's points in words: achievements before behaviour, each kind by itself, never set off against each other."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from dashboards.components.words import amount, where
from dashboards.parent.frame import Frame, first_day_words, frame
from dashboards.parent.register import short
from portal_core.domain.language import N_, _, ngettext
from portal_core.domain.records import Point, PointKind
from portal_core.policy.contact import giver, in_words
from portal_core.services.child_views import ChildPoints
from portal_core.services.reading import AboutChild

PLACE = "points"
HEADINGS = {PointKind.ACHIEVEMENT: N_("Achievements"), PointKind.BEHAVIOUR: N_("Behaviour")}
NONE_YET = {
    PointKind.ACHIEVEMENT: N_("No achievement points so far this school year."),
    PointKind.BEHAVIOUR: N_("No behaviour points so far this school year."),
}
NONE_SINCE = {
    PointKind.ACHIEVEMENT: N_("No achievement points {since}."),
    PointKind.BEHAVIOUR: N_("No behaviour points {since}."),
}


@dataclass(frozen=True, slots=True)
class Given:
    """A point: when, for what, where, by whom, how many, what it is for, and the way to talk about it (CONTACT-3)."""

    day: str
    category: str
    where: str
    by: str
    amount: str
    meaning: str
    talk: str


@dataclass(frozen=True, slots=True)
class Points:
    """The points of one kind: how many, and the latest or all of them."""

    total: str
    latest: tuple[Given, ...]
    more: bool  # there are others
    by_category: tuple[tuple[str, str, int, int], ...] = ()  # name, meaning, how often, points


@dataclass(frozen=True, slots=True)
class PointsView:
    """Every point that is shown."""

    frame: Frame
    since: str
    kinds: tuple[tuple[str, Points], ...]
    by_term: tuple[tuple[str, int, int], ...]  # half-term, achievement and behaviour points
    delay: str

    @classmethod
    def of(cls, page: ChildPoints) -> "PointsView":
        """The words for a page."""
        return cls(
            frame(page, PLACE),
            first_day_words(page),
            tuple((_(HEADINGS[kind]), _kind(page, kind)) for kind in PointKind),
            _by_term(page),
            delay(page.settings.points_delay_minutes),
        )


def given(point: Point, page: AboutChild) -> Given:
    """One point in words."""
    place, day = where(point), point.at.astimezone(page.at.zone).date()
    return Given(
        short(day) if day >= page.calendar.year_begins(page.at.day) else in_words(day),
        point.category,
        place[0].upper() + place[1:],
        giver(point, child=page.child.forename, settings=page.settings) if page.settings.show_staff_names else "",
        amount(point),
        point.meaning,
        f"/parent/{page.child.id}/{PLACE}/{point.id}",
    )


def total(kind: PointKind, times: int, points: int, since: str) -> str:
    """How many of a kind."""
    if not times:
        return _(NONE_YET[kind]) if since == _("this school year") else _(NONE_SINCE[kind]).format(since=since)
    often = ngettext("{times} time", "{times} times", times).format(times=times)
    often = _("once") if times == 1 else _("twice") if times == 2 else often
    if kind is PointKind.ACHIEVEMENT:
        words = ngettext(
            "{points} achievement point {since}, given {often}.",
            "{points} achievement points {since}, given {often}.",
            points,
        )
    else:
        words = ngettext(
            "{points} behaviour point {since}, given {often}.",
            "{points} behaviour points {since}, given {often}.",
            points,
        )
    return words.format(points=points, since=since, often=often)


def delay(minutes: int) -> str:
    """CONTACT-2: how soon a point appears."""
    if not minutes:
        return ""
    return ngettext(
        "A point appears here {minutes} minute after it is entered.", "A point appears here {minutes} minutes after it is entered.",
        minutes,
    ).format(minutes=minutes)  # fmt: skip


def _kind(page: ChildPoints, kind: PointKind) -> Points:
    mine = [point for point in page.points if point.kind is kind]
    words = total(kind, len(mine), sum(point.amount for point in mine), first_day_words(page))
    return Points(words, tuple(given(point, page) for point in mine), False, _by_category(mine))


def _by_category(points: Iterable[Point]) -> tuple[tuple[str, str, int, int], ...]:
    """Each category with its meaning, the most frequent first."""
    times: Counter[str] = Counter()
    amounts: Counter[str] = Counter()
    meanings: dict[str, str] = {}
    for point in points:
        times[point.category] += 1
        amounts[point.category] += point.amount
        meanings[point.category] = point.meaning
    ordered = sorted(times, key=lambda name: (-times[name], name))
    return tuple((name, meanings[name], times[name], amounts[name]) for name in ordered)


def _by_term(page: ChildPoints) -> tuple[tuple[str, int, int], ...]:
    """Points by half-term since the first day shown, the latest half-term first; a row for days in none, if there are any."""
    first, today = page.settings.points_shown_from(page.at.day), page.at.day
    sums: Counter[tuple[date | None, PointKind]] = Counter()
    for point in page.points:
        day = point.at.astimezone(page.at.zone).date()
        term = next((term.begins for term in page.calendar.terms if term.begins <= day <= term.ends), None)
        sums[term, point.kind] += point.amount
    rows: list[tuple[str, date | None]] = [
        (term.name, term.begins) for term in reversed(page.calendar.terms) if term.ends >= first and term.begins <= today
    ]  # fmt: skip
    if any(term is None for term, _kind in sums):
        rows.append((_("Outside term dates"), None))
    return tuple((name, sums[term, PointKind.ACHIEVEMENT], sums[term, PointKind.BEHAVIOUR]) for name, term in rows)

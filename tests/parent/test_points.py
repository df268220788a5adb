"""Points, talking about them, and lesson marks: the views by case."""

from dataclasses import replace
from datetime import date, time
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from dashboards.parent.lessons import LessonsView
from dashboards.parent.points import PointsView
from dashboards.parent.talk import TalkView, mailto
from portal_core.demo.year import school_year
from portal_core.domain.clauses import Clause
from portal_core.domain.periods import period, year_of
from portal_core.domain.records import LessonMark, Point, PointKind, StaffContact
from portal_core.domain.school import Moment, SchoolSettings
from portal_core.policy.access import Decision
from portal_core.services.child_views import ChildLessons, ChildPoints
from portal_core.services.reading import Child
from tests.families import ZONE, instant

TODAY, AUTUMN = date(2026, 3, 12), date(2025, 11, 10)
CALENDAR = school_year(TODAY)
SETTINGS = SchoolSettings(name="Millbrook", email="office@millbrook.example", telephone="01632 960 100")
TEACHER = StaffContact("Mme Duval", "french@millbrook.example")
AMELIA = Child(1, "Amelia", "Ashworth", "9A")
GOOD = Point(
    1, instant(TODAY, time(9)), PointKind.ACHIEVEMENT, 2, "Super effort", "Trying hard.", True, "French", TEACHER
)
OTHER = Point(
    2, instant(AUTUMN, time(11)), PointKind.BEHAVIOUR, 1, "Corridor", "Being loud.", False, None, TEACHER, "the hall"
)


def head(kind, settings=SETTINGS, day=TODAY, **fields):
    at = Moment(instant(day, time(15)), ZONE)
    return kind(at, settings, Decision(()), AMELIA, calendar=CALENDAR, data_as_of=at.instant, **fields)


def points(*given, settings=SETTINGS):
    return PointsView.of(head(ChildPoints, settings, points=list(given)))


@pytest.mark.clause(Clause.CONTACT_4)
def test_achievements_come_first_and_each_kind_is_counted_by_itself():
    """By category with what it covers, the most frequent first; the two are never set off."""
    told = points(GOOD, replace(GOOD, id=3, category="Kindness", meaning=""), replace(GOOD, id=4), OTHER)
    assert [heading for heading, _ in told.kinds] == ["Achievements", "Behaviour"]
    (_, good), (_, other) = told.kinds
    assert good.total == "6 achievement points this school year, given 3 times."
    assert good.by_category == (("Super effort", "Trying hard.", 2, 4), ("Kindness", "", 1, 2))
    assert (other.total, other.by_category[0][0]) == ("1 behaviour point this school year, given once.", "Corridor")


def test_half_terms_are_counted_the_latest_first():
    """A row for each that has begun, and one for points outside them, if there are any."""
    holiday = replace(OTHER, id=5, at=instant(date(2025, 10, 28), time(10)))
    told = points(GOOD, OTHER, holiday)
    assert told.by_term == (
        ("Spring, second half", 2, 0), ("Spring, first half", 0, 0), ("Autumn, second half", 0, 1),
        ("Autumn, first half", 0, 0), ("Outside term dates", 0, 1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("since", "title", "terms"),
    [
        (None, "this school year", 4),
        (date(2026, 1, 5), "since Monday 5 January 2026", 2),
        (date(2024, 9, 2), "since Monday 2 September 2024", 4),
    ],
)
def test_it_is_said_from_when_points_are_shown(since, title, terms):
    """The day is a setting; none is the start of the school year."""
    told = points(GOOD, settings=replace(SETTINGS, points_from=since))
    assert (told.since, len(told.by_term)) == (title, terms)
    assert f"points {title}, given once" in told.kinds[0][1].total


def test_a_point_of_an_earlier_year_bears_its_year():
    """Else last March would look like this one."""
    [good, _] = [kind for _, kind in points(replace(GOOD, at=instant(date(2025, 3, 12), time(9)))).kinds]
    assert good.latest[0].day == "Wednesday 12 March 2025"


@pytest.mark.clause(Clause.CONTACT_5)
@pytest.mark.parametrize(("named", "by"), [(False, ""), (True, "Mme Duval")])
def test_who_gave_it_is_named_only_where_the_school_shows_names(named, by):
    told = points(GOOD, OTHER, settings=replace(SETTINGS, show_staff_names=named))
    assert {one.by for _, kind in told.kinds for one in kind.latest} == {by}
    assert named == ("Duval" in repr(told))


def talk(point=GOOD, talked=True, settings=SETTINGS, day=TODAY, asked=None):
    page = head(ChildPoints, settings, day, points=[point])
    return TalkView.of(page, asked or point.id, talked=talked)


@pytest.mark.clause(Clause.CONTACT_3, Clause.CONTACT_5)
def test_a_prepared_letter_goes_through_the_school_and_says_no_more_than_needed():
    """Percent-encoded, with the line ends of mail; neither name, category nor kind is in it."""
    told = talk()
    address = urlsplit(told.mail)
    asked = parse_qs(address.query, strict_parsing=True)
    assert (address.scheme, unquote(address.path)) == ("mailto", "office@millbrook.example")
    assert asked == {"subject": [told.subject], "body": [told.body.replace("\n", "\r\n")]}
    assert told.mail.isascii()
    assert not any(word in unquote(told.mail) for word in ("Duval", "Ashworth", "effort", "achievement", "french@"))


def test_what_an_address_would_read_as_its_own_is_encoded():
    """Whatever stands in a school's address, a subject or a name."""
    told = mailto("a?b&c@x.example", "100 % of & to ?", "Zoë\n+1 #2")
    assert told == "mailto:a%3Fb%26c@x.example?subject=100%20%25%20of%20%26%20to%20%3F&body=Zo%C3%AB%0D%0A%2B1%20%232"


@pytest.mark.clause(Clause.CONTACT_6)
def test_a_closed_school_and_an_empty_charge_are_no_dead_ends():
    """On a Saturday, outside a lesson, without a Learning Manager: whom to ask, why, and when it opens."""
    told = talk(OTHER, day=date(2026, 3, 14))
    assert told.contact.who == "the school office"
    assert "There is no Learning Manager for this form" in told.words
    assert "opens again on Monday 16 March 2026" in told.closed
    assert told.hours == "8.00 to 16.00 on school days"


def test_a_point_that_is_not_shown_is_no_view():
    assert talk(asked=99) is None


def lessons(*given, address="2026-W11"):
    page = head(ChildLessons, year=year_of(TODAY), shown=period(address, CALENDAR, TODAY), lessons=list(given))
    return LessonsView.of(page)


WEDNESDAY = date(2026, 3, 11)


@pytest.mark.parametrize(
    ("code", "minutes", "word", "words"),
    [
        ("/", None, "Present", ""),
        ("L", 9, "Late", "9 minutes"),
        ("L", None, "Late", ""),
        ("U", 35, "Late", "35 minutes"),
        ("N", None, "Not in the lesson", ""),
        ("I", None, "Not in the lesson", "Ill"),
        ("V", None, "Present, learning elsewhere", "Educational visit or trip"),
        ("*", None, "No mark", ""),
        ("Y1", None, "Not counted", "Could not attend: the usual transport did not run"),
    ],
)
def test_a_lesson_mark_is_told_without_the_words_of_the_register(code, minutes, word, words):
    """Neither authorised nor unauthorised, and nobody is asked for a reason."""
    [day] = lessons(LessonMark(WEDNESDAY, "P1", "French", code, minutes)).days
    assert day.name == "Wednesday 11 March"
    assert (day.lessons[0].sign.word, day.lessons[0].words) == (word, words)


def test_lessons_are_counted_by_subject_and_in_no_percentage():
    """Late is in the lesson; what means nothing is in no number."""
    given = [LessonMark(WEDNESDAY, f"P{n}", subject, code) for n, (subject, code) in enumerate(
        [("French", "/"), ("French", "L"), ("French", "N"), ("Art", "/"), ("Art", "*")])]  # fmt: skip
    told = lessons(*given)
    assert told.subjects == (("Art", 1, 0, 0), ("French", 2, 1, 1))
    assert "%" not in repr(told)


@pytest.mark.parametrize(
    ("address", "listed"), [("2026-W11", True), ("2026-03", True), ("", False), ("term-2026-03-02", False)]
)
def test_a_long_stretch_is_not_listed_lesson_by_lesson(address, listed):
    """It leads to its last week with lessons."""
    told = lessons(LessonMark(WEDNESDAY, "P1", "French", "/"), address=address)
    assert bool(told.days) == listed
    assert (told.week is None) == listed
    assert listed or told.week.address == "/parent/1/lessons?period=2026-W11"

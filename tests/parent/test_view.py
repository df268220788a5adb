"""The view by case: what the page's own words are, without a server or a store."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from dashboards.parent.register import WHY_CLOSED
from dashboards.parent.view import View
from portal_core.domain.clauses import Clause
from portal_core.domain.people import Days
from portal_core.domain.records import Earlier, Point, PointKind, SessionMark
from portal_core.domain.school import Calendar, DayKind, Half, Moment, SchoolSettings, Term
from portal_core.policy.access import Decision
from portal_core.policy.attendance import Attendance
from portal_core.services.reading import Child, ChildPage
from tests.families import ZONE, instant

THURSDAY, WEDNESDAY, FRIDAY = date(2026, 3, 12), date(2026, 3, 11), date(2026, 3, 13)
MONDAY_AFTER = date(2026, 3, 16)
SETTINGS = SchoolSettings(name="Millbrook", email="office@millbrook.example", telephone="01632 960 100")
CALENDAR = Calendar((Term("Spring", date(2026, 2, 23), date(2026, 3, 27)),), {})
AMELIA, NOAH = Child(1, "Amelia", "Ashworth", "9A"), Child(2, "Noah", "Ashworth", "7C")


def page(clock="11:00", day=THURSDAY, settings=SETTINGS, **fields):
    """A page at a time of the school's day, with what is given and little else."""
    at = Moment(instant(day, time.fromisoformat(clock)), ZONE)
    given = {
        "calendar": CALENDAR,
        "data_as_of": instant(THURSDAY, time(9, 40)),
        "on_roll": (Days(date(2025, 9, 1)),),
        **fields,
    }
    return ChildPage(at, settings, Decision(()), AMELIA, **given)


def mark(code, day=THURSDAY, half=Half.AM, minutes=None, earlier=()):
    """Marks of one session, as ChildPage has them; `earlier` are codes and minutes, each corrected an hour after the last."""
    before = tuple(Earlier(*said, instant(day, time(10 + n))) for n, said in enumerate(earlier))
    return {(day, half): SessionMark(day, half, code, minutes, instant(day, time(9, 40)), before)}


def received(*sessions):
    """Registers that came at 9:40 or 14:10."""
    return {(day, half): instant(day, time(9, 40) if half is Half.AM else time(14, 10)) for day, half in sessions}


MARKS = [
    ("/", None, "Present", "good", ""),
    ("L", 7, "Late", "caution", "7 minutes, before the register closed"),
    ("L", 1, "Late", "caution", "1 minute, before the register closed"),
    ("V", None, "Present, learning elsewhere", "good", "Educational visit or trip"),
    ("M", None, "Absent, authorised", "settled", "Medical or dental appointment"),
    ("G", None, "Absent, unauthorised", "bad", "Holiday the school had not agreed to"),
    ("U", 45, "Absent, unauthorised", "bad", "Arrived after the register had closed, 45 minutes late"),
    ("Y4", None, "Not counted", "plain", "Could not attend: the school was unexpectedly closed"),
]


@pytest.mark.parametrize(("code", "minutes", "word", "shape", "words"), MARKS, ids=[row[0] for row in MARKS])
def test_a_mark_has_a_word_a_shape_and_its_meaning(code, minutes, word, shape, words):
    """Never a colour alone."""
    half = View.of(page(marks=mark(code, minutes=minutes))).today[0]
    assert (half.sign.word, half.sign.shape, half.words) == (word, shape, words)
    assert (half.advice, half.contact) == ("", None)


@pytest.mark.clause(Clause.CONTACT_2)
@pytest.mark.parametrize(
    ("code", "minutes", "earlier", "words"),
    [
        pytest.param("I", None, [("/", None)], "Corrected at 10:00 today; until then “Present in the morning”.", id="another code"),
        pytest.param("L", 4, [("L", 14)], "Corrected at 10:00 today; until then “Late, before the register closed, 14 minutes”.",
                     id="other minutes"),
        pytest.param("I", None, [("/", None), ("N", None)],
                     "Corrected at 11:00 today; until then “Reason not yet established”, and at 10:00 today; until then"
                     " “Present in the morning”.", id="twice, the last first"),
        pytest.param("I", None, [("-", None)], "", id="a first entry after nothing"),
        pytest.param("I", None, [("I", None)], "", id="the same again"),
        pytest.param("I", None, [], "", id="as it was entered"),
    ],
)  # fmt: skip
def test_a_corrected_mark_says_what_it_was_and_when_it_changed(code, minutes, earlier, words):
    """A first entry after nothing is no correction."""
    half = View.of(page("15:00", marks=mark(code, minutes=minutes, earlier=earlier))).today[0]
    assert half.corrected == words
    assert "orrected" not in half.words


MISSING = [
    ("10:29", [(THURSDAY, Half.AM)], "Not taken yet", False, "Not registered yet; please look again after 10:30."),
    ("10:30", [(THURSDAY, Half.AM)], "No mark", True, "The register came without a mark for this session."),
    ("10:30", [], "Not taken yet", False, "The register for this session has not reached this page."),
]


@pytest.mark.clause(Clause.CONTACT_1)
@pytest.mark.parametrize("marks", [{}, mark("-")], ids=["nothing", "the school's own sign for nothing"])
@pytest.mark.parametrize(("clock", "came", "word", "offered", "words"), MISSING)
def test_a_missing_mark_offers_contact_only_when_the_policy_does(clock, came, word, offered, words, marks):
    """Not before half past ten, nor while no register has come."""
    half = View.of(page(clock, received=received(*came), marks=marks)).today[0]
    assert (half.sign.word, half.contact is not None) == (word, offered)
    assert half.advice.startswith(words)


@pytest.mark.clause(Clause.CONTACT_1)
def test_a_missing_afternoon_opens_on_the_next_school_day():
    """And says so on the day itself, and over the weekend."""
    came = received((FRIDAY, Half.AM), (FRIDAY, Half.PM))
    on_the_day = View.of(page("15:00", FRIDAY, received=came, marks=mark("/", FRIDAY))).today[1]
    assert on_the_day.advice == "Not registered yet; please look again after 10:30 on Monday 16 March 2026."
    later = View.of(page("10:30", MONDAY_AFTER, received=came, marks=mark("/", FRIDAY))).before[0].halves[1]
    assert "01632 960 100" in later.contact.ways


@pytest.mark.clause(Clause.CONTACT_2)
def test_an_unexplained_absence_says_what_happens_next_and_once_a_day():
    """The same advice for both sessions is said once, without a session's name before it."""
    both = mark("N", WEDNESDAY) | mark("N", WEDNESDAY, Half.PM)
    day = View.of(page(marks=both)).week[2]
    [(lead, half)] = day.advised
    assert (lead, half.contact.who) == ("", "the school office")
    assert half.advice.startswith(
        "Reason not yet established. The school will record the reason by Wednesday 18 March 2026."
    )
    day = View.of(page(marks=mark("N", WEDNESDAY) | mark("/", WEDNESDAY, Half.PM))).week[2]
    assert [lead for lead, _ in day.advised] == ["Morning: "]


NO_SCHOOL = [
    (date(2026, 3, 14), {}, "No school today: it is Saturday. School is next on Monday 16 March 2026."),
    (THURSDAY, {THURSDAY: DayKind.INSET}, "No school today: it is a training day for staff (INSET). School is next on Friday 13 March 2026."),
    (THURSDAY, {THURSDAY: DayKind.CLOSURE}, "No school today: the school is closed. School is next on Friday 13 March 2026."),
    (date(2026, 2, 17), {date(2026, 2, 17): DayKind.HOLIDAY}, "No school today: it is a holiday. School is next on Monday 23 February 2026."),
    (THURSDAY, {THURSDAY: DayKind.BANK_HOLIDAY}, "No school today: it is a bank holiday. School is next on Friday 13 March 2026."),
    (date(2026, 4, 1), {}, "No school today: it is a holiday."),
]  # fmt: skip


@pytest.mark.parametrize(("day", "closed", "words"), NO_SCHOOL, ids=[words for _, _, words in NO_SCHOOL])
def test_a_day_without_school_says_why_and_when_there_is(day, closed, words):
    """No marks are missed then."""
    view = View.of(page(day=day, calendar=Calendar(CALENDAR.terms, closed)))
    assert (view.no_school, view.today) == (words, ())


def test_before_the_first_mark_there_are_no_days_to_list():
    """Nothing is missing from before the records begin: a child whose marks begin on Friday missed nothing on Thursday."""
    assert View.of(page(day=MONDAY_AFTER)).before == ()
    days = View.of(page(day=MONDAY_AFTER, marks=mark("/", FRIDAY))).before
    assert [day.name for day in days] == ["Friday 13 March"]


def test_the_week_before_is_offered_only_where_there_is_something_of_it():
    assert View.of(page(marks=mark("/"))).last_week == ""
    before = mark("/") | mark("/", day=date(2026, 3, 6))
    assert View.of(page(marks=before)).last_week == "/parent/1/attendance?period=2026-W10"


def test_this_week_has_its_five_days_whatever_they_are():
    """Those gone with their marks, those to come, those without school with why; and the days before, to five in all."""
    calendar = Calendar(CALENDAR.terms, {date(2026, 3, 10): DayKind.INSET})
    marks = {key: one for n in range(1, 10) for key, one in mark("/", THURSDAY - timedelta(n)).items()}
    marks = {key: one for key, one in marks.items() if calendar.is_school_day(key[0])}
    view = View.of(page(calendar=calendar, marks=marks))
    assert [day.name for day in view.week] == [
        "Monday 9 March", "Tuesday 10 March", "Wednesday 11 March", "Thursday 12 March", "Friday 13 March",
    ]  # fmt: skip
    assert [day.off for day in view.week] == [
        "", "No school: it is a training day for staff (INSET).", "", "", "Still to come.",
    ]  # fmt: skip
    assert [day.name for day in view.before] == ["Friday 6 March", "Thursday 5 March", "Wednesday 4 March"]
    assert view.last_week == "/parent/1/attendance?period=2026-W10"


def test_a_week_without_school_is_said_in_one_line():
    """And not five times that it is a holiday."""
    assert View.of(page(day=date(2026, 4, 1))).week == ()


@pytest.mark.clause(Clause.CONTACT_1)
def test_a_day_before_the_child_joined_is_no_missing_register():
    """Whoever joins on Wednesday has not missed Monday."""
    week = View.of(page(on_roll=(Days(WEDNESDAY),), marks=mark("/", WEDNESDAY))).week
    assert [day.off for day in week[:2]] == ["Not on roll here on this day."] * 2
    assert week[2].halves


def test_every_kind_of_closed_day_has_its_words():
    assert set(WHY_CLOSED) == set(DayKind)


def test_on_the_first_day_of_the_year_nothing_counts_yet_and_nothing_is_missing():
    """Before half past ten of the first school day: no percentage, no day before, a mark that is still to come."""
    first = CALENDAR.terms[0].begins
    view = View.of(page("09:00", first, data_as_of=instant(first, time(8))))
    assert view.tiles[0] == ("attendance", "–", "attendance")
    assert (view.figures, view.standing, view.before, view.frame.old) == ((), "", (), "")
    assert [half.advice for half in view.today] == [
        "Not registered yet; please look again after 10:30.", "The afternoon begins at 13:30."
    ]  # fmt: skip
    assert not any(half.contact for half in view.today)


@pytest.mark.parametrize(
    ("counted", "tile", "figures", "words"),
    [
        (Attendance(), "–", [], "No half-day has been registered for Amelia since 1 September 2025."),
        (Attendance(222, 5, 2, 2), "96.9%", ["96.9%", "222", "5", "2", "2"],
         "Present for 222 of 229 half-days since 1 September 2025."),
        (Attendance(0, 2, 0), "0.0%", ["0.0%", "0", "2", "0", "0"],
         "Present for 0 of 2 half-days since 1 September 2025."),
    ],
)  # fmt: skip
def test_attendance_is_a_percentage_its_counts_and_out_of_how_many(counted, tile, figures, words):
    """Without any session there is no percentage, not even nought."""
    view = View.of(page(attendance=counted))
    assert view.tiles[0] == ("attendance", tile, "attendance")
    assert view.counted == words
    assert [one.number for one in view.figures] == figures
    assert all(one.how for one in view.figures)


def test_half_days_that_are_in_no_figure_are_told():
    """They are not hidden."""
    assert View.of(page(attendance=Attendance(10, unknown=1))).counted.endswith(
        " 1 half-day without a mark that counts: in no figure either."
    )
    assert (
        "2 half-days in no figure: nobody could attend" in View.of(page(attendance=Attendance(not_counted=2))).counted
    )


def point(kind, *, amount=1, in_lesson=True, **fields):
    """A point given at 10:20 on Wednesday."""
    given = {"category": "Super effort", "meaning": "Trying hard.", **fields}
    return Point(1, instant(WEDNESDAY, time(10, 20)), kind, amount, in_lesson=in_lesson, **given)


@pytest.mark.clause(Clause.CONTACT_3, Clause.CONTACT_4)
@pytest.mark.parametrize(
    ("given", "where"),
    [
        pytest.param(point(PointKind.BEHAVIOUR, subject="French"), "French", id="in a lesson"),
        pytest.param(point(PointKind.BEHAVIOUR, in_lesson=False, place="the hall"), "The hall", id="outside"),
        pytest.param(point(PointKind.ACHIEVEMENT, in_lesson=False), "Outside lessons", id="somewhere"),
    ],
)
def test_a_point_says_what_it_is_for_and_leads_to_talking_about_it(given, where):
    """Nobody's address stands beside it: the way to the right person begins with the child."""
    view = View.of(page(points=[given], totals={given.kind: (1, 1)}))
    [told] = (view.achievement if given.kind is PointKind.ACHIEVEMENT else view.behaviour).latest
    assert (told.where, told.day, told.meaning) == (where, "Wednesday 11 March", "Trying hard.")
    assert (told.talk, told.by) == ("/parent/1/points/1", "")


@pytest.mark.parametrize(
    ("totals", "words", "more"),
    [
        ({}, "No achievement points so far this school year.", False),
        ({PointKind.ACHIEVEMENT: (1, 1)}, "1 achievement point this school year, given once.", False),
        ({PointKind.ACHIEVEMENT: (2, 5)}, "5 achievement points this school year, given twice.", True),
        ({PointKind.ACHIEVEMENT: (7, 12)}, "12 achievement points this school year, given 7 times.", True),
    ],
)
def test_totals_count_the_whole_year_beyond_the_latest(totals, words, more):
    """And say when there are more than are listed."""
    given = [point(PointKind.ACHIEVEMENT)] if totals else []
    achievement = View.of(page(points=given, totals=totals)).achievement
    assert (achievement.total, achievement.more) == (words, more)


def test_the_year_so_far_is_three_figures_achievements_before_behaviour():
    view = View.of(page(attendance=Attendance(9, 1), totals={PointKind.BEHAVIOUR: (1, 1)}))
    assert view.tiles == (
        ("attendance", "90.0%", "attendance"),
        ("achievements", "0", "achievement points"),
        ("behaviour", "1", "behaviour point"),
    )


@pytest.mark.clause(Clause.CONTACT_2)
@pytest.mark.parametrize(
    ("day", "old"),
    [
        (THURSDAY, ""),
        (FRIDAY, ""),
        (MONDAY_AFTER, ""),
        (date(2026, 3, 17), "3 school days old"),
        (date(2026, 3, 18), "4 school days old"),
    ],
)
def test_old_data_says_its_age_in_school_days(day, old):
    """Weekends do not age it; it refuses nobody."""
    view = View.of(page(day=day))
    assert old in view.frame.old
    assert bool(view.frame.old) == bool(old)
    assert view.frame.as_of.startswith("As of 09:40")


def test_a_school_that_has_sent_nothing_yet_says_so():
    """In place of an age."""
    view = View.of(page(data_as_of=None))
    assert (view.frame.as_of, view.frame.old[:17]) == ("No data has come yet", "No data has come ")


@pytest.mark.parametrize(
    ("day", "words"), [(date(2026, 3, 27), "As of 08:40 today"), (date(2026, 3, 30), "As of 09:40 today")]
)
def test_the_clock_is_the_schools_across_the_change_of_hours(day, words):
    """Data of 8:40 UTC, on the Friday before the change and on the Monday after it."""
    came = datetime.combine(day, time(8, 40), UTC)
    assert View.of(page("11:00", day, data_as_of=came)).frame.as_of == words


@pytest.mark.parametrize(
    ("children", "shown"), [((AMELIA,), ()), ((AMELIA, NOAH), (("Amelia", True), ("Noah", False)))]
)
def test_the_switcher_is_for_more_than_one_child(children, shown):
    """A parent of one sees none."""
    assert tuple((one.name, one.here) for one in View.of(page(children=children)).frame.children) == shown

"""The attendance view by case: what it says of a stretch of the year, without a server or a store."""

from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from dashboards.components.signs import LEGEND
from dashboards.parent.attendance import MOST_OPEN, AttendanceView
from dashboards.parent.figures import EARLY, figures, standing
from portal_core.demo.year import school_year
from portal_core.domain.clauses import Clause
from portal_core.domain.people import Days
from portal_core.domain.periods import period, year_of
from portal_core.domain.records import Earlier, SessionMark
from portal_core.domain.school import Half, Moment, SchoolSettings
from portal_core.policy.access import Decision
from portal_core.policy.attendance import Attendance
from portal_core.services.child_views import ChildAttendance
from portal_core.services.reading import Child
from tests.families import ZONE, instant

TODAY = date(2026, 3, 12)
CALENDAR = school_year(TODAY)
SETTINGS = SchoolSettings(name="Millbrook", email="office@millbrook.example", telephone="01632 960 100")
PRESENT = {Half.AM: "/", Half.PM: "\\"}
STYLES = Path(__file__).parents[2] / "dashboards" / "pages" / "static" / "parent.css"


def marked(*given, corrected=()):
    """Present all year up to this noon, but for (day, half, code, minutes); `corrected` are (day, half, code before)."""
    before = {
        (day, half): (Earlier(code, None, instant(day + timedelta(1), time(10))),) for day, half, code in corrected
    }
    codes = {
        (day, half): (PRESENT[half], None)
        for day in CALENDAR.school_days(date(2025, 9, 1), TODAY)
        for half in Half
        if (day, half) != (TODAY, Half.PM)
    }
    codes |= {(day, half): (code, minutes) for day, half, code, minutes in given}
    return {
        key: SessionMark(*key, code, minutes, instant(key[0], time(14)), before.get(key, ()))
        for key, (code, minutes) in sorted(codes.items())
        if code
    }


def page(address="", marks=None, clock="15:00", received=None, **fields):
    """A page of that stretch; registers have come for every session that has begun."""
    marks = marked() if marks is None else marks
    came = {
        (day, half): instant(day, time(14)) for day in CALENDAR.school_days(date(2025, 9, 1), TODAY) for half in Half
    }
    return ChildAttendance(
        Moment(instant(TODAY, time.fromisoformat(clock)), ZONE), fields.pop("settings", SETTINGS), Decision(()),
        Child(1, "Amelia", "Ashworth", "9A"), on_roll=(Days(date(2025, 9, 1)),), calendar=CALENDAR, marks=marks,
        received=came if received is None else received, year=year_of(TODAY), shown=period(address, CALENDAR, TODAY),
        data_as_of=instant(TODAY, time(14)), **fields,
    )  # fmt: skip


def view(address="", marks=None, **fields):
    return AttendanceView.of(page(address, marks, **fields))


AM, PM = Half.AM, Half.PM
MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 9), date(2026, 3, 10), date(2026, 3, 11)


def test_each_absence_is_told_with_its_reason_newest_first_and_a_whole_day_once():
    """Authorised and unauthorised differ in word and shape; a day of two reasons has two lines, its morning first."""
    marks = marked((MONDAY, AM, "I", None), (MONDAY, PM, "I", None), (TUESDAY, AM, "M", None), (TUESDAY, PM, "G", None))
    told = [
        (one.day, one.when, one.half.sign.word, one.half.sign.shape, one.half.words)
        for one in view(marks=marks).absences
    ]
    assert told == [
        ("Tuesday 10 March", "Morning", "Absent, authorised", "settled", "Medical or dental appointment"),
        ("Tuesday 10 March", "Afternoon", "Absent, unauthorised", "bad", "Holiday the school had not agreed to"),
        ("Monday 9 March", "All day", "Absent, authorised", "settled", "Ill"),
    ]


def test_every_list_has_the_newest_day_first_and_its_morning_before_its_afternoon():
    """Absences, lateness, corrections and what is missing alike."""
    both = (("Tuesday 10 March", "Morning"), ("Tuesday 10 March", "Afternoon"))
    lists = {
        "absences": view(marks=marked((TUESDAY, AM, "M", None), (TUESDAY, PM, "G", None), (MONDAY, PM, "I", None))),
        "lates": view(marks=marked((TUESDAY, AM, "L", 4), (TUESDAY, PM, "L", 3), (MONDAY, PM, "L", 9))),
        "missing": view(marks=marked((TUESDAY, AM, "", None), (TUESDAY, PM, "", None), (MONDAY, PM, "", None))),
        "corrected": view(marks=marked(corrected=[(TUESDAY, AM, "O"), (TUESDAY, PM, "O"), (MONDAY, PM, "O")])),
    }
    for name, told in lists.items():
        found = [(one.day, one.when) for one in getattr(told, name)]
        assert found == [*both, ("Monday 9 March", "Afternoon")], name


@pytest.mark.clause(Clause.CONTACT_2)
def test_an_absence_whose_reason_is_awaited_says_what_happens_next():
    """With whom to tell, once that is open."""
    [one] = view(marks=marked((TUESDAY, AM, "N", None))).absences
    assert one.half.sign.word == "Absent, reason awaited"
    assert one.half.advice.startswith(
        "Reason not yet established. The school will record the reason by Tuesday 17 March"
    )
    assert one.half.contact.who == "the school office"


def test_lateness_has_its_minutes_and_what_it_counts_as():
    """Before the register closed and after, and when nobody wrote down how late."""
    marks = marked((MONDAY, AM, "L", 7), (TUESDAY, AM, "U", 41), (WEDNESDAY, PM, "L", None))
    told = view(marks=marks)
    assert [(one.day, one.when, one.minutes, one.counts) for one in told.lates] == [
        ("Wednesday 11 March", "Afternoon", "minutes not recorded", "before the register closed: present"),
        ("Tuesday 10 March", "Morning", "41 minutes", "after the register had closed: absent"),
        ("Monday 9 March", "Morning", "7 minutes", "before the register closed: present"),
    ]
    assert told.late_in_all == "48 minutes in all. 1 time late has no minutes on record."
    assert (view().lates, view().late_in_all) == ((), "")


def test_a_correction_is_told_where_the_mark_stands():
    """An absence tells its own; what has become a presence has a section."""
    marks = marked((MONDAY, AM, "I", None), corrected=[(MONDAY, AM, "N"), (TUESDAY, PM, "O")])
    told = view(marks=marks)
    words = "Corrected at 10:00 on {}; until then “{}”."
    assert told.absences[0].half.corrected == words.format("Tuesday 10 March 2026", "Reason not yet established")
    assert [(one.day, one.when, one.half.sign.word) for one in told.corrected] == [
        ("Tuesday 10 March", "Afternoon", "Present")
    ]
    assert "Absent, without a reason" in told.corrected[0].half.corrected


@pytest.mark.clause(Clause.CONTACT_1)
@pytest.mark.parametrize(
    ("clock", "received", "listed"),
    [
        pytest.param("10:29", None, [], id="not before half past ten"),
        pytest.param("10:30", None, ["Thursday 12 March"], id="from half past ten"),
        pytest.param("10:30", {}, [], id="not while no register has come"),
    ],
)
def test_a_missing_mark_of_today_is_listed_once_one_may_ask_about_it(clock, received, listed):
    """Until then it is only not taken yet, which the first page says; it is no absence at any time."""
    marks = {key: mark for key, mark in marked().items() if key[0] != TODAY}
    came = {(TODAY, AM): instant(TODAY, time(9, 40))} if received is None else received
    told = view(marks=marks, clock=clock, received=came)
    assert [one.day for one in told.missing] == listed
    assert told.absences == ()
    assert all(one.half.contact for one in told.missing)


def test_a_missing_afternoon_of_another_day_is_listed_and_is_no_absence():
    """With its advice; a school whose files have stopped does not fill the page."""
    marks = marked((TUESDAY, PM, "", None))
    [one] = view(marks=marks).missing
    assert (one.day, one.when, one.half.sign.word) == ("Tuesday 10 March", "Afternoon", "No mark")
    none = {key: mark for key, mark in marked().items() if key[0] < date(2026, 2, 1)}
    told = view(marks=none, received={})
    assert (len(told.missing), told.more_missing > 20) == (MOST_OPEN, True)
    assert not any(one.half.contact for one in told.missing)


def test_nothing_is_missing_from_before_the_records_begin():
    """A school that begins with the portal in March has lost no registers of the autumn."""
    marks = {key: mark for key, mark in marked().items() if key[0] >= MONDAY}
    assert view(marks=marks).missing == ()


@pytest.mark.parametrize(
    ("address", "days", "whole"),
    [("", 0, True), ("2026-03", 9, False), ("2026-W11", 4, False), ("term-2026-02-23", 0, False)],
)
def test_a_short_stretch_is_told_day_by_day_and_a_year_by_its_parts(address, days, whole):
    """Half-terms are compared for the year alone, weekdays for all but a week."""
    told = view(address)
    assert (len(told.days), bool(told.by_term), bool(told.by_weekday)) == (days, whole, address != "2026-W11")
    assert told.standing.startswith("Amelia has missed 0 of 229 half-days")  # of the year, whatever the stretch
    assert [one.here for one in told.choices].count(True) == (0 if address == "2026-W11" else 1)


def test_a_part_time_timetable_is_told_as_such():
    """Its half-days count as authorised absence by law, and the sentence about the year says how many there are."""
    marks = marked((MONDAY, PM, "C2", None), (WEDNESDAY, PM, "C2", None))
    told = view(marks=marks)
    assert {one.half.words for one in told.absences} == {"Not due in school, by an agreed part-time timetable"}
    assert "(2 of them by the agreed part-time timetable)" in told.standing
    assert told.missing == ()


@pytest.mark.parametrize(
    ("counted", "words"),
    [
        pytest.param(Attendance(), "", id="nothing yet"),
        pytest.param(Attendance(EARLY - 2, 1), "so early in the year a single day weighs much", id="early"),
        pytest.param(
            Attendance(222, 5, 2),
            "has missed 7 of 229 half-days, 3.1%: below 10%, which would be 23 of 229",
            id="below",
        ),
        pytest.param(
            Attendance(208, 23), "10.0%: just below 10%, which would be 24 of 231", id="a tenth only when rounded"
        ),
        pytest.param(Attendance(207, 23), "10.0%: that is at or above 10%", id="a tenth"),
        pytest.param(Attendance(100, 100), "50.0%: that is at or above 10%", id="half"),
    ],
)
def test_where_the_child_stands_is_one_calm_sentence(counted, words):
    """Compared in whole numbers, not in what they round to."""
    said = standing(counted, 10, "Amelia")
    assert words in said
    assert said.count(".") == said.count(".0%") + said.count("3.1%") + bool(said)
    assert "persistent" not in said


def test_a_school_may_set_another_share():
    """It is a setting."""
    assert (
        "below 8%, which would be 19 of 229" in view(settings=replace(SETTINGS, persistent_absence_percent=8)).standing
    )
    assert "below 12%, which would be 28 of 229" in standing(Attendance(205, 24), 12, "Amelia")


def test_each_figure_says_how_it_is_worked_out():
    """By its exact counts."""
    told = figures(Attendance(222, 5, 2, 3, elsewhere=4))
    assert [(one.what, one.number) for one in told] == [
        ("attendance", "96.9%"), ("half-days present", "222"), ("authorised absences", "5"),
        ("unauthorised absences", "2"), ("times late", "3"),
    ]  # fmt: skip
    assert told[0].how == (
        "222 half-days present, divided by 229 possible, times 100. Possible are 222 present, 5 authorised and 2 unauthorised."
    )
    assert "4 of them learning elsewhere" in told[1].how
    assert all(one.how.endswith(".") for one in told)


@pytest.mark.clause(Clause.CONTACT_2)
@pytest.mark.parametrize(
    ("unauthorised", "awaited", "note"),
    [
        (3, 0, ""), (3, 1, "1 of them still awaiting its reason"), (3, 2, "2 of them still awaiting their reasons"),
        (1, 1, "its reason still awaited"), (2, 2, "their reasons still awaited"),
    ],
)  # fmt: skip
def test_unauthorised_absences_say_how_many_only_await_their_reason(unauthorised, awaited, note):
    """The count stays as the law has it; the note stands beside it wherever it is given."""
    told = figures(Attendance(222, 5, unauthorised, awaited=awaited))
    assert (told[3].number, told[3].note) == (str(unauthorised), note)
    assert told[3].words == ", ".join(filter(None, (str(unauthorised), note)))
    assert f"and {', '.join(filter(None, (f'{unauthorised} unauthorised', note)))}." in told[0].how


def test_the_parts_of_the_year_say_it_too():
    """In the row of the half-term and of the weekday."""
    told = view(marks=marked((TUESDAY, AM, "N", None), (TUESDAY, PM, "G", None)))
    words = "2, 1 of them still awaiting its reason"
    assert [row.unauthorised for row in told.by_weekday] == ["0", words, "0", "0", "0"]
    assert told.by_term[-1].unauthorised == words


def test_no_two_signs_have_the_same_letter_or_none():
    """In the calendar as page and as plot, in both legends and on paper: colour alone tells nothing."""
    assert len({one.letter for one in LEGEND} - {""}) == len(LEGEND)


def test_the_calendar_has_a_row_a_week_and_a_cell_a_session_in_letters_and_words():
    """Its legend names the signs that occur, and no others."""
    told = view("2026-03", marked((MONDAY, AM, "I", None), (TUESDAY, PM, "U", 40)))
    rows = str(told.calendar.rows)
    assert rows.count("<tr>") == 2
    assert rows.count("<td") == 20
    assert rows.count(">no school<") == 2
    assert (
        '<td class="authorised"><span aria-hidden="true">A</span><span class="visually-hidden">Absent, authorised</span></td>'
        in rows
    )
    assert '<a href="/parent/1/attendance?period=2026-W11">9 Mar</a>' in rows
    assert [one.word for one in told.calendar.signs] == [
        "Present", "Absent, authorised", "Absent, unauthorised", "Not taken yet",
    ]  # fmt: skip


@pytest.mark.clause(Clause.CONTACT_1)
@pytest.mark.parametrize(
    ("clock", "came", "word"),
    [
        pytest.param("10:00", True, "Not taken yet", id="before the time"),
        pytest.param("11:00", False, "Not taken yet", id="no register has come"),
        pytest.param("11:00", True, "No mark", id="the school may be asked"),
    ],
)
def test_list_and_calendar_tell_a_missing_mark_alike(clock, came, word):
    told = view("2026-W11", marked((TODAY, AM, "", None)), clock=clock, received=None if came else {})
    assert told.days[-1].halves[AM].sign.word == word
    assert word in {one.word for one in told.calendar.signs}


@pytest.mark.parametrize("sign", [one for one in LEGEND if one.colour != "#ffffff"], ids=lambda one: one.name)
def test_page_and_plot_show_a_sign_in_one_colour(sign):
    """The page's is in its stylesheet, the plot's in the sign."""
    assert f"td.{sign.name} {{ background: {sign.colour}; }}" in STYLES.read_text()


def test_half_terms_and_weekdays_add_up_to_the_year():
    """No half-day is lost between them."""
    told = view(marks=marked((MONDAY, AM, "I", None), (TUESDAY, PM, "U", 40)))
    for rows in (told.by_term, told.by_weekday):
        assert sum(row.authorised for row in rows) == 1
        assert sum(int(row.unauthorised) for row in rows) == sum(row.late for row in rows) == 1
        assert sum(int(row.present.split()[0]) for row in rows) == int(told.figures[1].number)
    assert told.by_term[-1].link == "/parent/1/attendance?period=term-2026-02-23"


def test_a_stretch_without_anything_is_no_view():
    """The page for such an address is another."""
    assert view("2027-01") is None

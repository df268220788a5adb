"""The invented school: as large as promised, believable, the same again for the same seed, and nobody real."""

import csv
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal_core.demo.build import SCHOOL
from portal_core.demo.files import DemoSchool
from portal_core.demo.year import DAYS_IN, demo_day, last_import, school_year
from portal_core.domain.school import DayKind
from portal_core.importers import KINDS, read_folder
from portal_core.importers.upn import check_letter

ZONE = ZoneInfo("Europe/London")
NOW = datetime(2026, 3, 12, 10, 35, tzinfo=ZONE)
IN_SCHOOL = "/\\LV"


@pytest.fixture(scope="module")
def school():
    return DemoSchool(7, NOW.date())


@pytest.fixture(scope="module")
def folder(school, tmp_path_factory):
    return written(school, tmp_path_factory.mktemp("exports"), NOW)


@pytest.fixture(scope="module")
def marks(folder):
    return rows(folder, "session_marks.csv")


@pytest.fixture(scope="module")
def given(folder):
    return rows(folder, "points.csv")


def written(school, folder, now):
    school.write_people(folder)
    school.write_days(folder, now, date(2025, 9, 1))
    return folder


def rows(folder, name):
    with (folder / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def day_of(text):
    day, month, year = map(int, text.split("/"))
    return date(year, month, day)


@pytest.mark.parametrize("start", [date(2026, 1, 1) + timedelta(n * 17) for n in range(60)])
def test_the_demo_is_always_on_a_school_day_well_into_the_year(start):
    """Whatever the date: holidays, weekends and the first weeks of September too."""
    day = demo_day(start)
    calendar = school_year(day)
    assert day <= start
    assert calendar.is_school_day(day)
    assert (day - calendar.year_begins(day)).days >= DAYS_IN


@pytest.mark.parametrize("year", range(2024, 2044))
def test_a_year_has_as_many_days_as_a_school_must_open(year):
    """190 with pupils and five INSET days, give or take how the weeks fall; none of them on a bank holiday."""
    calendar = school_year(date(year, 10, 1))
    days = calendar.school_days(date(year, 9, 1), date(year + 1, 8, 31))
    assert 185 <= len(days) <= 195
    assert Counter(calendar.closed.values())[DayKind.INSET] == 5
    assert date(year, 12, 25) not in days


@pytest.mark.parametrize(
    ("given", "at"),
    [
        pytest.param("2026-03-11T16:30", "2026-03-12T09:19", id="before registration has come"),
        pytest.param("2026-03-12T09:20", "2026-03-12T09:20", id="after registration"),
        pytest.param("2026-03-12T13:50", "2026-03-12T16:29", id="after the afternoon's"),
        pytest.param("2026-03-13T16:30", "2026-03-15T12:00", id="on a Sunday"),
        pytest.param("2026-03-27T16:30", "2026-04-05T12:00", id="in the holidays"),
        pytest.param(None, "2025-09-02T08:00", id="before the first day"),
    ],
)
def test_files_are_given_out_on_school_days(given, at):
    moment = datetime.fromisoformat(at).replace(tzinfo=ZONE)
    assert (given and datetime.fromisoformat(given).replace(tzinfo=ZONE)) == last_import(
        school_year(moment.date()), moment
    )


def test_it_is_as_large_as_promised(school):
    assert Counter(child.year for child in school.children) == dict.fromkeys(range(7, 12), 240)
    assert 1800 <= len({tie.adult.adult_id for family in school.families for tie in family.ties}) <= 2000
    assert len(school.staff) == 90


def test_families_live_in_many_ways(folder):
    """Together and apart, with other relatives; what the records say of responsibility is yes, no or nothing."""
    contacts = rows(folder, "contacts.csv")
    said = Counter(one["Parental Responsibility"].strip() for one in contacts)
    assert said["T"] > 4 * said["F"] > 8 * said[""] > 0
    assert 0 < Counter(one["Court Order"] for one in contacts)["T"] < 20
    kinds = {one["Relationship"] for one in contacts}
    assert kinds >= {"Mother", "Father", "Step-parent", "Special guardian", "Foster carer", "Grandmother"}
    homes = defaultdict(set)
    for one in contacts:
        if one["Relationship"] in ("Mother", "Father"):
            homes[one["Pupil ID"]].add(one["House and Street"])
    assert 50 < sum(len(addresses) == 2 for addresses in homes.values()) < 400
    children = Counter(one["Contact ID"] for one in contacts)
    assert max(children.values()) > 1, "siblings"


def test_names_are_of_many_languages(school):
    """So that no page, file or letter is tried with plain letters alone."""
    letters = set("".join(child.forename + child.surname for child in school.children))
    assert set("éłńãñŞ'- ") <= letters


def test_the_importer_takes_every_row(folder):
    files = read_folder(folder)
    assert {taken.kind for taken in files.taken} == {kind.name for kind in KINDS}
    assert [refusal for reading in files.readings for refusal in reading.refused] == []
    assert sum((reading.unknown_codes for reading in files.readings), Counter()) == Counter()


def test_marks_are_believable(marks):
    """About as much attendance as a secondary school has; some late, a reason still awaited, corrections."""
    codes = Counter(mark["Mark"] for mark in marks)
    assert 0.91 < sum(codes[code] for code in IN_SCHOOL) / len(marks) < 0.96
    assert {"N", "I", "O", "M", "U", "L", "G", "V", "C", "C2"} <= set(codes)
    assert {mark["Original Mark"] for mark in marks} == {"", "N", "L"}
    assert all((mark["Minutes Late"] != "") == (mark["Mark"] in "LU") for mark in marks)


def test_each_pupil_attends_in_their_own_way(marks):
    """Some hardly miss a day, a few are persistently absent; an illness lasts for days."""
    by_pupil = defaultdict(list)
    for mark in marks:
        by_pupil[mark["Pupil ID"]].append(mark["Mark"])
    shares = sorted(sum(code in IN_SCHOOL for code in codes) / len(codes) for codes in by_pupil.values())
    assert shares[len(shares) // 50] < 0.85
    assert shares[len(shares) * 3 // 4] > 0.97
    spells = ["".join(code if len(code) == 1 else "?" for code in codes) for codes in by_pupil.values()]
    assert sum("I" * 6 in spell for spell in spells) > 100


def test_more_are_away_on_mondays_and_fridays(marks):
    away, all_ = Counter(), Counter()
    for mark in marks:
        edge = day_of(mark["Date"]).weekday() in (0, 4)
        all_[edge] += 1
        away[edge] += mark["Mark"] not in IN_SCHOOL
    assert away[True] / all_[True] > 1.08 * away[False] / all_[False]


def test_points_are_believable(marks, given):
    """More good than bad, of both kinds in lessons and outside; nobody is given one in a session they were not there for."""
    kinds = Counter((point["Type"], point["Activity Type"]) for point in given)
    assert all(
        kinds[kind, where] > 200 for kind in ("achievement", "behaviour") for where in ("Lesson", "Outside lessons")
    )
    assert sum(n for (kind, _), n in kinds.items() if kind == "achievement") > 2 * sum(
        n for (kind, _), n in kinds.items() if kind == "behaviour"
    )
    absent = {(m["Pupil ID"], m["Date"], m["Session"]) for m in marks if m["Mark"] in ("I", "N", "O", "M", "G", "C")}
    halves = {(p["Pupil ID"], p["Date"], "AM" if p["Time"] < "13" else "PM") for p in given}
    assert halves & absent == set()
    assert len({point["Event ID"] for point in given}) == len(given)


def test_a_point_of_a_lesson_is_of_one_that_the_form_has_with_its_teacher(school, folder, given):
    forms = {pupil["Pupil ID"]: pupil["Reg Group"] for pupil in rows(folder, "pupils.csv")}
    for point in given:
        if point["Activity Type"] == "Lesson":
            lesson = school.weeks[forms[point["Pupil ID"]]][day_of(point["Date"]).weekday()][
                int(point["Period"][1:]) - 1
            ]
            assert (point["Subject"], point["Staff Code"]) == (lesson.subject, lesson.teacher)


def test_the_morning_has_come_and_the_afternoon_has_not(marks):
    """All but a few: a teacher has not marked them yet."""
    today = Counter(mark["Session"] for mark in marks if mark["Date"] == "12/03/2026")
    assert 1150 < today["AM"] < 1195
    assert today["PM"] == 0


def test_leavers_have_no_marks_after_their_last_day(folder, marks):
    left = {p["Pupil ID"]: p["On Roll Until"] for p in rows(folder, "pupils.csv") if p["On Roll Until"]}
    assert 3 < len(left) < 30
    last = {pupil: max(day_of(mark["Date"]) for mark in marks if mark["Pupil ID"] == pupil) for pupil in left}
    assert all(day <= day_of(left[pupil]) for pupil, day in last.items())


def test_the_same_seed_gives_the_same_files_and_another_gives_others(folder, tmp_path):
    written(DemoSchool(7, NOW.date()), tmp_path / "same", NOW)
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == 6
    for name in names:
        assert (tmp_path / "same" / name).read_bytes() == (folder / name).read_bytes(), name
    DemoSchool(8, NOW.date()).write_people(tmp_path / "other")
    assert (tmp_path / "other" / "pupils.csv").read_bytes() != (folder / "pupils.csv").read_bytes()


def test_tomorrow_says_the_same_of_today_save_what_has_been_corrected(school, marks, given, tmp_path):
    later = written(DemoSchool(7, NOW.date()), tmp_path, NOW + timedelta(days=1, hours=6))
    before = {(m["Pupil ID"], m["Date"], m["Session"]): m for m in marks}
    after = {(m["Pupil ID"], m["Date"], m["Session"]): m for m in rows(later, "session_marks.csv")}
    assert before.keys() < after.keys()
    differing = [key for key, mark in before.items() if mark != after[key]]
    assert differing
    assert all((before[key]["Mark"], after[key]["Original Mark"]) == ("N", "N") for key in differing)
    assert {tuple(p.values()) for p in given} < {tuple(p.values()) for p in rows(later, "points.csv")}


def test_a_later_file_holds_what_is_new_and_what_has_been_corrected(school, marks, tmp_path):
    """As a school exports each day; the days before are not sent again."""
    school.write_days(tmp_path, NOW + timedelta(days=1, hours=6), NOW.date())
    sent = rows(tmp_path, "session_marks.csv")
    assert {mark["Date"] for mark in sent if not mark["Original Mark"]} == {"12/03/2026", "13/03/2026"}
    corrected = {mark["Amended At"][:10] for mark in sent if mark["Original Mark"]}
    assert corrected
    assert min(corrected) >= "2026-03-12"


def test_nobody_is_real(school):
    """Numbers and domains that are kept for invented people; UPNs of an authority that is no more and of no school."""
    adults = {tie.adult.adult_id: tie.adult for family in school.families for tie in family.ties}.values()
    assert all(adult.telephone[:9] in ("07700 900", "01632 960") and len(adult.telephone) == 12 for adult in adults)
    assert all(adult.email == "" or adult.email.endswith(".example") for adult in adults)
    assert all(one.email.endswith("@wrenbridge.example") for one in school.staff)
    upns = [child.upn for child in school.children]
    assert all(upn[1:8] == "8200000" and upn[0] == check_letter(upn[1:]) for upn in upns)
    assert len(set(upns)) == 1200
    assert (SCHOOL["telephone"][:9], SCHOOL["email"][-8:]) == ("01632 960", ".example")

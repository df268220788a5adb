"""The invented school: as large as promised, believable, the same again for the same seed, and nobody real."""

import csv
from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal_core.demo.build import SCHOOL
from portal_core.demo.files import DemoSchool
from portal_core.demo.year import DAYS_IN, demo_day, school_year
from portal_core.importers import KINDS, read_folder
from portal_core.importers.upn import fault

ZONE = ZoneInfo("Europe/London")
NOW = datetime(2026, 3, 12, 10, 35, tzinfo=ZONE)


@pytest.fixture(scope="module")
def school():
    return DemoSchool(7, NOW.date())


@pytest.fixture(scope="module")
def folder(school, tmp_path_factory):
    made = tmp_path_factory.mktemp("exports")
    school.write_people(made)
    school.write_days(made, NOW, date(2025, 9, 1))
    return made


def rows(folder, name):
    with (folder / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("start", [date(2026, 1, 1) + timedelta(n * 17) for n in range(60)])
def test_the_demo_is_always_on_a_school_day_well_into_the_year(start):
    """Whatever the date: holidays, weekends and the first weeks of September too."""
    day = demo_day(start)
    calendar = school_year(day)
    assert day <= start
    assert calendar.is_school_day(day)
    assert (day - calendar.year_begins(day)).days >= DAYS_IN


def test_it_is_as_large_as_promised(school):
    assert len(school.children) == 1200
    assert {child.year for child in school.children} == {7, 8, 9, 10, 11}
    assert 1800 <= len({tie.adult.adult_id for family in school.families for tie in family.ties}) <= 2000
    assert len(school.staff) == 90
    ties = [tie for family in school.families for tie in family.ties]
    assert {tie.responsibility for tie in ties} == {"T", "F", "", " "} or {"T", "F"} <= {
        tie.responsibility for tie in ties
    }
    assert any(tie.court_order for tie in ties)


def test_the_importer_takes_every_row(folder):
    files = read_folder(folder)
    assert {taken.kind for taken in files.taken} == {kind.name for kind in KINDS}
    assert [refusal for reading in files.readings for refusal in reading.refused] == []
    assert sum((reading.unknown_codes for reading in files.readings), Counter()) == Counter()


def test_marks_are_believable(folder):
    """About as much attendance as a secondary school has; some late, a reason still awaited, corrections."""
    marks = rows(folder, "session_marks.csv")
    codes = Counter(mark["Mark"] for mark in marks)
    present = sum(codes[code] for code in "/\\LV") / len(marks)
    assert 0.90 < present < 0.97
    assert {"N", "I", "O", "M", "U", "L", "G"} <= set(codes)
    assert any(mark["Original Mark"] == "N" and mark["Mark"] != "N" for mark in marks)
    assert all(mark["Minutes Late"] for mark in marks if mark["Mark"] == "L")
    kinds = Counter(point["Type"] for point in rows(folder, "points.csv"))
    assert kinds["achievement"] > 2 * kinds["behaviour"] > 0


def test_the_morning_has_come_and_the_afternoon_has_not(folder):
    today = Counter(mark["Session"] for mark in rows(folder, "session_marks.csv") if mark["Date"] == "12/03/2026")
    assert 1100 < today["AM"] < 1200
    assert today["PM"] == 0


def test_the_same_seed_gives_the_same_school_and_tomorrow_says_the_same_of_today(school, folder, tmp_path):
    again = DemoSchool(7, NOW.date())
    again.write_people(tmp_path)
    assert (tmp_path / "contacts.csv").read_bytes() == (folder / "contacts.csv").read_bytes()
    again.write_days(tmp_path, NOW + timedelta(days=1), date(2025, 9, 1))
    before = {(m["Pupil ID"], m["Date"], m["Session"]): m for m in rows(folder, "session_marks.csv")}
    after = {(m["Pupil ID"], m["Date"], m["Session"]): m for m in rows(tmp_path, "session_marks.csv")}
    assert before.keys() <= after.keys()
    differing = [key for key, mark in before.items() if mark["Mark"] != after[key]["Mark"]]
    assert all(before[key]["Mark"] == "N" for key in differing)


def test_nobody_is_real(school):
    """Numbers and domains that are kept for invented people, UPNs that no school gives out."""
    for family in school.families:
        for tie in family.ties:
            assert tie.adult.telephone.startswith(("07700 900", "01632 960"))
            assert tie.adult.email == "" or tie.adult.email.endswith(".example")
    assert all(
        (child.upn[1:8] == "8200000" and fault(child.upn) in (None, "")) or "authority" in (fault(child.upn) or "")
        for child in school.children
    )
    assert SCHOOL["email"].endswith(".example")
    assert str(SCHOOL["telephone"]).startswith("01632 960")

"""The department's figures: the very function that a parent's page calls, on every area and phase of England."""

import csv
from fractions import Fraction
from pathlib import Path

import pytest

from portal_core.policy.attendance import SINCE_CUTOVER, Attendance, attendance

TOTALS = ("overall_attendance", "authorised_absence", "unauthorised_absence", "late_sessions", "possible_sessions")
WITHDRAWN = ("H", "J")
PUBLISHED = {
    "illness_perc": "I",
    "appointments_perc": "M",
    "unauth_hol_perc": "G",
    "unauth_oth_perc": "O",
    "unauth_late_registers_closed_perc": "U",
    "unauth_not_yet_perc": "N",
    "auth_religious_perc": "R",
    "auth_study_perc": "S",
    "auth_mob_perc": "T",
    "auth_excluded_perc": "E",
    "auth_performance_perc": "C1",
    "auth_interview_perc": "J1",
    "auth_part_time_perc": "C2",
    "auth_other_perc": "C",
}

SHORT_SECONDARY = {
    "Barking and Dagenham": 1,
    "Birmingham": 2,
    "Camden": 3,
    "County Durham": 1,
    "Coventry": 1,
    "Derbyshire": 2,
    "East Midlands": 23,
    "England": 96,
    "Kent": 6,
    "Lincolnshire": 6,
    "London": 4,
    "North East": 29,
    "North East Lincolnshire": 6,
    "North Lincolnshire": 4,
    "North Tyneside": 28,
    "Nottinghamshire": 6,
    "Oxfordshire": 15,
    "South East": 22,
    "West Midlands": 8,
    "West Northamptonshire": 9,
    "West Sussex": 1,
    "Worcestershire": 5,
    "Yorkshire and The Humber": 10,
}
SHORT_PRIMARY = {"England": 10, "Liverpool": 10, "North West": 10}
SHORT = (
    {(area, "Primary"): n for area, n in SHORT_PRIMARY.items()}
    | {(area, "Secondary"): n for area, n in SHORT_SECONDARY.items()}
    | {
        (area, "Total"): SHORT_PRIMARY.get(area, 0) + SHORT_SECONDARY.get(area, 0)
        for area in SHORT_PRIMARY | SHORT_SECONDARY
    }
)
"""By how many sessions the department's reasons for authorised absence fall short of its own total."""


@pytest.fixture(scope="module")
def areas() -> list[tuple[dict[str, str], Attendance]]:
    """Each published row with our figures for it.

    The return still has columns for two codes withdrawn in 2024 and adds J to approved activity and H to authorised
    absence, as the earlier edition did; so they are entered here under that edition.
    """
    with (Path(__file__).parents[1] / "data" / "dfe_attendance_2025_26.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    codes = [name for name in rows[0] if name in SINCE_CUTOVER or name in WITHDRAWN]
    return [(row, attendance((code, code in WITHDRAWN, int(row[code])) for code in codes)) for row in rows]


def test_every_row_of_the_department_is_there(areas):
    """All 643 with figures, and every code in them means something to us."""
    assert len(areas) == 643
    assert {0} == {ours.unknown for _, ours in areas}


def test_attended_unauthorised_and_late_agree_exactly(areas):
    """In every row."""
    published = [tuple(int(row[total]) for total in (TOTALS[0], TOTALS[2], TOTALS[3])) for row, _ in areas]

    assert published == [(ours.attended, ours.unauthorised, ours.lates) for _, ours in areas]


def test_authorised_and_possible_agree_but_where_the_reasons_do_not_add_up(areas):
    """In 592 rows exactly; in 51 the department's own reasons fall short of its total, by 106 sessions at most."""
    short = {
        (row["area"], row["phase"]): (
            int(row["authorised_absence"]) - ours.authorised,
            int(row["possible_sessions"]) - ours.possible,
        )
        for row, ours in areas
        if int(row["authorised_absence"]) != ours.authorised or int(row["possible_sessions"]) != ours.possible
    }

    assert {area: authorised for area, (authorised, _) in short.items()} == SHORT
    assert all(authorised == possible for authorised, possible in short.values())
    assert (len(SHORT), max(SHORT.values())) == (51, 106)


def test_every_published_percentage_is_ours(areas):
    """Attendance, absence of each kind and each reason, within a thousandth of a point."""
    for row, ours in areas:
        parts = {name: int(row[code]) for name, code in PUBLISHED.items()} | {
            "attendance_perc": ours.attended,
            "overall_absence_perc": ours.missed,
            "authorised_absence_perc": ours.authorised,
            "unauthorised_absence_perc": ours.unauthorised,
        }
        assert parts.keys() == {name for name in row if name.endswith("_perc")}
        for name, part in parts.items():
            assert abs(Fraction(row[name]) - ours.percent(part)) < Fraction(1, 1000), (row["area"], row["phase"], name)

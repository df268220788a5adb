"""The unique pupil number's check letter and authority."""

import pytest

from portal_core.importers import PUPILS, read
from portal_core.importers.upn import fault


@pytest.mark.parametrize("upn", ["B801200005001", "A802200106001", "R674123101121", "H801200001001"])
def test_published_numbers_are_right(upn):
    """Numbers whose letter others have computed."""
    assert fault(upn) is None


@pytest.mark.parametrize(
    ("said", "upn"),
    [
        ("check letter is A", "A123456789001"),
        ("check letter is C", "C801200005001"),
        ("authority 999", "T999200005001"),
        ("not a letter, eleven digits", "B80120000500"),
        ("not a letter, eleven digits", "I801200005001"),
        ("not a letter, eleven digits", "B80120000500I"),
        ("not a letter, eleven digits", "B801２00005001"),
    ],
)
def test_a_fault_is_named(said, upn):
    """In words that say which part to look at."""
    assert said in (fault(upn) or "")


def test_authorities_made_in_2021_and_2023_are_known():
    """Northamptonshire's and Cumbria's successors, which older lists lack."""
    assert [fault(upn) for upn in ("K940400022001", "P941400022001", "U942400022001", "Y943400022001")] == [None] * 4


def test_a_faulty_number_is_a_warning_and_the_pupil_is_taken(put):
    """A pupil with a wrong number is still a pupil."""
    reading = read(PUPILS, put("ID,UPN,Forename,Surname,DOB", "8,A123456789001,Ann,Lee,01/01/2013"))

    assert ([row.pupil_id for row in reading.rows], [remark.line for remark in reading.warnings]) == (["8"], [2])
    assert "check letter" in reading.warnings[0].why

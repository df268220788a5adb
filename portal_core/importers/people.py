"""Rows of people: pupils, staff, contacts."""

import re
from collections.abc import Sequence
from dataclasses import replace

from portal_core.domain.people import Responsibility
from portal_core.importers import upn, values
from portal_core.importers.reading import Reading
from portal_core.importers.rows import ContactRow, PupilRow, StaffRow
from portal_core.importers.values import Unreadable, text


def pupil(reading: Reading[PupilRow], line: int, cells: Sequence[str]) -> PupilRow:
    """A spell on roll; a date of birth may be blank, never wrong."""
    pupil_id, number, forename, surname, born, year, form, begins, ends = cells
    row = PupilRow(
        values.identifier(pupil_id),
        text(number).upper(),
        text(forename),
        _surname(surname),
        values.day_or_none(born),
        values.year_group(year),
        text(form),
        values.day_or_none(begins),
        values.day_or_none(ends),
        reading.file,
        line,
    )
    if row.enrolled_from and row.enrolled_until and row.enrolled_until < row.enrolled_from:
        raise Unreadable("the pupil leaves before the first day on roll")
    if row.born_on and row.enrolled_from and row.enrolled_from <= row.born_on:
        raise Unreadable("the pupil is on roll before being born")
    if row.upn and (fault := upn.fault(row.upn)):
        reading.remark(line, fault)
    if row.born_on is None:
        reading.remark(line, "no date of birth: nobody can be let in to see this pupil until there is one")
    return row


def staff(reading: Reading[StaffRow], line: int, cells: Sequence[str]) -> StaffRow:
    """A member of staff, with the years and forms in their charge."""
    staff_id, code, title, forename, surname, post, email, telephone, manages = cells
    return StaffRow(
        values.identifier(staff_id),
        text(code),
        text(title),
        text(forename),
        _surname(surname),
        text(post),
        text(email),
        text(telephone),
        tuple(_charge(part) for raw in re.split(r"[;,/|]", text(manages)) if (part := raw.strip())),
        reading.file,
        line,
    )


def _charge(part: str) -> str:
    """A year as its figure, anything else as the form it names."""
    try:
        return str(values.year_group(part))
    except Unreadable:
        return part


def contact(reading: Reading[ContactRow], line: int, cells: Sequence[str]) -> ContactRow:
    """One adult and one pupil. What cannot be read falls on the side of caution: no responsibility, an order in place."""
    pupil_id, adult_id, title, forename, surname, tie, holds, court, email, telephone, *address = cells
    row = ContactRow(
        values.identifier(pupil_id),
        values.identifier(adult_id),
        text(title),
        text(forename),
        _surname(surname),
        text(tie),
        values.responsibility(holds),
        bool(court.strip()) and values.yes_or_no(court) is not False if "court_order" in reading.columns else None,
        text(email),
        text(telephone),
        tuple(part for cell in address for part in values.lines(cell)),
        reading.file,
        line,
    )
    if holds.strip() and values.yes_or_no(holds) is None:
        reading.remark(line, f"parental responsibility says “{values.brief(holds)}”: taken as not known")
    if court.strip() and values.yes_or_no(court) is None:
        reading.remark(line, f"the court-order flag says “{values.brief(court)}”: taken as set")
    return row


def _surname(cell: str) -> str:
    if said := text(cell):
        return said
    raise Unreadable("the surname is blank")


def merged_contacts(rows: Sequence[ContactRow]) -> ContactRow:
    """Rows that differ about one adult and one pupil, as one: the least responsibility, and an order if any names one."""
    least = min(
        (row.responsibility for row in rows), key=[Responsibility.NO, Responsibility.UNKNOWN, Responsibility.YES].index
    )
    told = [row.court_order for row in rows if row.court_order is not None]
    return replace(rows[0], responsibility=least, court_order=any(told) if told else None)


def look_at_staff(reading: Reading[StaffRow]) -> None:
    """Remark on a code that two people share: marks and points under it cannot be told apart."""
    seen: dict[str, int] = {}
    for row in reading.rows:
        if row.code and seen.setdefault(row.code, row.line) != row.line:
            reading.remark(
                row.line, f"the staff code {row.code} is also on line {seen[row.code]}: whose marks are they?"
            )


def look_at_contacts(reading: Reading[ContactRow]) -> None:
    """Remark on an id that goes by two names: it may be two people; and on a report that cannot tell of a court's order."""
    if "court_order" not in reading.columns:
        reading.remark(1, "no column tells of court orders, so none in the records will reach the portal")
    seen: dict[str, ContactRow] = {}
    for row in reading.rows:
        first = seen.setdefault(row.adult_id, row)
        if (first.forename.casefold(), first.surname.casefold()) != (row.forename.casefold(), row.surname.casefold()):
            reading.remark(
                row.line, f"the adult {row.adult_id} has another name on line {first.line}: one person, or two?"
            )

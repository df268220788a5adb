"""Marks and points entering the store: what they said before, when they become public, whose they are."""

from datetime import UTC, date, datetime

import pytest

from portal_core.domain.clauses import Clause, Verb
from portal_core.services.import_registers import shift_publication
from portal_core.store import people, registers
from portal_core.store.school import ReceivedRegister
from tests.services.office import IMPORTER, LESSONS, MARKS, NOON, POINTS, STAFF, later


def points(office):
    """Each point by its pupil's MIS id and its teacher's, as they stand."""
    pupils = {p.id: p.mis_id for p in office.rows(people.Pupil)}
    staff = {s.id: s.mis_id for s in office.rows(people.Staff)}
    return sorted((pupils[p.pupil_id], p.amount, staff.get(p.teacher_id)) for p in office.rows(registers.Point))


def test_a_mark_that_differs_is_amended_and_says_what_it_said(office):
    office.enter()
    report = office.enter(
        at=later(1), files=office.files(session=MARKS.replace("P2,2026-03-12,AM,N,,", "P2,2026-03-12,AM,M,,"))
    )

    assert (report.changes["session marks"].changed, report.changes["session marks"].unchanged) == (1, 3)
    former = [a for a in office.rows(registers.MarkAmendment) if a.day == date(2026, 3, 12)]
    assert [(a.code, a.replaced_at) for a in former] == [("N", later(1).instant)]


def test_a_lesson_mark_that_differs_is_changed(office):
    office.enter()
    report = office.enter(at=later(1), files=office.files(lesson=LESSONS.replace("2,/,,French", "2,L,4,French")))
    assert report.changes["lesson marks"].changed == 1
    assert [(m.code, m.minutes_late) for m in office.rows(registers.LessonMark)] == [("L", 4)]


@pytest.mark.clause(Clause.CONTACT_1)
@pytest.mark.parametrize(
    ("came", "marks"),
    [
        pytest.param(True, "P1,2026-03-13,AM,/,,,,\n", id="somebody is present"),
        pytest.param(True, "P1,2026-03-13,AM,N,,,,\n", id="somebody was missed"),
        pytest.param(True, "P1,2026-03-13,AM,I,,,N,2026-03-13 10:00\n", id="somebody was missed, and has rung"),
        pytest.param(False, "P1,2026-03-13,AM,C,,,,\nP2,2026-03-13,AM,M,,,,\n", id="leave granted in advance"),
        pytest.param(False, "P1,2026-03-13,AM,#,,,,\n", id="closed"),
        pytest.param(False, "", id="nothing"),
    ],
)
def test_a_register_has_come_where_the_marks_tell_of_one(office, came, marks):
    """Else parents would be sent to the telephone about a register that nobody has taken."""
    office.enter(files=office.files(session=MARKS + marks), at=later(1))
    assert came == any(register.day == date(2026, 3, 13) for register in office.rows(ReceivedRegister))


@pytest.mark.clause(Clause.CONTACT_1)
def test_a_register_came_when_the_newest_file_with_it_was_given(office):
    office.enter(as_of=NOON.instant)
    office.enter(at=later(1), files=office.files(session=MARKS.splitlines()[0] + "\nP1,2026-03-12,AM,L,7,,,\n"))
    came = {(r.day.day, r.half): r.received_at for r in office.rows(ReceivedRegister)}
    assert came == {(11, 0): NOON.instant, (11, 1): NOON.instant, (12, 0): later(1).instant}


@pytest.mark.clause(Clause.CONTACT_2)
def test_a_changed_delay_moves_what_was_published(office):
    office.enter()
    with office.store.writing_as(IMPORTER, NOON) as work:
        shift_publication(work, registers.Mark, 90)
        work.audit(Verb.SET, key="marks_delay_minutes")

    late = next(m for m in office.rows(registers.Mark) if m.code == "L")
    assert late.public_from == datetime(2026, 3, 12, 10, 27, tzinfo=UTC)
    assert office.count(registers.Mark) == 4


def test_marks_and_points_of_a_pupil_unknown_are_refused_by_line(office):
    report = office.enter(files=office.files(
        session=MARKS + "P9,2026-03-11,AM,/,,,,\n", lesson=LESSONS + "P9,2026-03-11,2,/,,French,FER\n",
        points=POINTS + "E9,P9,Achievement,2,Kindness,,2026-03-10,11:05,Yes,French,FER\n",
    ))  # fmt: skip
    assert [(file, line) for file, line, _ in report.refused] == [
        ("session marks.csv", 6), ("lesson marks.csv", 3), ("points.csv", 4),
    ]  # fmt: skip


def test_one_event_may_be_several_pupils(office):
    """Each has a point of it, and a repeat changes neither."""
    shared = office.files(points=POINTS + "E1,P2,Achievement,1,Kindness,,2026-03-10,11:05,Yes,French,FER\n")
    office.enter(files=shared)
    again = office.enter(at=later(1), files=shared)
    assert points(office) == [("P1", 1, "S2"), ("P1", 2, "S1"), ("P2", 1, "S1")]
    assert (again.changes["points"].changed, again.changes["points"].unchanged) == (0, 3)


@pytest.mark.clause(Clause.CONTACT_2)
def test_a_point_given_to_the_wrong_child_moves_and_has_its_delay_again(office):
    """The wrong family sees it no more, and the other not before it could be corrected."""
    office.enter()
    office.enter(at=later(1), files=office.files(points=POINTS.replace("E2,P1", "E2,P3")))
    assert points(office) == [("P1", 2, "S1"), ("P3", 1, "S2")]
    moved = next(p for p in office.rows(registers.Point) if p.amount == 1)
    assert (moved.public_from - later(1).instant).total_seconds() == 3600


@pytest.mark.clause(Clause.CONTACT_5)
def test_a_staff_code_used_again_takes_over_no_point(office):
    """Whoever gave a point stays who gave it; of a new one under a code that two share, nobody is named."""
    office.enter()
    new = STAFF.replace("S1,FER", "S1,XXX") + "S3,FER,Mr,Finn,Erskine,Teacher,,\nS4,OKO,Ms,Olu,Koker,Teacher,,\n"
    more = POINTS + "".join(f"E{n},P2,Achievement,{n},Kindness,,2026-03-12,11:05,Yes,French,{code}\n"
                            for n, code in ((3, "FER"), (4, "OKO"), (5, "ZZZ")))  # fmt: skip
    office.enter(at=later(1), files=office.files(staff=new, points=more))
    assert points(office) == [("P1", 1, "S2"), ("P1", 2, "S3"), ("P2", 3, "S3"), ("P2", 4, None), ("P2", 5, None)]


@pytest.mark.clause(Clause.CONTACT_4)
def test_what_a_category_means_stays_in_the_schools_words(office):
    """The MIS says it once; what the school has written since is not written over."""
    office.enter()
    office.enter(at=later(1), files=office.files(points=POINTS.replace("A book was left at home.", "Bad.")))
    meanings = {category.name: category.meaning for category in office.rows(registers.Category)}
    assert meanings["Equipment"] == "A book was left at home."

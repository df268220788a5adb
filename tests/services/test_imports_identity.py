"""Ids against the other marks of a person: what is unclear waits for a person, and nobody gains or regains sight by it."""

import re

import pytest

from portal_core.domain.clauses import Clause
from portal_core.errors import BadInput, ImportStopped, Stale
from portal_core.services import desk
from portal_core.services.casework import open_investigation, restrict, settle_court_flag
from portal_core.services.new_ids import take_new_id
from portal_core.store import people, registers
from portal_core.store.school import Task, TaskKind
from tests.services.office import NOON, later

AMELIA, NOAH, ZAYN = "Z820000017001", "T820000017002", "K820000018001"
P1 = f"P1,{AMELIA},Amelia,Ashworth,2012-05-01,9,9A,2022-09-05,\n"
PUPILS = f"""MIS ID,UPN,Forename,Surname,DOB,NC Year,Reg Group,Enrolled From,Enrolled Until
{P1}P2,{NOAH},Noah,Ashworth,2014-02-11,7,7C,2025-09-03,
P3,{ZAYN},Zayn,Malik,2013-01-20,8,8B,2024-09-04,
"""
RUTH = "A1,Mrs,Ruth,Ashworth,Mother,T,F,1,ruth@inbox.example,07700 900001\n"
CONTACTS = f"""MIS ID,Contact ID,Title,Contact Forename,Contact Surname,Relationship,Parental Responsibility,Court Order,Priority,Email,Mobile
P1,{RUTH}P2,{RUTH}P3,A3,Mr,Imran,Malik,Father,T,F,1,imran@inbox.example,07700 900003
P1,A4,Ms,Dana,Ashworth,Aunt,F,F,3,,01632 960004
"""
TWICE = "Somebody with these marks is on record under another MIS id. One person, or two? A person must decide."


def waits(mis_id):
    return f"Whom the MIS id {mis_id} means waits for a person to decide. Import this file again after that."


@pytest.fixture
def known(office):
    """The school with UPNs and ways to reach people, and every parent's account open."""
    office.enter(files=office.files(pupils=PUPILS, contacts=CONTACTS))
    office.open_account("A1")
    office.open_account("A3")
    return office


def entered(office, days, *, pupils=PUPILS, contacts=CONTACTS, **options):
    files = office.files(pupils=pupils, contacts=contacts, **options.pop("files", {}))
    return office.enter(at=later(days), files=files, **options)


def the_task(office, kind=TaskKind.UNCLEAR_MATCH):
    [task] = office.rows(Task, Task.kind == kind, Task.done_at.is_(None))
    return task.id


@pytest.mark.clause(Clause.REVOKE_4)
@pytest.mark.parametrize(
    ("row", "about"),
    [
        pytest.param(P1.replace("P1,", "P9,"), "P1 by the same UPN under the id P9", id="the same in all"),
        pytest.param(f"P9,{AMELIA},Amy,Voss,2011-01-01,9,9A,,\n", "P1 by the same UPN under the id P9", id="the UPN alone"),
        pytest.param("P9,,AMÉLIA,Ash-worth,2012-05-01,9,9A,,\n", "P1 under the id P9", id="names, written otherwise, and birth"),
        pytest.param("P9,H820000020001,Amelia,Ashworth,2012-05-01,9,9A,,\n", "P1 under the id P9", id="names and birth, another UPN"),
    ],
)  # fmt: skip
def test_a_child_under_investigation_does_not_come_back_under_a_new_id(known, row, about):
    """Neither the child nor what hangs on the new id enters; the suspension holds for the one record that there is."""
    open_investigation(
        known.store, by=known.lead(), at=NOON, pupils=[known.ties()["A1", "P1"].pupil_id], reference="file 4"
    )
    marks = "MIS ID,Date,Session,Mark\nP9,2026-03-12,PM,/\n"
    report = entered(known, 1, pupils=PUPILS + row, contacts=CONTACTS + f"P9,{RUTH}", files={"session": marks})

    assert report.refused == [
        ("pupils.csv", 5, TWICE), ("contacts.csv", 6, waits("P9")), ("session marks.csv", 2, waits("P9")),
    ]  # fmt: skip
    assert known.tasks() == [(TaskKind.UNCLEAR_MATCH, about)]
    assert (known.count(people.Pupil), known.sees("A1", later(1))) == (3, {"P2"})


@pytest.mark.parametrize("full", [False, True], ids=["some", "full"])
def test_once_the_mis_has_joined_the_two_the_task_is_gone(known, full):
    """The next file gives the child by the id on record alone."""
    entered(known, 1, pupils=PUPILS + P1.replace("P1,", "P9,"))
    report = entered(known, 2, full=full)
    assert (report.refused, known.tasks(), known.sees("A1", later(2))) == ([], [], {"P1", "P2"})


def test_a_mark_put_right_makes_two_of_them(known):
    entered(known, 1, pupils=PUPILS + f"P9,{AMELIA},Nils,Berg,2011-01-01,9,9A,,\n")
    report = entered(known, 2, pupils=PUPILS + "P9,H820000020001,Nils,Berg,2011-01-01,9,9A,,\n")
    assert (report.refused, report.changes["pupils"].new, known.tasks()) == ([], 1, [])


def test_a_placeholder_is_nobodys_upn(known):
    """“TBC” is not one pupil's."""
    one, two = "P8,TBC,Nils,Berg,2011-01-01,9,9A,,\n", "P9,TBC,Ines,Roca,2011-02-02,9,9A,,\n"
    entered(known, 1, pupils=PUPILS + one)
    assert entered(known, 2, pupils=PUPILS + one + two).refused == []


@pytest.mark.clause(Clause.REVOKE_1)
@pytest.mark.parametrize(
    "row",
    [
        pytest.param("P3,A9,Mr,Imran,Malik,Father,T,F,1,,\n", id="with a child in common"),
        pytest.param("P2,A9,Mr,IMRAN,Malik,Father,T,F,1,Imran@Inbox.example,\n", id="with an e-mail address in common"),
        pytest.param("P2,A9,Mr,Imran,Malik,Father,T,F,1,,+44 7700 900003\n", id="with a telephone in common"),
    ],
)
def test_an_adult_restricted_does_not_come_back_under_a_new_id(known, row):
    tie = known.ties()["A3", "P3"]
    restrict(
        known.store, by=known.lead(), at=NOON, adult=tie.adult_id, clause=Clause.REVOKE_1, pupils=[tie.pupil_id],
        evidence="file 3", review_on=later(30).day,
    )  # fmt: skip
    report = entered(known, 1, contacts=CONTACTS + row)

    assert report.refused == [("contacts.csv", 6, TWICE)]
    assert known.tasks() == [(TaskKind.UNCLEAR_MATCH, "A3 under the id A9")]
    assert (known.count(people.Adult), known.sees("A3", later(1))) == (3, set())
    entered(known, 2)
    assert known.tasks() == []


def test_two_people_enter_as_two_once_a_person_has_said_so(known):
    """A father and a son of one name; the new one is verified by nobody yet."""
    son = CONTACTS + "P3,A9,Mr,Imran,Malik,Brother,T,F,4,,\n"
    entered(known, 1, contacts=son)
    desk.see_to(known.store, by=known.data_manager(), at=later(1), task=the_task(known))
    report = entered(known, 2, contacts=son)

    assert (report.refused, known.tasks(), known.ties()["A9", "P3"].verified_at) == ([], [], None)
    assert entered(known, 3, contacts=son).refused == []


def test_of_two_with_one_upn_nobody_can_say_that_they_are_two(known):
    """No two pupils have one: it is to be put right in the MIS, or the record takes the new id."""
    entered(known, 1, pupils=PUPILS + P1.replace("P1,", "P9,"))
    with pytest.raises(BadInput, match="decision"):
        desk.see_to(known.store, by=known.data_manager(), at=later(1), task=the_task(known))


@pytest.mark.clause(Clause.REVOKE_4)
@pytest.mark.parametrize("whose", ["pupil", "adult"])
def test_a_record_that_takes_its_new_id_keeps_what_was_decided_and_gives_no_sight(known, whose):
    """Points and connections stay one; whoever could see is verified anew."""
    open_investigation(
        known.store, by=known.lead(), at=NOON, pupils=[known.ties()["A3", "P3"].pupil_id], reference="file 4"
    )
    before = {table: known.count(table) for table in (people.Pupil, people.Adult, registers.Point, registers.Mark)}
    old = {"pupil": "P1,", "adult": "A1,"}[whose]
    files = known.folder
    new = {"pupils": PUPILS, "contacts": CONTACTS} | (
        {"pupils": PUPILS.replace(P1, P1.replace("P1,", "P9,"))} if whose == "pupil" else {}
    )
    new["contacts"] = new["contacts"].replace(old, old.replace("1", "9"))
    days = {name: (files / f"{name}.csv").read_text().replace("P1,", "P9," if whose == "pupil" else "P1,")
            for name in ("session marks", "lesson marks", "points")}  # fmt: skip
    new |= {"files": {name.split()[0]: text for name, text in days.items()}}
    assert entered(known, 1, **new).refused != []
    take_new_id(known.store, by=known.data_manager(), at=later(1), task=the_task(known))
    report = entered(known, 2, **new)

    assert report.refused == []
    assert {table: known.count(table) for table in before} == before
    assert {change.new for change in report.changes.values()} == {0}
    now = {"pupil": ("A1", {"P2"}), "adult": ("A9", set())}[whose]
    assert (known.sees(now[0], later(2)), known.sees("A3", later(2))) == (now[1], set())
    assert {kind for kind, _ in known.tasks()} == {TaskKind.VERIFY_RESPONSIBILITY}
    with pytest.raises(Stale):
        take_new_id(known.store, by=known.data_manager(), at=later(2), task=known.rows(Task)[0].id)


@pytest.mark.clause(Clause.USER_1)
@pytest.mark.parametrize(
    ("row", "whose"),
    [
        pytest.param("P3,H820000020001,Zayn,Qureshi,2015-02-01,8,8B,2024-09-04,", "a pupil with another UPN", id="UPN, surname, birth"),
        pytest.param(f"P3,{ZAYN},Zebedee,Malik,2015-02-01,8,8B,2024-09-04,", "a pupil of another name and date of birth", id="forename, birth"),
        pytest.param("P3,,Zayn,Qureshi,2015-02-01,8,8B,2024-09-04,", "a pupil of another name and date of birth", id="surname, birth, no UPN"),
        pytest.param("P3,,Zayn,Qureshi,,8,8B,2024-09-04,", "a pupil of another name and date of birth", id="surname, no birth"),
        pytest.param("P3,H820000020001,Zayn,Malik,2013-01-20,8,8B,2024-09-04,", "a pupil with another UPN", id="UPN alone"),
    ],
)  # fmt: skip
def test_an_id_used_again_shows_nobody_another_child(known, row, whose):
    """Nothing of the new child's goes to the record of the old one: not the name, not a mark, not a point, not a contact."""
    before = known.everything()
    marks = "MIS ID,Date,Session,Mark\nP3,2026-03-12,PM,/\n"
    points = "Event ID,MIS ID,Type,Points,Category,Date\nE9,P3,Achievement,2,Kindness,2026-03-12\n"
    lessons = "MIS ID,Date,Period,Mark\nP3,2026-03-12,2,/\n"
    changed = PUPILS.replace(f"P3,{ZAYN},Zayn,Malik,2013-01-20,8,8B,2024-09-04,", row)
    assert changed != PUPILS
    report = entered(
        known, 1, pupils=changed, contacts=CONTACTS + "P3,A9,Ms,Noor,Qureshi,Mother,T,F,1,,\n",
        files={"session": marks, "points": points, "lesson": lessons},
    )  # fmt: skip

    assert report.refused[0] == (
        "pupils.csv",
        4,
        f"This MIS id belonged to {whose}. Is it used again? A person must decide.",
    )
    assert [one for one in report.refused[1:] if one[2] != waits("P3")] == []
    assert {file for file, *_ in report.refused} == {
        "pupils.csv",
        "contacts.csv",
        "session marks.csv",
        "lesson marks.csv",
        "points.csv",
    }
    assert known.tasks() == [(TaskKind.UNCLEAR_MATCH, "P3")]
    assert {**known.everything(), "task": []} == {**before, "task": []}
    entered(known, 2)
    assert known.tasks() == []


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(f"P3,{ZAYN},Zayn,Qureshi,2013-01-20,8,8B,2024-09-04,", id="surname"),
        pytest.param(f"P3,{ZAYN},Zayn,Malik,2013-01-21,8,8B,2024-09-04,", id="birth"),
        pytest.param("P3,,Zayn,Malik,2013-01-20,8,8B,2024-09-04,", id="no UPN any more"),
    ],
)
def test_one_mark_may_change(known, row):
    changed = PUPILS.replace(f"P3,{ZAYN},Zayn,Malik,2013-01-20,8,8B,2024-09-04,", row)
    report = entered(known, 1, pupils=changed)
    assert (report.refused, known.tasks(), known.sees("A3", later(1))) == ([], [], {"P3"})
    assert ZAYN in {pupil.upn for pupil in known.rows(people.Pupil)}


def test_a_temporary_upn_gives_way_to_the_pupils_own(office):
    office.enter(files=office.files(pupils=PUPILS.replace(ZAYN, "A82000001800A")))
    assert office.enter(at=later(1), files=office.files(pupils=PUPILS)).refused == []
    assert ZAYN in {pupil.upn for pupil in office.rows(people.Pupil)}


@pytest.mark.parametrize(
    ("now", "refused"),
    [
        pytest.param("Mr,Imran,Other,Father,T,F,1,evil@post.example,07700 900003", True, id="surname and e-mail"),
        pytest.param("Mr,Imran,Other,Father,T,F,1,,07700 900099", True, id="surname and telephone, no e-mail"),
        pytest.param("Mr,Imran,Other,Father,T,F,1,imran@inbox.example,07700 900099", False, id="surname and telephone"),
        pytest.param("Mr,Imran,Malik,Father,T,F,1,evil@post.example,07700 900099", False, id="e-mail and telephone"),
    ],
)
def test_an_adults_name_and_address_do_not_change_together(known, now, refused):
    """A code sent to the new address would open the account of the old name."""
    old = "Mr,Imran,Malik,Father,T,F,1,imran@inbox.example,07700 900003"
    report = entered(known, 1, contacts=CONTACTS.replace(old, now))
    assert (bool(report.refused), bool(known.tasks())) == (refused, refused)
    [father] = known.rows(people.Adult, people.Adult.mis_id == "A3")
    assert (father.surname, father.email) == ("Malik", "imran@inbox.example") or not refused


@pytest.mark.parametrize("whose", ["pupil", "adult"])
def test_what_a_person_decides_about_an_id_gives_no_sight_either(known, whose):
    """The row is taken, and the office gives sight anew."""
    new = {
        "pupil": {"pupils": PUPILS.replace(f"{ZAYN},Zayn,Malik,2013-01-20", "H820000020001,Zayn,Qureshi,2015-02-01")},
        "adult": {"contacts": CONTACTS.replace("Imran,Malik,Father,T,F,1,imran@", "Imran,Other,Father,T,F,1,evil@")},
    }[whose]
    entered(known, 1, **new)
    assert known.sees("A3", later(1)) == {"P3"}
    desk.see_to(known.store, by=known.data_manager(), at=later(1), task=the_task(known))
    report = entered(known, 2, **new)

    assert (report.refused, known.sees("A3", later(2)), report.losing) == ([], set(), [("A3", "P3")])
    assert known.tasks() == [(TaskKind.VERIFY_RESPONSIBILITY, "A3 P3")]


@pytest.mark.clause(Clause.REVOKE_2)
@pytest.mark.parametrize(
    ("said", "task"), [("T,T", TaskKind.COURT_FLAG), ("F,F", TaskKind.RESPONSIBILITY_WITHDRAWN)], ids=["an order", "no responsibility"]
)  # fmt: skip
@pytest.mark.parametrize("unclear", ["pupil", "adult"])
def test_what_an_unclear_row_takes_away_is_taken_at_once(known, unclear, said, task):
    """Caution needs no certainty of who is meant."""
    pupils = PUPILS.replace(ZAYN, "H820000020001") if unclear == "pupil" else PUPILS
    name = "Imran,Malik" if unclear == "pupil" else "Otto,Lund"
    changed = CONTACTS.replace("A3,Mr,Imran,Malik,Father,T,F", f"A3,Mr,{name},Father,{said}")
    report = entered(known, 1, pupils=pupils, contacts=changed)

    assert ("contacts.csv", 4) in {place[:2] for place in report.refused}
    assert (known.sees("A3", later(1)), report.losing) == (set(), [("A3", "P3")])
    assert task in {kind for kind, _ in known.tasks()}


def test_the_same_files_say_more_once_a_person_has_decided(known):
    """They are no repeat then."""
    files = known.files(pupils=PUPILS.replace(ZAYN, "H820000020001"), contacts=CONTACTS)
    dated = {"files": files, "as_of": later(1).instant}
    assert known.enter(at=later(1), **dated).refused != []
    assert known.enter(at=later(2), **dated).repeated
    desk.see_to(known.store, by=known.data_manager(), at=later(2), task=the_task(known))
    assert not known.enter(at=later(3), **dated).repeated
    assert known.enter(at=later(4), **dated).repeated


@pytest.mark.parametrize("full", [False, True], ids=["some", "full"])
@pytest.mark.parametrize("whose", ["pupils", "adults"])
def test_a_change_of_mis_stops_whole(known, whose, full):
    """All ids new: no share lets it in, nothing is changed, and the words say what to do."""
    old = {"pupils": r"^P(?=\d)", "adults": r",A(?=\d)"}[whose]
    moved = {
        name: re.sub(old, lambda found: f"{found[0]}9", text, flags=re.MULTILINE)
        for name, text in (("pupils", PUPILS), ("contacts", CONTACTS))
    }
    before = known.everything()
    told = known.preview(at=later(1), files=known.files(**moved), full=full)
    said = f"3 of 3 {whose} on record have come under other MIS ids, as after a change of MIS"
    assert [why.startswith(said) for why in told.stops] == [True]
    with pytest.raises(ImportStopped, match=said) as stopped:
        entered(known, 1, **moved, full=full, most_leaving=None, most_changing=None)
    assert "--map" in str(stopped.value)
    assert "higher share" not in str(stopped.value)
    assert known.everything() == before


@pytest.mark.clause(Clause.REVOKE_2)
def test_a_report_that_has_lost_its_column_of_orders_leaves_them_on_record(known):
    """It is said where cron notices; once the column is back, a flag that was settled does not come back."""
    flagged = CONTACTS.replace("Imran,Malik,Father,T,F", "Imran,Malik,Father,T,T")
    entered(known, 1, contacts=flagged)
    tie = known.ties()["A3", "P3"]
    settle_court_flag(known.store, by=known.lead(), at=later(1), adult=tie.adult_id, pupil=tie.pupil_id)
    lost = CONTACTS.replace("Court Order,", "").replace(",T,F,", ",T,").replace(",F,F,", ",F,")
    report = entered(known, 2, contacts=lost)

    assert [(file, line) for file, line, _ in report.doubtful] == [("contacts.csv", 1)]
    assert "no column tells of court orders, though some are on record (connections: 1)" in report.doubtful[0][2]
    assert (report.changes["contacts"].changed, report.refused) == (0, [])
    assert (known.ties()["A3", "P3"].mis_court_flag, known.sees("A3", later(2))) == (True, {"P3"})
    entered(known, 3, contacts=flagged)
    assert known.sees("A3", later(3)) == {"P3"}


def test_a_report_that_never_had_the_column_is_remarked_on_alone(office):
    lost = CONTACTS.replace("Court Order,", "").replace(",T,F,", ",T,").replace(",F,F,", ",F,")
    report = office.enter(files=office.files(contacts=lost))
    assert (report.doubtful, any("court orders" in why for _, _, why in report.remarks)) == ([], True)

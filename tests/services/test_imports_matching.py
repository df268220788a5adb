"""Who is who: by the MIS's id and nothing else; what is unclear waits for a person."""

import pytest

from portal_core.services import desk
from portal_core.store import people
from portal_core.store.school import Task, TaskKind
from tests.services.office import CONTACTS, PUPILS, STAFF, later

UNCLEAR = "This MIS id belonged to somebody of another name. Is it used again? A person must decide."
AGAIN = "This MIS id belonged to {}. Is it used again? A person must decide."
HELD = "Whom the MIS id P1 means waits for a person to decide. Import this file again after that."
RUTH = "P1,A1,Mrs,Ruth,Ashworth,Mother,T,F,1\nP2,A1,Mrs,Ruth,Ashworth,Mother,T,F,1\n"
OTHER = {
    "adult": {"contacts": CONTACTS.replace("Ruth,Ashworth", "Petra,Voss")},
    "pupil": {"pupils": PUPILS.replace("Amelia,Ashworth,2012-05-01", "Nils,Berg,2013-09-09")},
    "staff": {"staff": STAFF.replace("Ann,Ferreday", "Otto,Lund")},
}


def test_names_match_nobody(office):
    """Two of one name are two, whatever else they share."""
    twins = PUPILS + "P4,Zayn,Malik,2013-01-20,8,8B,2024-09-04,\n"
    office.enter(files=office.files(pupils=twins, contacts=CONTACTS + "P4,A4,Mr,Imran,Malik,Father,T,F,1\n"))

    assert office.count(people.Adult, people.Adult.surname == "Malik") == 2
    assert office.count(people.Pupil, people.Pupil.surname == "Malik") == 2
    assert {who for who in office.ties() if "A3" in who or "A4" in who} == {("A3", "P3"), ("A4", "P4")}


@pytest.mark.parametrize(
    "changed",
    [
        {"contacts": CONTACTS.replace("Ruth,Ashworth", "Ruth,Voss")},
        {"contacts": CONTACTS.replace("Ruth,Ashworth", "RUTHIE,ASHWORTH")},
        {"pupils": PUPILS.replace("Amelia,Ashworth", "Amelie,Voss")},  # born on the same day
        {"staff": STAFF.replace("Ann,Ferreday", "Ann,Lund")},
    ],
    ids=["surname", "forename, in capitals", "pupil, both", "member of staff"],
)
def test_a_name_may_change(office, changed):
    """The id stays, and so does everything that hangs on it."""
    office.enter()
    before = set(office.ties())
    report = office.enter(at=later(1), files=office.files(**changed))
    assert (report.refused, set(office.ties()), office.tasks()) == ([], before, [])


@pytest.mark.parametrize("whose", OTHER)
def test_an_id_under_another_name_altogether_waits_for_a_person(office, whose):
    """It may have been given to somebody else: nothing of the row is taken until then."""
    office.enter()
    before = office.everything()
    report = office.enter(at=later(1), files=office.files(**OTHER[whose]))

    about = {"adult": "A1", "pupil": "P1", "staff": "S1"}[whose]
    said = {AGAIN.format("a pupil of another name and date of birth"), HELD} if whose == "pupil" else {UNCLEAR}
    assert {why for _, _, why in report.refused} == said
    assert office.tasks() == [(TaskKind.UNCLEAR_MATCH, about)]
    assert {**office.everything(), "task": []} == {**before, "task": []}


@pytest.mark.parametrize("whose", OTHER)
def test_once_a_person_has_seen_to_it_that_very_name_is_taken(office, whose):
    """Another name yet is another question."""
    office.enter()
    files = office.files(**OTHER[whose])
    office.enter(at=later(1), files=files)
    [task] = office.rows(Task)
    desk.see_to(office.store, by=office.data_manager(), at=later(1), task=task.id)

    assert office.enter(at=later(2), files=files).refused == []
    kind = {"adult": people.Adult, "pupil": people.Pupil, "staff": people.Staff}[whose]
    assert {"Petra", "Nils", "Otto"} & {person.forename for person in office.rows(kind)}
    assert office.enter(at=later(3)).refused != []


def test_an_id_put_right_in_the_records_waits_for_nobody_any_more(office):
    office.enter()
    office.enter(at=later(1), files=office.files(**OTHER["adult"]))
    office.enter(at=later(2))
    assert office.tasks() == []


def test_one_new_id_under_two_names_is_the_first_until_a_person_decides(office):
    """Neither of them is known: the second waits, and takes nobody's place."""
    both = CONTACTS + "P3,A9,Mr,Omar,Haddad,Uncle,F,F,3\nP2,A9,Ms,Ines,Roca,Aunt,T,F,3\n"
    report = office.enter(files=office.files(contacts=both))

    assert [(line, why) for _, line, why in report.refused] == [(7, UNCLEAR)]
    assert [adult.surname for adult in office.rows(people.Adult) if adult.mis_id == "A9"] == ["Haddad"]
    assert {who for who in office.ties() if who[0] == "A9"} == {("A9", "P3")}
    assert office.tasks() == [(TaskKind.UNCLEAR_MATCH, "A9")]


def test_one_pupil_id_told_of_two_pupils_is_nobodys(office):
    """Two spells of one pupil are one pupil's."""
    two = PUPILS + "P1,Kai,Brandt,2014-01-01,7,7A,2025-09-03,\n"
    report = office.enter(files=office.files(pupils=two))
    assert [line for file, line, _ in report.refused if file == "pupils.csv"] == [2, 5]
    assert {pupil.mis_id for pupil in office.rows(people.Pupil)} == {"P2", "P3"}


def test_contacts_of_a_pupil_unknown_wait_for_the_pupil(office):
    report = office.enter(files=office.files(contacts=CONTACTS + "P9,A1,Mrs,Ruth,Ashworth,Mother,T,F,1\n"))
    assert [why for _, _, why in report.refused] == ["No pupil has the MIS id P9. Import the pupils first."]
    assert set(office.ties()) == {("A1", "P1"), ("A1", "P2"), ("A2", "P1"), ("A3", "P3")}

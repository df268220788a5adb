"""What an import means for who sees whom: it can take sight away, at once and with a task, and never gives any."""

from datetime import timedelta

import pytest

from portal_core.domain.clauses import Clause
from portal_core.services.casework import open_investigation, restrict, settle_court_flag
from portal_core.services.returned import hash_of
from portal_core.store import people
from portal_core.store.accounts import Account
from portal_core.store.recovery import EmailChange, FormerAddress, ResetLink
from portal_core.store.school import TaskKind
from tests.services.office import CONTACTS, NOON, PUPILS, later

AMELIA = "P1,Amelia,Ashworth,2012-05-01,9,9A,2022-09-05,"
RUTH = "P1,A1,Mrs,Ruth,Ashworth,Mother,T,F,1"


@pytest.mark.clause(Clause.USER_1)
def test_an_import_verifies_nobody(office):
    """A flag in a file is evidence; blank is not yes."""
    office.enter()

    assert {who: (str(tie.responsibility), tie.verified_at) for who, tie in office.ties().items()} == {
        ("A1", "P1"): ("yes", None),
        ("A1", "P2"): ("yes", None),
        ("A2", "P1"): ("no", None),
        ("A3", "P3"): ("unknown", None),
    }


@pytest.mark.clause(Clause.USER_1)
@pytest.mark.parametrize("said", ["F", "", "see file"], ids=["withdrawn", "left blank", "unreadable"])
def test_responsibility_withdrawn_refuses_at_once_and_its_return_restores_nothing(office, said):
    office.enter()
    office.open_account("A1")
    assert office.sees("A1", NOON) == {"P1", "P2"}

    gone = CONTACTS.replace(RUTH, f"P1,A1,Mrs,Ruth,Ashworth,Mother,{said},F,1")
    report = office.enter(at=later(1), files=office.files(contacts=gone))
    assert (office.sees("A1", later(1)), report.losing) == ({"P2"}, [("A1", "P1")])
    assert office.tasks() == [(TaskKind.RESPONSIBILITY_WITHDRAWN, "A1 P1")]

    office.enter(at=later(2))
    assert office.sees("A1", later(2)) == {"P2"}
    assert office.tasks() == [
        (TaskKind.RESPONSIBILITY_WITHDRAWN, "A1 P1"),
        (TaskKind.VERIFY_RESPONSIBILITY, "A1 P1"),
    ]
    assert office.sees("A1", NOON) == {"P1", "P2"}  # what was decided then can still be told


@pytest.mark.clause(Clause.REVOKE_2)
def test_a_court_flag_refuses_at_once_and_is_not_gone_with_the_flag(office):
    """What opens again is for whoever has read the order to decide."""
    office.enter()
    office.open_account("A1")
    flagged = CONTACTS.replace(RUTH, "P1,A1,Mrs,Ruth,Ashworth,Mother,T,T,1")

    report = office.enter(at=later(1), files=office.files(contacts=flagged))
    assert (office.sees("A1", later(1)), report.losing) == ({"P2"}, [("A1", "P1")])
    assert office.tasks() == [(TaskKind.COURT_FLAG, "A1 P1")]
    office.enter(at=later(2))
    assert office.sees("A1", later(2)) == {"P2"}
    office.enter(at=later(3), files=office.files(contacts=flagged))
    assert office.tasks() == [(TaskKind.COURT_FLAG, "A1 P1")]


@pytest.mark.clause(Clause.REVOKE_2)
def test_a_flag_that_was_settled_does_not_come_back_by_the_next_file(office):
    flagged = CONTACTS.replace(RUTH, "P1,A1,Mrs,Ruth,Ashworth,Mother,T,T,1")
    office.enter(files=office.files(contacts=flagged))
    office.open_account("A1")
    tie = office.ties()["A1", "P1"]
    settle_court_flag(office.store, by=office.lead(), at=NOON, adult=tie.adult_id, pupil=tie.pupil_id)

    office.enter(at=later(1), files=office.files(contacts=flagged))
    assert office.sees("A1", later(1)) == {"P1", "P2"}


@pytest.mark.clause(Clause.REVOKE_2)
def test_a_child_connected_after_an_order_waits_for_a_decision(office):
    """The adult's restriction names the children it covers; of another, nobody has decided."""
    office.enter()
    office.open_account("A1")
    lead = office.lead()
    restrict(
        office.store, by=lead, at=later(1), adult=office.ties()["A1", "P1"].adult_id, clause=Clause.REVOKE_2,
        pupils=[office.ties()["A1", "P1"].pupil_id], evidence="file 3", review_on=later(30).day,
    )  # fmt: skip
    office.enter(at=later(2), files=office.files(contacts=CONTACTS + "P3,A1,Mrs,Ruth,Ashworth,Aunt,T,F,4\n"))
    assert office.tasks() == [(TaskKind.CHILD_LINKED_LATER, "A1 P3"), (TaskKind.VERIFY_RESPONSIBILITY, "A1 P3")]


@pytest.mark.clause(Clause.USER_1)
def test_a_further_child_of_somebody_with_an_account_is_to_be_verified(office):
    """Of somebody without one the checks list asks before there is an account."""
    office.enter()
    office.open_account("A1")
    more = CONTACTS + "P3,A1,Mrs,Ruth,Ashworth,Aunt,T,F,4\nP2,A4,Mr,Ben,Ashworth,Uncle,T,F,4\n"
    office.enter(at=later(1), files=office.files(contacts=more))

    assert office.tasks() == [(TaskKind.VERIFY_RESPONSIBILITY, "A1 P3")]
    assert office.sees("A1", later(1)) == {"P1", "P2"}


@pytest.mark.parametrize("then", ["2026-03-12", "2026-03-20"], ids=["left", "is to leave"])
def test_who_comes_back_on_roll_is_verified_anew(office, then):
    """Leaving ends sight, and no import ever restores it."""
    office.enter()
    office.open_account("A1")
    office.enter(at=later(1), files=office.files(pupils=PUPILS.replace(AMELIA, AMELIA + then)))
    assert office.sees("A1", later(9)) == {"P2"}
    report = office.enter(at=later(9))

    assert (office.sees("A1", later(9)), report.gaining) == ({"P2"}, [])
    assert office.tasks() == [(TaskKind.VERIFY_RESPONSIBILITY, "A1 P1")]


def test_a_spell_to_come_after_a_gap_is_verified_anew(office):
    """One file says that the pupil left and will be back: on the first day back nobody sees them by themselves."""
    office.enter()
    office.open_account("A1")
    back = AMELIA + "2026-02-27\nP1,Amelia,Ashworth,2012-05-01,9,9A,2026-04-20,"
    office.enter(at=later(1), files=office.files(pupils=PUPILS.replace(AMELIA, back)))

    assert [office.sees("A1", later(days)) for days in (1, 60)] == [{"P2"}, {"P2"}]
    assert office.tasks() == [(TaskKind.VERIFY_RESPONSIBILITY, "A1 P1")]


def test_a_leaving_day_moved_while_on_roll_changes_no_sight(office):
    office.enter()
    office.open_account("A1")
    for days, until in ((1, "2026-07-17"), (2, "2026-07-10"), (3, "")):
        office.enter(at=later(days), files=office.files(pupils=PUPILS.replace(AMELIA, AMELIA + until)))
        assert office.sees("A1", later(days)) == {"P1", "P2"}
    assert office.tasks() == []


@pytest.mark.parametrize("withheld", [False, True], ids=["with access", "from whom it is withheld"])
def test_a_corrected_birth_that_would_open_a_record_does_not(office, withheld):
    """Whatever the cause, sight that the records would give loses its verification in the same transaction."""
    office.enter(files=office.files(pupils=PUPILS.replace("2012-05-01", "2006-05-01")))
    office.open_account("A1")
    assert office.sees("A1", NOON) == {"P2"}
    if withheld:
        restrict(
            office.store, by=office.lead(), at=NOON, adult=office.ties()["A1", "P1"].adult_id, clause=Clause.REVOKE_3,
            pupils=None, evidence="file 5",
        )  # fmt: skip

    report = office.enter(at=later(1))
    assert report.gaining == [("A1", "P1")]
    assert office.ties()["A1", "P1"].verified_at is None
    assert office.tasks() == [(TaskKind.VERIFY_RESPONSIBILITY, "A1 P1")]


@pytest.mark.clause(Clause.REVOKE_4)
def test_what_is_told_of_sight_is_the_same_whatever_the_school_has_decided(office):
    """Whoever imports must not learn from it that access is withheld, nor from whom."""
    office.enter()
    office.open_account("A1")
    gone = office.files(contacts=CONTACTS.replace(RUTH, "P1,A1,Mrs,Ruth,Ashworth,Mother,F,F,1"))
    told = office.preview(at=later(1), files=gone)
    open_investigation(
        office.store, by=office.lead(), at=NOON, pupils=[office.ties()["A1", "P1"].pupil_id], reference="file 4"
    )
    assert office.sees("A1", later(1)) == {"P2"}
    assert (told.losing, told.counts) == ([("A1", "P1")], office.preview(at=later(1), files=gone).counts)


def test_a_full_file_proposes_who_is_missing_and_withdraws_whom_it_no_longer_names(office):
    """A leaver is a proposal; a responsibility that the records no longer hold is none, and refused at once."""
    office.enter()
    office.open_account("A1")
    fewer = PUPILS.replace("P3,Zayn,Malik,2013-01-20,8,8B,2024-09-04,\n", "")
    alone = CONTACTS.replace(RUTH + "\n", "")

    office.enter(at=later(1), files=office.files(pupils=fewer, contacts=alone), full=True, most_leaving=None)

    assert office.tasks() == [(TaskKind.MISSING_PUPIL, "P3"), (TaskKind.RESPONSIBILITY_WITHDRAWN, "A1 P1")]
    assert (office.sees("A1", later(1)), office.ties()["A1", "P1"].responsibility) == ({"P2"}, "unknown")
    assert office.count(people.Enrolment, people.Enrolment.ended_on.is_not(None)) == 0
    office.enter(at=later(2), full=True)
    assert office.tasks() == [
        (TaskKind.RESPONSIBILITY_WITHDRAWN, "A1 P1"),
        (TaskKind.VERIFY_RESPONSIBILITY, "A1 P1"),
    ]


def test_a_full_file_without_any_contact_of_a_child_withdraws_the_last(office):
    """Of pupils on roll; contacts of those who have left are often left out."""
    office.enter(files=office.files(pupils=PUPILS.replace("2025-09-03,", "2025-09-03,2026-02-01")))
    office.open_account("A1")
    others = CONTACTS.replace("P1,A1,Mrs,Ruth,Ashworth,Mother,T,F,1\nP2,A1,Mrs,Ruth,Ashworth,Mother,T,F,1\nP1,A2,Mrs,Edna,"
                              "Ashworth,Grandmother,F,F,2\n", "")  # fmt: skip
    left = office.files(pupils=PUPILS.replace("2025-09-03,", "2025-09-03,2026-02-01"), contacts=others)
    office.enter(at=later(1), files=left, full=True, most_leaving=None)

    assert office.tasks() == [(TaskKind.RESPONSIBILITY_WITHDRAWN, "A1 P1")]


def test_files_that_are_not_full_say_nothing_of_whom_they_do_not_name(office):
    office.enter()
    office.open_account("A1")
    office.enter(at=later(1), files=office.files(pupils=PUPILS.splitlines()[0] + "\n" + AMELIA + "\n", contacts=None))
    assert (office.tasks(), office.sees("A1", later(1))) == ([], {"P1", "P2"})


@pytest.mark.clause(Clause.PASS_2)
def test_an_address_corrected_by_the_school_ends_what_was_sent_to_the_one_before(office):
    """A link to a new password, a change that waits for a yes; and it is kept in mind whose it was, not which."""
    before = CONTACTS.replace("Priority", "Priority,Email").replace("T,F,1\n", "T,F,1,ruth@old.example\n")
    office.enter(files=office.files(contacts=before))
    [adult] = office.rows(people.Adult, people.Adult.mis_id == "A1")
    with office.store.counting() as session:
        session.add(account := Account(adult_id=adult.id, username="ruth"))
        session.flush()
        times = {"account_id": account.id, "made_at": NOON.instant, "expires_at": NOON.instant + timedelta(hours=1)}
        session.add(ResetLink(token_hash=b"1", **times))
        session.add(EmailChange(address="evil@evil.example", new_hash=b"2", **times))
    office.enter(files=office.files(contacts=before.replace("@old.", "@new.")))
    assert (
        office.rows(ResetLink, ResetLink.ended_at.is_(None))
        == office.rows(EmailChange, EmailChange.ended_at.is_(None))
        == []
    )
    assert [(one.adult_id, one.address_hash) for one in office.rows(FormerAddress)] == [
        (adult.id, hash_of("ruth@old.example"))
    ]

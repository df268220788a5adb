"""Records whose time is over: who is due, what erasing leaves, and who is kept (SEC-5)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from portal_core.domain.clauses import Clause
from portal_core.errors import NotPermitted, Stale
from portal_core.services import families, retention
from portal_core.services.listing import Wanted
from portal_core.services.retention import due, erase, erase_requests
from portal_core.store.base import Base
from portal_core.store.casework import InvestigatedPupil, Investigation
from portal_core.store.enquiries import Enquiry
from portal_core.store.information import Basis, InformationRequest
from portal_core.store.intake import AccessRequest, WaitingChecks
from portal_core.store.people import Adult, Connection, Enrolment, Pupil
from portal_core.store.registers import Mark, Point
from portal_core.store.school import Task, TaskKind

LEFT = date(2018, 7, 20)


@pytest.fixture
def school(at_work):
    """The children of the Ashworths, of the Maliks and of the Redferns left in 2018; seven years are over by now."""
    leave(at_work, "Amelia", "Noah", "Zayn", "Lily")
    return at_work


def leave(school, *names, day=LEFT):
    ids = [school.families.pupils[name] for name in names]
    with school.engine.begin() as connection:
        spells = update(Enrolment).where(Enrolment.pupil_id.in_(ids))
        connection.execute(spells.values(begun_on=date(2014, 9, 1), ended_on=day))


def names(school):
    return {one.pupil.name.split()[0] for one in school.does(due, "data_manager", wanted=Wanted()).rows}


def ids(school, *names):
    return [school.families.pupils[name] for name in names]


def texts(school):
    """Everything that stands in any table, as one text."""
    with school.engine.connect() as connection:
        return "\n".join(
            repr(tuple(row)) for table in Base.metadata.sorted_tables for row in connection.execute(select(table))
        )


def test_due_is_who_left_long_ago_and_is_not_still_asked_about(school):
    leave(school, "Jude", "Toby")
    assert names(school) == {"Amelia", "Noah", "Zayn"}  # Lily, Jude and Toby: access is withheld, on three grounds
    leave(school, "Noah", day=date(2019, 7, 20))
    assert names(school) == {"Amelia", "Zayn"}
    with school.store.counting() as session:
        session.add(
            InformationRequest(
                pupil_id=school.families.pupils["Zayn"], asker="Alan", reach="", basis=next(iter(Basis)), came_on=LEFT,
                due_on=LEFT, taken_by_id=school.families.staff["office"], taken_at=school.families.now,
            )
        )  # fmt: skip
    assert names(school) == {"Amelia"}
    with school.store.counting() as session:
        session.execute(
            update(Investigation).values(
                closed_at=school.families.now, closed_by_id=school.families.staff["deputy_lead"]
            )
        )
    assert names(school) == {"Amelia", "Lily"}


def test_a_child_who_came_back_is_not_due(school):
    with school.store.counting() as session:
        session.add(
            Enrolment(
                pupil_id=school.families.pupils["Zayn"], begun_on=date(2025, 9, 1), year_group=12, form="12A",
                recorded_at=school.families.now,
            )
        )  # fmt: skip
    assert names(school) == {"Amelia", "Noah"}


@pytest.mark.clause(Clause.SEC_5)
def test_nothing_that_names_them_is_left_and_the_audit_stands(school):
    """Nor what anybody wrote about them; the numbers and the chain of the audit do."""
    with school.store.counting() as session:
        account = school.families.accounts["one_child"]
        session.add(Enquiry(account_id=account, asked_at=school.families.now, text="Zayn's eczema"))
    school.does(erase, "data_manager", pupils=ids(school, "Zayn"))
    left = texts(school)
    for word in ("Zayn", "Malik", "Imran", "one_child", "eczema"):
        assert word not in left
    with school.engine.connect() as connection:
        pupil = ids(school, "Zayn")[0]
        for table in (Mark, Point):
            assert connection.scalar(select(table.pupil_id).where(table.pupil_id == pupil)) is None
        assert connection.scalar(select(Mark.pupil_id).where(Mark.pupil_id == ids(school, "Amelia")[0]).limit(1))
    assert ("erased records" in [verb for _, verb in school.said()], names(school)) == (True, {"Amelia", "Noah"})
    assert school.sees("one_child") == set()


def test_a_refused_request_stays_refused_without_its_words(school):
    """Else the record of whoever asked would look as if it had been released."""
    pupil, office, now = ids(school, "Zayn")[0], school.families.staff["office"], school.families.now
    with school.store.counting() as session:
        for reason in ("It names Zayn.", None):
            session.add(
                InformationRequest(
                    pupil_id=pupil, asker="Kim", reach="x", basis=next(iter(Basis)), came_on=LEFT, due_on=LEFT,
                    taken_by_id=office, taken_at=now, refusal=reason, ended_at=now, ended_by_id=office,
                )
            )  # fmt: skip
    school.does(erase, "data_manager", pupils=[pupil])
    with school.engine.connect() as connection:
        left = connection.execute(select(InformationRequest.asker, InformationRequest.refusal)).all()
    assert sorted(left, key=repr) == [("", ""), ("", None)]


def test_an_adult_stays_while_another_child_is_on_record(school):
    first, second = ids(school, "Amelia", "Noah")
    assert school.does(erase, "data_manager", pupils=[first]).adults == 0
    with school.engine.connect() as connection:
        ruth = connection.execute(select(Adult.surname).where(Adult.id == school.families.adults["two_children"]))
        assert ruth.scalar_one() == "Ashworth"
    assert school.does(erase, "data_manager", pupils=[second]).adults == 2  # and the grandmother
    assert "Ashworth" not in texts(school)


def test_nobody_finds_the_erased(school):
    school.does(erase, "data_manager", pupils=ids(school, "Zayn"))
    assert school.does(families.find, "office", words="Malik") == []
    assert school.does(families.find, "office", words="erased") == []


def test_who_is_not_due_any_more_keeps_everything_and_so_does_everybody_else_on_the_page(school):
    before = school.rows("audit_entry")
    for asked in ([], ids(school, "Amelia", "Lily"), [*ids(school, "Amelia"), 999_999]):
        with pytest.raises(Stale, match="Nothing has been erased"):
            school.does(erase, "data_manager", pupils=asked)
    assert school.rows("audit_entry") == before


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize("who", ["office", "lead", "administrator", "analyst", "two_children"])
def test_nobody_else_sees_or_erases_them(school, who):
    for verb, given in ((due, {"wanted": Wanted()}), (erase, {"pupils": ids(school, "Amelia")})):
        with pytest.raises(NotPermitted):
            school.does(verb, who, **given)
    assert names(school) == {"Amelia", "Noah", "Zayn"}


@pytest.mark.clause(Clause.SEC_5, Clause.REVOKE_4)
def test_what_is_opened_while_the_list_is_erased_keeps_its_child(school, monkeypatch):
    """Asked anew for each child, in the transaction that erases them; one named twice is erased once."""
    real = retention._erase_pupil

    def opens(work, pupil):
        real(work, pupil)
        if pupil == ids(school, "Amelia")[0]:
            lead = school.families.staff["lead"]
            case = work.add(Investigation(reference="SG 9", opened_at=work.at.instant, opened_by_id=lead))
            work.add(InvestigatedPupil(investigation_id=case.id, pupil_id=ids(school, "Zayn")[0]))

    monkeypatch.setattr(retention, "_erase_pupil", opens)
    done = school.does(erase, "data_manager", pupils=ids(school, "Amelia", "Amelia", "Zayn"))
    assert done.pupils == 1
    with school.engine.connect() as connection:
        assert connection.scalar(select(Pupil.erased_at).where(Pupil.id == ids(school, "Zayn")[0])) is None


@pytest.mark.clause(Clause.SEC_5)
def test_what_a_clerk_wrote_in_a_checks_list_goes_with_the_adult(school):
    adult = school.families.adults["one_child"]
    with school.store.counting() as session:
        session.add(
            WaitingChecks(
                adult_id=adult, identity="", evidence="adoption or special guardianship order", reference="seen by Imran's aunt",
                pupils=str(ids(school, "Zayn")[0]), made_at=school.families.now, made_by_id=school.families.staff["office"],
            )
        )  # fmt: skip
        session.add(Task(kind=TaskKind.SECOND_CHECK, subject=f"adult:{adult}", opened_at=school.families.now))
    school.does(erase, "data_manager", pupils=ids(school, "Zayn"))
    assert "aunt" not in texts(school)
    with school.engine.connect() as connection:
        assert connection.scalar(select(WaitingChecks.ended_at).where(WaitingChecks.adult_id == adult)) is not None
        assert connection.scalar(select(Task.done_at).where(Task.kind == TaskKind.SECOND_CHECK)) is not None


def test_what_breaks_off_leaves_each_pupil_whole_or_gone(school, monkeypatch):
    """A crash on the second of two: the first is gone, the second is as it was, and due."""
    kept, real = {}, retention._erase_adult

    def breaks(work, adult):
        if adult == school.families.adults["one_child"]:
            raise RuntimeError("power cut")
        real(work, adult)

    monkeypatch.setattr(retention, "_erase_adult", breaks)
    with school.engine.connect() as connection:
        zayn = ids(school, "Zayn")[0]
        kept["marks"] = len(connection.execute(select(Mark).where(Mark.pupil_id == zayn)).all())
        with pytest.raises(RuntimeError):
            school.does(erase, "data_manager", pupils=ids(school, "Amelia", "Zayn"))
    with school.engine.connect() as connection:
        assert len(connection.execute(select(Mark).where(Mark.pupil_id == zayn)).all()) == kept["marks"] > 0
        assert connection.scalar(select(Pupil.erased_at).where(Pupil.id == ids(school, "Amelia")[0])) is not None
    assert names(school) == {"Noah", "Zayn"}


def test_requests_lose_their_words_a_year_after_they_ended(at_work):
    now, office = at_work.families.now, at_work.families.staff["office"]
    with at_work.store.counting() as session:
        for name, days in (("Olden Daze", 366), ("Late Lee", 364)):
            ended = {"ended_at": now - timedelta(days=days), "ended_by_id": office}
            session.add(
                AccessRequest(made_at=datetime(2020, 1, 1, tzinfo=UTC), name=name, children="Kim", reach="x", **ended)
            )
            session.add(
                InformationRequest(
                    pupil_id=at_work.families.pupils["Zayn"], asker=name, reach="x", basis=next(iter(Basis)), came_on=LEFT,
                    due_on=LEFT, taken_by_id=office, taken_at=now, refusal=f"No, {name}.", **ended,
                )
            )  # fmt: skip
    asked = {"by": retention.UPKEEP, "at": at_work.store.moment()}
    assert (erase_requests(at_work.store, **asked), erase_requests(at_work.store, **asked)) == (2, 0)
    left = texts(at_work)
    assert ("Olden Daze" in left, "Late Lee" in left) == (False, True)


def test_the_last_connection_that_was_superseded_counts_as_well(school):
    """An adult whose connection was corrected away is erased with the child all the same."""
    with school.store.counting() as session:
        tie = session.scalar(select(Connection).where(Connection.adult_id == school.families.adults["grandmother"]))
        tie.superseded_at = school.families.now
    school.does(erase, "data_manager", pupils=ids(school, "Amelia", "Noah"))
    assert "Edna" not in texts(school)

"""A parent's own e-mail address: another one counts after a yes from both, the first one after its own."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal_core.domain.clauses import Clause
from portal_core.domain.mail import MailKind
from portal_core.errors import BadInput, SignInRefused, Throttled
from portal_core.services import desk, own_email
from portal_core.services.accounts import renew_code
from portal_core.store.jobs import Job
from portal_core.store.people import Adult
from portal_core.store.school import TaskKind
from tests.families import PASSWORD
from tests.security.conftest import VAULT
from tests.services.office import CONTACTS, later

OLD, NEW = "ruth@home.example", "ruth@new.example"


@pytest.fixture
def school(at_work):
    with at_work.store.counting() as session:
        session.get_one(Adult, at_work.families.adults["two_children"]).email = OLD
        session.get_one(Adult, at_work.families.adults["one_child"]).email = ""
    return at_work


def ask(school, who="two_children", address=NEW, password=PASSWORD):
    school.does(own_email.ask_to_change, who, address=address, password=password, vault=VAULT)


def written(school, *kinds):
    """To which address each message of some kinds goes, with its token; if none is named, those that ask for a yes."""
    kinds = kinds or (MailKind.EMAIL_CHANGE_AGREE, MailKind.EMAIL_CHANGE_CONFIRM)
    with school.store.counting() as session:
        said = [
            json.loads(VAULT.open(job.sealed))
            for job in session.scalars(select(Job).where(Job.kind.in_(kinds)).order_by(Job.id))
        ]
    return {one["to"]: one.get("link", "").removeprefix("/email?t=") for one in said}


def yes(school, token):
    return own_email.confirm_address(school.store, token=token, at=school.at(), vault=VAULT)


def own(school, who="two_children"):
    return school.does(own_email.own_address, who)


@pytest.mark.clause(Clause.PASS_2)
@pytest.mark.parametrize("first", [OLD, NEW])
def test_another_address_counts_once_both_have_said_yes(school, first):
    """In either order; both are told, and staff find a task to correct the records."""
    ask(school)
    links = written(school)
    assert set(links) == {OLD, NEW}
    second = ({OLD, NEW} - {first}).pop()
    assert yes(school, links[first]) is False
    assert yes(school, links[first]) is False  # the same again is no second yes
    assert (own(school).address, own(school).waiting) == (OLD, NEW)
    assert yes(school, links[second]) is True

    assert (own(school).address, own(school).waiting) == (NEW, "")
    assert set(written(school, MailKind.EMAIL_CHANGED_NOTICE)) == {OLD, NEW}
    assert school.does(desk.counts, "office")[TaskKind.EMAIL_CHANGED] == 1
    with pytest.raises(SignInRefused):
        yes(school, links[first])
    assert OLD not in repr(school.rows()["audit_entry"])
    assert NEW not in repr(school.rows()["email_change"])


def test_a_first_address_counts_once_it_has_said_yes(school):
    ask(school, "one_child", "imran@home.example")
    links = written(school)
    assert set(links) == {"imran@home.example"}
    assert yes(school, links["imran@home.example"]) is True
    assert own(school, "one_child").address == "imran@home.example"


@pytest.mark.parametrize(
    ("address", "password", "fault"),
    [
        *((wrong, PASSWORD, BadInput) for wrong in ("", "ruth", "ruth@", "@home.example", "a b@home.example", "ruth@home", "r@h.example\nBcc: x@y.example", "a@b@c.example", "x" * 200 + "@a.example", "rúth@home.example")),
        (OLD.upper(), PASSWORD, BadInput),
        (NEW, "not this one", SignInRefused),
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_taken_changes_nothing(school, address, password, fault):
    with pytest.raises(fault):
        ask(school, address=address, password=password)
    assert written(school) == {}
    assert own(school).waiting == ""


def test_the_latest_change_alone_counts(school):
    """Also where the one before was never answered, in its day or after it."""
    ask(school)
    before = written(school)[NEW]
    school.families.now += timedelta(hours=25)
    ask(school, address="third@home.example")
    with pytest.raises(SignInRefused):
        yes(school, before)
    assert own(school).waiting == "third@home.example"


@pytest.mark.parametrize(("hours", "counts"), [(23, True), (25, False)])
def test_a_link_lasts_a_day(school, hours, counts):
    ask(school)
    links = written(school)
    school.families.now += timedelta(hours=hours)
    assert (own_email.waiting_link(school.store, token=links[OLD], at=school.store.moment()) is not None) is counts


def test_a_change_may_be_stopped(school):
    ask(school)
    links = written(school)
    school.does(own_email.stop_change, "two_children")
    for token in links.values():
        with pytest.raises(SignInRefused):
            yes(school, token)
    assert own(school).address == OLD


def test_asking_slows_down(school):
    by = school.by("two_children")
    for number in range(3):
        own_email.ask_to_change(
            school.store,
            by=by,
            address=f"a{number}@b.example",
            password=PASSWORD,
            at=school.store.moment(),
            vault=VAULT,
        )
    with pytest.raises(Throttled):
        own_email.ask_to_change(
            school.store, by=by, address="z@b.example", password=PASSWORD, at=school.store.moment(), vault=VAULT
        )


@pytest.mark.clause(Clause.PASS_1)
def test_a_new_code_from_the_school_forgets_an_address_given_in_the_portal(school):
    """Whoever had the account may have given it; one from the records stays."""
    ask(school, "one_child", "imran@home.example")
    yes(school, written(school)["imran@home.example"])
    for who in ("one_child", "two_children"):
        school.does(renew_code, "office", account=school.families.accounts[who])
    with school.store.counting() as session:
        kept = [session.get_one(Adult, school.families.adults[who]).email for who in ("one_child", "two_children")]
    assert kept == ["", OLD]


def test_an_import_leaves_an_address_that_its_owner_confirmed(office):
    """One from the records is still corrected from the records."""
    office.enter()
    with office.store.counting() as session:
        by_id = {one.mis_id: one for one in session.scalars(select(Adult))}
        by_id["A1"].email, by_id["A1"].email_own = NEW, True
        by_id["A3"].email = "before@home.example"
    office.enter(later(1), files=office.files(contacts=CONTACTS.replace("Grandmother", "Gran")))
    assert {one.mis_id: one.email for one in office.rows(Adult)} == {"A1": NEW, "A2": "", "A3": ""}

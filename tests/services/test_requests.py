"""Requests for access: anybody may ask, nobody learns anything by it, and a person decides."""

import pytest
from sqlalchemy import func, select

from portal_core.domain.clauses import Clause
from portal_core.errors import BadInput, NotPermitted, Stale, Throttled
from portal_core.services import accounts, desk, requests
from portal_core.services.accounts import Checks, Evidence, IdentitySeen
from portal_core.services.listing import Wanted
from portal_core.services.requests import Asked, Which
from portal_core.store.intake import AccessRequest, Denial
from portal_core.store.people import Adult, Connection
from portal_core.store.school import TaskKind
from tests.services.test_intake import joined

ASKED = Asked("Robin Newcombe0", "Sam Newcombe0", "robin@family.example", "Hello")


def by_form(school, asked=ASKED, address="192.0.2.7"):
    requests.ask_for_access(school.store, asked=asked, address=address, at=school.at())


def waiting(school):
    return school.does(desk.counts, "office").get(TaskKind.ACCESS_REQUEST, 0)


def listed(school, which=Which.OPEN, **wanted):
    return [one.id for one in school.does(requests.requests, "office", wanted=Wanted(**wanted), which=which).rows]


@pytest.mark.clause(Clause.PASS_1)
def test_from_the_form_to_the_account(at_work):
    """It is matched by a person, and ends with the checks."""
    [adult] = joined(at_work, 1, verified=False)
    by_form(at_work)
    [id_] = listed(at_work)
    assert waiting(at_work) == 1
    one, alike = at_work.does(requests.request, "office", id_=id_)
    assert (one.asked, one.adult, one.taken_by) == (ASKED, None, None)
    assert [(found.id, found.why) for found in alike] == [(adult, "of that name, a child of that name")]
    at_work.does(requests.match, "office", id_=id_, adult=adult)
    assert listed(at_work) == [id_]
    children = frozenset(pupils_of(at_work, adult))
    checks = Checks(IdentitySeen.IN_PERSON, Evidence.BIRTH_CERTIFICATE, "file 3", children, True)
    at_work.does(accounts.issue_account, "office", adult=adult, checks=checks)
    assert (listed(at_work), listed(at_work, Which.ENDED), waiting(at_work)) == ([], [id_], 0)


def pupils_of(school, adult):
    with school.engine.connect() as connection:
        return connection.scalars(select(Connection.pupil_id).where(Connection.adult_id == adult)).all()


@pytest.mark.clause(Clause.PASS_1)
def test_an_adult_is_proposed_by_the_name_of_the_child_too(at_work):
    """And by the telephone number, however it is written; each with why."""
    ids = at_work.families.adults
    with at_work.store.counting() as session:
        session.get(Adult, ids["court_order"]).telephone = "01632 960999"
    by_form(at_work, Asked("Somebody", "Amelia", "+44 1632 960 999"))
    [id_] = listed(at_work)
    _, alike = at_work.does(requests.request, "office", id_=id_)
    why = {one.id: one.why for one in alike}
    assert why[ids["two_children"]] == "a child of that name"
    assert why[ids["court_order"]] == "same telephone number"


def test_denied_once_and_the_second_clerk_is_told_who_did(at_work):
    by_form(at_work)
    [id_] = listed(at_work)
    at_work.does(requests.deny, "office", id_=id_, denial=Denial.NOT_ON_ROLL)
    for verb, given in ((requests.deny, {"denial": Denial.NOT_REAL}), (requests.match, {"adult": 1})):
        with pytest.raises(Stale, match="has decided on this request already"):
            at_work.does(verb, "office", id_=id_, **given)
    one, _ = at_work.does(requests.request, "office", id_=id_)
    assert one.denial is Denial.NOT_ON_ROLL
    assert waiting(at_work) == 0
    assert "denied a request for access" in [verb for _, verb in at_work.said()]


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(Asked("", "Sam", "x"), id="no name"),
        pytest.param(Asked("Robin", " ", "x"), id="no child"),
        pytest.param(Asked("Robin", "Sam", ""), id="no way to answer"),
        pytest.param(Asked("x" * 151, "Sam", "x"), id="a long name"),
        pytest.param(Asked("Robin", "Sam", "x", "x" * 10_000), id="a long story"),
    ],
)
def test_what_is_missing_or_too_long_is_said_and_nothing_kept(at_work, asked):
    before = at_work.rows()
    with pytest.raises(BadInput):
        by_form(at_work, asked)
    with pytest.raises(BadInput):
        at_work.does(requests.take, "office", asked=asked)
    assert at_work.rows() == before


def test_a_flood_from_one_address_is_slowed_down_and_from_many_does_not_bury_the_rest(at_work, monkeypatch):
    with pytest.raises(Throttled):
        all(by_form(at_work) is None for _ in range(40))
    monkeypatch.setattr(requests, "MOST_WAITING", len(listed(at_work)))
    with pytest.raises(BadInput, match="by telephone or in person"):
        by_form(at_work, address="192.0.2.99")
    taken = at_work.does(requests.take, "office", asked=ASKED)
    assert taken in listed(at_work)


@pytest.mark.parametrize("name", ["O'Brien'); DROP TABLE adult;--", "محمد", "%", "Åsa \u202eevil", "=1+1"])
def test_names_in_any_script_are_kept_and_found_as_typed(at_work, name):
    by_form(at_work, Asked(name, "Sam", "x"))
    [id_] = listed(at_work, find=name.split()[0])
    one, _ = at_work.does(requests.request, "office", id_=id_)
    assert one.asked.name == name


@pytest.mark.parametrize("who", ["lead", "data_manager", "analyst", "administrator", "two_children"])
def test_nobody_else_reads_or_decides(at_work, who):
    by_form(at_work)
    [id_] = listed(at_work)
    for verb, given in (
        (requests.requests, {"wanted": Wanted()}), (requests.request, {"id_": id_}), (requests.take, {"asked": ASKED}),
        (requests.match, {"id_": id_, "adult": 1}), (requests.deny, {"id_": id_, "denial": Denial.NOT_REAL}),
    ):  # fmt: skip
        with pytest.raises(NotPermitted):
            at_work.does(verb, who, **given)


def test_the_audit_holds_no_word_of_what_was_typed(at_work):
    by_form(at_work)
    with at_work.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(AccessRequest)) == 1
    assert "Robin" not in str(at_work.rows()["audit_entry"])

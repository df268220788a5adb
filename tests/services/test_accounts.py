"""Accounts from the school's checks to the last day, of parents and of staff: never two live codes, never without the checks."""

import pytest
from sqlalchemy import select, text

from portal_core.domain.clauses import Clause, Role
from portal_core.domain.people import AccountState
from portal_core.errors import BadInput, NotFound, NotPermitted, Stale
from portal_core.security.credentials import code_hash
from portal_core.services import accounts, staff
from portal_core.services.accounts import Checks, Evidence, IdentitySeen, close_account, issue_account, renew_code
from portal_core.store.accounts import Account, ActivationCode, Login
from portal_core.store.people import Connection
from tests.services.people import School


@pytest.fixture
def newcomer(at_work: School) -> int:
    """The adult `one_child`, as the import leaves people: no account, nothing verified."""
    adult, account = at_work.families.adults["one_child"], at_work.families.accounts["one_child"]
    with at_work.store.counting() as session:
        for row in session.query(Connection).filter_by(adult_id=adult):
            row.verified_at = row.verified_by_id = None
    at_work.does(close_account, "office", account=account)
    return adult


def checks(school, **changed):
    given = {
        "identity": IdentitySeen.IN_PERSON, "evidence": Evidence.BIRTH_CERTIFICATE, "reference": "file 12",
        "pupils": frozenset({school.families.pupils["Zayn"]}), "duplicates_looked_at": True,
    }  # fmt: skip
    return Checks(**(given | changed))


def live_codes(school):
    with school.engine.connect() as connection:
        return connection.execute(
            select(ActivationCode.account_id, ActivationCode.code_hash).where(ActivationCode.ended_at.is_(None))
        ).all()


@pytest.mark.clause(Clause.PASS_1, Clause.USER_1)
def test_the_checks_verify_and_issue_in_one(at_work, newcomer):
    """The code is kept as a hash; until it is used, nothing is seen."""
    issued = at_work.does(issue_account, "office", adult=newcomer, checks=checks(at_work))
    assert live_codes(at_work) == [(issued.account_id, code_hash(issued.code))]
    assert at_work.sees("one_child") == set()
    with at_work.engine.connect() as connection:
        row = connection.execute(
            select(Connection.evidence, Connection.verified_by_id).where(
                Connection.adult_id == newcomer, Connection.superseded_at.is_(None)
            )
        ).one()
    assert tuple(row) == ("birth certificate: file 12", at_work.families.staff["office"])
    assert [verb for _, verb in at_work.said()][-2:] == ["verified responsibility", "issued account"]


@pytest.mark.clause(Clause.PASS_1)
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"duplicates_looked_at": False}, "duplicates", id="duplicates"),
        pytest.param({"pupils": frozenset()}, "at least one child", id="no child"),
        pytest.param({"reference": " "}, "where the evidence is filed", id="no reference"),
        pytest.param({"reference": "x" * 151}, "150 characters", id="a story"),
    ],
)
def test_a_list_that_is_not_complete_issues_nothing(at_work, newcomer, changed, words):
    before = at_work.rows()
    with pytest.raises(BadInput, match=words):
        at_work.does(issue_account, "office", adult=newcomer, checks=checks(at_work, **changed))
    assert at_work.rows() == before


@pytest.mark.clause(Clause.USER_1)
def test_what_the_records_do_not_show_cannot_be_verified(at_work):
    """A grandmother without responsibility, and a child of others."""
    adult = at_work.families.adults["grandmother"]
    at_work.does(close_account, "office", account=at_work.families.accounts["grandmother"])
    with pytest.raises(BadInput, match="do not show parental responsibility"):
        at_work.does(
            issue_account,
            "office",
            adult=adult,
            checks=checks(at_work, pupils=frozenset({at_work.families.pupils["Amelia"]})),
        )
    with pytest.raises(Stale, match="do not connect"):
        at_work.does(issue_account, "office", adult=adult, checks=checks(at_work))


@pytest.mark.clause(Clause.PASS_1, Clause.PASS_3)
def test_nobody_ever_has_two_accounts_or_two_live_codes(at_work, newcomer):
    first = at_work.does(issue_account, "office", adult=newcomer, checks=checks(at_work))
    with pytest.raises(Stale, match="has an account already"):
        at_work.does(issue_account, "office", adult=newcomer, checks=checks(at_work))
    second = at_work.does(renew_code, "office", account=first.account_id)
    assert (second.code != first.code, [hash_ for _, hash_ in live_codes(at_work)]) == (True, [code_hash(second.code)])
    with at_work.engine.connect() as connection:
        assert len(connection.execute(select(Account.id).where(Account.adult_id == newcomer)).all()) == 1


@pytest.mark.clause(Clause.PASS_1)
def test_a_new_code_makes_password_and_logins_void(at_work):
    account = at_work.families.accounts["one_child"]
    at_work.by("one_child")
    at_work.does(renew_code, "office", account=account)
    with at_work.engine.connect() as connection:
        assert connection.scalar(select(Account.password_hash).where(Account.id == account)) is None
        assert (
            connection.scalars(select(Login.id).where(Login.account_id == account, Login.ended_at.is_(None))).all()
            == []
        )
    assert at_work.sees("one_child") == set()


def test_closing_ends_everything_and_is_done_once(at_work):
    account = at_work.families.accounts["unactivated"]
    at_work.does(renew_code, "office", account=account)
    at_work.does(close_account, "office", account=account)
    assert live_codes(at_work) == []
    with pytest.raises(Stale):
        at_work.does(close_account, "office", account=account)
    with pytest.raises(BadInput, match="closed"):
        at_work.does(renew_code, "office", account=account)


VERBS = {
    "issue": lambda s, who: s.does(issue_account, who, adult=1, checks=checks(s)),
    "verify": lambda s, who: s.does(
        accounts.verify_responsibility, who, adult=1, pupils=[1], evidence=Evidence.AGREEMENT, reference="file"
    ),
    "renew": lambda s, who: s.does(renew_code, who, account=s.families.accounts["one_child"]),
    "close": lambda s, who: s.does(close_account, who, account=s.families.accounts["one_child"]),
}
STAFF_VERBS = {
    "invite": lambda s, who: s.does(
        staff.invite_staff, who, staff=s.families.staff["french"], roles=[Role.ADMINISTRATOR]
    ),
    "renew": lambda s, who: s.does(renew_code, who, account=s.families.accounts["lead"]),
    "add role": lambda s, who: s.does(
        staff.add_role, who, staff=s.families.staff["office"], role=Role.SAFEGUARDING_LEAD
    ),
    "remove role": lambda s, who: s.does(
        staff.remove_role, who, staff=s.families.staff["lead"], role=Role.SAFEGUARDING_LEAD
    ),
    "close": lambda s, who: s.does(staff.close_staff_account, who, account=s.families.accounts["lead"]),
    "recover": lambda s, who: s.does(staff.recover_second_factor, who, username="lead"),
    "verify audit": lambda s, who: s.does(staff.verify_audit, who),
}


@pytest.mark.clause(Clause.SEC_3)
@pytest.mark.parametrize(
    ("verbs", "name", "without"),
    [
        *((VERBS, name, ["lead", "data_manager", "analyst", "administrator", "two_children"]) for name in VERBS),
        *((STAFF_VERBS, name, ["lead", "office", "data_manager", "analyst", "two_children"]) for name in STAFF_VERBS),
    ],
)  # fmt: skip
def test_nobody_without_the_duty_gets_any_of_it(at_work, verbs, name, without):
    before, said = at_work.rows("audit_entry"), at_work.said()
    for who in without:
        with pytest.raises(NotPermitted):
            verbs[name](at_work, who)
    assert at_work.rows("audit_entry") == before
    assert [verb for _, verb in at_work.said()[len(said) :]] == ["was refused"] * len(without)


def test_an_office_cannot_touch_an_account_of_staff_by_the_parents_verbs(at_work):
    """Its number given to a verb for parents."""
    for who in ("office", "lead"):
        with pytest.raises((NotFound, NotPermitted)):
            at_work.does(close_account, who, account=at_work.families.accounts["administrator"])
        with pytest.raises(NotPermitted):
            at_work.does(renew_code, who, account=at_work.families.accounts["administrator"])


def test_the_last_administrator_stays(at_work):
    """By role and by account; with a second one either may go."""
    first, second = (at_work.families.staff[who] for who in ("administrator", "second_administrator"))
    at_work.does(staff.remove_role, "administrator", staff=second, role=Role.ADMINISTRATOR)
    with pytest.raises(BadInput, match="last administrator"):
        at_work.does(staff.remove_role, "administrator", staff=first, role=Role.ADMINISTRATOR)
    with pytest.raises(BadInput, match="last administrator"):
        at_work.does(staff.close_staff_account, "administrator", account=at_work.families.accounts["administrator"])


def test_nobody_gives_a_role_to_themselves(at_work):
    with pytest.raises(BadInput, match="Another administrator"):
        at_work.does(
            staff.add_role, "administrator", staff=at_work.families.staff["administrator"], role=Role.SAFEGUARDING_LEAD
        )


def test_a_leaver_on_the_staff_is_cut_at_once_and_can_be_invited_anew(at_work):
    account, person = at_work.families.accounts["office"], at_work.families.staff["office"]
    at_work.by("office")
    at_work.does(staff.close_staff_account, "administrator", account=account)
    with at_work.engine.connect() as connection:
        assert (
            connection.scalars(select(Login.id).where(Login.account_id == account, Login.ended_at.is_(None))).all()
            == []
        )
    again = at_work.does(staff.invite_staff, "administrator", staff=person, roles=[Role.OFFICE])
    assert again.account_id == account
    with at_work.engine.connect() as connection:
        states = (
            connection.execute(
                text("SELECT state FROM account_status WHERE account_id = :n ORDER BY id"), {"n": account}
            )
            .scalars()
            .all()
        )
    assert states == [AccountState.ACTIVE, AccountState.CLOSED, AccountState.ISSUED]


@pytest.mark.clause(Clause.SEC_4)
def test_no_entry_of_the_audit_names_anybody(at_work, newcomer):
    """Whatever staff do: ids and values, no names, codes or references."""
    issued = at_work.does(issue_account, "office", adult=newcomer, checks=checks(at_work, reference="Malik box 3"))
    at_work.does(renew_code, "office", account=issued.account_id)
    at_work.does(staff.invite_staff, "administrator", staff=at_work.families.staff["french"], roles=[Role.OFFICE])
    with at_work.engine.connect() as connection:
        written = " ".join(connection.execute(text("SELECT actor || ' ' || detail FROM audit_entry")).scalars())
        names = set()
        for table in ("adult", "pupil", "staff"):
            names |= {
                name
                for row in connection.execute(text(f"SELECT forename, surname FROM {table}"))
                for name in row
                if len(name) > 2
            }
    assert {name for name in names if name in written} == set()
    assert issued.code not in written
    assert "box 3" not in written

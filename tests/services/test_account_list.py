"""The long list of adults and their accounts: what each standing holds, its search, order and pages; and the index behind it."""

import re

import pytest
from sqlalchemy import text

from portal_core.domain.people import AccountState
from portal_core.errors import NotPermitted
from portal_core.services import account_list, accounts, listing
from portal_core.services.account_list import Standing
from portal_core.services.listing import Wanted
from portal_core.store.people import Adult


def names(at_work, standing=Standing.ALL, **wanted):
    found = at_work.does(account_list.accounts, "office", wanted=Wanted(**wanted), standing=standing)
    return [one.name.split(maxsplit=1)[1] for one in found.rows]


def test_each_standing_holds_its_own_adults(at_work):
    assert len(names(at_work)) == len(at_work.families.adults)
    assert names(at_work, Standing.ISSUED) == ["Zofia Nowak"] == names(at_work, Standing.NEVER)
    assert names(at_work, Standing.CLOSED) == names(at_work, Standing.NONE) == []
    at_work.does(accounts.close_account, "office", account=at_work.families.accounts["one_child"])
    assert names(at_work, Standing.CLOSED) == ["Imran Malik"]
    assert "Imran Malik" not in names(at_work, Standing.ACTIVE)


def test_a_code_is_listed_by_when_it_runs_out(at_work):
    made = at_work.does(accounts.renew_code, "office", account=at_work.families.accounts["unactivated"])
    assert names(at_work, Standing.EXPIRING) == names(at_work, Standing.EXPIRED) == []
    at_work.families.now = made.expires_at - account_list.SOON
    assert names(at_work, Standing.EXPIRING) == ["Zofia Nowak"]
    at_work.families.now = made.expires_at
    assert names(at_work, Standing.EXPIRING) == []
    assert names(at_work, Standing.EXPIRED) == ["Zofia Nowak"]


def test_a_shared_address_is_shown_with_both_and_the_same_name_beside_it_as_one_on_record_twice(at_work):
    assert names(at_work, Standing.SHARED_EMAIL) == names(at_work, Standing.TWICE) == []
    ids = at_work.families.adults
    with at_work.store.counting() as session:
        one, other = (session.get(Adult, ids[who]) for who in ("court_order", "breach"))
        other.email = one.email.upper()
    assert sorted(names(at_work, Standing.SHARED_EMAIL)) == ["Karen Holroyd", "Neil Holroyd"]
    assert names(at_work, Standing.TWICE) == []  # two people in one house
    with at_work.store.counting() as session:
        session.get(Adult, ids["breach"]).forename = "NEIL"
    assert sorted(names(at_work, Standing.TWICE)) == ["NEIL Holroyd", "Neil Holroyd"]


def test_search_and_order(at_work):
    assert names(at_work, find="holroyd") == ["Karen Holroyd", "Neil Holroyd"]
    assert names(at_work, find="holroyd", sort="-name") == ["Neil Holroyd", "Karen Holroyd"]
    assert names(at_work, find="one_child") == ["Imran Malik"]  # by username
    assert names(at_work, find="holroyd", sort="id; DROP TABLE adult") == ["Karen Holroyd", "Neil Holroyd"]
    for sort in ("username", "state", "code", "seen"):
        assert sorted(names(at_work, sort=f"-{sort}")) == sorted(names(at_work))


def test_every_adult_stands_on_one_page_alone(at_work, monkeypatch):
    monkeypatch.setattr(listing, "PAGE", 4)
    by_page = [names(at_work, page=page) for page in (1, 2, 3, 4)]
    assert [len(page) for page in by_page[:3]] == [4, 4, 4]
    together = [name for page in by_page for name in page]
    assert together == sorted(together, key=lambda name: name.split()[::-1])
    assert len(set(together)) == len(together)
    assert names(at_work, page=99) == by_page[-1]
    assert names(at_work, page=0) == by_page[0]


@pytest.mark.parametrize("who", ["data_manager", "analyst", "administrator", "one_child"])
def test_whoever_lacks_the_duty_to_find_people_is_refused(at_work, who):
    with pytest.raises(NotPermitted):
        at_work.does(account_list.accounts, who, wanted=Wanted())


def test_what_is_shown_is_on_record_by_id(at_work):
    found = at_work.does(account_list.accounts, "office", wanted=Wanted(find="malik"))
    assert [(one.state, one.username) for one in found.rows] == [(AccountState.ACTIVE, "one_child")]
    with at_work.engine.connect() as connection:
        detail = connection.execute(text("SELECT detail FROM audit_entry ORDER BY id DESC LIMIT 1")).scalar_one()
    assert re.search(rf'"adults":\[{found.rows[0].id}\]', detail)
    assert "malik" not in detail.casefold()

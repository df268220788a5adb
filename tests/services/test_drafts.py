"""Text that was typed and not sent: kept by account and form, handed back once."""

from datetime import timedelta

import pytest

from portal_core.domain.clauses import Clause
from portal_core.errors import BadInput
from portal_core.security import logins
from portal_core.services import drafts


@pytest.fixture
def school(at_work):
    at_work.mine, at_work.others = (at_work.families.accounts[who] for who in ("one_child", "two_children"))
    return at_work


def keep(school, account, form="ask", **fields):
    drafts.keep(school.store, account=account, form=form, fields=fields, at=school.families.now)


def take(school, account, form="ask", **later):
    return drafts.take(school.store, account=account, form=form, at=school.families.now + timedelta(**later))


@pytest.mark.clause(Clause.USE_2)
def test_it_comes_back_once_to_its_account_and_in_its_form(school):
    keep(school, school.mine, words="Wé ‘talk’\n<b>", subject="")
    assert take(school, school.others) == take(school, school.mine, "other") == {}
    assert take(school, school.mine) == {"words": "Wé ‘talk’\n<b>"}
    assert take(school, school.mine) == {}


def test_the_last_word_counts_and_an_emptied_form_is_nothing(school):
    keep(school, school.mine, words="one")
    keep(school, school.mine, words="two")
    assert take(school, school.mine) == {"words": "two"}
    keep(school, school.mine, words="three")
    keep(school, school.mine, words=" \n")
    assert take(school, school.mine) == {}


@pytest.mark.parametrize(("hours", "found"), [(23, True), (24, False)])
def test_it_is_kept_for_a_day(school, hours, found):
    keep(school, school.mine, words="x")
    assert bool(take(school, school.mine, hours=hours)) is found


def test_what_was_sent_or_grew_old_goes(school):
    keep(school, school.mine, words="x")
    drafts.drop(school.store, account=school.mine, form="ask")
    keep(school, school.others, words="x")
    drafts.forget_old(school.store, at=school.families.now + timedelta(days=1))
    assert take(school, school.mine) == take(school, school.others) == {}


def test_signing_out_gives_up_ones_own(school):
    keep(school, school.mine, words="x")
    keep(school, school.others, words="y")
    school.does(logins.sign_out, "one_child")
    assert (take(school, school.mine), take(school, school.others)) == ({}, {"words": "y"})


def test_a_page_finds_all_of_its_own_forms(school):
    for form in ("/staff/adult/7#Restrict", "/staff/adult/7#Verification", "/staff/adult/71#Restrict", "ask"):
        keep(school, school.mine, form, words=form)
    found = drafts.take_all(school.store, account=school.mine, of="/staff/adult/7#", at=school.families.now)
    assert set(found) == {"/staff/adult/7#Restrict", "/staff/adult/7#Verification"}


def test_an_account_keeps_only_so_much(school):
    """A form longer than any is refused, and its last state stays; more forms than anybody fills in are not kept."""
    keep(school, school.mine, words="x")
    with pytest.raises(BadInput, match="20,000"):
        keep(school, school.mine, words="x" * drafts.LONGEST)
    for number in range(drafts.MOST_FORMS + 5):
        keep(school, school.mine, f"form:{number}", words="x")
    kept = drafts.take_all(school.store, account=school.mine, of="", at=school.families.now)
    assert len(kept) == drafts.MOST_FORMS
    assert kept["ask"] == {"words": "x"}

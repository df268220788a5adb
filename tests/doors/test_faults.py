"""Faults that other portals had, tried on every door of this one; docs/faults.md says which test holds off which."""

import re
from urllib.parse import quote

import pytest

from portal_core.security.credentials import verify_password
from portal_core.store.accounts import Account
from portal_core.store.registers import Point
from tests.doors.test_matrix import doors
from tests.doors.wire import ask, form_token
from tests.families import PASSWORD

HOSTILE = (
    "id); DROP TABLE adult;--",
    "' OR '1'='1",
    "-name,(CASE WHEN 1=1 THEN 1 END)",
    "../../etc/passwd",
    "{{7*191}}",
    "%",
    "\u202e",
    "9" * 300,
)
NAMES = (
    "sort",
    "find",
    "page",
    "period",
    "which",
    "standing",
    "kind",
    "whose",
    "before",
    "on",
    "time",
    "verb",
    "actor",
    "saved",
)
TELLS = re.compile(r"SELECT \w|FROM \w+ WHERE|sqlite3\.|psycopg|sqlalchemy|Traceback|\b1337\b|root:x")


@pytest.fixture(scope="module")
def portal(served_whole):
    served_whole.families.at("11:00")
    return served_whole


def gets(portal):
    """Every address that is read, once."""
    return sorted(
        {path for rule, path in doors(portal) if "GET" in rule.handler.SUPPORTED_METHODS and "ws" not in path}
    )


@pytest.mark.parametrize("who", ["lead", "office", "two_children", None])
def test_no_value_of_an_address_reaches_the_store_as_more_than_a_value(portal, who):
    """Orders, searches and pages of lists are looked up in tables of ours: whatever is asked for, no statement is made of it."""
    wrong = []
    for path in gets(portal):
        for value in HOSTILE:
            answer = portal.get(f"{path}?{'&'.join(f'{name}={quote(value)}' for name in NAMES)}", who)
            if answer.status >= 500 or (path != "/static/portal.css" and TELLS.search(answer.text)):
                wrong.append((path, value, answer.status))
    assert wrong == []


@pytest.mark.parametrize(
    "key", ["child[0]", "username[$ne]", "columns[id);DROP TABLE adult;--]", "__proto__", "a" * 5_000]
)
def test_the_names_of_fields_are_input_too(portal, key):
    token, form = form_token(portal.url)
    wrong = []
    for rule, path in doors(portal):
        if "POST" in rule.handler.SUPPORTED_METHODS:
            answer = ask(
                portal.url, path, "POST", cookie=portal.cookie("office"), origin=portal.url, form={"_xsrf": token, key: "1"},
                Cookie=form, X_Portal=getattr(rule.handler, "wants", "join"),
            )  # fmt: skip
            if answer.status >= 500 or TELLS.search(answer.text):
                wrong.append((path, answer.status))
    assert wrong == []


def test_a_point_of_another_family_is_not_found_under_a_child_of_ones_own(portal):
    """Both numbers exist, and they do not belong together."""
    with portal.store.engine.connect() as connection:
        theirs = connection.execute(
            Point.__table__.select().where(Point.pupil_id == portal.families.pupils["Zayn"]).limit(1)
        ).one()
    own = f"/parent/{portal.families.pupils['Amelia']}/points"
    foreign = portal.get(f"{own}/{theirs.id}", "two_children")
    nobodys = portal.get(f"{own}/999999999", "two_children")
    assert foreign.status == nobodys.status == 404
    strip = re.compile(r'"[^"]*"')
    assert strip.sub("", foreign.text) == strip.sub("", nobodys.text)


def test_a_password_is_changed_for_whoever_is_signed_in_whatever_else_is_sent(fresh_whole):
    """Writes take whose it is from the login alone."""
    other = fresh_whole.families.accounts["two_children"]
    token, form = form_token(fresh_whole.url)
    given = {"password": PASSWORD, "new": "a quiet harbour at noon", "again": "a quiet harbour at noon"}
    foreign = {
        "account": other,
        "account_id": other,
        "id": other,
        "adult_id": 1,
        "username": "two_children",
        "user": other,
    }
    ask(
        fresh_whole.url, "/account/password", "POST", cookie=fresh_whole.cookie("one_child"), origin=fresh_whole.url,
        form={"_xsrf": token, **given, **foreign}, Cookie=form,
    )  # fmt: skip
    with fresh_whole.store.engine.connect() as connection:
        hashes = dict(
            connection.execute(Account.__table__.select().with_only_columns(Account.id, Account.password_hash)).all()
        )
    assert verify_password(PASSWORD, hashes[other])[0]
    assert not verify_password(PASSWORD, hashes[fresh_whole.families.accounts["one_child"]])[0]

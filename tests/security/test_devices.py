"""What is made of the device that somebody signs in from: its network, its browser, the end of its last tab."""

import asyncio

import pytest
from sqlalchemy import select

from portal_core.domain.clauses import Clause
from portal_core.domain.people import Principal
from portal_core.security import logins
from portal_core.security.credentials import token_hash
from portal_core.security.devices import apart, browser_of, downloads_allowed, in_part, network_of
from portal_core.security.logins import Device
from portal_core.services.gate import Gate
from portal_core.store.accounts import Login
from tests.families import PASSWORD

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile Safari/604.1"
CHROME = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36"
)


@pytest.mark.parametrize(
    ("expected", "user_agent"),
    [
        pytest.param("Firefox on Linux", FIREFOX, id="Firefox"),
        pytest.param("Edge on Windows", EDGE, id="Edge, which also says Chrome"),
        pytest.param("Safari on an iPhone or iPad", SAFARI, id="Safari"),
        pytest.param("Chrome on Android", CHROME, id="Chrome, which also says Safari"),
        pytest.param("Chrome on Android", CHROME.replace("138", "139"), id="its next version"),
        pytest.param("Another browser on another device", "curl/8", id="neither"),
        pytest.param("Another browser on another device", "", id="nothing said"),
    ],
)
def test_a_browser_is_named_by_its_kind(expected, user_agent):
    assert browser_of(user_agent) == expected


@pytest.mark.parametrize(
    ("expected", "address"),
    [
        pytest.param("192.0.2.0/24", "192.0.2.7", id="IPv4"),
        pytest.param("192.0.2.0/24", "::ffff:192.0.2.7", id="IPv4 within IPv6"),
        pytest.param("2001:db8:1:2::/64", "2001:db8:1:2:aaaa::7", id="IPv6"),
        pytest.param(None, "unix", id="no address"),
        pytest.param(None, "", id="none"),
    ],
)
def test_an_address_is_taken_for_its_network(expected, address):
    assert network_of(address) == expected


@pytest.mark.clause(Clause.SEC_2)
@pytest.mark.parametrize(
    ("expected", "other"),
    [
        pytest.param(True, ("198.51.100.9", "Safari on an iPhone or iPad"), id="both differ"),
        pytest.param(True, ("2001:db8::9", "Safari on an iPhone or iPad"), id="the other by IPv6"),
        pytest.param(False, ("192.0.2.200", "Safari on an iPhone or iPad"), id="two devices at home"),
        pytest.param(False, ("198.51.100.9", "Firefox on Linux"), id="one device elsewhere"),
        pytest.param(False, (None, "Safari on an iPhone or iPad"), id="an address that was erased"),
        pytest.param(False, ("198.51.100.9", None), id="a browser that was erased"),
    ],
)
def test_two_logins_are_apart_if_both_network_and_browser_differ(expected, other):
    """Either way round."""
    one = ("192.0.2.7", "Firefox on Linux")
    assert (apart(one, other), apart(other, one)) == (expected, expected)


@pytest.mark.clause(Clause.USE_2)
def test_a_file_is_handed_out_on_ones_own_device_alone():
    assert downloads_allowed(Principal(1, 1, adult_id=1))
    assert not downloads_allowed(Principal(1, 1, adult_id=1, shared_device=True))


def login_of(desk, token):
    with desk.store.counting() as session:
        return session.scalars(select(Login).where(Login.token_hash == token_hash(token))).one()


def said_to_be_open(desk, token):
    """As the server notes it, at this moment."""

    async def note() -> None:
        gate = Gate(desk.store)
        try:
            gate.open([login_of(desk, token).id], desk.at)
        finally:
            gate.close()

    asyncio.run(note())


def signed_in(desk, **device):
    step = logins.sign_in(
        desk.store, username="one_child", password=PASSWORD, device=Device("192.0.2.7", **device), at=desk.at
    )
    return step.token


@pytest.mark.clause(Clause.USE_2)
@pytest.mark.parametrize(
    ("lives", "device", "minutes"),
    [
        pytest.param(True, {"shared": True, "beats": True}, 2.8, id="shared, before its time"),
        pytest.param(False, {"shared": True, "beats": True}, 3, id="shared, no tab has said anything"),
        pytest.param(True, {"shared": True}, 4.9, id="shared, without a script: the idle limit alone"),
        pytest.param(False, {"shared": True}, 5, id="shared, without a script, idle"),
        pytest.param(True, {"beats": True}, 19.9, id="one's own: a closed tab is nothing"),
        pytest.param(False, {"beats": True}, 20, id="one's own, idle"),
    ],
)
def test_a_login_on_a_shared_device_ends_soon_after_its_last_tab(desk, lives, device, minutes):
    token = signed_in(desk, **device)
    desk.later(minutes=minutes)
    assert (desk.who(token) is not None) is lives


@pytest.mark.clause(Clause.USE_2)
def test_an_open_tab_keeps_it_alive_and_does_not_move_the_idle_limit(desk):
    token = signed_in(desk, shared=True, beats=True)
    for _ in range(2):
        desk.later(minutes=2)
        said_to_be_open(desk, token)
    assert desk.who(token) is not None
    desk.later(minutes=1)
    assert desk.who(token) is None
    said_to_be_open(desk, token)  # too late
    assert desk.who(token) is None


def test_what_a_login_knows_of_its_device(desk):
    """And nothing on it of the password's owner."""
    token = signed_in(desk, browser="Firefox on Linux")
    login = login_of(desk, token)
    assert (login.address, login.browser, login.open_until) == ("192.0.2.7", "Firefox on Linux", None)


@pytest.mark.parametrize(
    ("expected", "address"),
    [
        ("203.0", "203.0.113.7"),
        ("2001:db8", "2001:db8:1:2::7"),
        ("0:0", "::1"),
        ("203.0", "::ffff:203.0.113.7"),
        ("", ""),
        ("", "unknown"),
    ],
)
def test_its_owner_is_shown_half_of_an_address(expected, address):
    """Enough to tell home from elsewhere, not to find a house."""
    assert in_part(address) == expected

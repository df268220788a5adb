"""What the portal makes of the device that somebody signs in from (USE-2, SEC-2)."""

import ipaddress
from collections.abc import Sequence
from datetime import timedelta

from portal_core.domain.language import N_, _
from portal_core.domain.people import Principal

TAB_GONE = timedelta(seconds=170)
"""How long a login on a shared device outlives its last sign of an open tab: three minutes, less what noting one takes."""
BEAT_SECONDS = 45
"""How often a tab says that it is open; a browser lets a tab in the background do so once a minute."""

ANOTHER_BROWSER, ANOTHER_DEVICE = N_("Another browser"), N_("another device")
_BROWSERS = (
    ("Edge", ("Edg/", "EdgA/", "EdgiOS/")),
    ("Opera", ("OPR/",)),
    ("Samsung Internet", ("SamsungBrowser/",)),
    ("Firefox", ("Firefox/", "FxiOS/")),
    ("Chrome", ("Chrome/", "CriOS/")),
    ("Safari", ("Safari/",)),
)  # in this order: nearly all of them also call themselves Chrome or Safari
_SYSTEMS = (
    (N_("an iPhone or iPad"), ("iPhone", "iPad")),
    ("Android", ("Android",)),
    ("Windows", ("Windows",)),
    (N_("a Mac"), ("Macintosh",)),
    ("ChromeOS", ("CrOS",)),
    ("Linux", ("Linux",)),
)


def downloads_allowed(login: Principal) -> bool:
    """Whether a file may be handed out: never on a shared device, where it would stay behind (USE-2)."""
    return not login.shared_device


def browser_of(user_agent: str) -> str:
    """Which kind of browser on which kind of device, as its owner would say it; versions change by themselves."""
    return f"{_named(user_agent, _BROWSERS, ANOTHER_BROWSER)} on {_named(user_agent, _SYSTEMS, ANOTHER_DEVICE)}"


def browser_in_words(browser: str | None) -> str:
    """What `browser_of` had recorded, as its owner reads it."""
    if not browser:  # not told, or erased by now
        return _("An unknown device")
    name, _on, system = browser.partition(" on ")
    return _("{browser} on {device}").format(browser=_(name), device=_(system)) if system else browser


def _named(user_agent: str, kinds: Sequence[tuple[str, Sequence[str]]], otherwise: str) -> str:
    return next((name for name, signs in kinds if any(sign in user_agent for sign in signs)), otherwise)


def network_of(address: str) -> str | None:
    """The network that an address is in: 24 bits of IPv4, 64 of IPv6; None for what is no address.

    Most households have one IPv4 address, which changes within their provider's block, and one IPv6 network of 64 bits,
    in which each device changes its own. So two devices at home are in one network, though not at one address.
    """
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return None
    if known.version == 6 and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    return str(ipaddress.ip_network((known, 24 if known.version == 4 else 64), strict=False))


def in_part(address: str) -> str:
    """The first half of an IPv4 address or of an IPv6 network: enough to tell home from elsewhere, not to find a house."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped is None:
            return ":".join(group.lstrip("0") or "0" for group in known.exploded.split(":")[:2])
        known = known.ipv4_mapped
    return ".".join(str(known).split(".")[:2])


def apart(one: tuple[str | None, str | None], other: tuple[str | None, str | None]) -> bool:
    """Whether two logins, each an address and a browser, come from different networks and different browsers (SEC-2).

    Both must differ: a telephone that leaves the house keeps its browser, and two browsers at home keep their network.
    What is not known, or was erased, is never a sign.
    """
    networks = [network_of(address or "") for address, _browser in (one, other)]
    return None not in networks and networks[0] != networks[1] and bool(one[1] and other[1]) and one[1] != other[1]

"""Browsers whose timers are in the test's hand, on a portal whose clock is too."""

from datetime import timedelta
from typing import Protocol

from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal_core.domain.clauses import Duty
from portal_core.domain.people import Machine
from portal_core.store.accounts import Login
from portal_core.store.scope import Store
from tests.browser.looking import without_findings
from tests.doors.running import Running
from tests.doors.wire import until
from tests.families import PASSWORD, Families

SIZES = {"desktop": (1280, 800), "telephone": (390, 844), "small telephone": (320, 700)}
READER = Machine("test", frozenset(Duty))
QUESTION = "Are you still there?"


def signed_in(page: Page, who: str = "one_child", *, shared: bool = True, sees: str = "Zayn") -> Page:
    """By the form, as people do."""
    page.goto("/sign-in")
    page.get_by_label("Username").fill(who)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Shared with others" if shared else "Mine alone").check()
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(sees)
    return page


class Place(Protocol):
    """A portal that is being served, with the clock that it goes by."""

    server: Running
    store: Store
    families: Families


def settles(place: Place) -> None:
    """What people did so far is noted, at the time when they did it."""
    place.server.noted()


def passes(place: Place, page: Page, **by: float) -> None:
    """Time, on the server and in the page."""
    settles(place)
    place.families.now += timedelta(**by)
    page.clock.fast_forward(int(timedelta(**by).total_seconds() * 1000))


def stays_open(place: Place, page: Page, **by: float) -> None:
    """The same on a shared device, whose page says meanwhile that it is open."""
    end = place.families.now + timedelta(**by)
    while place.families.now < end:
        step = min(timedelta(seconds=45), end - place.families.now)
        before = login(place.store).open_until
        with page.expect_response("**/here"):
            passes(place, page, seconds=step.total_seconds())
        until(lambda before=before: login(place.store).open_until > before, "the page has not said that it is open")


def login(store: Store) -> Login:
    """The newest."""
    with store.reading_as(READER, store.moment()) as session:
        return session.scalars(select(Login).order_by(Login.id.desc()).limit(1)).one()


def sound(page: Page) -> None:
    """Axe finds nothing, and nothing is wider than the screen."""
    without_findings(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

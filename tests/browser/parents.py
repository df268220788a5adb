"""Parents in browsers of their own: pages of the ten families at every size, and what each of them owes."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import findings, words_are_whole
from tests.parent.conftest import Portal

SIZES = {"desktop": (1280, 800), "telephone": (390, 844), "small telephone": (320, 700), "zoomed to 200 %": (640, 400)}
DETAIL = "The year in detail"

Open = Callable[..., Page]


@pytest.fixture
def open_page(portal: Portal, chromium: Browser) -> Iterator[Open]:
    """Call it with who and which child for a page that this person has just opened."""
    contexts = []

    def opened(
        who: str, child: str | None = None, *, size: str = "desktop", url: str = portal.url, **options: object
    ) -> Page:
        viewport = dict(zip(("width", "height"), SIZES[size], strict=True))
        contexts.append(context := chromium.new_context(viewport=viewport, **options))  # type: ignore[arg-type]
        context.add_cookies([{"name": "sid", "value": portal.cookie(who), "url": url}])
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{url}/parent/{portal.families.pupils[child]}" if child else f"{url}/parent")
        return page

    yield opened
    for context in contexts:
        context.close()


def resize(page: Page, size: str) -> None:
    """As if it had been opened on such a screen."""
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})


def joined(page: Page) -> Page:
    """The page with its interactive part there and filled."""
    page.get_by_role("heading", name=DETAIL).scroll_into_view_if_needed()
    expect(page.get_by_role("table")).to_contain_text("marks, newest first", timeout=60_000)
    return page


def sideways(page: Page) -> list[str]:
    """Whatever is wider than the screen, or than the part that is joined; a plot has two seconds to follow a turned screen."""
    return page.evaluate(  # type: ignore[no-any-return]
        """async () => {
          const wide = () => [document.documentElement, ...document.querySelectorAll('[data-root]')]
            .filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.outerHTML.slice(0, 60));
          for (let turn = 0; turn < 20 && wide().length; turn++) await new Promise(done => setTimeout(done, 100));
          return wide();
        }"""
    )


def looked_at_everywhere(page: Page) -> None:
    """Nothing is wider than any screen, and axe finds nothing by day on a wide one nor by night on the smallest."""
    for size in SIZES:
        resize(page, size)
        assert sideways(page) == [], size
        if size == "desktop":
            words_are_whole(page)
    for size, scheme in (("desktop", "light"), ("small telephone", "dark")):
        resize(page, size)
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert findings(page) == [], size


def focused(page: Page) -> str:
    """The words of what has the focus, within the joined part as well."""
    return page.evaluate(  # type: ignore[no-any-return]
        """() => {
          let one = document.activeElement;
          while (one.shadowRoot && one.shadowRoot.activeElement) one = one.shadowRoot.activeElement;
          const label = one.labels && one.labels.length ? one.labels[0].innerText : one.getAttribute("aria-label");
          return (label || one.innerText || "").trim().replace(/\\s+/g, " ");
        }"""
    )

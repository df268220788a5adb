"""One headless Chromium for all browser tests of a run; each test opens its own context in it."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserType, sync_playwright

QUIET = (
    "--disable-background-networking",  # a test that sees a request knows that a page made it
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser: the program that PORTAL_CHROMIUM names, else the system's, else Playwright's own."""
    with sync_playwright() as playwright:
        launched = launch(playwright.chromium)
        yield launched
        launched.close()


def launch(kind: BrowserType, *more: str) -> Browser:
    """That browser, with what else it is to be told."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    program = os.environ.get("PORTAL_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    root = sys.platform == "linux" and os.geteuid() == 0  # Chromium's sandbox refuses to run as root
    return kind.launch(executable_path=program, args=[*QUIET, *more], chromium_sandbox=not root)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Use `chromium.new_context(...)` for each person who signs in. No asyncio.run in a test that uses it."""
    with browser() as launched:
        yield launched


@pytest.fixture
def scriptless(chromium: Browser) -> Iterator[Browser]:
    """One whose owner has turned scripts off, <noscript> and all; a context's java_script_enabled leaves that out."""
    launched = launch(chromium.browser_type, "--blink-settings=scriptEnabled=false")
    yield launched
    launched.close()

"""Browsers of staff and of parents over the whole portal: one for each person, which may complain of nothing."""

import pytest
from playwright.sync_api import expect

expect.set_options(timeout=60_000)  # as long as pages are given: a machine that does other work is no fault of theirs


@pytest.fixture
def visit(fresh_whole, chromium):
    """Opens a browser of their own for each person; whatever a page complains of fails the test."""
    opened, complaints = [], []

    def as_person(who, width=1280, height=800, *, leaves=False):
        """`leaves` for somebody whose page is closed to them, of which a browser complains; None is nobody signed in."""
        context = chromium.new_context(viewport={"width": width, "height": height})
        if who is not None:
            context.add_cookies([{"name": "sid", "value": fresh_whole.cookie(who), "url": fresh_whole.url}])
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on(
            "console",
            lambda said: complaints.append(said.text) if said.type in ("error", "warning") and not leaves else None,
        )
        page.on(
            "request",
            lambda sent: (
                complaints.append(sent.url)
                if not sent.url.startswith((fresh_whole.url, "data:", "ws://localhost", "blob:"))
                else None
            ),
        )
        opened.append(context)
        return page

    yield as_person
    for context in opened:
        context.close()
    assert complaints == []

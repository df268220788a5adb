"""What a parent's browser gets and when: first paint, bytes, the interactive part, and a slow link.

Real Chromium, over the school of benchmarks/school.py. A page of one line and the parent's page take turns, each in a
fresh browser profile (cold) and once more in the same one (warm). "Joined" counts from when the section came into view to
when the application is drawn. The slow link is Chromium's own throttling, 400 kbit/s and 400 ms.

    python -m benchmarks first_view
"""

from statistics import median
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from benchmarks.school import served
from tests.fixtures_browser import browser

TURNS = 9
MOST_BYTES, SLOWEST = 40_000, 3_000  # on the wire; ms, on the slow link
PHONE = {"width": 390, "height": 844}
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}  # bytes a second
PAINTED = """async () => {
  const paint = () => performance.getEntriesByName("first-contentful-paint")[0];
  while (!paint()) await new Promise(requestAnimationFrame);
  return paint().startTime;
}"""
JOIN = """async () => {
  const section = document.querySelector("section[data-app]");
  section.scrollIntoView();
  const begun = performance.now();
  while (!("joined" in section.dataset) || !Bokeh.documents.at(-1).is_idle) await new Promise(requestAnimationFrame);
  return performance.now() - begun;
}"""


def _open(page: Page, address: str) -> float:
    """First contentful paint, in ms since the request."""
    page.goto(address)
    return float(page.evaluate(PAINTED))


def _signed_in(chromium: Browser, told: dict[str, Any], number: int) -> tuple[BrowserContext, str]:
    child, cookie = told["parents"][number]
    origin = f"http://localhost:{told['page']}"
    context = chromium.new_context(viewport=PHONE)
    context.add_cookies([{"name": "sid", "value": cookie, "url": origin}])
    return context, f"{origin}/parent/{child}"


def _turns(chromium: Browser, told: dict[str, Any]) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {
        f"{what}, {state}": []
        for state in ("cold", "warm")
        for what in ("a page of one line", "the parent's page", "joined")
    }
    for number in range(TURNS):
        context, address = _signed_in(chromium, told, number)
        line = chromium.new_context(viewport=PHONE)
        for state in ("cold", "warm"):
            plain, page = line.new_page(), context.new_page()
            taken[f"a page of one line, {state}"].append(_open(plain, f"http://localhost:{told['plain']}/line"))
            taken[f"the parent's page, {state}"].append(_open(page, address))
            taken[f"joined, {state}"].append(float(page.evaluate(JOIN)))
            plain.close()
            page.close()
        context.close()
        line.close()
    return taken


def _first_view(chromium: Browser, told: dict[str, Any], *, slow: bool) -> tuple[int, float]:
    """Bytes on the wire until the page is painted and quiet, and when that first paint was, in ms."""
    context, address = _signed_in(chromium, told, TURNS)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    if slow:
        wire.send("Network.emulateNetworkConditions", SLOW)
    came: list[int] = []
    wire.on("Network.loadingFinished", lambda told: came.append(told["encodedDataLength"]))
    painted = _open(page, address)
    page.wait_for_load_state("networkidle")
    context.close()
    return int(sum(came)), painted


def main() -> list[str]:
    """Build a school, serve it from another process, look at it."""
    with served() as told, browser() as chromium:
        taken = _turns(chromium, told)
        sent, _ = _first_view(chromium, told, slow=False)
        _, slowly = _first_view(chromium, told, slow=True)
    middle = {name: median(values) for name, values in taken.items()}
    print(f"Chromium at {PHONE['width']} px, {TURNS} turns, medians in ms (least to most)")
    for name, values in taken.items():
        print(f"  {name:26} {middle[name]:6.0f}   ({min(values):.0f} to {max(values):.0f})")
    for state in ("cold", "warm"):
        ratio = middle[f"the parent's page, {state}"] / middle[f"a page of one line, {state}"]
        print(f"  first paint, {state}: {ratio:.2f} of a page of one line; the aim is 1.6 or less")
    print("  joined: the aims are 1,000 cold and 600 warm")
    print(f"  first view: {sent / 1000:.1f} kB on the wire; the aim is 40 or less")
    print(f"  at 400 kbit/s and 400 ms painted after {slowly / 1000:.2f} s; the aim is 3 or less")
    faults = [f"the first view takes {sent / 1000:.1f} kB"] if sent > MOST_BYTES else []
    return faults + ([f"on a slow link it is painted after {slowly / 1000:.2f} s"] if slowly > SLOWEST else [])

"""What every page owes in a browser."""

from axe_playwright_python.base import AXE_SCRIPT

RUN = """axe.run({resultTypes: ["violations"]}).then(found => found.violations.map(
    rule => [rule.id, rule.nodes.map(node => node.html.slice(0, 200))]))"""


def findings(page):
    """What axe finds wrong, by rule, and where."""
    if not page.evaluate("'axe' in window"):  # a page keeps it from one size to the next
        page.evaluate(AXE_SCRIPT)
    return page.evaluate(RUN)


def without_findings(page):
    assert findings(page) == []


def joined(page):
    """With the part in which things are done in view, and there."""
    page.locator("section[data-app]").scroll_into_view_if_needed()
    page.locator("section[data-joined]").wait_for()


BROKEN = """() => {
  const roots = [document], broken = [];
  for (const root of roots) for (const one of root.querySelectorAll("*")) if (one.shadowRoot) roots.push(one.shadowRoot);
  for (const cell of roots.flatMap(root => [...root.querySelectorAll("th, td")])) {
    const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      if (walk.currentNode.parentElement.closest(".visually-hidden, .long")) continue;
      for (const word of walk.currentNode.data.matchAll(/[\\p{L}\\p{N}]+/gu)) {
        const range = document.createRange();
        range.setStart(walk.currentNode, word.index);
        range.setEnd(walk.currentNode, word.index + word[0].length);
        if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1) broken.push(word[0]);
      }
    }
  }
  return broken;
}"""


def words_are_whole(page):
    """No word of a table goes on in the next line; an address or its like may."""
    assert page.evaluate(BROKEN) == []


SIZES = ((1280, 800), (390, 844), (320, 700))


def sound_on_every_screen(page):
    """Nothing needs a sideways scroll on any, and axe finds nothing on the widest nor on the smallest."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        fits(page)
        if width != 390:
            without_findings(page)
        if width == 1280:
            words_are_whole(page)


def fits(page):
    wide = page.evaluate(
        "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"scrolls sideways: {wide}"

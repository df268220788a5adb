// Staff's pages while something is done in the part that is joined (portal-join.js, dashboards/staff/app.py):
// what stands above is read anew after each thing done, and the keyboard stays where the work is.
(() => {
  "use strict";

  const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";
  const section = document.querySelector("section[data-app]");
  if (!section) return;

  const shown = element => element.isConnected && element.getClientRects().length > 0;

  // All that is within, in the order in which it is read, through the shadows that Panel draws in.
  const within = function* (root) {
    for (const child of root.children) {
      yield child;
      if (child.shadowRoot) yield* within(child.shadowRoot);
      yield* within(child);
    }
  };

  const focused = () => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element;
  };

  const outcomes = () => [...within(section)].filter(one => one.matches(".said") && shown(one));

  let last = null; // what was pressed
  let before = new Map(); // the outcomes that stood there then
  for (const pressed of ["click", "keydown"]) {
    section.addEventListener(pressed, event => {
      last = event.composedPath()[0];
      before = new Map(outcomes().map(one => [one, one.textContent]));
    }, {capture: true});
  }

  let waiting;
  // What was pressed went away, and the keyboard with it: on to what came of it, else back to what stands before it. Panel draws in its own time.
  const keep = tries => {
    const now = focused();
    if (last && !shown(last) && (now === document.body || !shown(now))) moveOn(tries);
    if (tries > 0) waiting = setTimeout(keep, 150, tries - 1);
  };
  const moveOn = tries => {
    const said = outcomes().find(one => before.get(one) !== one.textContent);
    const all = [...within(section)];
    const above = all.slice(0, Math.max(0, all.indexOf(last))).filter(one => one.matches(FOCUSABLE) && shown(one));
    const target = said ?? above.at(-1) ?? (tries === 0 ? section.querySelector("h2") : undefined);
    if (!target) return;
    if (!target.matches(FOCUSABLE)) target.tabIndex = -1;
    target.focus();
  };

  const readAnew = async () => {
    const old = document.querySelector("[data-old]");
    try {
      const answer = await fetch(location.pathname, {cache: "no-store", redirect: "error"});
      if (!answer.ok) throw new Error(`${location.pathname}: ${answer.status}`);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = [...page.querySelectorAll("[data-now]")];
      document.querySelectorAll("[data-now]").forEach((one, n) => one.replaceWith(document.adoptNode(fresh[n])));
      old.hidden = true;
    } catch (error) {
      console.warn(error);
      old.hidden = false;
    }
  };

  const watch = () => {
    const joined = Bokeh.documents.at(-1);
    let renewals = "0";
    joined.on_change(() => {
      clearTimeout(waiting);
      waiting = setTimeout(keep, 150, 20);
      const told = joined.roots()[0]?.children?.find(one => one.tags.includes("renewals"))?.text ?? renewals; // no root while it is joined anew
      if (told === renewals) return;
      renewals = told;
      readAnew();
    });
  };

  new MutationObserver(() => "joined" in section.dataset && watch()).observe(section, {attributeFilter: ["data-joined"]});
})();

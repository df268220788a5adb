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

  let last = null; // what had the keyboard
  section.addEventListener("focusin", event => { last = event.composedPath()[0]; });
  document.addEventListener("focusin", event => { if (!section.contains(event.target)) last = null; });

  // What had the keyboard went away: go on to what came of it, else back to what was there before it.
  const keep = anew => {
    if (!last || (shown(last) && focused() === last)) return;
    if (focused() !== document.body && !anew) return;
    const all = [...within(section)];
    const said = anew ? all.find(one => one.matches(".said") && shown(one)) : undefined;
    const before = all.slice(0, Math.max(0, all.indexOf(last))).filter(one => one.matches(FOCUSABLE) && shown(one));
    const target = said ?? before.at(-1) ?? section.querySelector("h2");
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
    let timer;
    const look = () => {
      const told = joined.get_model_by_name("renewals")?.text ?? renewals;
      const anew = told !== renewals;
      renewals = told;
      if (anew) readAnew();
      keep(anew);
    };
    joined.on_change(() => {
      clearTimeout(timer);
      timer = setTimeout(look, 150); // once what changed together has been drawn
    });
  };

  new MutationObserver(() => "joined" in section.dataset && watch()).observe(section, {attributeFilter: ["data-joined"]});
})();

// Joins a Panel application to a page that the server has already sent, once its section comes into view or is unfolded.
//
// <section data-app="/parent" data-child="7" data-bundles="…"> with [data-status] (role=status) and [data-root] inside
// (templates/app.html writes it). Every state is said in words. Nothing runs inline, nothing is evaluated.
(() => {
  "use strict";

  const TRYING = 10_000; // ms that a try to join again may take
  const CLOSED_FOR_GOOD = 4401; // the server's word for: signed out, or no longer allowed

  // The page shows what may no longer be seen: empty it, then ask the server what there is for this reader now.
  // Once alone: at the idle limit idle.js leaves too, and one of two who lead on at once would break off the other.
  const leave = () => {
    if ("leaving" in document.documentElement.dataset) return;
    document.documentElement.dataset.leaving = "";
    document.body.replaceChildren();
    location.reload();
  };

  // BokehJS keeps the code with which its socket was closed to itself.
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener("close", event => event.code === CLOSED_FOR_GOOD && leave());
    }
  };

  const scripts = new Map();
  const load = source => {
    if (!scripts.has(source)) {
      scripts.set(source, new Promise((done, failed) => {
        const script = Object.assign(document.createElement("script"), {src: source, async: false, onload: done});
        script.onerror = () => {
          script.remove();
          scripts.delete(source);
          failed(new Error(`${source} did not load`));
        };
        document.head.append(script); // async is false: they run in this order
      }));
    }
    return scripts.get(source);
  };

  const ask = async section => {
    const {child, about} = section.dataset;
    const body = new URLSearchParams({...(child && {child}), ...(about && {about})});
    const answer = await fetch(`${section.dataset.app}/app`, {
      method: "POST", headers: {"X-Portal": "join"}, body, cache: "no-store", redirect: "error",
    });
    if (answer.status === 401) leave();
    // Refused for this child, or for another reason: the page itself tells which.
    if (answer.status === 403 && (await fetch(location, {method: "HEAD", cache: "no-store"})).status === 403) leave();
    if (!answer.ok) throw new Error(`${section.dataset.app}: ${answer.status}`);
    return (await answer.json()).token;
  };

  const words = section => JSON.parse(section.querySelector("[data-status]").dataset.words);

  const say = (section, text, again = false) => {
    const status = section.querySelector("[data-status]");
    status.replaceChildren(text);
    if (!again) return;
    const button = Object.assign(document.createElement("button"), {type: "button", textContent: words(section).again});
    button.addEventListener("click", () => start(section));
    status.append(" ", button);
  };

  const joins = new WeakMap(); // how often each section was joined: what an earlier one hears is no longer said

  const join = async section => {
    const root = section.querySelector("[data-root]");
    const mine = (joins.get(section) ?? 0) + 1;
    joins.set(section, mine);
    root.replaceChildren();
    section.setAttribute("aria-busy", "true");
    say(section, words(section).loading);
    try {
      const [token] = await Promise.all([ask(section), ...section.dataset.bundles.split(" ").map(load)]);
      const socket = `${location.origin.replace(/^http/, "ws")}${section.dataset.app}/ws`;
      await Bokeh.embed.add_document_from_session(socket, token, root);
      const joined = Bokeh.documents.at(-1);
      let anew;
      joined.on_event("connection_lost", (_, event) => {
        if (joins.get(section) !== mine) return;
        const given_up = event.timeout === null;
        say(section, given_up ? words(section).lost : words(section).trying, given_up);
        clearTimeout(anew);
        // BokehJS waits for ever for a server that breaks off while it answers.
        if (!given_up) anew = setTimeout(() => joins.get(section) === mine && start(section), event.timeout + TRYING);
      });
      joined.on_event("client_reconnected", () => {
        clearTimeout(anew);
        if (joins.get(section) === mine) say(section, "");
      });
      say(section, "");
      section.dataset.joined = "";
    } catch (error) {
      console.warn(error);
      say(section, words(section).failed, true);
    } finally {
      section.removeAttribute("aria-busy");
    }
  };

  // One after the other, so that the newest document is the one just joined.
  let last = Promise.resolve();
  const start = section => (last = last.then(() => join(section)));

  // A section within a closed <details> is not in view, so unfolding it starts the application.
  const watch = new IntersectionObserver((entries, observer) => {
    for (const {isIntersecting, target} of entries) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      requestAnimationFrame(() => setTimeout(start, 0, target)); // after the paint
    }
  }, {rootMargin: "200px"});
  document.querySelectorAll("section[data-app]").forEach(section => watch.observe(section));
})();

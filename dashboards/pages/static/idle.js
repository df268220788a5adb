// For whoever is signed in (templates/shell.html, USE-2, WCAG 2.2.1): on a shared device each tab says that it is open; before
// the idle limit the dialog asks whether anybody is there; after it nothing stays on the screen. The server decides what time it
// is: a tab asks it before it warns and before it leaves, since another tab may have been used. Nothing is kept in the browser.
(() => {
  "use strict";

  const dialog = document.getElementById("idle");
  const beats = Number(dialog.dataset.beats) * 1000; // 0 on one's own device
  const warning = Math.min(60, dialog.dataset.left / 2) * 1000;
  const again = 10_000; // while the question is open: another tab may have answered it

  let ends = Date.now() + dialog.dataset.left * 1000;
  let timer;
  const leaving = () => "leaving" in document.documentElement.dataset;

  const leave = () => {
    clearTimeout(timer);
    if (leaving()) return;
    document.documentElement.dataset.leaving = ""; // portal-join.js leaves as well, when its socket is closed
    document.body.replaceChildren(document.getElementById("idle-over").content.cloneNode(true));
    document.title = document.querySelector("h1").textContent;
    const back = beats ? location.pathname : location.pathname + location.search; // what was searched for is nobody else's to read
    location.replace(`/idle?next=${encodeURIComponent(back)}`);
  };

  // Where the server cannot be reached, what it said last holds.
  const ask = async (what, told) => {
    try {
      const answer = await fetch(`/${what}`, {
        method: "POST", headers: {"X-Portal": what}, body: new URLSearchParams(told), cache: "no-store", redirect: "error",
      });
      if (answer.status === 401) ends = 0;
      if (answer.ok) ends = Date.now() + (await answer.json()).left * 1000;
    } catch (error) {
      console.debug(error);
    }
  };

  const warn = async () => {
    if (dialog.open) return;
    await ask("here", {warns: "yes"}); // the dialog takes the focus, and a field that loses it sends what it holds: no use
    document.dispatchEvent(new Event("portal-idle")); // drafts.js keeps what has been typed
    if (!leaving()) dialog.showModal();
  };

  const plan = () => {
    const left = ends - Date.now();
    const next = left > warning ? left - warning : Math.min(left, again);
    timer = setTimeout(look, Math.max(200, beats ? Math.min(next, beats) : next));
  };

  const look = async () => {
    clearTimeout(timer);
    if (beats || Date.now() >= ends - warning) await ask("here");
    if (leaving()) return;
    if (Date.now() >= ends) return leave();
    if (Date.now() >= ends - warning) await warn();
    else dialog.close();
    clearTimeout(timer);
    plan();
  };

  const stay = async () => {
    await ask("stay");
    if (Date.now() < ends && Date.now() >= ends - warning) { // the longest that a sign-in may last is nearly over
      dialog.querySelector("[data-ask]").hidden = true;
      dialog.querySelector("[data-last]").hidden = false;
    }
    await look();
  };

  dialog.querySelector("[data-stay]").addEventListener("click", stay);
  dialog.addEventListener("cancel", event => { // by Escape: somebody is there
    event.preventDefault();
    stay();
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());

  // Back and Forward must not bring a page up from the browser's memory.
  addEventListener("pagehide", event => event.persisted && document.body.replaceChildren());
  addEventListener("pageshow", event => event.persisted && location.reload());

  if (beats) look();
  else plan();
})();

// Keeps what is typed into a form with the server, by account, and brings it back once (templates/draft.html, USE-2). Nothing is
// kept in the browser. Passwords and codes are not text that anybody wants back, and are left out.
(() => {
  "use strict";

  const KINDS = ["text", "email", "tel", "textarea", "select-one"];
  const EVERY = 2_000; // while somebody types

  const tell = (what, form, fields) => fetch(`/drafts/${what}`, {
    method: "POST", headers: {"X-Portal": "draft"}, body: new URLSearchParams({form, ...(fields && {fields})}),
    cache: "no-store", redirect: "error", keepalive: true,
  });

  for (const named of document.querySelectorAll("input[type=hidden][name=_draft]")) {
    const {form, value: name} = named;
    const texts = [...form.elements].filter(one => one.name && KINDS.includes(one.type) && one.autocomplete !== "one-time-code");
    const written = () => texts.some(one => one.type !== "select-one" && one.value.trim() !== "");
    let unkept = written(); // a form that came back with its problem
    let touched = false;
    let timer;

    const keep = async what => {
      clearTimeout(timer);
      timer = undefined;
      if (!unkept) return;
      unkept = false;
      try {
        const answer = await tell(what, name, JSON.stringify(Object.fromEntries(texts.map(one => [one.name, one.value]))));
        if (!answer.ok) unkept = true;
      } catch (error) {
        unkept = true;
        console.debug(error);
      }
    };

    const bringBack = async () => {
      const answer = await tell("take", name);
      if (!answer.ok) return;
      const {fields} = await answer.json();
      const empty = texts.filter(one => fields[one.name] && (one.type === "select-one" || one.value === ""));
      for (const one of empty) one.value = fields[one.name];
      unkept ||= empty.length > 0;
      form.querySelector("[data-brought-back]").hidden = empty.length === 0;
      if (empty.length) form.closest("details")?.setAttribute("open", "");
    };

    form.addEventListener("input", () => {
      unkept = touched = true;
      timer ??= setTimeout(keep, EVERY, "keep");
    });
    form.addEventListener("submit", () => {
      clearTimeout(timer);
      unkept = false; // from here on the server has it
    });
    document.addEventListener("portal-idle", () => keep("leave"));
    addEventListener("pagehide", () => touched && keep("leave"));
    if (!written()) bringBack().catch(console.debug);
  }
})();

// A page that tells how far something is (staff_intake.html): read anew every two seconds, and whole once it is done.
// It does not load itself again and again: that would take the keyboard and a screen reader back to its top.
(() => {
  "use strict";

  const shown = document.querySelector("[data-progress]");
  if (!shown) return;

  const look = async () => {
    try {
      const answer = await fetch(location.href, {cache: "no-store", redirect: "manual"});
      const page = answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
      const next = page?.querySelector("[data-progress]");
      if (!next) return location.reload();
      shown.replaceChildren(...next.childNodes);
    } catch { /* the server is away: what stands here was so when it was last asked */ }
    setTimeout(look, 2000);
  };
  setTimeout(look, 2000);
})();

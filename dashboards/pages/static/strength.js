// A kind word about a password while it is typed: how long it is, and whether it repeats. The server judges; without this all works.
const SHORTEST = 12;
const COMFORTABLE = 18;
const words = (text) => {
  if (!text) return "";
  const missing = SHORTEST - [...text].length;
  if (missing > 0) return `${missing} more character${missing === 1 ? "" : "s"} to go.`;
  if (new Set(text.toLowerCase()).size < 6) return "Long enough, but it repeats itself. More different letters would help.";
  if ([...text].length < COMFORTABLE) return "Long enough. One more word would make it stronger still.";
  return "A good length. Well done.";
};
for (const told of document.querySelectorAll("[data-strength]")) {
  const input = document.getElementById(told.dataset.strength);
  input.addEventListener("input", () => { told.textContent = words(input.value); });
}

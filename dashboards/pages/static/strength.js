// In the words of its page, a kind word about a password while it is typed: how long it is, and whether it repeats. The server judges; without this all works.
const SHORTEST = 12;
const COMFORTABLE = 18;
const about = (text, words) => {
  if (!text) return "";
  const missing = SHORTEST - [...text].length;
  if (missing > 0) return words.missing[missing - 1];
  if (new Set(text.toLowerCase()).size < 6) return words.repeats;
  if ([...text].length < COMFORTABLE) return words.enough;
  return words.good;
};
for (const told of document.querySelectorAll("[data-strength]")) {
  const input = document.getElementById(told.dataset.strength);
  const words = JSON.parse(told.dataset.words);
  input.addEventListener("input", () => { told.textContent = about(input.value, words); });
}

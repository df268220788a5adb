// Shows and hides a password, and says that scripts run. Without this script the buttons stay hidden and every form works.
for (const button of document.querySelectorAll("[data-shows]")) {
  const input = document.getElementById(button.dataset.shows);
  const word = button.firstChild;
  const words = {show: word.data, hide: button.dataset.hide};
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    word.data = shown ? words.hide : words.show;
  };
  button.hidden = false;
  button.addEventListener("click", () => show(input.type === "password"));
  input.form.addEventListener("submit", () => show(false)); // so that no browser keeps it as ordinary text
}
for (const told of document.querySelectorAll("input[name=scripts]")) told.value = "yes";

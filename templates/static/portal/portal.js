// Keeps a second click on a slow form from being sent: each would make a CSR of its own.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
});
// A page that comes back from the browser's memory may be sent again.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

// An open menu closes by Escape, by a click beside it, and when the focus moves on.
const openMenus = () => document.querySelectorAll("details.menu[open]");
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  openMenus().forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});
["click", "focusin"].forEach((kind) =>
  document.addEventListener(kind, (event) => {
    openMenus().forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  }),
);
// Offers the device's time zone where one is chosen, if the list has it.
document.querySelectorAll("[data-browser-zone]").forEach((button) => {
  const choice = document.getElementById(button.dataset.browserZone);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (![...choice.options].some((option) => option.value === zone)) return;
  button.querySelector("span").textContent = zone.replaceAll("_", " ");
  button.hidden = choice.value === zone;
  button.addEventListener("click", () => {
    choice.value = zone;
    choice.focus();
    button.hidden = true;
  });
});

// A file may be dropped anywhere in its box; without a script, on the field itself. One that falls
// beside the box is not opened in place of the page.
const boxOf = (event) => event.target.closest?.("[data-drop]");
const isFile = ({ dataTransfer }) => [...(dataTransfer?.types ?? [])].includes("Files");
const isBeside = (event) => isFile(event) && document.querySelector("[data-drop]");
const showHints = () =>
  document.querySelectorAll("[data-drop] [hidden]").forEach((hint) => (hint.hidden = false));
showHints();
document.addEventListener("htmx:afterSwap", showHints);
document.addEventListener("dragover", (event) => {
  const box = boxOf(event);
  if (box) box.classList.add("over");
  else if (isBeside(event)) event.dataTransfer.dropEffect = "none";
  else return;
  event.preventDefault();
});
document.addEventListener("dragleave", (event) => {
  const box = boxOf(event);
  if (box && !box.contains(event.relatedTarget)) box.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  const box = boxOf(event);
  if (box || isBeside(event)) event.preventDefault();
  if (!box) return;
  box.classList.remove("over");
  const field = box.querySelector("input[type=file]");
  const { files } = event.dataTransfer;
  if (files.length === 1) field.files = files;
  field.setCustomValidity(files.length > 1 ? box.dataset.drop : "");
  if (files.length > 1) field.reportValidity();
});
document.addEventListener("input", ({ target }) => {
  target.form?.querySelectorAll("[data-drop] input").forEach((field) => field.setCustomValidity(""));
});

// Lines to paste are copied by a button, where the browser lets a page do that.
const showCopying = () => {
  if (!navigator.clipboard) return;
  document.querySelectorAll("[data-copy]").forEach((button) => (button.hidden = false));
};
showCopying();
document.addEventListener("htmx:afterSwap", showCopying);
document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy]");
  if (!button) return;
  const box = button.closest(".lines");
  const lines = box.querySelector("pre");
  const said = box.querySelector("[role=status]");
  try {
    await navigator.clipboard.writeText(lines.textContent);
  } catch {
    // Not allowed: then they stand ready for the keyboard.
    getSelection().selectAllChildren(lines);
    return;
  }
  said.textContent = button.dataset.copy;
  setTimeout(() => (said.textContent = ""), 5000);
});

// j and k move: through the rows of a list, and from one CSR that waits to the next. They only
// ever move the focus or follow a link; no key decides anything.
"use strict";

const LINKS = "#result_list tbody th a, #result_list tbody td.field-what a";

const isTyping = (target) =>
  target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));

const move = (step) => {
  const links = [...document.querySelectorAll(LINKS)];
  if (links.length === 0) return false;
  const at = links.indexOf(document.activeElement);
  const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step;
  links[Math.min(Math.max(next, 0), links.length - 1)].focus();
  return true;
};

document.addEventListener("keydown", (event) => {
  const isPlain = !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey);
  if (!isPlain || isTyping(event.target) || !["j", "k"].includes(event.key)) return;
  if (move(event.key === "j" ? 1 : -1)) return;
  document.querySelector(`a[data-key="${event.key}"]`)?.click();
});

// Unfold's own box for files has a second field, for the name; its script looks for one beside every
// other box, too, and would write into whichever it finds.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("input[type=file]").forEach((box) => (box.hasChangeListener = true));
});

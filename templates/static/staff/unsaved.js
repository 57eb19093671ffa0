// Several forms stand on one page: to send one throws away what was typed into another, so the
// browser asks first.
"use strict";

const typed = new Set();
let sent = null;

document.addEventListener("input", ({ target }) => {
  if (target.form?.method === "post") typed.add(target.form);
});

document.addEventListener("submit", ({ target }) => {
  sent = target;
});

window.addEventListener("beforeunload", (event) => {
  if (sent && [...typed].some((form) => form !== sent)) event.preventDefault();
  sent = null;
});

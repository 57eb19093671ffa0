// What is typed and sent: nothing is lost to another form, and a double click is one.
"use strict";

// Several forms stand on one page: to send one throws away what was typed into another, so the
// browser asks first.
const typed = new Set();
let sent = null;

// Answered would be what is sent last, and of a double click that is the second time.
const A_DOUBLE_CLICK = 1000;
const sentAt = new WeakMap();

// On the way back to a page the browser fills in what was typed there, and tells nobody.
const holdsText = (form) =>
  [...form.querySelectorAll("textarea")].some(({ value, defaultValue }) => value !== defaultValue);

document.addEventListener("input", ({ target }) => {
  if (target.form?.method === "post") typed.add(target.form);
});

document.addEventListener("submit", (event) => {
  sent = event.target;
  const isAgain = event.timeStamp - (sentAt.get(sent) ?? -Infinity) < A_DOUBLE_CLICK;
  if (isAgain) event.preventDefault();
  else sentAt.set(sent, event.timeStamp);
});

window.addEventListener("beforeunload", (event) => {
  const others = [...document.forms].filter((form) => form.method === "post" && form !== sent);
  if (sent && others.some((form) => typed.has(form) || holdsText(form))) event.preventDefault();
  sent = null;
});

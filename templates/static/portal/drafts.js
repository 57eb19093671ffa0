// What is typed stays in this tab until it was sent: the page has it again in another language, and
// after a session that ended. Only of fields that say so, and never for another person.
"use strict";
{
  const person = document.currentScript.dataset.person;
  const ALL = "draft ";
  const MINE = `${ALL}${person} `;
  const SENT = "sent drafts";

  // By where it is sent to: a form may stand on two pages.
  const keyOf = (field) => {
    const { pathname, search } = new URL(field.form.action);
    return `${MINE}${pathname}${search} ${field.name}`;
  };
  // A choice among radio buttons is that of all with the name; of a list, its chosen line.
  const choices = (field) => [...field.form.elements].filter((one) => one.name === field.name);
  const first = (field) => {
    if (field.type === "radio") return choices(field).find((one) => one.defaultChecked)?.value ?? "";
    if (field.tagName !== "SELECT") return field.defaultValue;
    const lines = [...field.options];
    return (lines.find((line) => line.defaultSelected) ?? lines[0])?.value ?? "";
  };
  const fill = (field, text) => {
    if (field.type === "radio") field.checked = field.value === text;
    else field.value = text;
  };
  const read = (field) => JSON.parse(sessionStorage.getItem(keyOf(field)));
  const forget = (isOver) =>
    Object.keys(sessionStorage)
      .filter((key) => key.startsWith(ALL) && isOver(key))
      .forEach((key) => sessionStorage.removeItem(key));

  const restore = () =>
    document.querySelectorAll("[data-draft]").forEach((field) => {
      const draft = read(field);
      if (!draft) return;
      if ("unsent" in field.form.dataset) field.form.hidden = false;
      // Somebody else may have filled it in meanwhile: what the page says goes first.
      if (draft.before === first(field)) fill(field, draft.text);
      else if (draft.text !== first(field)) sessionStorage.removeItem(keyOf(field));
    });

  document.addEventListener("input", ({ target: field }) => {
    if (!("draft" in field.dataset)) return;
    const before = read(field)?.before ?? first(field);
    sessionStorage.setItem(keyOf(field), JSON.stringify({ text: field.value, before }));
  });

  document.addEventListener("submit", ({ target: form }) => {
    // Unfold's own form for signing out is known by its id.
    if (form.matches("[data-ends-drafts], #logout-form")) forget(() => true);
    const sent = [...form.querySelectorAll("[data-draft]")].map(keyOf);
    if (sent.length) sessionStorage.setItem(SENT, JSON.stringify(sent));
  });

  // A refusal, the sign-in page or a way back is no answer: then nothing was taken.
  const sent = JSON.parse(sessionStorage.getItem(SENT)) ?? [];
  sessionStorage.removeItem(SENT);
  const [{ type, responseStatus = 200 }] = performance.getEntriesByType("navigation");
  const isTaken = type === "navigate" && responseStatus < 400;
  if (isTaken) forget((key) => key.startsWith(MINE) && sent.includes(key));
  if (person) forget((key) => !key.startsWith(MINE));

  // Said on the sign-in page, where it is true.
  const isKept = Object.keys(sessionStorage).some((key) => key.startsWith(ALL));
  document.querySelectorAll("[data-drafts-kept]").forEach((told) => (told.hidden = !isKept));

  restore();
  document.addEventListener("htmx:afterSwap", restore);
}

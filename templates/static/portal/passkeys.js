// What a passkey's own scripts report is told on the page, in words.
document.addEventListener("allauth.error", (event) => {
  const told = document.getElementById("passkey_trouble");
  if (!told) return;
  event.preventDefault();
  if (/^[\d.]+$|^\[/.test(window.location.hostname)) told.textContent = told.dataset.address;
  told.hidden = false;
});
// Without a script a passkey's button could do nothing, so only a script shows it.
document.querySelectorAll("[data-needs-passkeys]").forEach((one) => {
  one.hidden = !window.PublicKeyCredential;
});

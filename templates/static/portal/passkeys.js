// What a passkey's own scripts report is told on the page, in words.
const isNumber = /^[\d.]+$|^\[/.test(window.location.hostname);
document.addEventListener("allauth.error", (event) => {
  const told = document.getElementById("passkey_trouble");
  if (!told) return;
  event.preventDefault();
  told.hidden = false;
});
// Browsers make passkeys for names only: where one is to be made, the page says so at once.
const maker = document.querySelector("[data-address]");
if (isNumber && maker) {
  maker.textContent = maker.dataset.address;
  maker.hidden = false;
}
// Without a script a passkey's button could do nothing, so only a script shows it.
document.querySelectorAll("[data-needs-passkeys]").forEach((one) => {
  one.hidden = isNumber || !window.PublicKeyCredential;
});

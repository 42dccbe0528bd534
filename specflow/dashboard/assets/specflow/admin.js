// Buttons that open and close the dialogs of a page in the admin: for browsers that do not know `command` yet, and the
// first field of the dialog is where one begins to write. A browser that knows it opens them before this is loaded.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.opens);
    if (!dialog.open) dialog.showModal();
    const field = dialog.querySelector("textarea, input:not([type=hidden]), select");
    if (field) field.focus();
  }
  if (event.target.closest("[data-closes]")) event.target.closest("dialog").close();
  if (event.target.matches("dialog.sf-dialog")) event.target.close(); // the backdrop
});

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button && event.target.closest(".sf-dialog, .sf-comment")) setTimeout(() => { button.disabled = true; });
});

// Asks before what cannot be taken back. A form says what in `data-confirm`; the dialog stands in the page.

const dialog = document.getElementById("confirm");
let asked = null;

document.addEventListener("htmx:confirm", (event) => {
  const form = event.detail.elt;
  if (!form.dataset.confirm) return;
  event.preventDefault();
  asked = event.detail;
  dialog.querySelector("[data-question]").textContent = form.dataset.confirm;
  dialog.returnValue = "";
  dialog.showModal();
});

dialog.addEventListener("close", () => {
  if (dialog.returnValue === "yes") asked.issueRequest(true);
  asked = null;
});

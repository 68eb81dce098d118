// What people ask of the server: once for each press, and never refused in silence. Sentences come from the page.

// The second click of a double one was meant for what stood there at the first, and not for what came in its place.
document.addEventListener(
  "click",
  (event) => {
    if (event.detail < 2 || !event.target.closest("form:not([method=get]) button:not([type=button])")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

// Nor is a form that leads to another page sent anew while the answer is slow: its answer would be the only one that is
// seen, and what the first one made, a token or a secret that is shown once, would be lost. (What htmx sends it holds itself.)
const QUIET_SECONDS = 5; // then somebody who sends it again means it
let sent = new WeakMap(); // form → where it was sent, and when

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || "repeats" in form.dataset) return;
  const last = sent.get(form);
  // A form that a refresh has made another's is another form.
  if (last?.action === form.action && Date.now() - last.at < QUIET_SECONDS * 1000) event.preventDefault();
  else sent.set(form, { action: form.action, at: Date.now() });
});
addEventListener("pageshow", () => (sent = new WeakMap())); // also when one comes back to the page

// --- What was refused, or not even heard --------------------------------------------------------------------------

const offline = document.querySelector("[data-offline]");
const refused = document.querySelector("[data-refused]");
const isAct = (event) => event.detail.requestConfig?.verb !== "get"; // looks are repeated by themselves

function tell(sentence = "") {
  refused.hidden = !sentence;
  refused.querySelector("span").textContent = sentence;
}

const OUTDATED = [403, 404];
const SHOWN = [409, 422]; // with a part of the page that says why
function sentenceFor({ status }) {
  if (OUTDATED.includes(status)) return refused.dataset.outdated;
  return status === 429 ? refused.dataset.often : refused.dataset.failed;
}

document.addEventListener("htmx:beforeRequest", (event) => isAct(event) && tell());
document.addEventListener("htmx:timeout", (event) => isAct(event) && tell(refused.dataset.failed));
document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  const isShown = xhr.getResponseHeader("X-Part") || SHOWN.includes(xhr.status);
  if (isAct(event) && !isShown && xhr.status !== 503) tell(sentenceFor(xhr));
});

document.addEventListener("htmx:sendError", () => (offline.hidden = false));
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.xhr?.status) offline.hidden = event.detail.xhr.status !== 503;
});

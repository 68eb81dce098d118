// Where somebody is in a conversation outlives what comes and goes around them: else a keyboard begins anew at the page's top.

const thread = document.getElementById("thread");
const goOn = () => document.getElementById("messages")?.focus({ preventScroll: true });
const isLost = () => !document.activeElement || document.activeElement === document.body;

let held = null; // what had the focus in the thread before the news
document.addEventListener("htmx:beforeSwap", () => {
  held = thread?.contains(document.activeElement) ? document.activeElement : null;
});
document.addEventListener("htmx:afterSwap", () => {
  if (held && !held.isConnected && isLost()) goOn();
  held = null;
});

// A button that is out of use until its request is answered loses the focus at once.
const pressed = new WeakMap();
document.addEventListener("htmx:beforeRequest", ({ detail: { xhr, elt } }) => {
  if (elt.contains(document.activeElement)) pressed.set(xhr, document.activeElement);
});
document.addEventListener("htmx:afterRequest", ({ detail: { xhr } }) => {
  const button = pressed.get(xhr);
  if (!button || !isLost()) return;
  if (!button.isConnected) goOn();
  else (button.closest("#composer")?.elements.text ?? button).focus({ preventScroll: true });
});

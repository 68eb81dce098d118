// Who looks at a conversation right now, in its row of the list and above its thread: told by the page's one stream, asked
// of nobody. While the stream or the broker is gone it is not known, and nothing is shown.

const MOST_SHOWN = 3;
const texts = document.getElementById("presence-texts").dataset;
const there = new Map(); // by conversation: its pages, by their token
let known = false;

const pagesOf = (id) => [...(there.get(id)?.values() ?? [])];

function span(className, text = "") {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}

function customer(isHere, inFull) {
  const text = isHere ? texts.customerHere : texts.customerAway;
  const dot = span(isHere ? "presence here" : "presence");
  dot.title = text;
  dot.setAttribute("aria-hidden", "true");
  return [dot, span(inFull ? "here-text" : "unseen", text)];
}

function colleague({ name, initials }) {
  const avatar = span("avatar", initials);
  avatar.title = `${name} ${texts.looking}`;
  avatar.setAttribute("aria-hidden", "true");
  return [avatar, span("unseen", avatar.title)];
}

function show(element) {
  const pages = pagesOf(element.dataset.here);
  const inFull = "inFull" in element.dataset;
  const isHere = pages.some((page) => page.is_customer);
  const names = new Map(pages.filter((page) => !page.is_customer).map((page) => [page.name, page]));
  const shown = [
    ...(known && (isHere || inFull) ? customer(isHere, inFull) : []),
    ...[...names.values()].slice(0, MOST_SHOWN).flatMap(colleague),
  ];
  if (shown.length || element.firstChild) element.replaceChildren(...shown);
}

function showAll() {
  document.querySelectorAll("[data-here]").forEach(show);
}

function come(page) {
  if (!there.has(page.conversation_id)) there.set(page.conversation_id, new Map());
  there.get(page.conversation_id).set(page.token, page);
}

function showOne({ conversation_id: id }) {
  document.querySelectorAll(`[data-here="${CSS.escape(id)}"]`).forEach(show);
}

document.addEventListener("desk:presence", ({ detail: { everybody, came, went } }) => {
  if (everybody !== undefined) {
    there.clear();
    known = everybody !== null;
    everybody?.forEach(come);
    return showAll();
  }
  if (came) come(came);
  else there.get(went.conversation_id)?.delete(went.token);
  return showOne(came ?? went);
});
document.addEventListener("htmx:afterSwap", showAll);

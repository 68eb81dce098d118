// Writing a reply: what is typed outlives a reload, and Enter never sends what an input method is still composing.

import { keyOf, newId, read, restOf, write } from "./unsent.js";

const SEND_WITH = "seekdesk-send-with"; // "enter", or anything else: the button only

const form = () => document.getElementById("composer");
const key = keyOf("reply");

function typed() {
  const { text, draft, client_msg_id: id } = form().elements;
  return { text: text.value, draft: draft.value, id: id.value, own: form().dataset.own ?? "" };
}

function save() {
  const words = typed();
  write(key, words.text ? { ...words, at: Date.now() } : null);
}

// `own`: one's own words that a draft has taken the place of; they come back when it is sent or left.
function fill({ text = "", draft = "", id = "", own = "" }) {
  const elements = form().elements;
  if (elements.text.value !== text) elements.text.value = text;
  elements.draft.value = draft;
  elements.client_msg_id.value = id || newId();
  form().dataset.own = own;
  showDraft();
  grow();
}

function showDraft() {
  form().querySelector("[data-editing]").hidden = !form().elements.draft.value;
}

function grow() {
  const { text } = form().elements;
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight + 2, 240)}px`;
}

// On a touch screen Enter begins a new line, as everywhere there.
const sendsWith = () => read(SEND_WITH) || (matchMedia("(pointer: coarse)").matches ? "button" : "enter");

/* The button that these keys stand for, if any: Ctrl+Enter sends and resolves, Enter alone sends where that is wished. */
function buttonFor(event) {
  if (event.ctrlKey || event.metaKey) return form().querySelector("[data-send-resolve]");
  const plain = !event.shiftKey && !event.altKey;
  return plain && sendsWith() === "enter" ? form().querySelector("button.primary") : null;
}

function attach() {
  const composer = form();
  if (!composer || composer.dataset.attached) return;
  composer.dataset.attached = "yes";
  fill(read(key) || {});
  composer.elements.send_with.value = sendsWith() === "enter" ? "enter" : "button";
}

document.addEventListener("input", (event) => {
  if (!form()?.contains(event.target)) return;
  if (event.target.name === "text") {
    save();
    grow();
    tellTyping();
  }
  if (event.target.name === "send_with") write(SEND_WITH, event.target.value);
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.name !== "text" || !form()?.contains(event.target)) return;
  const button = event.isComposing || event.keyCode === 229 ? null : buttonFor(event);
  if (!button) return;
  event.preventDefault();
  if (!form().querySelector("button.primary").disabled) button.click(); // htmx asks which button was clicked, not which submits
});

document.addEventListener("click", (event) => {
  const edit = event.target.closest("[data-edit-draft]");
  if (edit && form()) {
    const text = document.getElementById(`draft-text-${edit.dataset.editDraft}`).textContent;
    const before = typed();
    fill({ text, draft: edit.dataset.editDraft, own: before.draft ? before.own : before.text });
    save();
    form().elements.text.focus();
  }
  if (event.target.closest("[data-drop-draft]")) {
    fill({ text: form().dataset.own });
    save();
    form().elements.text.focus();
  }
});

// The customer sees that somebody is writing; once every few seconds is enough to keep that alive.
const TYPING_SECONDS = 4;
let told = 0;

function tellTyping() {
  if (Date.now() - told < TYPING_SECONDS * 1000) return;
  told = Date.now();
  const token = form().elements.csrfmiddlewaretoken.value;
  fetch(form().dataset.typing, { method: "POST", headers: { "X-CSRFToken": token } }).catch(() => {});
}

// What was said is taken out, and only that: typing may have gone on while it was under way.
function settle() {
  const known = form() ? typed() : read(key);
  const rest = known && restOf(known.text, known.draft ? `draft-${known.draft}` : known.id);
  if (known && rest !== null) {
    keep({ text: rest || known.own || "" });
  } else if (known?.draft && isShown(known.draft) && !document.getElementById(`draft-text-${known.draft}`)) {
    keep({ text: known.text }); // of a draft that is offered no more: they are one's own words now
  }
}

const isShown = (id) => Boolean(document.getElementById(`m-${id}`));

function keep(words) {
  if (form()) {
    fill(words);
    save();
  } else write(key, words.text ? { ...words, id: newId(), at: Date.now() } : null);
}

// Whoever loses a conversation in the middle of a sentence still has the sentence.
function showUnsent() {
  const place = document.querySelector("[data-unsent]");
  if (!place) return;
  const text = read(key)?.text ?? "";
  place.hidden = !text;
  place.querySelector("q").textContent = text;
}

function look() {
  attach();
  settle();
  showUnsent();
}
document.addEventListener("htmx:afterSwap", look);
look();

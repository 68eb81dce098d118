// Writing a reply: what is typed outlives a reload, and Enter never sends what an input method is still composing.

const SEND_WITH = "seekdesk-send-with"; // "enter", or anything else: the button only
const KEPT_DAYS = 7;

const form = () => document.getElementById("composer");
const key = () => `seekdesk-reply-${document.body.dataset.conversation}`;

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null; // storage is off, or holds something else
  }
}

function write(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
  } catch {
    return; // storage is off: typing must still work
  }
}

// crypto.randomUUID exists on https and localhost only
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function save() {
  const { text, draft, client_msg_id: id } = form().elements;
  write(key(), text.value ? { text: text.value, draft: draft.value, id: id.value, at: Date.now() } : null);
}

function fill({ text = "", draft = "", id = "" }) {
  const elements = form().elements;
  elements.text.value = text;
  elements.draft.value = draft;
  elements.client_msg_id.value = id || newId();
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
  fill(read(key()) || {});
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
    fill({ text, draft: edit.dataset.editDraft });
    save();
    form().elements.text.focus();
  }
  if (event.target.closest("[data-drop-draft]")) {
    fill({});
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

// Typing may have gone on while the reply was under way: only what was sent is taken out.
let sent = "";
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt === form()) sent = form().elements.text.value;
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.requestConfig?.elt !== form() || event.detail.isError) return;
  const rest = form().elements.text.value;
  fill({ text: rest.startsWith(sent) ? rest.slice(sent.length).trimStart() : rest });
  save();
});
document.addEventListener("htmx:afterSwap", attach);

for (let index = localStorage.length - 1; index >= 0; index -= 1) {
  const name = localStorage.key(index);
  const old = name.startsWith("seekdesk-reply-") && Date.now() - (read(name)?.at || 0) > KEPT_DAYS * 86_400_000;
  if (old) write(name, null);
}
attach();

// A note for colleagues: what is typed outlives a reload, and is kept once.

import { keyOf, newId, read, restOf, write } from "./unsent.js";

const key = keyOf("note");
const form = () => document.getElementById("note-form");

function fill({ text = "", id = "" }) {
  const { text: field, client_msg_id: hidden } = form().elements;
  if (field.value !== text) field.value = text;
  hidden.value = id || newId();
}

function save() {
  const { text, client_msg_id: id } = form().elements;
  write(key, text.value ? { text: text.value, id: id.value, at: Date.now() } : null);
}

function settle() {
  const { text, client_msg_id: id } = form()?.elements ?? {};
  const rest = text ? restOf(text.value, id.value) : null;
  if (rest === null) return;
  fill({ text: rest });
  save();
}

document.addEventListener("input", (event) => form()?.contains(event.target) && save());
document.addEventListener("htmx:afterSwap", settle);

const kept = read(key);
if (form() && kept) {
  fill(kept);
  document.getElementById("note-box").open = true;
  settle();
}

// Putting right what one has said: what is typed and not saved yet outlives a reload, a log-out and a colleague's turn. It
// belongs to the wording that it began from: once another has been saved, it has been said or is out of date.

import { keyOf, read, write } from "./unsent.js";

const key = keyOf("edits");
const boxes = () => [...document.querySelectorAll("#messages details.edit")];
const fieldOf = (box) => box.querySelector("textarea");
const messageOf = (box) => box.querySelector("[name=message]").value;
const kept = () => read(key)?.texts ?? {};

function keep(texts) {
  write(key, Object.keys(texts).length ? { texts, at: Date.now() } : null);
}

document.addEventListener("input", ({ target }) => {
  const box = target.closest("#messages details.edit");
  if (!box) return;
  const { [box.id]: _before, ...texts } = kept();
  keep(target.value === target.defaultValue ? texts : { ...texts, [box.id]: target.value });
});

function fill(box, text) {
  if ("filled" in box.dataset) return; // another tab's words must not take the place of this one's
  box.dataset.filled = "";
  if (text === undefined) return;
  fieldOf(box).value = text;
  box.open = true;
}

function look() {
  const texts = kept();
  const known = Object.keys(texts).length;
  for (const box of boxes()) {
    fill(box, texts[box.id]);
    for (const name of Object.keys(texts)) {
      if (name !== box.id && name.startsWith(`edit-${messageOf(box)}-`)) delete texts[name];
    }
  }
  if (Object.keys(texts).length < known) keep(texts);
}
document.addEventListener("htmx:afterSwap", look);
look();

/* Where the person writes: a field that grows, send and stop, a draft that survives, and the way to a person. */

import { Attachments } from "./attachments.js";
import { h, icon } from "./dom.js";

const LIMIT = 8_000; // characters, as the server counts them
const TOLD_FROM = 7_500;
const TALLEST = 148; // px
const AFTER_COMPOSING = 50; // ms: Safari ends the composition just before the Enter that ended it

export class Composer {
  constructor({ texts, drafts, actions, writer, conversation }) {
    Object.assign(this, { texts, drafts, actions, writer, conversation });
    this.composedAt = -Infinity;
    this.files = new Attachments({
      texts,
      drafts,
      conversation,
      upload: actions.upload,
      onChange: () => this.field && this.showButtons(),
    });
    this.build();
    this.readDraft();
  }

  build() {
    const { texts } = this;
    this.field = h("textarea", {
      rows: "1",
      "aria-label": texts.composer,
      placeholder: texts.placeholder,
      enterkeyhint: "send",
      autocomplete: "off",
      "aria-describedby": "count",
      oninput: () => {
        this.noteInput();
        this.actions.tellTyping();
      },
      onkeydown: (event) => this.hearKey(event),
      onpaste: (event) => this.files.hearPaste(event),
      oncompositionend: (event) => (this.composedAt = event.timeStamp),
    });
    this.sendButton = h(
      "button",
      { type: "submit", class: "send", "aria-label": texts.send, title: texts.send },
      icon("send"),
    );
    this.stopButton = h(
      "button",
      {
        type: "button",
        class: "stop",
        "aria-label": texts.stop,
        title: texts.stop,
        hidden: true,
        onclick: () => this.stop(),
      },
      icon("stop"),
    );
    this.person = h(
      "button",
      { type: "button", class: "person", onclick: () => this.actions.askPerson() },
      icon("person"),
      h("span", {}, texts.person),
    );
    this.count = h("span", { id: "count", class: "count", "aria-live": "polite" });
    const form = h(
      "form",
      {
        class: "field",
        onsubmit: (event) => {
          event.preventDefault();
          this.send();
        },
      },
      this.files.button,
      this.field,
      this.stopButton,
      this.sendButton,
    );
    this.element = h("div", { class: "composer" }, this.files.element, form, h("div", { class: "below" }, this.person, this.count));
  }

  /* ---- the draft ---- */

  readDraft() {
    this.field.value = this.drafts.read("draft", this.conversation) ?? "";
    if (this.field.isConnected) this.fit();
  }

  /* What a closed tab left is put where nothing has been written meanwhile. */
  async takeUpLeft() {
    const { writer, conversation } = this;
    const [draft, files] = await Promise.all(["draft", "files"].map((kind) => this.drafts.findLeft(kind, conversation)));
    if (!this.element.isConnected || writer !== this.writer || conversation !== this.conversation) return;
    if (this.field.value || this.files.entries.length) return;
    for (const left of [draft, files]) if (left) this.drafts.take(left);
    if (draft) this.write(draft.value);
    if (files) this.files.putBack(files.value);
  }

  write(text) {
    this.field.value = text;
    this.noteInput();
  }

  takeBack({ text, attachments = [] }) {
    this.write(text);
    this.files.putBack(attachments);
  }

  noteInput() {
    this.drafts.keep("draft", this.conversation, this.field.value);
    this.fit();
  }

  /* A draft begun before its conversation had an id goes along with it. */
  move(conversation) {
    const moved = this.conversation === null && this.field.value ? this.field.value : null;
    if (moved) this.drafts.keep("draft", null, null);
    this.conversation = conversation;
    this.files.move(conversation);
    if (moved) this.drafts.keep("draft", conversation, moved); // the field is left alone: an input method may be at work in it
    else this.open();
  }

  open() {
    this.readDraft();
    this.takeUpLeft();
  }

  /* Somebody else writes here now. */
  startOver(writer, conversation) {
    this.writer = writer;
    this.conversation = conversation;
    this.startAnew();
  }

  startAnew() {
    this.files.startOver(this.conversation);
    this.open();
  }

  /* ---- drawing ---- */

  show({ writer, conversation, running, status, asking, closed }) {
    if (writer !== this.writer) this.startOver(writer, conversation);
    else if (conversation !== this.conversation) this.move(conversation);
    this.running = running;
    this.field.disabled = closed;
    this.files.button.setAttribute("aria-disabled", String(closed));
    this.showPerson({ status, asking, closed });
    this.showButtons();
  }

  showPerson({ status, asking, closed }) {
    const busy = Boolean(asking) || ["waiting", "agent"].includes(status);
    this.person.setAttribute("aria-disabled", String(busy || closed));
    const { texts } = this;
    const label = { waiting: texts.waitingShort, agent: texts.withSomeone }[status] ?? texts.person;
    if (this.person.lastChild.textContent !== label) this.person.lastChild.textContent = label;
  }

  showButtons() {
    const isEmpty = !this.field.value.trim() && !this.files.ready.length;
    const hadFocus = document.activeElement === this.stopButton || document.activeElement === this.sendButton;
    this.stopButton.hidden = !this.running;
    this.sendButton.hidden = this.running && isEmpty;
    this.sendButton.setAttribute("aria-disabled", String(isEmpty || this.files.isSending || this.over > 0 || this.field.disabled));
    if (hadFocus && document.activeElement.hidden) this.field.focus();
  }

  fit() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, TALLEST)}px`;
    this.showCount();
    this.showButtons();
  }

  showCount() {
    const used = this.field.value.length < TOLD_FROM ? 0 : [...this.field.value.trim()].length;
    this.over = used - LIMIT;
    this.count.classList.toggle("over", this.over > 0);
    this.count.textContent =
      used < TOLD_FROM ? "" : this.over > 0 ? this.texts.tooLong(this.over) : this.texts.count(used, LIMIT);
    this.field.setAttribute("aria-invalid", String(this.over > 0));
  }

  /* ---- keys and buttons ---- */

  hearKey(event) {
    if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
    // An input method takes Enter to choose a word: that must never send.
    if (event.isComposing || event.keyCode === 229 || event.timeStamp - this.composedAt < AFTER_COMPOSING) return;
    event.preventDefault();
    this.send();
  }

  send() {
    const text = cleaned(this.field.value);
    if ((!text && !this.files.ready.length) || this.over > 0 || this.field.disabled) return;
    if (this.files.isSending) return this.files.sayWait();
    this.write("");
    this.actions.send(text, this.files.take());
  }

  stop() {
    this.field.focus();
    this.actions.stop();
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }
}

/* Signs that no text can hold (NUL, halves of a pair) are taken out here: the server refuses them. */
function cleaned(text) {
  return (text.toWellFormed?.() ?? text).replaceAll("\0", "").trim();
}

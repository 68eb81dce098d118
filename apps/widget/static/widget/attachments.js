/* Files: those that are to go with the next message, and those that a message brought.

   A file is sent to the server as soon as it is picked, pasted or dropped; the message then only names it. What was
   taken in outlives a reload, like the draft. Knows neither chat nor composer. */

import { ApiError, contentOf } from "./api.js";
import { serverNow } from "./clock.js";
import { h, icon, iconButton } from "./dom.js";
import { errorText } from "./texts.js";

const KINDS = ["image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"];
const LARGEST = 10 * 1024 * 1024; // bytes, as the server counts them
const MOST = 5;
const OLD = 60_000; // ms before an address ends at which we ask for another one
const STALLED = 30_000; // ms without a sign of life from a file on its way

export class Attachments {
  /* upload(file, {onProgress, signal}) → the server's attachment; onChange() whenever what could be sent has changed. */
  constructor({ texts, drafts, upload, onChange, conversation }) {
    Object.assign(this, { texts, drafts, upload, onChange, conversation });
    this.entries = []; // {file?, name, state: sending | ready | failed, attachment?, row, stop?}
    this.build();
    this.restore();
  }

  build() {
    const { files } = this.texts;
    this.list = h("ul", { class: "files pending", "aria-label": files.pending, hidden: true });
    this.told = h("p", { class: "hidden", role: "status" });
    this.picker = h("input", {
      type: "file",
      accept: KINDS.join(","),
      multiple: true,
      hidden: true,
      tabindex: "-1",
      "aria-label": files.add,
      onchange: () => this.pick(),
    });
    this.button = iconButton("clip", files.add, { class: "icon-button clip", onclick: () => this.open() });
    this.element = h("div", { class: "attaching" }, this.list, this.told, this.picker);
  }

  open() {
    if (this.button.getAttribute("aria-disabled") !== "true") this.picker.click();
  }

  pick() {
    this.add([...this.picker.files]);
    this.picker.value = "";
  }

  /* ---- what there is ---- */

  get ready() {
    return this.entries.filter(({ state }) => state === "ready").map(({ attachment }) => attachment);
  }

  get isSending() {
    return this.entries.some(({ state }) => state === "sending");
  }

  /* Files belong to a conversation: they do not go along into another one. */
  move(conversation) {
    const begun = this.conversation === null;
    if (begun) this.drafts.keep("files", null, null);
    else this.drop();
    this.conversation = conversation;
    if (begun && this.entries.length) this.keep();
    else this.restore();
  }

  startOver(conversation) {
    this.drop();
    this.conversation = conversation;
    this.restore();
  }

  restore() {
    this.putBack(this.drafts.read("files", this.conversation) ?? []);
  }

  /* Of a message that could not be sent, and is written anew. */
  putBack(attachments) {
    for (const attachment of attachments) this.settle(this.enter({ name: attachment.name }), { state: "ready", attachment });
    this.keep();
  }

  keep() {
    this.drafts.keep("files", this.conversation, this.ready);
    this.list.hidden = this.entries.length === 0;
    this.onChange();
  }

  /* What is ready goes with a message; what failed stays to be seen. */
  take() {
    const taken = this.ready;
    for (const entry of this.entries.filter(({ state }) => state === "ready")) this.forget(entry);
    return taken;
  }

  /* Who sends while a file is on its way is told, not ignored. */
  sayWait() {
    const { wait } = this.texts.files;
    this.told.textContent = wait;
    for (const { row } of this.entries.filter(({ state }) => state === "sending")) row.querySelector(".why").textContent = wait;
  }

  drop() {
    for (const entry of [...this.entries]) {
      entry.stop?.abort();
      entry.row.remove();
    }
    this.entries = [];
    this.list.hidden = true;
  }

  /* ---- adding ---- */

  add(files) {
    for (const file of files) {
      const entry = this.enter({ file, name: file.name || this.texts.files.unnamed });
      const refusal = this.refusalOf(file);
      if (refusal) this.settle(entry, { state: "failed", sentence: refusal });
      else this.send(entry);
    }
    this.keep();
  }

  enter({ file, name }) {
    const entry = { file, name, state: "sending" };
    entry.row = this.makeRow(entry);
    this.entries.push(entry);
    this.list.append(entry.row);
    this.list.hidden = false;
    return entry;
  }

  /* Told before a byte is sent; the server looks again, and into the file. */
  refusalOf(file) {
    const { errors } = this.texts.files;
    if (this.entries.filter(({ state }) => state !== "failed").length > MOST) return errors.too_many_files;
    if (file.size > LARGEST) return errors.file_too_large;
    if (!file.size) return errors.file_empty;
    return file.type && !KINDS.includes(file.type) ? errors.file_kind : null;
  }

  async send(entry) {
    entry.stop = new AbortController();
    const bar = entry.row.querySelector("progress");
    try {
      const onProgress = (part) => (bar.value = part);
      const attachment = await this.upload(entry.file, { onProgress, signal: entry.stop.signal });
      this.settle(entry, { state: "ready", attachment });
    } catch (error) {
      if (entry.stop.signal.aborted) return; // whoever stopped it has tidied up
      this.settle(entry, { state: "failed", sentence: fileError(this.texts, error) });
    }
    this.keep();
  }

  settle(entry, { state, attachment, sentence = "" }) {
    if (!this.entries.includes(entry)) return;
    Object.assign(entry, { state, attachment });
    entry.row.classList.toggle("failed", state === "failed");
    entry.row.querySelector("progress")?.remove();
    entry.row.querySelector(".why").textContent = sentence;
    if (attachment && isPicture(attachment)) entry.row.prepend(thumbnail(attachment));
    this.told.textContent = sentence ? `${entry.name}: ${sentence}` : this.texts.files.added(entry.name);
  }

  /* Goes on with what another one has begun to send. */
  takeOver(other) {
    const unfinished = other.entries.filter(({ state }) => state === "sending").map(({ file }) => file);
    other.drop();
    if (unfinished.length) this.add(unfinished);
  }

  makeRow(entry) {
    const { files } = this.texts;
    return h(
      "li",
      { class: "file" },
      h("span", { class: "file-name" }, entry.name),
      h("progress", { max: "1", value: "0", "aria-label": files.sending(entry.name) }),
      h("span", { class: "why" }),
      iconButton("close", files.remove(entry.name), { class: "icon-button", onclick: () => this.remove(entry) }),
    );
  }

  remove(entry) {
    const next = entry.row.nextElementSibling ?? entry.row.previousElementSibling;
    entry.stop?.abort();
    this.forget(entry);
    (next?.querySelector("button") ?? this.button).focus();
  }

  forget(entry) {
    entry.row.remove();
    this.entries = this.entries.filter((one) => one !== entry);
    this.keep();
  }

  /* ---- pasting and dropping ---- */

  hearPaste(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    this.add(files);
  }

  listenForDrops(area) {
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    const mark = (event, over) => hasFiles(event) && area.classList.toggle("dropping", over);
    area.addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      mark(event, true);
    });
    area.addEventListener("dragleave", (event) => !area.contains(event.relatedTarget) && mark(event, false));
    area.addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      mark(event, false);
      if (this.button.getAttribute("aria-disabled") !== "true") this.add([...event.dataTransfer.files]);
    });
  }
}

const isPicture = ({ kind }) => kind !== "pdf";

function thumbnail({ url }) {
  const image = h("img", { src: url, alt: "", class: "thumbnail" });
  image.addEventListener("error", () => image.remove()); // its address has ended: the name still stands there
  return image;
}

function fileError(texts, error) {
  return texts.files.errors[error.code] ?? errorText(texts, error);
}

/* ---- on its way: fetch() does not tell how far it is, XMLHttpRequest does ---- */

export async function uploadFile(api, conversation, file, { onProgress, signal, patience = STALLED }) {
  const address = new URL(`conversations/${conversation}/attachments`, api.base);
  const response = await api.authorized((token) => post(address, { file, token, onProgress, signal, patience }));
  return contentOf(response);
}

function post(address, { file, token, onProgress, signal, patience }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let timer, isStalled;
    const giveUp = () => ((isStalled = true), request.abort());
    const wait = () => (clearTimeout(timer), (timer = setTimeout(giveUp, patience)));
    request.upload.onprogress = (event) => {
      wait();
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => resolve(responseOf(request));
    request.onerror = request.onabort = () => reject(new ApiError({ code: isStalled ? "timeout" : "network" }));
    request.onloadend = () => clearTimeout(timer);
    wait();
    request.open("POST", address);
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-File-Name", encodeURIComponent((file.name ?? "").toWellFormed?.() ?? ""));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}

function responseOf(request) {
  const wait = request.getResponseHeader("Retry-After");
  return new Response(request.responseText, { status: request.status, headers: wait ? { "Retry-After": wait } : {} });
}

/* ---- in the conversation ---- */

export function makeAttachments(message, context) {
  const { attachments = [] } = message;
  if (!attachments.length) return null;
  const { files } = context.texts;
  const items = attachments.map((one) => h("li", {}, isPicture(one) ? picture(one, message, context) : paper(one, message, context)));
  return h("ul", { class: "files", "aria-label": files.list }, ...items);
}

function picture(attachment, message, context) {
  const { name, url, width, height, id } = attachment;
  const image = h("img", { src: url, alt: context.texts.files.picture(name), width, height, loading: "lazy" });
  return h(
    "a",
    {
      class: "file picture",
      href: url,
      target: "_blank",
      rel: "noopener",
      "data-focus": `file-${id}`,
      onclick: (event) => renewing(event, attachment, message, context),
    },
    image,
  );
}

function paper(attachment, message, context) {
  const { name, url, size, id } = attachment;
  return h(
    "a",
    {
      class: "file",
      href: url,
      download: name,
      "data-focus": `file-${id}`,
      onclick: (event) => renewing(event, attachment, message, context),
    },
    icon("paper"),
    h("span", { class: "file-name" }, name),
    h("span", { class: "file-size" }, context.texts.files.size(size)),
  );
}

/* An address is good for an hour or so: on a page that was open longer it is asked for again before it is followed. */
async function renewing(event, attachment, message, { actions }) {
  if (!event.isTrusted) return; // our own click, below
  const link = event.currentTarget;
  const until = Number(new URL(link.href).searchParams.get("until")) * 1000;
  if (!until || until - OLD > serverNow()) return;
  event.preventDefault();
  const fresh = await actions.freshAttachment(message, attachment.id);
  if (!fresh) return;
  link.href = fresh.url;
  link.click();
}

export const namesOf = (message) => (message?.attachments ?? []).map(({ name }) => name).join(", ");

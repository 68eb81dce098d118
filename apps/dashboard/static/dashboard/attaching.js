// Files for a reply: picked, pasted or dropped, sent to the server at once, and shown until the reply goes or they are
// taken out again; a reload keeps them for an hour. Sentences come from the page.

import { keyOf, read, write } from "./unsent.js";

const KEPT_MINUTES = 60; // the server keeps what nobody sends for longer
const key = keyOf("files");

const form = () => document.getElementById("composer");
const list = () => form()?.querySelector("[data-files]");
const picker = () => form()?.querySelector("[data-pick]");
const rows = () => [...(list()?.children ?? [])];
const isReady = (row) => Boolean(row.querySelector("input"));
const isRunning = (row) => Boolean(row.querySelector("progress"));

function add(files) {
  for (const file of files) {
    const row = makeRow(file.name);
    list().append(row);
    if (rows().filter((one) => !one.classList.contains("bad")).length > Number(form().dataset.most)) refuse(row, form().dataset.tooMany);
    else if (file.size > Number(form().dataset.largest)) refuse(row, form().dataset.tooLarge);
    else send(file, row);
  }
  show();
}

function makeRow(name) {
  const row = form().querySelector("[data-file-row]").content.firstElementChild.cloneNode(true);
  row.querySelector("[data-name]").textContent = name;
  const button = row.querySelector("button");
  button.setAttribute("aria-label", `${button.getAttribute("aria-label")}: ${name}`);
  button.addEventListener("click", () => remove(row));
  return row;
}

function send(file, row) {
  const data = new FormData();
  data.append("csrfmiddlewaretoken", form().elements.csrfmiddlewaretoken.value);
  data.append("file", file, file.name);
  const request = new XMLHttpRequest();
  const bar = row.querySelector("progress");
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = event.loaded / event.total;
  });
  request.addEventListener("loadend", () => row.isConnected && settle(request, row));
  request.open("POST", form().dataset.attach);
  request.responseType = "json";
  request.send(data);
  row.addEventListener("seekdesk:removed", () => request.abort());
}

function settle(request, row) {
  if (request.status === 201) keep(row, request.response);
  else refuse(row, request.response?.error?.message || form().dataset[request.status ? "failed" : "lost"]);
  show();
}

function keep(row, file) {
  const { id, url, is_picture: isPicture } = file;
  row.dataset.file = JSON.stringify(file);
  row.querySelector("progress").remove();
  row.querySelector("[data-sentence]").textContent = "";
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name: "attachments", value: id });
  row.append(field);
  if (!isPicture) return;
  const picture = row.querySelector("img");
  Object.assign(picture, { src: url, hidden: false });
}

function refuse(row, sentence) {
  row.classList.add("bad");
  row.querySelector("progress").remove();
  row.querySelector("[data-sentence]").textContent = sentence;
}

function remove(row) {
  row.dispatchEvent(new Event("seekdesk:removed"));
  row.remove();
  show();
  form().elements.text.focus();
}

// With a file the words may be missing; while one is on its way nothing is sent without it.
function show() {
  if (!form()) return;
  list().hidden = rows().length === 0;
  form().elements.text.required = !rows().some(isReady);
  form().toggleAttribute("data-busy", rows().some(isRunning));
  save();
}

function save() {
  const files = rows().filter(isReady).map(fileOf);
  write(key, files.length ? { files, at: Date.now() } : null);
}

/* Into a composer that is new, because the page is or because one has the conversation again. */
function attach() {
  if (!form() || "filed" in form().dataset) return;
  form().dataset.filed = "";
  const { files = [], at = 0 } = read(key) ?? {};
  for (const file of Date.now() - at < KEPT_MINUTES * 60_000 ? files : []) {
    const row = makeRow(file.name);
    list().append(row);
    keep(row, file);
  }
}

document.addEventListener("click", (event) => event.target.closest("[data-attach-button]") && picker().click());
document.addEventListener("change", (event) => {
  if (event.target !== picker()) return;
  add([...picker().files]);
  picker().value = "";
  form().elements.text.focus();
});
document.addEventListener("paste", (event) => {
  const files = event.clipboardData?.files ?? [];
  if (!files.length || !form()?.contains(event.target)) return;
  event.preventDefault();
  add([...files]);
});

const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
document.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  if (form() && document.getElementById("thread").contains(event.target)) add([...event.dataTransfer.files]);
});

document.addEventListener(
  "submit",
  (event) => {
    if (event.target !== form() || !rows().some(isRunning)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    for (const row of rows().filter(isRunning)) row.querySelector("[data-sentence]").textContent = form().dataset.wait;
  },
  true,
);

// What the thread shows has been sent; what was refused stays, with its sentence.
const isSent = ({ url }) => Boolean(document.querySelector(`#messages a[href="${CSS.escape(url)}"]`));
const fileOf = (row) => JSON.parse(row.dataset.file);

function look() {
  attach();
  for (const row of rows().filter(isReady)) if (isSent(fileOf(row))) row.remove();
  show();
}
document.addEventListener("htmx:afterSwap", look);
look();

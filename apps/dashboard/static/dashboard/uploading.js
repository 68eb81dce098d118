// Sends files one by one, so that each has its own progress and its own refusal. Sentences come from the page.

const zone = document.getElementById("upload");
const list = document.getElementById("upload-files");
const template = document.getElementById("upload-file");
const picker = zone.querySelector("input[type=file]");
const largest = Number(zone.dataset.largest);
const AT_ONCE = 2;
const waiting = [];
let running = 0;

function add(file, name) {
  const row = template.content.firstElementChild.cloneNode(true);
  row.querySelector("[data-name]").textContent = name;
  list.append(row);
  list.hidden = false;
  if (file.size > largest) return finish(row, "bad", zone.dataset.tooLarge);
  if (!file.size) return finish(row, "bad", zone.dataset.empty);
  waiting.push({ file, name, row });
  next();
}

function next() {
  while (running < AT_ONCE && waiting.length) {
    running += 1;
    send(waiting.shift());
  }
}

function send({ file, name, row }) {
  const data = new FormData();
  data.append("csrfmiddlewaretoken", zone.querySelector("[name=csrfmiddlewaretoken]").value);
  data.append("name", name);
  data.append("audience", zone.querySelector("[name=audience]").value);
  data.append("files", file, file.name);
  const request = new XMLHttpRequest();
  const bar = row.querySelector("progress");
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = event.loaded / event.total;
  });
  request.addEventListener("loadend", () => {
    running -= 1;
    settle(request, row);
    next();
  });
  request.open("POST", zone.action);
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.send(data);
}

function settle(request, row) {
  if (request.status === 0) return finish(row, "bad", zone.dataset.lost);
  if (request.status === 201) {
    const { unchanged, same_as: same } = request.response;
    finish(row, "good", same?.sentence || (unchanged ? zone.dataset.unchanged : zone.dataset.received), same?.url);
    htmx.trigger(document.body, "documents:changed");
    if (!unchanged && !same) setTimeout(() => remove(row), 4000);
    return undefined;
  }
  return finish(row, "bad", request.response?.error?.message || zone.dataset.failed);
}

function finish(row, kind, sentence, url) {
  row.classList.add(kind);
  row.querySelector("progress").remove();
  const said = row.querySelector("[data-sentence]");
  if (url) {
    const link = document.createElement("a");
    link.href = url;
    said.append(link);
  }
  (said.firstElementChild || said).textContent = sentence;
  const button = row.querySelector("button");
  button.hidden = false;
  button.addEventListener("click", () => remove(row));
}

function remove(row) {
  row.remove();
  list.hidden = !list.children.length;
}

// --- Picking and dropping ---------------------------------------------------------------------------------------

picker.addEventListener("change", () => {
  for (const file of picker.files) add(file, file.webkitRelativePath || file.name);
  picker.value = "";
});

let depth = 0;
const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

addEventListener("dragenter", (event) => {
  if (!hasFiles(event)) return;
  depth += 1;
  zone.classList.add("dragging");
});
addEventListener("dragleave", (event) => {
  if (!hasFiles(event)) return;
  depth -= 1;
  if (depth <= 0) zone.classList.remove("dragging");
});
addEventListener("dragover", (event) => {
  if (hasFiles(event)) event.preventDefault();
});
addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  depth = 0;
  zone.classList.remove("dragging");
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length) entries.forEach((entry) => walk(entry, ""));
  else for (const file of event.dataTransfer.files) add(file, file.name);
});

// A dropped folder is walked; names are relative to it.
function walk(entry, folder) {
  if (entry.isFile) return entry.file((file) => add(file, folder + file.name));
  const reader = entry.createReader();
  const more = () =>
    reader.readEntries((entries) => {
      entries.filter((it) => !it.name.startsWith(".")).forEach((it) => walk(it, `${folder}${entry.name}/`));
      if (entries.length) more();
    });
  return more();
}

// A tab that is closed loses what is still on its way.
addEventListener("beforeunload", (event) => {
  if (running) event.preventDefault();
});
zone.addEventListener("submit", (event) => event.preventDefault());

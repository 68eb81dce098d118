// The desk by keyboard: from one conversation to the next, phrases, many at once, and a sign when somebody waits.

const body = document.body;
const field = (event) => event.target.closest?.("input, textarea, select, [contenteditable]");
const rows = () => [...document.querySelectorAll("#list a.row")];
const button = (path) => document.querySelector(`#thread form[action$="${path}"] button`);

// --- Keys ---------------------------------------------------------------------------------------------------------

function step(by) {
  const all = rows();
  const at = all.findIndex((row) => row === document.activeElement || row.getAttribute("aria-current"));
  const row = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  if (!row) return;
  if (body.dataset.conversation && row.getAttribute("aria-current") !== "true") row.click();
  else row.focus();
}

function reply() {
  const text = document.getElementById("reply-text");
  if (text) text.focus();
  else button("/take-over/")?.click();
}

function note() {
  const box = document.getElementById("note-box");
  if (!box) return;
  box.open = true;
  document.getElementById("note-text").focus();
}

const REPEATABLE = new Set(["j", "k"]); // the others do something, once for each press
const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  r: reply,
  n: note,
  e: () => button("/resolve/")?.click(),
  u: () => button("/undo/")?.click(),
  "/": () => document.querySelector("[data-search]")?.focus(),
  "?": () => document.getElementById("keys").showModal(),
};

// Whoever was typing when their field went, because a colleague took over, types on for a moment: those are no keys of ours.
const PAUSE = 2_000;
let typing = { in: null, at: 0 };

function isStillTyping(event) {
  const within = field(event);
  if (within) typing = { in: event.defaultPrevented || event.key === "Tab" ? null : within, at: Date.now() };
  else if (typing.in?.isConnected || Date.now() - typing.at > PAUSE) typing.in = null;
  else typing.at = Date.now();
  return Boolean(typing.in);
}
document.addEventListener("pointerdown", () => (typing.in = null));

document.addEventListener("keydown", (event) => {
  if (isStillTyping(event) || event.defaultPrevented) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (field(event) || document.querySelector("dialog[open]")) return;
  if (event.repeat && !REPEATABLE.has(event.key)) return;
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// --- What one may mean: `/` and a phrase in a reply, `@` and a colleague in a note ---------------------------------------

const OFFERS = {
  "reply-text": { sign: "/", begun: /(?:^|\s)\/([\p{L}\p{N}_-]*)$/u, list: "[data-phrases]", texts: "phrase-texts" },
  "note-text": { sign: "@", begun: /(?:^|[^\w.%+-])@([\p{L}\p{N}_.-]*)$/u, list: "[data-colleagues]", texts: "colleague-names" },
};
const offerOf = (text) => OFFERS[text?.id];
const typed = (text) => offerOf(text).begun.exec(text.value.slice(0, text.selectionStart));
const listOf = (text) => document.querySelector(offerOf(text).list);

function known(text) {
  const data = document.getElementById(offerOf(text).texts);
  return data ? JSON.parse(data.textContent) : [];
}

function makeOption({ name, text: words, about = words }, { sign, texts }, index) {
  const option = document.createElement("li");
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", String(index === 0));
  option.id = `${texts}-${index}`;
  option.dataset.text = words;
  const title = document.createElement("strong");
  title.textContent = sign + name;
  const preview = document.createElement("span");
  preview.className = "cut";
  preview.textContent = about;
  option.append(title, preview);
  return option;
}

function offer(text) {
  const [offered, list, found] = [offerOf(text), listOf(text), typed(text)];
  const wanted = (found?.[1] ?? "").toLowerCase();
  const isMeant = ({ name, about = "" }) => [name, about].some((one) => one.toLowerCase().startsWith(wanted));
  const fitting = found ? known(text).filter(isMeant).slice(0, 8) : [];
  list.hidden = fitting.length === 0;
  list.replaceChildren(...fitting.map((one, index) => makeOption(one, offered, index)));
  if (list.hidden) text.removeAttribute("aria-activedescendant");
  else text.setAttribute("aria-activedescendant", list.firstChild.id);
}

function choose(text, option) {
  const begin = text.selectionStart - typed(text)[1].length - 1;
  text.setRangeText(option.dataset.text, begin, text.selectionStart, "end");
  listOf(text).hidden = true;
  text.removeAttribute("aria-activedescendant");
  text.dispatchEvent(new Event("input", { bubbles: true }));
  text.focus();
}

function move(text, by) {
  const all = [...listOf(text).children];
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const next = (at + by + all.length) % all.length;
  all.forEach((option, index) => option.setAttribute("aria-selected", String(index === next)));
  text.setAttribute("aria-activedescendant", all[next].id);
}

document.addEventListener("input", (event) => offerOf(event.target) && offer(event.target));
document.addEventListener("selectionchange", () => {
  const text = document.activeElement;
  if (offerOf(text) && !typed(text)) offer(text); // the caret went elsewhere: nothing is to be chosen there
});

document.addEventListener("keydown", (event) => {
  const text = event.target;
  const list = offerOf(text) && listOf(text);
  if (!list || list.hidden || event.isComposing) return;
  const selected = list.querySelector("[aria-selected=true]");
  if (event.key === "ArrowDown") move(text, 1);
  else if (event.key === "ArrowUp") move(text, -1);
  else if (event.key === "Escape") list.hidden = true;
  else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") choose(text, selected);
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

document.addEventListener("click", (event) => {
  const option = event.target.closest(".phrases li");
  if (option) choose(option.closest("form").elements.text, option);
});

// --- Many at once ---------------------------------------------------------------------------------------------------

const ticked = () => document.querySelectorAll("#list input[name=ids]:checked").length;

function showMany() {
  const form = document.querySelector("[data-many]");
  if (!form) return;
  form.hidden = ticked() === 0;
  form.querySelector("[data-chosen]").textContent = ticked() || "";
  form.querySelector("[data-label-name]").hidden = form.elements.what.value !== "label";
}
document.addEventListener("change", (event) => {
  showMany();
  if (event.target.name === "ids") document.getElementById("told").hidden = true; // of what was done before
});
document.addEventListener("htmx:afterSwap", showMany);
showMany();

// --- The chosen tab, where the tabs are wider than their pane ---------------------------------------------------------------

const tabs = document.querySelector(".inbox .tabs");

function showChosenTab() {
  const chosen = tabs.querySelector("[aria-current]")?.getBoundingClientRect();
  const seen = tabs.getBoundingClientRect();
  if (!chosen || (chosen.left >= seen.left && chosen.right <= seen.right)) return;
  tabs.scrollLeft += (chosen.left + chosen.right - seen.left - seen.right) / 2; // sideways alone: `scrollIntoView` moves the page, too
}
new ResizeObserver(showChosenTab).observe(tabs); // when it is there, turned, or seen again behind a thread

// --- A moment is meant by the clock of whoever names it -----------------------------------------------------------------

document.addEventListener("htmx:configRequest", ({ detail: { elt, parameters } }) => {
  if (elt.id !== "do-snooze" || !parameters.get("until")) return;
  parameters.set("until", new Date(parameters.get("until")).toISOString());
});

// --- The third pane on smaller screens ----------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const toggle = event.target.closest("[data-context]");
  if (!toggle) return;
  const open = document.querySelector(".desk").toggleAttribute("data-context-open");
  toggle.setAttribute("aria-expanded", String(open));
  if (open) document.getElementById("context").focus();
});

// --- Who is typing ----------------------------------------------------------------------------------------------------

const TYPING_SHOWN = 6_000;
let typingTimer = null;

document.addEventListener("desk:typing", ({ detail }) => {
  const line = document.getElementById("typing-line");
  if (!line || detail.conversation_id !== body.dataset.conversation) return;
  line.textContent = detail.user === null ? line.dataset.someone : `${detail.name} ${line.dataset.colleague}`;
  line.hidden = false;
  clearTimeout(typingTimer);
  typingTimer = setTimeout(() => (line.hidden = true), TYPING_SHOWN);
});

// --- A sign when somebody waits -----------------------------------------------------------------------------------------

const told = () => document.querySelector("#waiting [data-waiting]")?.dataset || {};
const waitingNow = () => Number(told().waiting || 0);
const lateNow = () => Number(told().late || 0);
const mentionsNow = () => Number(told().mentions || 0);
let [wereWaiting, wereLate, wereMentions] = [waitingNow(), lateNow(), mentionsNow()];

function tone() {
  const audio = new AudioContext();
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  gain.gain.setValueAtTime(0.08, audio.currentTime);
  gain.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.4);
  oscillator.frequency.value = 660;
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start();
  oscillator.stop(audio.currentTime + 0.4);
  oscillator.onended = () => audio.close();
}

function alertWith(title, tag) {
  if (window.Notification?.permission !== "granted") return;
  new Notification(title, { tag });
  tone();
}

function showMentions(number) {
  const count = document.querySelector("[data-unseen]");
  if (count.textContent === String(number)) return; // whoever looks at other tabs is left in peace
  count.textContent = number;
  count.hidden = !number;
  showChosenTab();
}

document.addEventListener("htmx:afterSwap", () => {
  const [waiting, late, mentions] = [waitingNow(), lateNow(), mentionsNow()];
  if (mentions > wereMentions) alertWith(told().mentioned, "seekdesk-mentioned");
  else if (late > wereLate) alertWith(told().lateTold, "seekdesk-late");
  else if (waiting > wereWaiting) alertWith(document.title, "seekdesk-waiting");
  [wereWaiting, wereLate, wereMentions] = [waiting, late, mentions];
  showMentions(mentions);
});

const notify = document.querySelector("[data-notify]");
if (notify && window.Notification?.permission === "default") {
  notify.hidden = false;
  notify.addEventListener("click", async () => {
    await Notification.requestPermission();
    notify.hidden = true;
  });
}

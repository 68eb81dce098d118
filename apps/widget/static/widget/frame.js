/* Puts the frame together: page data, host page, session, chat, view. */

import { Api } from "./api.js";
import { Chat } from "./chat.js";
import { applyColour } from "./colours.js";
import { Drafts } from "./drafts.js";
import { connectHost } from "./host.js";
import { Session } from "./session.js";
import { Store } from "./storage.js";
import { errorText, languageOf } from "./texts.js";
import { View } from "./view.js";

const page = document.documentElement;
const asked = new URLSearchParams(location.search);
const { site: siteKey, name: siteName, colour: siteColour } = page.dataset;
const linkHosts = page.dataset.hosts.split(" ").filter(Boolean);

const store = new Store(siteKey);
const drafts = new Drafts(store);
let opened = false;
let unread = 0;
let view;

const darkness = matchMedia("(prefers-color-scheme: dark)");
darkness.addEventListener("change", applyTheme);
applyTheme();
applyColour(siteColour);
applyColour(asked.get("colour"));

const host = connectHost({
  start,
  opened: () => setOpened(true),
  closed: () => setOpened(false),
  layout: ({ covers }) => (view.covers = covers),
  user: ({ user }) => identify(user),
  locale: ({ locale }) => speak(locale),
  kept: ({ name, text }) => store.hearOutside(name, text),
  reset,
});

const session = new Session({
  siteKey,
  store,
  locale: languageOf(asked.get("locale")),
  create: (body) => api.createSession(body),
  onContact: (change) => chat.changeContact(change),
  onNotice: (name) => view.showNotice(view.texts.notices[name]),
});
const api = new Api({ base: new URL("../../api/widget/v1/", location), session });
const chat = new Chat({
  siteKey,
  store,
  session,
  api,
  tell: {
    change: () => view?.renderSoon(),
    notice: (name) => view.showNotice(view.texts.notices[name]),
    failure: (error) => view.showNotice(errorText(view.texts, error)),
    arrival: noteArrival,
  },
});
view = new View({
  root: document.getElementById("app"),
  chat,
  drafts,
  host,
  siteName,
  linkHosts,
  locale: languageOf(asked.get("locale")) ?? languageOf(page.lang),
});

drafts.onRenamed = () => view.composer.startAnew();

function applyTheme() {
  const wished = asked.get("theme");
  page.dataset.theme = ["light", "dark"].includes(wished) ? wished : darkness.matches ? "dark" : "light";
}

/* The loader answers `hello` with what the host page wished so far; on our own, nobody does. */
if (host.embedded) host.tell("hello", { colour: siteColour });
else start({ opened: true });

async function start({
  user = null,
  locale,
  reset: forget = false,
  kept = {},
  opened: isOpened = false,
  covers = false,
}) {
  store.borrow(kept, (name, text) => host.tell("keep", { name, text }));
  if (forget) store.clear();
  drafts.hail();
  if (!setLocale(locale)) view.build(); // with the draft that was kept
  view.composer.takeUpLeft();
  view.covers = covers;
  session.identity = user;
  setOpened(isOpened);
  await chat.start();
}

function setOpened(isOpened) {
  opened = isOpened;
  if (!opened) return;
  setUnread(0);
  view.focus();
}

function setUnread(count) {
  if (count !== unread) host.tell("unread", { count });
  unread = count;
}

/* The host page learns that a message came, not what it says: other scripts there listen too. */
function noteArrival(message) {
  view.noteArrival();
  if (message.sender === "system") return;
  host.tell("message", { message: { id: message.id, conversation_id: chat.id, sender: message.sender } });
  if (!opened) setUnread(unread + 1);
}

async function identify(user) {
  if (!user || JSON.stringify(user) === JSON.stringify(session.identity)) return;
  await chat.attempt(() => chat.identify(user));
}

function setLocale(tag) {
  const locale = languageOf(tag);
  if (!locale || locale === view.locale) return false;
  session.locale = locale;
  view.speak(locale);
  return true;
}

async function speak(tag) {
  if (setLocale(tag)) await chat.attempt(() => chat.speak(languageOf(tag)));
}

async function reset() {
  setUnread(0);
  await chat.reset();
}

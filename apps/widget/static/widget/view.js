/* Draws the chat and hears the person: header, conversation, list of conversations, composer.

   Reads the chat's state and calls its verbs; decides nothing about messages or the server. The log speaks an answer
   once: a running answer is silent (aria-live off, busy) and is put in anew when it has settled. */

import {
  closeReasons,
  kindOf,
  makeMessage,
  makeUnsent,
  openReasonsIn,
  reopenReasons,
  showRatings,
  showSentences,
  showUnsent,
} from "./bubbles.js";
import { Composer } from "./composer.js";
import { timeLeft } from "./confirmation.js";
import { makeConversationList } from "./conversations.js";
import { h, icon, iconButton, keepFocusInside } from "./dom.js";
import { openPassage } from "./passage.js";
import { dayText, errorText, tagOf, textsIn } from "./texts.js";

const NEAR_BOTTOM = 80; // px
const GROUP_GAP = 5 * 60_000; // ms between messages of one sender that still stand together
const BLINK = 2_500; // ms that a lost line may last before it is worth a banner
const NOTICE_SHOWN = 8_000;

export class View {
  constructor({ root, chat, drafts, host, siteName, linkHosts, locale }) {
    Object.assign(this, { root, chat, drafts, host, siteName, linkHosts, locale });
    this.covers = false;
    this.atBottom = true;
    this.screen = "chat";
    this.elements = new Map(); // key → element in the log
    for (const change of ["online", "offline"]) addEventListener(change, () => this.render());
    document.addEventListener("keydown", (event) => this.hearKey(event));
    this.build();
  }

  get texts() {
    return textsIn(this.locale);
  }

  get context() {
    return {
      texts: this.texts,
      locale: this.locale,
      linkHosts: this.linkHosts,
      errorText: (error) => errorText(this.texts, error),
      actions: this.actions,
    };
  }

  actions = {
    openPassage: (citation) => this.openPassage(citation),
    rate: (message, feedback) => this.chat.rate(message, feedback),
    askPerson: () => this.chat.askPerson(),
    tellTyping: () => this.chat.tellTyping(),
    decide: (message, accept) => this.chat.decide(message, accept),
    askAgain: (message) => this.askAgain(message),
    retry: (entry) => this.chat.outbox.retry(entry),
    remove: (entry) => this.removeUnsent(entry),
    edit: (entry) => this.removeUnsent(entry, { toComposer: true }),
    send: (text, files) => this.send(text, files),
    upload: (file, options) => this.chat.upload(file, options),
    freshAttachment: (message, id) => this.chat.freshAttachment(message, id),
    stop: () => this.chat.stop(),
    openConversation: (id) => this.openConversation(id),
    newConversation: () => this.newConversation(),
    consent: (mayTrain) => this.chat.consent(mayTrain),
  };

  /* ---- building, once per language ---- */

  build() {
    const { texts } = this;
    this.elements.clear();
    this.wasLoading = null; // the log is new: it is drawn in silence before it speaks
    this.mailing = null; // {id, form}: where an e-mail address is left
    this.log = h("div", {
      class: "log",
      role: "log",
      "aria-label": texts.log,
      "aria-live": "off",
      "aria-relevant": "additions",
      tabindex: "-1",
    });
    this.hello = h("section", { class: "hello" });
    this.typing = h("p", { class: "typing", hidden: true });
    this.scroller = h(
      "div",
      { class: "scroller", tabindex: "0", role: "region", "aria-label": texts.log, onscroll: () => this.noteScroll() },
      this.hello,
      this.log,
      this.typing,
    );
    this.newer = h(
      "button",
      { type: "button", class: "newer", hidden: true, onclick: () => this.scrollDown(true) },
      icon("down"),
      texts.newMessages,
    );
    this.banner = h("p", { class: "banner", role: "status", hidden: true });
    this.card = h("div", { class: "card", role: "status", hidden: true });
    this.notice = h("p", { class: "toast", role: "alert", hidden: true });
    const { composer: before } = this;
    this.composer = new Composer({
      texts,
      drafts: this.drafts,
      actions: this.actions,
      writer: this.chat.writer,
      conversation: this.chat.draftPlace(),
    });
    this.list = h("main", { class: "conversations", hidden: true });
    this.main = h(
      "main",
      { class: "chat" },
      h("div", { class: "stage" }, this.scroller, this.newer, this.notice),
      this.card,
      this.composer.element,
    );
    this.composer.files.listenForDrops(this.main);
    this.root.replaceChildren(this.buildTop(), this.banner, this.main, this.list);
    if (before) this.composer.files.takeOver(before.files);
    this.composer.fit();
    new ResizeObserver(() => this.follow()).observe(this.scroller);
    document.documentElement.lang = tagOf(this.locale);
    document.title = `${this.siteName} · ${texts.log}`;
    this.showScreen(this.screen);
    this.render();
  }

  buildTop() {
    const { texts } = this;
    this.status = h("p", { class: "status" });
    this.title = h("h1", { tabindex: "-1" }, this.siteName);
    this.toList = iconButton("list", texts.conversations, {
      class: "icon-button to-list",
      onclick: () => this.openList(),
    });
    this.toChat = iconButton("back", texts.back, {
      class: "icon-button to-chat",
      hidden: true,
      onclick: () => this.showScreen("chat", true),
    });
    const close =
      this.host.embedded &&
      iconButton("close", texts.close, { class: "icon-button close", onclick: () => this.host.tell("close") });
    const avatar = h(
      "span",
      { class: "avatar", "aria-hidden": "true" },
      [...this.siteName.trim()][0]?.toUpperCase() ?? "",
    );
    return h(
      "header",
      { class: "top" },
      this.toChat,
      avatar,
      h("div", { class: "who" }, this.title, this.status),
      this.toList,
      close,
    );
  }

  speak(locale) {
    const hadFocus = this.root.contains(document.activeElement);
    const reasons = openReasonsIn(this.log);
    const email = this.mailing?.form.elements.email.value;
    this.locale = locale;
    this.build();
    if (hadFocus) (this.screen === "list" ? this.toChat : this.composer).focus();
    for (const open of reasons) this.reopenReasons(open);
    if (email && this.mailing) this.mailing.form.elements.email.value = email;
  }

  /* What somebody was telling about an answer is theirs in any language. */
  reopenReasons(open) {
    const message = this.chat.ordered().find(({ id }) => id === open.id);
    const element = [...this.elements.values()].find(({ dataset }) => dataset.id === open.id);
    if (message && element) reopenReasons(element, message, open, this.context);
  }

  /* ---- drawing what is there ---- */

  /* Many changes in one breath are drawn once. */
  renderSoon() {
    if (this.due) return;
    this.due = true;
    queueMicrotask(() => {
      this.due = false;
      this.render();
    });
  }

  render() {
    const focus = this.focusPlace();
    this.renderBanner();
    this.renderStatus();
    this.renderHello();
    this.renderLog();
    this.renderTyping();
    this.renderCard();
    this.composer.show({
      writer: this.chat.writer,
      conversation: this.chat.draftPlace(),
      running: this.chat.running().length > 0,
      status: this.chat.status,
      asking: this.chat.asking,
      closed: Boolean(this.chat.refusal),
    });
    if (this.screen === "list") this.renderList();
    this.restoreFocus(focus);
    this.follow();
  }

  renderBanner() {
    const text = this.bannerText();
    if (this.banner.textContent !== text) this.banner.textContent = text;
    this.banner.hidden = !text;
  }

  bannerText() {
    const { chat, texts } = this;
    if (chat.refusal) return errorText(texts, chat.refusal);
    if (!navigator.onLine) return texts.offline;
    if (!chat.trouble) {
      this.troubleSince = null;
      return "";
    }
    this.troubleSince ??= Date.now();
    if (Date.now() - this.troubleSince >= BLINK) return chat.site ? texts.reconnecting : texts.unreachable;
    clearTimeout(this.blinkTimer);
    this.blinkTimer = setTimeout(() => this.render(), BLINK);
    return "";
  }

  renderStatus() {
    const { chat, texts } = this;
    this.status.textContent =
      { waiting: texts.waitingShort, agent: this.agentText(), resolved: texts.status.resolved }[chat.status] ??
      texts.answersFrom;
    this.root.dataset.status = chat.status;
  }

  agentName() {
    return (
      this.chat.agent || this.chat.ordered().findLast(({ sender, name }) => sender === "agent" && name)?.name || ""
    );
  }

  agentText() {
    const name = this.agentName();
    return name ? this.texts.withAgent(name) : this.texts.withSomeone;
  }

  renderHello() {
    const { chat, texts } = this;
    this.hello.hidden = !chat.site || !chat.loaded || chat.messages.size > 0 || chat.unsent().length > 0;
    const signature = JSON.stringify([chat.site, this.locale]);
    if (this.hello.hidden || this.hello.dataset.signature === signature) return;
    this.hello.dataset.signature = signature;
    const { greeting, suggestions = [] } = chat.site;
    const suggestion = (text) =>
      h("li", {}, h("button", { type: "button", class: "suggestion", onclick: () => this.send(text) }, text));
    this.hello.replaceChildren(
      h("span", { class: "mark-big", "aria-hidden": "true" }, icon("spark")),
      h("p", { class: "greeting" }, greeting || texts.greeting(this.siteName)),
      ...(suggestions.length
        ? [h("h2", {}, texts.suggestions), h("ul", { class: "suggestions" }, ...suggestions.map(suggestion))]
        : []),
    );
  }

  renderLog() {
    const quiet = !this.chat.loaded || this.wasLoading !== false;
    if (quiet) this.log.setAttribute("aria-live", "off"); // a conversation that is opened is read, not announced
    this.log.classList.toggle("loading", !this.chat.loaded || (!this.chat.site && !this.chat.refusal));
    this.place(this.items());
    if (this.chat.loaded && quiet && this.chat.site)
      setTimeout(() => this.log.setAttribute("aria-live", "polite"), 300);
    this.wasLoading = !this.chat.loaded || !this.chat.site;
  }

  /* Everything in the log in order: {key, kind, make(), show(element)}. */
  items() {
    const items = [];
    let before = null;
    for (const message of this.chat.ordered()) {
      if (before === null || dayOf(message) !== dayOf(before)) items.push(this.dayItem(message));
      items.push(this.messageItem(message, before));
      before = message;
    }
    return [...items, ...this.chat.unsent().map((entry) => this.unsentItem(entry))];
  }

  dayItem(message) {
    const date = new Date(message.created_at);
    return {
      key: `day:${dayOf(message)}`,
      kind: "day",
      make: () => h("p", { class: "day", "aria-live": "off" }, h("span", {}, dayText(date, { locale: this.locale }))),
      show() {},
    };
  }

  messageItem(message, before) {
    const { context } = this;
    return {
      key: `message:${this.chat.clientId(message) ?? message.id}`,
      kind: kindOf(message),
      make: () => makeMessage(message, context),
      show: (element) => this.showMessage(element, { message, before, context }),
    };
  }

  showMessage(element, { message, before, context }) {
    const isRunning = message.state === "generating";
    element.classList.toggle("follows", follows(message, before));
    element.dataset.id = message.id;
    element.setAttribute("aria-busy", String(isRunning));
    if (isRunning) {
      element.setAttribute("aria-live", "off");
      showSentences(element, this.chat.sentences.get(message.id) ?? [], message, context);
    } else {
      showRatings(element, message, context);
      this.watchCard(message);
    }
  }

  /* A card says so itself when it has run out. */
  watchCard(message) {
    const left = timeLeft(message.confirmation);
    if (left === null) return;
    clearTimeout(this.cardTimer);
    this.cardTimer = setTimeout(() => this.render(), left + 50);
  }

  unsentItem(entry) {
    return {
      key: `message:${entry.client_msg_id}`,
      kind: "unsent",
      make: () => makeUnsent(entry, this.context),
      show: (element) => this.showEntry(element, entry),
    };
  }

  showEntry(element, entry) {
    showUnsent(element, entry, this.context);
    if (entry.state !== "limited") return;
    clearTimeout(this.countdown);
    this.countdown = setTimeout(() => this.render(), 1_000);
  }

  /* Keeps the elements that still hold, makes the others, and touches nothing that is in its place. */
  place(items) {
    let spot = this.log.firstChild;
    const kept = new Map();
    for (const item of items) {
      const element = this.elementFor(item);
      kept.set(item.key, element);
      if (element === spot) spot = spot.nextSibling;
      else this.log.insertBefore(element, spot);
      item.show(element);
    }
    while (spot) {
      const next = spot.nextSibling;
      spot.remove();
      spot = next;
    }
    this.elements = kept;
  }

  elementFor(item) {
    const known = this.elements.get(item.key);
    if (known?.dataset.kind === item.kind) return known;
    const element = item.make();
    element.dataset.kind = item.kind;
    element.dataset.key = item.key;
    if (known) element.classList.add("settled"); // it was already on the screen: no second entrance
    return element;
  }

  renderTyping() {
    this.typing.hidden = !this.chat.typing;
    this.typing.textContent = this.chat.typing ? this.texts.agentTyping(this.agentName() || this.texts.agent) : "";
  }

  renderCard() {
    const { chat } = this;
    const signature = JSON.stringify([chat.status, chat.position, chat.expected, chat.openParts, this.locale]);
    if (this.card.dataset.signature === signature) return;
    this.card.dataset.signature = signature;
    this.card.hidden = !["waiting", "resolved"].includes(chat.status);
    if (chat.status === "waiting") this.fillCard(this.waitingCard());
    if (chat.status === "resolved") this.fillCard(this.resolvedCard());
  }

  /* What stays is not touched, least of all a form in which somebody types; and the focus stays with its button. */
  fillCard(parts) {
    const focused = this.card.contains(document.activeElement) && document.activeElement;
    for (const child of [...this.card.childNodes]) if (!parts.includes(child)) child.remove();
    let spot = this.card.firstChild;
    for (const part of parts) {
      if (part === spot) spot = spot.nextSibling;
      else this.card.insertBefore(part, spot);
    }
    if (!focused || focused.isConnected) return;
    (this.card.querySelector(`[data-focus="${focused.dataset.focus}"]`) ?? this.composer.field).focus({ preventScroll: true });
  }

  /* Their place, what may be expected where the server knows it, and two ways out: the assistant, or an answer by mail. */
  waitingCard() {
    const { chat, texts } = this;
    const expected = chat.expected ?? {};
    const usual = expected.is_served && expected.minutes ? ` ${texts.usualWait(expected.minutes)}` : "";
    const place = chat.position ? texts.waitingAt(chat.position) : texts.waiting;
    const nobody = expected.is_served === false;
    return [
      h("i", { class: "pulse", "aria-hidden": "true" }),
      h("p", {}, nobody ? texts.nobodyThere(expected.opens_at, this.locale) : place + usual),
      h("button", { type: "button", class: "small", "data-focus": "cancel", onclick: () => chat.cancelWait() }, texts.cancelWait),
      ...(nobody ? [this.emailForm(expected)] : []),
    ];
  }

  /* One for each conversation, however often the card around it is drawn. */
  emailForm({ email, reference }) {
    const { texts } = this;
    if (email) return h("p", { class: "left-email" }, texts.emailLeft(email, reference));
    const { id } = this.chat;
    if (this.mailing?.id !== id) this.mailing = { id, form: this.makeEmailForm() };
    return this.mailing.form;
  }

  makeEmailForm() {
    const { chat, texts } = this;
    const field = h("input", { type: "email", name: "email", required: true, maxlength: "320", "aria-label": texts.email, placeholder: texts.email, autocomplete: "email", value: chat.knownAddress });
    const leave = (event) => {
      event.preventDefault();
      chat.leaveEmail(field.value);
    };
    return h(
      "form",
      { class: "email-form", onsubmit: leave },
      field,
      h("button", { type: "submit", class: "solid small" }, texts.leaveEmail),
    );
  }

  resolvedCard() {
    const { chat, texts } = this;
    const again = h(
      "button",
      { type: "button", class: "solid small", onclick: this.actions.newConversation },
      texts.newConversation,
    );
    const [part] = chat.openParts;
    if (!part) return [h("p", {}, texts.resolved), again];
    const score = (value) =>
      h(
        "button",
        { type: "button", class: "small", "aria-label": texts.score(value), onclick: () => chat.rateConversation(value) },
        String(value),
      );
    return [
      h("p", {}, texts.howContent(part)),
      h("div", { class: "scores", role: "group", "aria-label": texts.howContent(part) }, ...[1, 2, 3, 4, 5].map(score)),
      h("button", { type: "button", class: "small", onclick: () => chat.skipRating() }, texts.skip),
      again,
    ];
  }

  renderList() {
    const { chat, texts, locale, actions } = this;
    const signature = JSON.stringify([chat.conversations, chat.id, locale]);
    if (this.list.dataset.signature === signature) return this.renderConsent();
    this.list.dataset.signature = signature;
    this.list.replaceChildren(
      makeConversationList({ conversations: chat.conversations, current: chat.id, texts, locale, actions }),
    );
    this.renderConsent();
  }

  renderConsent() {
    this.list.querySelector(".consent input").checked = this.chat.mayTrain === true;
  }

  /* ---- focus and scrolling ---- */

  /* Where the focus is inside the log, in words that outlive the element: it may be made anew under the person's hand. */
  focusPlace() {
    const focused = document.activeElement;
    const key = focused?.closest?.("[data-key]")?.dataset.key;
    return key && focused.dataset.focus ? { focused, key, name: focused.dataset.focus } : null;
  }

  restoreFocus(place) {
    if (!place || place.focused.isConnected) return;
    const again = this.elements.get(place.key)?.querySelector(`[data-focus="${place.name}"]`);
    (again ?? this.composer.field).focus({ preventScroll: true });
  }

  noteScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.atBottom = scrollHeight - scrollTop - clientHeight < NEAR_BOTTOM;
    if (this.atBottom) this.newer.hidden = true;
  }

  /* Keeps the newest in sight of whoever reads there; a greeting is read from its beginning. */
  follow() {
    if (this.atBottom && this.hello.hidden && !this.isTypingAbove()) this.scrollDown();
  }

  /* Whoever tells what was wrong with an answer is not pulled away from the words they write. */
  isTypingAbove() {
    return Boolean(document.activeElement?.closest(".feedback"));
  }

  scrollDown(byHand = false) {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.newer.hidden = true;
    this.atBottom = true;
    if (byHand) this.composer.focus();
  }

  noteArrival() {
    if (!this.atBottom || this.isTypingAbove()) this.newer.hidden = false;
  }

  hearKey(event) {
    if (event.isComposing || event.keyCode === 229 || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") this.escape();
    else if (this.covers) keepFocusInside(this.root, event);
  }

  escape() {
    if (this.screen === "list") this.showScreen("chat", true);
    else this.host.tell("close");
  }

  /* ---- what the person does ---- */

  /* The answer may have been drawn anew behind the dialog: the focus then goes back to the same citation in it. */
  openPassage(citation) {
    const place = this.focusPlace();
    openPassage(citation, { texts: this.texts, onClose: () => this.restoreFocus(place) });
  }

  send(text, files = []) {
    this.atBottom = true;
    closeReasons(this.log, { unlessTyped: true }); // the conversation has moved on
    this.chat.send(text, files);
    this.composer.focus();
  }

  askAgain(message) {
    const question = this.chat.ordered().findLast(({ sender, seq }) => sender === "contact" && seq < message.seq);
    if (question?.text) this.send(question.text);
  }

  removeUnsent(entry, { toComposer = false } = {}) {
    this.chat.outbox.remove(entry);
    if (toComposer) this.composer.takeBack(entry);
    this.composer.focus();
  }

  openList() {
    this.showScreen("list", true);
    this.chat.attempt(() => this.chat.review());
  }

  openConversation(id) {
    this.showScreen("chat", true);
    this.atBottom = true;
    if (id !== this.chat.id) this.chat.openConversation(id);
  }

  newConversation() {
    this.showScreen("chat", true);
    this.chat.newConversation();
  }

  showScreen(screen, moveFocus = false) {
    this.screen = screen;
    const isList = screen === "list";
    this.list.hidden = this.toChat.hidden = !isList;
    this.main.hidden = this.toList.hidden = isList;
    if (isList) this.renderList();
    if (moveFocus) (isList ? this.toChat : this.composer).focus();
  }

  focus() {
    if (this.screen === "list") this.toChat.focus();
    // Under a thumb, the keyboard would hide the greeting: it comes when the person touches the field.
    else if (matchMedia("(pointer: coarse)").matches) this.title.focus();
    else this.composer.focus();
  }

  showNotice(text) {
    this.notice.textContent = text;
    this.notice.hidden = false;
    clearTimeout(this.noticeTimer);
    this.noticeTimer = setTimeout(() => (this.notice.hidden = true), NOTICE_SHOWN);
  }
}

const dayOf = ({ created_at: created }) => new Date(created).toDateString();

function follows(message, before) {
  if (!before || before.sender !== message.sender || before.name !== message.name) return false;
  return new Date(message.created_at) - new Date(before.created_at) < GROUP_GAP;
}

/* One message as elements: what each sender's bubble looks like, and what can be done with it.

   Takes everything it needs from `context` = {texts, locale, linkHosts, errorText, actions}; knows neither chat nor server. */

import { makeAttachments } from "./attachments.js";
import { makeConfirmation, stateOf } from "./confirmation.js";
import { h, icon } from "./dom.js";
import { renderInline, renderMarkdown } from "./markdown.js";
import { clockText, languageOf, tagOf, textsIn } from "./texts.js";

/* What may change without the bubble being another one: it decides whether an element is kept or made anew. */
export const kindOf = ({ sender, state, text, code, citations, confirmation, attachments }) =>
  state === "generating"
    ? "running"
    : JSON.stringify([
        [sender, state, text, code, citations?.length, attachments?.length],
        confirmation && stateOf(confirmation),
      ]);

export function makeMessage(message, context) {
  if (message.sender === "system") return systemLine(message, context);
  const element = h("div", { class: `message ${message.sender}` }, ...parts(message, context));
  if (message.sender === "contact") element.setAttribute("aria-live", "off"); // nobody needs to hear what they just wrote
  return element;
}

function systemLine(message, context) {
  const line = h("p", { class: "system" }, message.text);
  return message.offer_person ? h("div", { class: "told" }, line, offers(message, context)) : line;
}

function parts(message, context) {
  if (message.sender === "contact")
    return [
      hidden(context.texts.you),
      message.text && h("div", { class: "bubble" }, message.text),
      makeAttachments(message, context),
      h("div", { class: "under" }, clock(message, context)),
    ];
  if (message.state === "generating") return runningParts(message, context);
  return settledParts(message, context);
}

function edited(message, context) {
  return message.edited && h("span", {}, context.texts.edited);
}

function runningParts(message, context) {
  const hint = h("span", { class: "hint" }, context.texts.thinking);
  return [
    nameOf(message, context),
    h(
      "div",
      { class: "bubble" },
      h("div", { class: "words" }),
      h("div", { class: "dots" }, h("i"), h("i"), h("i"), hint),
    ),
  ];
}

function settledParts(message, context) {
  const files = makeAttachments(message, context);
  const bubble =
    (message.text || !files) &&
    h(
      "div",
      { class: "bubble" },
      notice(message, context),
      otherLanguage(message),
      words(message, context),
      sources(message, context),
    );
  return [
    nameOf(message, context),
    bubble,
    files,
    message.confirmation && makeConfirmation(message, context),
    offers(message, context),
    h("div", { class: "under", "aria-live": "off" }, clock(message, context), edited(message, context), h("div", { class: "ratings" })),
  ];
}

function nameOf({ sender, name }, { texts }) {
  const label = sender === "agent" ? texts.agent : texts.ai;
  return h("div", { class: "name" }, h("span", {}, name || texts[sender]), h("span", { class: "tag" }, label));
}

function words(message, context) {
  const { texts } = context;
  if (message.state === "failed") return h("div", { class: "words" }, h("p", {}, message.text || texts.failedAnswer));
  const body = h(
    "div",
    { class: "words", lang: tagOf(languageQuoted(message)) },
    message.text.trim()
      ? renderMarkdown(message.text, markdownContext(message, context))
      : h("p", {}, message.state === "stopped" ? "" : texts.emptyAnswer),
  );
  if (message.state === "stopped") body.append(h("p", { class: "stopped" }, texts.stopped));
  return body;
}

function notice({ notice: name, state }, { texts }) {
  return name === "model_unavailable" && state === "done" && h("p", { class: "notice" }, texts.modelUnavailable);
}

/* An answer is a page's own words: where they are in another language than the question, that is told in the question's. */
function otherLanguage({ state, language, citations = [] }) {
  const foreign = language && state !== "failed" ? citations.filter((one) => one.language && one.language !== language) : [];
  if (!foreign.length) return null;
  const texts = textsIn(languageOf(language));
  const spoken = texts.languages[foreign[0].language];
  const told =
    foreign.length === citations.length
      ? texts.pagesIn(spoken, foreign.length)
      : texts.somePagesIn(spoken, foreign.map(({ number }) => number));
  return h("p", { class: "notice", lang: tagOf(language) }, told);
}

/* The one that all its pages share. */
function languageQuoted({ citations = [] }) {
  const [first] = citations;
  return first && citations.every(({ language }) => language === first.language) ? first.language : "";
}

function sources(message, context) {
  if (!message.citations?.length || message.state === "failed") return null;
  const chip = (citation) =>
    h(
      "button",
      {
        type: "button",
        class: "source",
        "aria-haspopup": "dialog",
        "aria-label": context.texts.source(citation.number, citation.title),
        "data-focus": `source-${citation.number}`,
        onclick: () => context.actions.openPassage(citation),
      },
      h("b", {}, String(citation.number)),
      h("span", { lang: tagOf(citation.language) }, citation.title),
    );
  return h(
    "div",
    { class: "sources", role: "group", "aria-label": context.texts.sources },
    ...message.citations.map(chip),
  );
}

function offers(message, { texts, actions }) {
  const failed = message.state === "failed";
  if (!failed && !message.offer_person) return null;
  return h(
    "div",
    { class: "offers" },
    failed &&
      h(
        "button",
        { type: "button", class: "quiet", onclick: () => actions.askAgain(message) },
        icon("again"),
        texts.askAgain,
      ),
    h(
      "button",
      { type: "button", class: "quiet", "data-offer": "person", onclick: actions.askPerson },
      icon("person"),
      texts.person,
    ),
  );
}

const hidden = (text) => h("span", { class: "hidden" }, `${text}: `);

function clock({ created_at: created }, { locale }) {
  const date = new Date(created);
  return Number.isNaN(date.getTime()) ? "" : h("time", { datetime: date.toISOString() }, clockText(date, locale));
}

export function markdownContext(message, context) {
  return { linkHosts: context.linkHosts, cite: (number) => citationMark(number, message, context) };
}

function citationMark(number, message, { texts, actions }) {
  const citation = message.citations?.find((one) => one.number === number);
  // While the answer is being written its passages are not here yet: the number stands there, and opens later.
  if (!citation) return message.state === "generating" ? h("span", { class: "mark" }, String(number)) : null;
  return h(
    "button",
    {
      type: "button",
      class: "mark",
      "aria-haspopup": "dialog",
      "aria-label": texts.source(number, citation.title),
      "data-focus": `mark-${number}`,
      onclick: () => actions.openPassage(citation),
    },
    String(number),
  );
}

/* ---- the running answer: sentences come in one by one, none is drawn twice ---- */

const BLOCK = /^\s*(?:[-*+•]\s|\d{1,3}[.)]\s|\d{1,3}、|#{1,6}\s|```)|\n/;
const WIDE = /[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]/;

export function showSentences(element, sentences, message, context) {
  const body = element.querySelector(".words");
  const ready = sentences.filter(Boolean);
  const drawn = Number(body.dataset.drawn ?? 0);
  const signature = String(message.citations?.length ?? 0);
  const isPlain = ready.every(({ text }) => !BLOCK.test(text));
  element.classList.toggle("begun", ready.length > 0);
  element.querySelector(".hint").textContent = ready.length ? "" : context.texts.thinking;
  if (!isPlain || ready.length < drawn || body.dataset.signature !== signature) redraw(body, ready, message, context);
  else
    for (const [at, sentence] of ready.slice(drawn).entries())
      addSentence(body, { sentence, before: ready[drawn + at - 1], message, context });
  body.dataset.drawn = ready.length;
  body.dataset.signature = signature;
}

function redraw(body, ready, message, context) {
  body.replaceChildren(renderMarkdown(joinSentences(ready), markdownContext(message, context)));
}

function addSentence(body, { sentence, before, message, context }) {
  if (!body.firstChild) body.append(h("p"));
  const gap = before ? gapBetween(before.text, sentence.text) : "";
  const nodes = renderInline(gap + withMarks(sentence), markdownContext(message, context));
  body.lastChild.append(h("span", { class: "sentence" }, ...nodes));
}

export function joinSentences(sentences) {
  return sentences.reduce((text, sentence, at) => {
    const gap = at
      ? BLOCK.test(sentence.text) && !/^\s*\n/.test(sentence.text)
        ? "\n"
        : gapBetween(text, sentence.text)
      : "";
    return text + gap + withMarks(sentence);
  }, "");
}

/* Chinese sentences stand side by side; others have a space between them. */
function gapBetween(before, after) {
  if (/\s$/.test(before) || /^\s/.test(after)) return "";
  return WIDE.test(before.at(-1) ?? "") || WIDE.test(after[0] ?? "") ? "" : " ";
}

function withMarks({ text, citations }) {
  const missing = citations.filter((number) => !text.includes(`[${number}]`));
  return text.replace(/(\s*)$/, missing.map((number) => `[${number}]`).join("") + "$1");
}

/* ---- thumbs ---- */

export function showRatings(element, message, context) {
  const box = element.querySelector(".ratings");
  const rateable = message.sender === "assistant" && message.state === "done";
  const rating = rateable ? (message.feedback?.rating ?? message.feedback ?? "none") : "";
  if (!box || box.dataset.rating === `${rating}`) return;
  box.dataset.rating = rating;
  box.replaceChildren(...(rateable ? ratingParts(message, rating, context) : []));
  if (rating !== "down") closeReasons(element, { unlessTyped: true });
}

/* What somebody has typed is theirs to send or to leave, whatever becomes of the thumb. */
export function closeReasons(element, { unlessTyped = false } = {}) {
  for (const form of element.querySelectorAll(".feedback")) {
    const isLeft = Object.keys(readReasons(form)).length === 1 && !form.contains(document.activeElement);
    if (!unlessTyped || isLeft) form.remove();
  }
}

function ratingParts(message, rating, context) {
  const { texts, actions } = context;
  const thumb = (value, name, label) =>
    h(
      "button",
      {
        type: "button",
        class: "thumb",
        "aria-label": label,
        title: label,
        "aria-pressed": String(rating === value),
        "data-focus": `thumb-${value}`,
        onclick: (event) => rateBy(event.currentTarget, { message, rating: rating === value ? null : value, context }),
      },
      icon(name),
    );
  const thanks = h("span", { class: "thanks", role: "status" }, rating !== "none" && texts.thanks);
  const undo =
    rating !== "none" &&
    h(
      "button",
      {
        type: "button",
        class: "link",
        "data-focus": "undo",
        onclick: (event) => takeBack(event.currentTarget, message, actions),
      },
      texts.thanksUndo,
    );
  return [thumb("up", "up", texts.helpful), thumb("down", "thumb_down", texts.notHelpful), thanks, undo || ""];
}

function rateBy(button, { message, rating, context }) {
  const element = button.closest(".message");
  context.actions.rate(message, { rating });
  closeReasons(element, { unlessTyped: rating === "down" });
  if (rating === "down" && !element.querySelector(".feedback")) openReasons(element, message, context);
}

function takeBack(button, message, actions) {
  button.parentElement.querySelector(".thumb").focus(); // the button is about to go, the focus must not go with it
  closeReasons(button.closest(".message"));
  actions.rate(message, { rating: null });
}

function openReasons(element, message, context) {
  const { texts, actions } = context;
  const title = `why-${message.id}`;
  const comment = h("textarea", {
    rows: "1",
    maxlength: "2000",
    placeholder: texts.comment,
    "aria-label": texts.comment,
  });
  const chips = Object.entries(texts.reasons).map(([code, label]) =>
    h(
      "button",
      {
        type: "button",
        class: "chip",
        "aria-pressed": "false",
        value: code,
        onclick: (event) => choose(event.currentTarget),
      },
      label,
    ),
  );
  const form = h(
    "form",
    {
      class: "feedback",
      "aria-labelledby": title,
      "aria-live": "off",
      onsubmit: (event) => {
        event.preventDefault();
        sendReasons(form, message, actions);
      },
    },
    h("p", { id: title }, texts.whatWasWrong),
    h("div", { class: "chips" }, ...chips),
    comment,
    h("div", { class: "row" }, h("button", { type: "submit", class: "solid small" }, texts.sendFeedback)),
  );
  element.append(form);
  form.scrollIntoView({ block: "nearest" });
}

/* The form stays until its words have arrived. */
async function sendReasons(form, message, actions) {
  if (form.dataset.sending) return;
  form.dataset.sending = "yes";
  const arrived = await actions.rate(message, readReasons(form));
  delete form.dataset.sending;
  if (!arrived) return;
  const element = form.closest(".message");
  const hadFocus = form.contains(document.activeElement);
  form.remove();
  if (hadFocus) element?.querySelector('[data-focus="thumb-down"]')?.focus();
}

/* What is being told about answers, for when the log is built anew. */
export function openReasonsIn(log) {
  return [...log.querySelectorAll(".feedback")].map((form) => {
    const field = form.querySelector("textarea");
    const { value: comment, selectionStart, selectionEnd } = field;
    const reason = form.querySelector(".chip[aria-pressed='true']")?.value;
    const selection = document.activeElement === field && [selectionStart, selectionEnd];
    return { id: form.closest(".message").dataset.id, reason, comment, selection };
  });
}

export function reopenReasons(element, message, { reason, comment, selection }, context) {
  openReasons(element, message, context);
  const form = element.querySelector(".feedback");
  const field = form.querySelector("textarea");
  field.value = comment;
  const chip = [...form.querySelectorAll(".chip")].find(({ value }) => value === reason);
  if (chip) choose(chip);
  if (!selection) return;
  field.focus();
  field.setSelectionRange(...selection);
}

function choose(chip) {
  const pressed = chip.getAttribute("aria-pressed") === "true";
  for (const other of chip.parentElement.children) other.setAttribute("aria-pressed", "false");
  chip.setAttribute("aria-pressed", String(!pressed));
}

function readReasons(form) {
  const reason = form.querySelector(".chip[aria-pressed='true']")?.value;
  const comment = form.querySelector("textarea").value.trim();
  return { rating: "down", ...(reason && { reason }), ...(comment && { comment }) };
}

/* ---- unsent messages ---- */

export function makeUnsent(entry, context) {
  return h(
    "div",
    { class: "message contact unsent", "aria-live": "off" },
    hidden(context.texts.you),
    entry.text && h("div", { class: "bubble" }, entry.text),
    makeAttachments(entry, context),
    h("div", { class: "under", role: "status" }),
  );
}

export function showUnsent(element, entry, { texts, errorText, actions }) {
  const under = element.querySelector(".under");
  const told = {
    sending: texts.sending,
    waiting: navigator.onLine ? texts.waitingRetry : texts.waitingToSend,
    limited: texts.waitingLimit(secondsUntil(entry.until)),
    failed: texts.notSent,
  }[entry.state];
  const signature = `${entry.state}${told}${entry.error?.kind ?? ""}`;
  if (under.dataset.signature === signature) return;
  under.dataset.signature = signature;
  element.classList.toggle("failed", entry.state === "failed");
  under.replaceChildren(
    h("span", {}, entry.final ? `${told} · ${errorText(entry.error)}` : told),
    ...(entry.state === "failed" ? unsentActions(entry, texts, actions) : []),
  );
}

const secondsUntil = (time) => Math.max(1, Math.ceil(((time ?? 0) - Date.now()) / 1000));

function unsentActions(entry, texts, actions) {
  const action = (label, act, focus) =>
    h("button", { type: "button", class: "link", "data-focus": focus, onclick: () => act(entry) }, label);
  return [
    action(texts.retry, actions.retry, "retry"),
    entry.final ? action(texts.edit, actions.edit, "edit") : "",
    action(texts.remove, actions.remove, "remove"),
  ];
}

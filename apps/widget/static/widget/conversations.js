/* The list of a person's conversations. */

import { namesOf } from "./attachments.js";
import { h, icon } from "./dom.js";
import { clockText, dayText } from "./texts.js";

export function makeConversationList({ conversations, current, texts, locale, actions }) {
  const rows = conversations.map((conversation) => h("li", {}, row(conversation, { current, texts, locale, actions })));
  return h(
    "div",
    { class: "list" },
    h("h2", {}, texts.conversations),
    rows.length ? h("ul", {}, ...rows) : h("p", { class: "none" }, texts.noConversations),
    h(
      "button",
      { type: "button", class: "solid begin", onclick: actions.newConversation },
      icon("plus"),
      texts.newConversation,
    ),
    makeConsent({ texts, actions }),
  );
}

/* Never asked for in the way of anything: who looks for it finds it below the list. */
function makeConsent({ texts, actions }) {
  const box = h("input", { type: "checkbox", onchange: (event) => actions.consent(event.target.checked) });
  return h("label", { class: "consent" }, box, h("span", {}, texts.mayTrain));
}

function row({ id, status, last_message: last, unread, updated_at: updated }, { current, texts, locale, actions }) {
  const words = (typeof last === "string" ? last : last?.text) || namesOf(last) || texts.noWords;
  const badge =
    unread > 0 &&
    h(
      "span",
      { class: "unread" },
      h("span", { "aria-hidden": "true" }, String(unread)),
      h("span", { class: "hidden" }, texts.unread(unread)),
    );
  return h(
    "button",
    {
      type: "button",
      class: "row",
      "aria-current": id === current ? "true" : null,
      onclick: () => actions.openConversation(id),
    },
    h("span", { class: "words" }, words),
    h("span", { class: "when" }, whenText(new Date(updated), locale)),
    h("span", { class: `state ${status}` }, texts.status[status] ?? ""),
    badge,
  );
}

function whenText(date, locale) {
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? clockText(date, locale) : dayText(date, { locale });
}

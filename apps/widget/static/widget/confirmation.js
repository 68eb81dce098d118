/* The card of an action that waits for the customer's word: what will be done, and what became of it.

   Takes what it needs from `context` = {texts, actions}; knows neither chat nor server. */

import { serverNow } from "./clock.js";
import { h } from "./dom.js";

/* As it is at this moment: the server tells of a card that ran out only when it is asked. */
export function stateOf({ state, expires_at: expires }) {
  return state === "proposed" && expires && Date.parse(expires) <= serverNow() ? "expired" : state;
}

/* Milliseconds until the card runs out; null when nothing is to be waited for. */
export function timeLeft(confirmation) {
  if (!confirmation?.expires_at || stateOf(confirmation) !== "proposed") return null;
  return Math.max(0, Date.parse(confirmation.expires_at) - serverNow());
}

export function makeConfirmation(message, { texts, actions }) {
  const { confirmation } = message;
  const words = texts.confirmation;
  const state = stateOf(confirmation);
  const title = `confirm-${message.id}`;
  return h(
    "section",
    { class: `confirmation ${state}`, "aria-labelledby": title },
    h("h2", { id: title }, confirmation.title),
    h("dl", {}, ...confirmation.details.map(({ label, value }) => h("div", {}, h("dt", {}, label), h("dd", {}, value)))),
    state === "proposed" && h("p", { class: "hint" }, words.goodFor),
    state === "proposed"
      ? h(
          "div",
          { class: "decide" },
          choice(words.confirm, { solid: true, focus: "confirm", onclick: () => actions.decide(message, true) }),
          choice(words.keep, { focus: "keep", onclick: () => actions.decide(message, false) }),
        )
      : h("p", { class: "outcome" }, words.states[state]),
  );
}

function choice(label, { solid = false, focus, onclick }) {
  return h(
    "button",
    { type: "button", class: solid ? "solid small" : "quiet", "data-focus": focus, onclick },
    label,
  );
}

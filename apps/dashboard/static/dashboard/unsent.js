// What is typed and not sent yet: kept in this browser for a week, for the person and the conversation that it is for. What
// the thread shows as said is not unsent any more, whichever page said it, and also if its answer was lost.

const KEPT_DAYS = 7;
const KINDS = /^seekdesk-(reply|note|files|edits)-/;
const { user, conversation } = document.body.dataset;

export const keyOf = (kind) => `seekdesk-${kind}-${user}-${conversation}`;

export function read(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return null; // storage is off, or holds something else
  }
}

export function write(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, JSON.stringify(value));
  } catch {
    return; // storage is off: typing must still work
  }
}

// crypto.randomUUID exists on https and localhost only
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/* What of the text is still to be sent, when a message of one's own with this id has been said; null when none has. */
export function restOf(text, id) {
  const message = document.querySelector(`[data-said="${CSS.escape(id)}"]`);
  if (!message) return null;
  const said = message.querySelector(".bubble")?.textContent.trim() ?? "";
  return text.trim().startsWith(said) ? text.trim().slice(said.length).trimStart() : text;
}

function names() {
  try {
    return Object.keys(localStorage).filter((name) => KINDS.test(name));
  } catch {
    return [];
  }
}

for (const name of names()) {
  if (Date.now() - (read(name)?.at || 0) > KEPT_DAYS * 86_400_000) write(name, null);
}

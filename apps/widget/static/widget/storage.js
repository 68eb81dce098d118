/* What this browser remembers for one site: session, current conversation, drafts, and messages that are not sent yet.

   It is the browser's own storage under our origin (kept apart per embedding site by browsers that partition). Where
   the browser refuses that to frames of other sites, the embedding page keeps it for us: see `borrow`. */

function ownArea(name = "localStorage") {
  try {
    const area = window[name];
    area.setItem("seekdesk", "");
    area.removeItem("seekdesk");
    return area;
  } catch {
    return null;
  }
}

function memoryArea() {
  const values = new Map();
  return {
    get length() {
      return values.size;
    },
    key: (at) => [...values.keys()][at] ?? null,
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => values.set(key, value),
    removeItem: (key) => values.delete(key),
  };
}

const TAB = "tab";

export class Store {
  constructor(siteKey, area = ownArea()) {
    this.area = area ?? memoryArea();
    this.prefix = `seekdesk:${siteKey}:`;
    this.isRefused = area === null;
    this.tabArea = ownArea("sessionStorage"); // outlives a reload, and nothing else
    this.spare = memoryArea(); // what did not fit
    this.keepOutside = () => {};
    // Tabs of one browser share this store: what another tab changes is told here.
    this.onChange = () => {};
    this.onHail = () => {};
    addEventListener("storage", (event) => {
      if (event.key?.startsWith(this.prefix) && event.storageArea !== this.tabArea) this.hear(event.key.slice(this.prefix.length));
    });
  }

  /* Has the embedding page keep what this browser does not let us keep: `kept` is what it holds, keep(name, text) adds. */
  borrow(kept, keep) {
    if (!this.isRefused) return;
    for (const [name, text] of Object.entries(kept)) this.put(name, text);
    this.keepOutside = keep;
    if (!kept[TAB]) this.set(TAB, this.tab);
  }

  /* Another tab of the embedding page changed something. */
  hearOutside(name, text) {
    if (!this.isRefused) return;
    this.put(name, text);
    this.hear(name);
  }

  hear(name) {
    if (name === "hail") this.onHail(this.get(name) ?? {});
    else this.onChange(name);
  }

  /* Which tab this is: the same after a reload. */
  get tab() {
    return (this.tabArea ? this.tabArea.getItem(this.prefix + TAB) : this.get(TAB)) ?? this.renameTab();
  }

  renameTab() {
    const id = newId();
    if (this.tabArea) this.tabArea.setItem(this.prefix + TAB, id);
    else this.set(TAB, id); // the embedding page keeps it for this tab alone
    return id;
  }

  get(name) {
    try {
      const key = this.prefix + name;
      return JSON.parse(this.spare.getItem(key) ?? this.area.getItem(key));
    } catch {
      return null;
    }
  }

  set(name, value) {
    const text = value === null || value === "" ? null : JSON.stringify(value);
    this.put(name, text);
    this.keepOutside(name, text);
  }

  put(name, text) {
    const key = this.prefix + name;
    this.spare.removeItem(key);
    try {
      if (text === null) this.area.removeItem(key);
      else this.area.setItem(key, text);
    } catch {
      // A full disk costs the next page its memory of a draft, but no message.
      if (text !== null) this.spare.setItem(key, text);
    }
  }

  names() {
    const keys = [this.area, this.spare].flatMap((area) => Array.from({ length: area.length }, (_, at) => area.key(at)));
    const mine = keys.filter((key) => key?.startsWith(this.prefix));
    return [...new Set(mine)].map((key) => key.slice(this.prefix.length));
  }

  /* Unsent messages, oldest first. One key each, so that two tabs never overwrite each other's. */
  unsent() {
    const entries = this.names()
      .filter((name) => name.startsWith("out:"))
      .map((name) => this.get(name));
    return entries.filter(Boolean).sort((one, other) => one.at - other.at);
  }

  keep(entry) {
    this.set(`out:${entry.client_msg_id}`, entry);
  }

  has(entry) {
    return this.get(`out:${entry.client_msg_id}`) !== null;
  }

  forget(entry) {
    this.set(`out:${entry.client_msg_id}`, null);
  }

  /* What was written, and never sent. */
  forgetUnsent() {
    for (const name of this.names()) if (/^(draft|files|out):/.test(name)) this.set(name, null);
  }

  clear() {
    for (const name of this.names()) if (name !== TAB) this.set(name, null);
  }
}

/* Runs work in one tab at a time, where the browser can promise that: only on secure pages, and not where it keeps
   frames of other sites from its storage. Elsewhere the ids of the messages alone keep them single. */
export async function alone(name, work) {
  try {
    await navigator.locks.request(name, async () => work());
  } catch (error) {
    if (!navigator.locks || error.name === "SecurityError") await work();
    else throw error;
  }
}

/* randomUUID exists on secure pages only; a shop on plain http needs ids too. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

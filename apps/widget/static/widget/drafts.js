/* What is being written and was not sent: words and files. Each tab keeps its own, and finds them after a reload; what a
   tab left that was closed, or that fell over, comes back in the next one that looks for it.

   Nobody keeps a list of tabs. Whoever looks for what was left hails, and each tab that lives dates its own anew. */

import { newId } from "./storage.js";

const ANSWERED_WITHIN = 250; // ms: by then every tab that lives has been heard
const MINE = /^(draft|files):/;

export class Drafts {
  constructor(store) {
    this.store = store;
    this.self = newId(); // a tab that was duplicated brings the name of the first one with it, but not this
    this.onRenamed = () => {};
    store.onHail = (hail) => this.answer(hail);
  }

  nameFor(kind, place) {
    return `${kind}:${place ?? "new"}:${this.store.tab}`;
  }

  /* kind: draft (words) or files; place: the conversation's id, or null for one that has not begun. */
  read(kind, place) {
    return this.store.get(this.nameFor(kind, place))?.value ?? null;
  }

  keep(kind, place, value) {
    const isEmpty = value === null || value.length === 0;
    this.store.set(this.nameFor(kind, place), isEmpty ? null : { value, at: Date.now() });
  }

  /* The newest that no living tab calls its own, as {name, value}; undefined where there is none. */
  async findLeft(kind, place) {
    const names = this.namesOfOthers(kind, place);
    if (!names.length) return undefined;
    const asked = Date.now();
    this.hail();
    await new Promise((resolve) => setTimeout(resolve, ANSWERED_WITHIN));
    const left = names.map((name) => ({ name, ...this.store.get(name) })).filter(({ value, at }) => value && at < asked);
    return left.sort((one, other) => other.at - one.at)[0];
  }

  /* It stands where it is written on, and nowhere else. */
  take({ name }) {
    this.store.set(name, null);
  }

  namesOfOthers(kind, place) {
    const own = this.nameFor(kind, place);
    return this.store.names().filter((name) => name.startsWith(`${kind}:${place ?? "new"}:`) && name !== own);
  }

  /* "Who is here?" Said by each frame as it starts, too: the tab may be a copy of one that lives. */
  hail() {
    this.store.set("hail", { id: newId(), tab: this.store.tab, from: this.self });
  }

  answer(hail) {
    if (hail.to === this.self) return this.rename();
    if (hail.to || hail.from === this.self) return;
    if (hail.tab === this.store.tab) this.store.set("hail", { id: newId(), to: hail.from });
    for (const name of this.store.names()) if (MINE.test(name) && name.endsWith(`:${this.store.tab}`)) this.date(name);
  }

  /* Somebody was here before us: what stands here is theirs. */
  rename() {
    this.store.renameTab();
    this.onRenamed();
  }

  date(name) {
    const draft = this.store.get(name);
    if (draft) this.store.set(name, { ...draft, at: Date.now() });
  }
}

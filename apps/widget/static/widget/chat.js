/* The conversation as this tab knows it: messages, running answers, status, and what a person can do with them.

   The server's rows are the truth; events only bring them sooner. Every event may come twice or late without harm:
   messages are kept by id, sentences by index. Knows no element. */

import { uploadFile } from "./attachments.js";
import { serverNow } from "./clock.js";
import { Outbox } from "./outbox.js";
import { EventStream, waitBefore } from "./stream.js";

const NEW = "new"; // remembered in place of an id when the person asked for a new conversation
const WITHDRAWN = ["withdrawn", "agent_took_over"]; // a person decides now: what was being written is no longer for the customer
const TYPING_SHOWN = 6_000; // ms
const TYPING_TOLD = 4_000; // ms between two words that somebody is still writing
const QUIET = 8_000; // ms without news of an answer under way, before its rows are looked at
const AWAY = 60_000; // ms hidden before a tab that expects nothing lets go of its line

/* In any writing: 我的邮箱是ada@shop.example，谢谢。 */
function addressesIn(text) {
  const words = (text ?? "").split(/[^\x21-\x7e]+|[<>(),;:"']+/).map((word) => word.replace(/[.!?]+$/, ""));
  return words.filter((word) => /^[^@]{1,64}@[^@.][^@]*\.[^@.]{2,}$/.test(word));
}

export class Chat {
  /* tell = {change(), arrival(message), notice(name), failure(error)} */
  constructor({ siteKey, store, session, api, tell }) {
    Object.assign(this, { store, session, api, tell });
    this.site = null;
    this.writer = 1; // counts the people who used this browser one after the other
    this.mayTrain = null; // whether this person's conversations may be learnt from; null: never asked
    this.refusal = null; // the error that keeps this chat from working at all
    this.conversations = [];
    this.isListed = false;
    this.sentBy = new Map(); // message id → client_msg_id of what this tab sent
    this.trouble = false;
    this.outbox = new Outbox({
      siteKey,
      store,
      deliver: (entry) => this.deliver(entry),
      onChange: () => tell.change(),
    });
    this.stream = new EventStream({
      connect: ({ cursor, signal }) => this.api.events(this.id, { cursor, after: this.after, signal }),
      onEvent: (event) => this.take(event),
      onState: (state) => this.noteLine(state),
      onFailure: (error, failures) => this.noteLineFailure(error, failures),
    });
    this.clear();
    store.onChange = (name) => this.followOtherTab(name);
    document.addEventListener("visibilitychange", () => this.saveLines());
  }

  clear() {
    this.id = null;
    this.followed = null; // the same, where another tab opened it
    this.status = "assistant";
    this.position = null;
    this.expected = null; // {minutes, is_served, opens_at, reference} of a wait, as the server last told it
    this.openParts = []; // who can be rated, once the conversation has ended
    this.agent = "";
    this.typing = null;
    this.toldTyping = -Infinity;
    this.loaded = true;
    this.after = 0;
    this.messages = new Map();
    this.sentences = new Map(); // message id → [{text, citations}], by index
    this.ratings = new Map(); // message id → feedback on its way, which rows do not know yet
    this.withdrawn = new Set(); // ids of answers that are no longer for the customer
    this.turns = (this.turns ?? 0) + 1; // of events: rows that were asked for before one may tell an older state
  }

  /* ---- beginning ---- */

  async start() {
    this.entering = this.enter();
    try {
      await this.entering;
    } catch (error) {
      this.refusal = error;
      this.tell.change();
    }
  }

  async enter() {
    const session = await this.persist(() => this.session.begin());
    this.site = session.site;
    this.mayTrain = session.may_train ?? null;
    this.tell.change();
    await this.persist(() => this.loadConversations());
    await this.openConversation(this.conversationToOpen());
    this.outbox.flush();
  }

  /* Goes on through whatever passes by itself, and lets the person know that it does. */
  async persist(work) {
    for (let failures = 1; ; failures += 1) {
      try {
        const result = await work();
        this.setTrouble(false);
        return result;
      } catch (error) {
        if (!error.passes) throw error;
        this.setTrouble(true);
        await pause(waitBefore(failures, error.retryAfter));
      }
    }
  }

  setTrouble(trouble) {
    if (this.trouble === trouble) return;
    this.trouble = trouble;
    this.tell.change();
  }

  async loadConversations() {
    this.conversations = (await this.api.get("conversations")).conversations;
    this.isListed = true;
    this.tell.change();
  }

  /* For the list: what is open here has been read, which the server learns from the rows that we ask for. */
  async review() {
    if (this.id) await this.fetchMessages(this.id, Math.max(0, this.lastSeq() - 1));
    await this.loadConversations();
  }

  conversationToOpen() {
    const kept = this.store.get("conversation");
    if (kept === NEW) return null;
    const open = this.conversations.find(({ id, status }) => id === kept || (!kept && status !== "resolved"));
    return open?.id ?? kept;
  }

  /* Whose draft the person is writing: before we are in, the one of the conversation that we are about to open. */
  draftPlace() {
    const kept = this.store.get("conversation");
    return this.id ?? (kept === NEW ? null : kept);
  }

  /* ---- choosing a conversation ---- */

  /* What is written meanwhile stays on the screen of a `fresh` one; one that was `begun` just now has no rows to wait for. */
  async openConversation(id, { begun = false, fresh = begun } = {}) {
    this.stream.stop();
    this.clear();
    this.id = id;
    this.loaded = !id || fresh;
    if (id) this.store.set("conversation", id);
    this.tell.change();
    if (begun) this.stream.start();
    if (!id || begun) return;
    try {
      await this.persist(() => this.load(id));
    } catch (error) {
      this.leaveConversation(id, error);
    }
  }

  async load(id) {
    const { turns } = this;
    const page = await this.fetchMessages(id, 0);
    if (this.id !== id) return;
    this.loaded = true;
    this.takePage(page, { isOld: turns !== this.turns }); // of what is newer the stream is going to tell
    const open = this.running()[0];
    // Sentences of a running answer are in the stream alone: it is read from before that answer's row.
    this.after = open ? Math.ceil(open.seq) - 1 : this.lastSeq();
    this.stream.start(open ? "" : page.last_event_id);
    this.watchAnswer();
    this.tell.change();
  }

  fetchMessages(id, after) {
    return this.api.get(`conversations/${id}/messages?after=${after}`);
  }

  leaveConversation(id, error) {
    if (this.id !== id) return;
    this.store.set("conversation", null);
    this.stream.stop();
    this.clear();
    if (error.isGone) this.tell.notice("conversation_gone");
    else this.tell.failure(error);
    this.tell.change();
  }

  newConversation() {
    this.store.set("conversation", NEW);
    return this.openConversation(null);
  }

  /* The conversation to write into, begun once however many ask for it at the same time. */
  ensureConversation() {
    const beginning = (this.beginning ??= this.beginConversation().finally(() => {
      if (this.beginning === beginning) this.beginning = null;
    }));
    return beginning;
  }

  async beginConversation() {
    const { writer } = this;
    const known = this.id ?? (await this.knownConversation());
    const begun = known ?? (await this.api.post("conversations")).id;
    const id = this.followed ?? begun; // another tab was quicker: both go on in one
    if (writer === this.writer && id !== this.id) this.openConversation(id, { begun: !known, fresh: true });
    return id;
  }

  /* Who writes before their conversations were listed may have one that is open. */
  async knownConversation() {
    const kept = this.store.get("conversation");
    if (kept === NEW) return null;
    if (kept || this.isListed) return kept;
    await this.loadConversations();
    return this.conversationToOpen();
  }

  followOtherTab(name) {
    if (name === "session") this.followContact();
    else if (name === "conversation") this.followConversation();
    else if (name.startsWith("out:")) this.tell.change();
  }

  followConversation() {
    const kept = this.store.get("conversation");
    const id = kept === NEW ? null : kept;
    if (id === this.id) return;
    const opening = this.openConversation(id);
    this.followed = id;
    return opening;
  }

  /* Another tab logged somebody in or out: this one must not go on as whoever it was. */
  async followContact() {
    const mine = await this.session.current;
    const stored = this.store.get("session");
    if (!mine || stored?.contact_id === mine.contact_id) return;
    if (!stored || mine.verified) this.changePerson();
    this.session.forget();
    await this.openConversation(null);
    await this.start();
  }

  /* Somebody else writes here now: what the last one wrote but did not send is not theirs to send. */
  async changeContact({ person, expected }) {
    const hadConversation = Boolean(this.id);
    this.isListed = false;
    this.stream.stop();
    this.clear();
    this.store.set("conversation", null);
    if (person === "other") {
      this.store.forgetUnsent();
      this.changePerson();
    }
    for (const entry of this.store.unsent()) this.store.keep({ ...entry, conversation: null });
    if (hadConversation && !expected) this.tell.notice("session_replaced");
    this.tell.change();
  }

  /* Nothing of one person's stays in sight of the next. */
  changePerson() {
    this.writer += 1;
    this.beginning = null;
    this.conversations = [];
    this.isListed = false;
    this.mayTrain = null;
  }

  /* A page may vouch again for whoever is here already: then nothing moves under their hands. */
  async identify(identity) {
    const before = this.store.get("session")?.contact_id;
    const { contact_id: now } = await this.persist(() => this.session.identify(identity));
    if (now !== before) await this.enter();
  }

  async speak(locale) {
    const { site } = await this.persist(() => this.session.speak(locale));
    if (this.session.locale === locale) this.site = site; // else it has been changed again
    this.tell.change();
  }

  async reset() {
    this.stream.stop();
    this.store.clear();
    this.session.forget();
    this.changePerson();
    this.clear();
    this.tell.change();
    await this.start();
  }

  /* ---- what comes in ---- */

  take({ type, data }) {
    const handler = Object.hasOwn(HANDLERS, type) ? HANDLERS[type] : null;
    const content = parse(data);
    if (!handler || !content) return; // a newer server may say more than we know
    handler(this, content);
    this.watchAnswer();
    this.tell.change();
  }

  /* Some networks hold a stream back until it ends. There, the rows tell what came of an answer. */
  watchAnswer() {
    clearTimeout(this.watch);
    if (this.running().length === 0) return;
    const look = () => this.refresh().catch(() => {}).then(() => this.watchAnswer());
    this.watch = setTimeout(look, QUIET);
  }

  /* All rows. An answer that we hold open and they do not know has been withdrawn: unless they are older than it. */
  takePage({ messages, status, open_parts: openParts, wait }, { isOld = false } = {}) {
    if (isOld) return void messages.forEach((message) => this.keep(message));
    this.expected = wait ?? null;
    const rows = new Set(messages.map(({ id }) => id));
    for (const { id } of this.running()) if (!rows.has(id)) this.drop(id);
    for (const message of messages) this.keep(message);
    this.openParts = this.store.get("skipped") === this.ratable() ? [] : (openParts ?? []);
    this.setStatus(status, wait?.position);
  }

  drop(id) {
    this.messages.delete(id);
    this.sentences.delete(id);
    this.turns += 1;
  }

  /* What was under way when an answer was withdrawn may still come in: it is not shown again. */
  withdraw(id) {
    this.withdrawn.add(id);
    this.drop(id);
  }

  /* On a slow line things move on while rows are on their way: then they are asked for once more. */
  async refresh() {
    const { id, turns } = this;
    if (!id) return;
    const page = await this.fetchMessages(id, 0);
    if (this.id !== id) return;
    if (turns !== this.turns) return void (await this.refresh());
    const known = new Set([...this.messages.values()].filter(isSettled).map((message) => message.id));
    this.takePage(page);
    for (const message of page.messages) if (!known.has(message.id)) this.announce(message);
    this.tell.change();
  }

  keep(message) {
    const known = this.messages.get(message.id);
    if (known && isSettled(known) && !isSettled(message)) return false; // a late copy from before
    this.withdrawn.delete(message.id);
    this.messages.set(message.id, {
      ...message,
      citations: message.citations?.length ? message.citations : (known?.citations ?? []),
      ...(this.ratings.has(message.id) && { feedback: this.ratings.get(message.id) }),
    });
    if (isSettled(message)) this.sentences.delete(message.id);
    return !known || !isSettled(known);
  }

  announce(message) {
    if (!isSettled(message) || message.sender === "contact") return;
    if (message.sender === "agent") this.showTyping(null);
    this.tell.arrival(this.messages.get(message.id));
  }

  /* The row of a running answer, made up until the real one comes. → whether there is one. */
  openReply(id, after = this.lastSeq()) {
    if (this.withdrawn.has(id)) return false;
    if (this.messages.has(id)) return true;
    this.turns += 1;
    return this.keep({
      id,
      seq: after + 0.5,
      sender: "assistant",
      name: "",
      text: "",
      citations: [],
      state: "generating",
      created_at: new Date(serverNow()).toISOString(),
    });
  }

  takeSentence({ message_id: id, index, text, citations }) {
    if (!this.openReply(id) || isSettled(this.messages.get(id))) return;
    const before = this.sentences.get(id) ?? [];
    // Another beginning means that the answer was begun anew.
    const sentences = index === 0 && before[0] && before[0].text !== text ? [] : before;
    sentences[index] = { text, citations: citations ?? [] };
    this.sentences.set(id, sentences);
  }

  setStatus(status, position = null) {
    if (!status) return;
    if (status !== this.status) this.turns += 1;
    this.status = status;
    this.position = position ?? (status === "waiting" ? this.position : null);
    if (status !== "agent") this.agent = "";
  }

  showTyping(sender) {
    clearTimeout(this.typingTimer);
    this.typing = sender;
    if (!sender) return;
    this.typingTimer = setTimeout(() => {
      this.typing = null;
      this.tell.change();
    }, TYPING_SHOWN);
  }

  /* To the person who is here, or is asked for: they wait with their own words. Whether it is heard matters to nobody. */
  tellTyping() {
    const now = performance.now();
    if (!this.id || !["waiting", "agent"].includes(this.status) || now - this.toldTyping < TYPING_TOLD) return;
    this.toldTyping = now;
    this.api.post(`conversations/${this.id}/typing`).catch(() => {});
  }

  /* ---- the line ---- */

  noteLine(state) {
    this.live = state === "live";
    if (this.live) {
      this.setTrouble(false);
      this.outbox.flush();
    }
    this.tell.change();
  }

  /* → whether the stream should go on trying. */
  async noteLineFailure(error, failures) {
    if (error?.isGone) {
      this.leaveConversation(this.id, error);
      return false;
    }
    if (error?.status === 400) this.stream.cursor = ""; // a cursor that the server does not take: rows tell the rest
    if (failures > 1) {
      this.setTrouble(true);
      await this.refresh().catch(() => {}); // where streams do not get through, rows still do
    }
    return true;
  }

  /* Browsers allow few connections to one server: a tab in the background that expects nothing gives its own back. */
  saveLines() {
    clearTimeout(this.awayTimer);
    if (document.visibilityState === "visible") this.resume();
    else this.awayTimer = setTimeout(() => this.isIdle() && this.stream.stop(), AWAY);
  }

  resume() {
    if (this.id && this.loaded && !this.stream.running) this.stream.start(this.stream.cursor);
    this.outbox.flush();
  }

  isIdle() {
    return (
      this.running().length === 0 &&
      this.outbox.entries().length === 0 &&
      ["assistant", "resolved"].includes(this.status)
    );
  }

  /* ---- what a person does ---- */

  send(text, attachments = []) {
    this.outbox.add({ text, attachments, conversation: this.id });
  }

  /* Before there is a message: into the conversation in which it is going to be. */
  async upload(file, options) {
    await this.entering?.catch(() => {}); // until then nobody knows which conversation that is
    return uploadFile(this.api, await this.ensureConversation(), file, options);
  }

  /* The same attachment at an address that is good again. */
  async freshAttachment(message, id) {
    await this.attempt(() => this.refresh());
    return this.messages.get(message.id)?.attachments?.find((one) => one.id === id);
  }

  async deliver(entry) {
    const id = entry.conversation ?? (await this.ensureConversation());
    if (!this.store.has(entry)) return; // whoever wrote it has taken it back, or left: it is nobody else's to send
    if (!entry.conversation) this.rebind(entry, id); // whichever tab sends it, and whatever is opened meanwhile
    const files = (entry.attachments ?? []).map(({ id: one }) => one);
    const body = { client_msg_id: entry.client_msg_id, text: entry.text, ...(files.length && { attachments: files }) };
    try {
      this.takeReceipt(id, entry, await this.api.post(`conversations/${id}/messages`, body));
    } catch (error) {
      if (!this.store.has(entry)) return;
      if (!error.isGone || error.code === "no_such_file") throw error;
      // The conversation is gone, and so nothing was taken in: the message begins another one.
      this.leaveConversation(id, error);
      await this.deliver(this.rebind(entry, await this.ensureConversation()));
    }
  }

  rebind(entry, conversation) {
    const bound = { ...entry, conversation };
    this.store.keep(bound);
    return bound;
  }

  takeReceipt(id, entry, { message, reply_id: reply }) {
    this.sentBy.set(message.id, entry.client_msg_id);
    if (this.id !== id) return;
    this.keep(message);
    if (this.status === "resolved") this.setStatus("assistant");
    if (reply) this.openReply(reply, message.seq);
    this.watchAnswer();
  }

  async stop() {
    await Promise.all(this.running().map(({ id }) => this.attempt(() => this.stopOne(id))));
    this.tell.change();
  }

  async stopOne(id) {
    const { message } = await this.api.post(`messages/${id}/stop`);
    if (this.messages.has(id)) this.keep(message);
  }

  async askPerson() {
    if (this.asking || ["waiting", "agent"].includes(this.status)) return;
    this.asking = true;
    this.tell.change();
    await this.attempt(async () => {
      const id = await this.ensureConversation();
      this.takeWait(id, await this.api.post(`conversations/${id}/handoff`));
    });
    this.asking = false;
    this.tell.change();
  }

  takeWait(id, { status, position, ...expected }) {
    if (this.id !== id) return;
    // An address that was left stays left: but not for another wait.
    this.expected = status === "waiting" ? { email: this.expected?.email, ...expected } : null;
    this.setStatus(status, position);
    this.tell.change();
  }

  cancelWait() {
    const { id } = this;
    return this.once(async () => this.takeWait(id, await this.api.post(`conversations/${id}/handoff/cancel`)));
  }

  /* What may stand in the form already: the address that was written here last, else the one that the page vouched for. */
  get knownAddress() {
    const theirs = [...this.messages.values()].filter(({ sender }) => sender === "contact");
    return theirs.flatMap(({ text }) => addressesIn(text)).at(-1) ?? this.session.identity?.email ?? "";
  }

  leaveEmail(email) {
    const { id } = this;
    return this.once(async () => {
      this.takeWait(id, await this.api.post(`conversations/${id}/email`, { email }));
      if (this.id === id) this.expected = { ...this.expected, email };
      this.tell.change();
    });
  }

  rateConversation(score) {
    const { id } = this;
    const [part] = this.openParts;
    return this.once(async () => {
      const { open_parts: openParts } = await this.api.post(`conversations/${id}/rating`, { score, part });
      if (this.id === id) this.openParts = openParts;
      this.tell.change();
    });
  }

  /* What was said last counts, for everything that was ever written. */
  async consent(mayTrain) {
    const before = this.mayTrain;
    this.mayTrain = mayTrain;
    const done = await this.attempt(() => this.postInTurn("consent", { may_train: mayTrain }));
    if (!done && this.mayTrain === mayTrain) this.mayTrain = before;
    this.tell.change();
    return done;
  }

  /* Not asked again for what was said so far. */
  skipRating() {
    this.store.set("skipped", this.ratable());
    this.openParts = [];
    this.tell.change();
  }

  ratable() {
    return `${this.id}:${this.lastSeq()}`;
  }

  /* feedback = {rating: "up" | "down" | null, reason?, comment?}; null takes it back. */
  async rate(message, feedback) {
    const { id } = message;
    const before = this.messages.get(id)?.feedback;
    const wished = feedback.rating && feedback;
    this.ratings.set(id, wished);
    this.setFeedback(id, wished);
    const done = await this.attempt(() => this.postInTurn(`messages/${id}/feedback`, feedback));
    if (this.ratings.get(id) !== wished) return done; // they thought again meanwhile
    this.ratings.delete(id);
    if (!done) this.setFeedback(id, before);
    return done;
  }

  /* The last word counts: none may overtake another on a slow line. */
  postInTurn(path, body) {
    const post = () => this.api.post(path, body);
    this.posting = (this.posting ?? Promise.resolve()).then(post, post);
    return this.posting;
  }

  /* The person's word on what was proposed. Sent again, it finds what came of it: the server does it once. */
  async decide(message, accept) {
    const before = this.messages.get(message.id)?.confirmation;
    if (before?.state !== "proposed") return;
    if (accept) this.setConfirmation(message.id, { ...before, state: "running" });
    const done = await this.attempt(async () => {
      const { confirmation } = await this.api.post(`confirmations/${before.nonce}`, { accept });
      this.setConfirmation(message.id, confirmation);
    });
    // What the stream told meanwhile is newer than what was here before.
    const isOpen = this.messages.get(message.id)?.confirmation.state === "running";
    if (!done && isOpen) this.setConfirmation(message.id, before);
  }

  setConfirmation(id, confirmation) {
    const message = this.messages.get(id);
    if (message) this.messages.set(id, { ...message, confirmation });
    this.tell.change();
  }

  setFeedback(id, feedback) {
    const message = this.messages.get(id);
    if (message) this.messages.set(id, { ...message, feedback });
    this.tell.change();
  }

  /* Does it once; what goes wrong is told. → whether it was done. */
  async attempt(work) {
    try {
      await work();
      return true;
    } catch (error) {
      this.tell.failure(error);
      if (error.kind === "too_late") this.refresh().catch(() => {}); // things stand otherwise than they are shown
      return false;
    }
  }

  /* On a slow line people press again: one press at a time counts. */
  async once(work) {
    if (this.busy) return;
    this.busy = true;
    await this.attempt(work);
    this.busy = false;
  }

  /* ---- what is there to see ---- */

  ordered() {
    return [...this.messages.values()].sort((one, other) => one.seq - other.seq);
  }

  lastSeq() {
    return Math.floor(Math.max(0, ...[...this.messages.values()].map(({ seq }) => seq)));
  }

  running() {
    return this.ordered().filter(({ state }) => state === "generating");
  }

  /* Unsent messages of this conversation; one that the server already showed us is not shown twice. */
  unsent() {
    const arrived = new Set([...this.messages.values()].map((message) => this.clientId(message)));
    return this.outbox
      .entries()
      .filter((entry) => (entry.conversation ?? this.id) === this.id && !arrived.has(entry.client_msg_id));
  }

  clientId(message) {
    return message.client_msg_id ?? this.sentBy.get(message.id);
  }
}

const HANDLERS = {
  message(chat, { message }) {
    if (!isSettled(message)) chat.sentences.delete(message.id); // it starts over
    if (chat.keep(message)) chat.announce(message);
  },
  token: (chat, sentence) => chat.takeSentence(sentence),
  citations(chat, { message_id: id, citations }) {
    if (chat.openReply(id)) chat.keep({ ...chat.messages.get(id), citations });
  },
  done: (chat, { message }) => chat.keep(message) && chat.announce(message),
  failed(chat, { message_id: id, code }) {
    if (WITHDRAWN.includes(code)) return void chat.withdraw(id);
    if (!chat.openReply(id)) return;
    const failed = { ...chat.messages.get(id), state: "failed", code };
    if (chat.keep(failed)) chat.announce(failed);
  },
  handoff: (chat, told) => ("reference" in told ? chat.takeWait(chat.id, told) : chat.setStatus(told.status, told.position)),
  agent_joined(chat, { name }) {
    chat.setStatus("agent");
    chat.agent = name ?? "";
  },
  confirm: (chat, { message_id: id, confirmation }) => chat.setConfirmation(id, confirmation),
  typing: (chat, { sender }) => sender === "agent" && chat.showTyping(sender),
  resolved(chat) {
    chat.setStatus("resolved");
    chat.showTyping(null);
    chat.refresh().catch(() => {}); // the rows say who can be rated
  },
  refetch: (chat) => chat.refresh().catch(() => chat.stream.start("")),
};

export function isSettled({ state }) {
  return state !== "generating";
}

function parse(data) {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

/* Waits, but not past the moment when the network is back. */
function pause(milliseconds) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    addEventListener("online", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

/* Messages on their way: each is kept in this browser until the server has it, and is sent under one id of its own,
   so that no reload, second tab or lost answer makes it vanish or appear twice. */

import { alone, newId } from "./storage.js";
import { waitBefore } from "./stream.js";

const PATIENT_TRIES = 3; // then the person is told that it was not sent, and may try by hand; we go on trying
const PATIENT_WAIT = 10_000; // ms; the same for a longer wait
const LONGEST_LIMIT = 60; // seconds of Retry-After that are worth waiting for without a word

export class Outbox {
  /* deliver(entry) resolves when the server has the message. */
  constructor({ siteKey, store, deliver, onChange }) {
    Object.assign(this, { store, deliver, onChange });
    this.lock = `seekdesk:${siteKey}:outbox`;
    this.states = new Map(); // client_msg_id → {state, error, until}
    this.failures = 0;
    addEventListener("online", () => this.flush());
  }

  /* [{client_msg_id, text, attachments, at, conversation, state: sending | waiting | limited | failed, error?, until?}] */
  entries() {
    return this.store.unsent().map((entry) => ({ ...entry, ...this.stateOf(entry) }));
  }

  stateOf(entry) {
    if (entry.refused) return { state: "failed", error: entry.refused, final: true };
    return this.states.get(entry.client_msg_id) ?? { state: navigator.onLine ? "sending" : "waiting" };
  }

  add({ text, conversation, attachments = [] }) {
    this.store.keep({ client_msg_id: newId(), text, attachments, conversation, at: Date.now() });
    this.onChange();
    this.flush();
  }

  retry(entry) {
    this.states.delete(entry.client_msg_id);
    this.store.keep({
      client_msg_id: entry.client_msg_id,
      text: entry.text,
      attachments: entry.attachments,
      conversation: entry.conversation,
      at: entry.at,
    });
    this.failures = 0;
    this.onChange();
    this.flush();
  }

  remove(entry) {
    this.states.delete(entry.client_msg_id);
    this.store.forget(entry);
    this.onChange();
  }

  async flush() {
    this.again = true;
    if (this.flushing) return;
    this.flushing = true;
    clearTimeout(this.timer);
    try {
      while (this.again) {
        this.again = false;
        await alone(this.lock, () => this.sendAll());
      }
    } finally {
      this.flushing = false;
    }
  }

  /* In the order of writing: what comes later waits for what came first. */
  async sendAll() {
    for (const { client_msg_id: id } of this.store.unsent()) {
      const entry = this.store.get(`out:${id}`); // another tab may have sent it while we waited
      if (entry && !entry.refused && (this.mustWait(id) || !(await this.send(entry)))) return;
    }
  }

  /* Where the server said when to come back, whoever asks sooner is put off until then. */
  mustWait(id) {
    const left = (this.states.get(id)?.until ?? 0) - Date.now();
    if (left > 0) this.flushIn(left);
    return left > 0;
  }

  flushIn(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), milliseconds);
  }

  async send(entry) {
    this.mark(entry, { state: "sending" });
    try {
      await this.deliver(entry);
    } catch (error) {
      return this.noteFailure(entry, error);
    }
    this.failures = 0;
    this.remove(entry);
    return true;
  }

  /* → whether later messages may be tried at once. */
  noteFailure(entry, error) {
    if (!this.store.has(entry)) return true; // taken back meanwhile
    if (!error.passes) {
      this.store.keep({ ...entry, refused: { kind: error.kind } });
      this.onChange();
      return true;
    }
    this.failures += 1;
    const wait = waitBefore(this.failures, error.retryAfter);
    this.mark(entry, this.stateAfter(error, wait));
    this.flushIn(wait);
    return false;
  }

  stateAfter(error, wait) {
    const told = { error: { kind: error.kind }, until: error.retryAfter === null ? 0 : Date.now() + wait };
    if (error.status === 429 && wait <= LONGEST_LIMIT * 1000) return { state: "limited", ...told };
    const patient = !navigator.onLine || (this.failures < PATIENT_TRIES && wait <= PATIENT_WAIT);
    return { state: patient ? "waiting" : "failed", ...told };
  }

  mark(entry, state) {
    this.states.set(entry.client_msg_id, state);
    this.onChange();
  }
}

/* Server-sent events over fetch, because EventSource cannot carry an Authorization header.

   Reconnects by itself with the last event id; wakes up when the network, the tab or the laptop does. Knows
   nothing of what the events mean. */

const SILENCE = 40_000; // ms: the server comments every 15 s, so this long without a byte means a dead line
const STALE = 20_000; // ms: silence that is not trusted after a laptop slept or a tab was hidden
const SPEECHLESS = 15_000; // ms without the first byte, which the server sends at once: something on the way holds it back
const STEADY = 5_000; // ms: a connection that held this long and said something earns a fresh start of the waiting times
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;

/* Takes text in any pieces, gives whole events: {type, data, id}. */
export class EventParser {
  constructor() {
    this.rest = "";
    this.id = "";
    this.startEvent();
  }

  startEvent() {
    this.type = "";
    this.data = [];
  }

  push(text) {
    const events = [];
    // A carriage return at the very end may be half of a line break: it waits for what follows.
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop();
    for (const line of lines) {
      const event = this.readLine(line);
      if (event) events.push(event);
    }
    return events;
  }

  readLine(line) {
    if (line === "") return this.finishEvent();
    const [, field, value] = /^([^:]*)(?:: ?([^]*))?$/.exec(line);
    if (field === "data") this.data.push(value ?? "");
    else if (field === "event") this.type = value ?? "";
    else if (field === "id" && !value?.includes("\0")) this.id = value ?? "";
    return null; // comments and unknown fields are passed over
  }

  finishEvent() {
    const event = { type: this.type || "message", data: this.data.join("\n"), id: this.id };
    const filled = this.data.length > 0;
    this.startEvent();
    return filled ? event : null;
  }
}

export class EventStream {
  /* connect({cursor, signal}) → Response; onEvent(event); onState("live" | "waiting"); onFailure(error) → true to go on. */
  constructor({ connect, onEvent, onState, onFailure }) {
    Object.assign(this, { connect, onEvent, onState, onFailure });
    this.cursor = "";
    this.running = null;
    addEventListener("online", () => this.reconnect());
    addEventListener("pageshow", (event) => event.persisted && this.reconnect());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.wake());
  }

  start(cursor = "") {
    this.stop();
    this.cursor = cursor;
    this.running = new AbortController();
    this.run(this.running.signal);
  }

  stop() {
    this.running?.abort();
    this.running = null;
  }

  /* After sleep a line may look open and be dead: a short silence is enough to try again now. */
  wake() {
    this.skipWait?.();
    if (this.line && performance.now() - this.lastByte > STALE) this.line.abort();
  }

  /* The network came back, perhaps as another one, or the page from the browser's memory: the old line is dead. */
  reconnect() {
    this.skipWait?.();
    this.line?.abort();
  }

  async run(signal) {
    let failures = 0;
    while (!signal.aborted) {
      const began = performance.now();
      const error = await this.readOnce(signal);
      if (signal.aborted) return;
      failures = this.hasSpoken && performance.now() - began > STEADY ? 1 : failures + 1;
      this.onState("waiting");
      if (!(await this.onFailure(error, failures))) return;
      if (!signal.aborted) await this.wait(waitBefore(failures, error?.retryAfter), signal);
    }
  }

  /* Reads one connection to its end; returns the error that ended it, or undefined when it was closed in order. */
  async readOnce(signal) {
    const line = new AbortController();
    const hangUp = () => line.abort();
    this.line = line;
    signal.addEventListener("abort", hangUp, { once: true });
    const watchdog = setInterval(() => this.checkSilence(), 1_000);
    this.lastByte = performance.now();
    this.hasSpoken = false;
    try {
      const response = await this.connect({ cursor: this.cursor, signal: line.signal });
      this.onState("live");
      await this.read(response, signal);
      return undefined;
    } catch (error) {
      return error;
    } finally {
      clearInterval(watchdog);
      signal.removeEventListener("abort", hangUp);
      hangUp(); // lets go of a connection whose end we do not wait for
      if (this.line === line) this.line = null;
    }
  }

  checkSilence() {
    if (performance.now() - this.lastByte > (this.hasSpoken ? SILENCE : SPEECHLESS)) this.line?.abort();
  }

  async read(response, signal) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new EventParser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || signal.aborted) return;
      this.lastByte = performance.now();
      this.hasSpoken = true;
      for (const event of parser.push(value)) this.deliver(event);
    }
  }

  deliver(event) {
    this.onEvent(event);
    // Moved on only after the event was taken in: one that was not is asked for again.
    if (event.id) this.cursor = event.id;
  }

  wait(milliseconds, signal) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.skipWait = () => {
        clearTimeout(timer);
        resolve();
      };
      signal.addEventListener("abort", this.skipWait, { once: true });
    });
  }
}

/* Doubles from one second to half a minute, with jitter, so that a thousand widgets do not come back in step. */
export function waitBefore(failures, retryAfter = null) {
  const ceiling = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (failures - 1));
  const wait = ceiling * (0.5 + Math.random() / 2);
  return retryAfter === null ? wait : Math.max(wait, retryAfter * 1000);
}

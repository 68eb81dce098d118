/* Calls of the widget's HTTP contract. Knows the token and how errors are told, nothing of conversations. */

import { noteServerTime } from "./clock.js";

const PATIENCE = 20_000; // ms for an ordinary call
const UNNAMED = "other"; // the code of an error that does not name one

export class ApiError extends Error {
  constructor({ status = 0, code = "network", retryAfter = null } = {}) {
    super(`${status} ${code}`);
    Object.assign(this, { status, code, retryAfter });
  }

  /* What it means to the person who waits: a name in `texts.errors`. */
  get kind() {
    if (this.status === 0) return this.code === "timeout" ? "timeout" : "network";
    if (this.status === 429) return "rate_limited";
    if (this.status >= 500) return "unavailable";
    return this.kindOfRefusal();
  }

  kindOfRefusal() {
    if (/origin/.test(this.code)) return "origin";
    if (/site/.test(this.code)) return "unknown_site";
    if (/too_long|too_large/.test(this.code) || this.status === 413) return "too_long";
    if (/empty/.test(this.code)) return "empty";
    if (this.code === "bad_email") return "bad_email";
    if (this.status === 409) return this.code === "client_msg_id_reused" ? "conflict" : "too_late";
    return { 401: "session", 404: "not_found" }[this.status] ?? "refused";
  }

  /* Whether the same call may succeed later without anyone changing it. */
  get passes() {
    return this.status === 0 || this.status === 429 || this.status === 408 || this.status >= 500 || this.isStrange;
  }

  /* Whether the server said that what was asked for is not there. */
  get isGone() {
    return this.status === 404 && !this.isStrange;
  }

  /* "Not found" in words that are not our server's: something on the way does not know the way to it. */
  get isStrange() {
    return this.status === 404 && this.code === UNNAMED;
  }
}

/* An answer that breaks off, or in whose place something on the way wrote another one, may come whole the next time. */
export async function contentOf(response) {
  try {
    return await response.json();
  } catch (error) {
    throw errorOnTheWay(error);
  }
}

function errorOnTheWay({ name }) {
  return new ApiError({ code: name === "TimeoutError" ? "timeout" : "network" });
}

export async function errorOf(response) {
  const body = await response.json().catch(() => null);
  const wait = Number.parseFloat(response.headers.get("Retry-After"));
  return new ApiError({
    status: response.status,
    code: String(body?.error?.code ?? UNNAMED),
    retryAfter: Number.isFinite(wait) ? wait : null,
  });
}

export class Api {
  /* `session` gives the token and, when one was refused, a fresh one: {token(), renew(refused)}. */
  constructor({ base, session }) {
    this.base = base;
    this.session = session;
  }

  get(path) {
    return this.call("GET", path);
  }

  post(path, body = {}) {
    return this.call("POST", path, body);
  }

  async call(method, path, body) {
    return contentOf(await this.authorized((token) => this.request(method, path, { body, token })));
  }

  /* One refused token is renewed silently; a second refusal is told. */
  async authorized(send) {
    const token = await this.session.token();
    const response = await send(token);
    if (response.status !== 401) return accept(response);
    return accept(await send(await this.session.renew(token)));
  }

  async request(method, path, { body, token, signal = AbortSignal.timeout(PATIENCE), headers = {} }) {
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    try {
      const response = await fetch(new URL(path, this.base), {
        method,
        headers,
        signal,
        body: body && JSON.stringify(body),
        credentials: "omit",
        cache: "no-store",
      });
      noteServerTime(response);
      return response;
    } catch (error) {
      throw errorOnTheWay(error);
    }
  }

  async createSession(body) {
    return contentOf(await accept(await this.request("POST", "sessions", { body })));
  }

  /* The event stream of a conversation. `cursor` is an event id; `after` a message's seq, for the first connection. */
  events(conversation, { cursor, after, signal }) {
    const path = `conversations/${conversation}/events${cursor || after === undefined ? "" : `?after=${after}`}`;
    const headers = { Accept: "text/event-stream", ...(cursor && { "Last-Event-ID": cursor }) };
    return this.authorized((token) => this.request("GET", path, { token, signal, headers: { ...headers } }));
  }
}

async function accept(response) {
  if (!response.ok) throw await errorOf(response);
  return response;
}

/* Who writes here: the visitor's token, kept and renewed. Knows no conversation.

   A token that ran out is renewed without a word. One that is no longer honoured costs the old conversation, so
   that is told. An identity counts only when the server finds its signature good. */

export class Session {
  /* create(body) → the answer of POST sessions; onContact({identity}) when somebody else writes here from now on. */
  constructor({ siteKey, store, create, locale, onContact, onNotice }) {
    Object.assign(this, { siteKey, store, create, locale, onContact, onNotice });
    this.identity = null;
    this.current = null;
    this.latest = null; // the last one that was begun, of whoever is here
    this.departures = 0;
  }

  /* The running session, begun once however many ask. */
  begin() {
    const attempt = (this.current ??= this.latest = this.establish(this.latest));
    attempt.catch(() => {
      if (this.current === attempt) this.current = null;
    });
    return attempt;
  }

  async token() {
    return (await this.begin()).token;
  }

  async renew(refused) {
    const running = await this.begin();
    if (running.token !== refused) return running.token; // another call was quicker
    this.current = null;
    return this.token();
  }

  identify(identity) {
    this.identity = identity;
    this.current = null;
    return this.begin();
  }

  speak(locale) {
    this.locale = locale;
    this.current = null;
    return this.begin();
  }

  forget() {
    this.identity = null;
    this.current = null;
    this.latest = null;
    this.departures += 1;
  }

  /* One after the other: each begins with what the one before it learnt. Whoever left meanwhile is not remembered. */
  async establish(earlier) {
    const { departures } = this;
    await earlier?.catch(() => {});
    if (departures !== this.departures) return this.begin();
    const before = this.store.get("session");
    const identity = this.identity;
    const answer = await this.negotiate({ identity, token: before?.token });
    if (departures !== this.departures) return this.begin();
    this.store.set("session", { token: answer.token, contact_id: answer.contact_id, verified: answer.verified });
    if (before && before.contact_id !== answer.contact_id) {
      this.onContact({ person: before.verified && answer.verified ? "other" : "same", expected: Boolean(identity) });
    }
    return answer;
  }

  /* Asks with all that we have, then with less: a refused identity leaves a guest, a refused token a new guest. */
  async negotiate({ identity, token }) {
    try {
      return await this.ask({ identity, token });
    } catch (error) {
      if (!isRefusal(error) || !(identity || token)) throw error;
      if (identity) {
        const answer = await this.negotiate({ token });
        if (this.identity === identity) this.identity = null;
        this.onNotice("identity_refused");
        return answer;
      }
      return this.ask({});
    }
  }

  ask({ identity, token }) {
    return this.create({
      site_key: this.siteKey,
      ...(this.locale && { locale: this.locale }),
      ...(identity && { identity }),
      ...(token && { token }),
    });
  }
}

function isRefusal(error) {
  return [400, 401, 403, 422].includes(error.status) && !["origin", "unknown_site"].includes(error.kind);
}

/* Who writes here: the visitor's token, kept and renewed. Knows no conversation.

   A token that ran out is renewed without a word. One that is no longer honoured costs the old conversation, so
   that is told. An identity counts only when the server finds its signature good. */

export class Session {
  /* create(body) → the answer of POST sessions; onContact({identity}) when somebody else writes here from now on. */
  constructor({ siteKey, store, create, locale, onContact, onNotice }) {
    Object.assign(this, { siteKey, store, create, locale, onContact, onNotice });
    this.identity = null;
    this.current = null;
  }

  /* The running session, begun once however many ask. */
  begin() {
    const attempt = (this.current ??= this.establish());
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
  }

  async establish() {
    const before = this.store.get("session");
    const identity = this.identity;
    const answer = await this.negotiate({ identity, token: before?.token });
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
        this.identity = null;
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

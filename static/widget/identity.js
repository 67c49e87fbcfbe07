// Who the customer is: the page's token is exchanged for a session of ours, which is renewed before it ends.
//
// A session that came of a token is kept for this tab and used again only with that very token, so that another
// customer in the same browser never meets it. An anonymous session is this browser's.

import { Store } from "../chat/store.js";

const RENEW_AT = 0.8;

export class Identity {
  #api;
  #bridge;
  #settings;
  #tab = new Store("sessionStorage");
  #browser = new Store("localStorage");
  #key;
  #timer = 0;
  #conversation = null;
  #generation = 0;
  #isAnonymous = false;

  // settings: {widget, locale, auth: "required" | "optional" | "none", onRenew(identified)}
  constructor({ api, bridge, settings }) {
    this.#api = api;
    this.#bridge = bridge;
    this.#settings = settings;
    this.#key = `parley.${settings.widget}.session`;
  }

  // The conversation as it was when the session began.
  get conversation() {
    return this.#conversation;
  }

  // -> {customer, conversation?, ended?, ...}. Rejects with {code}: 2 or 3 from the page, or the API's.
  // `renew` exchanges a token even if the session it gave is kept; an anonymous one has no other, and goes on.
  // A later call, or signing out, makes this one void ("superseded"): an answer that comes late must not put an
  // earlier customer's session in the place of the present one's.
  async signIn({ renew = false } = {}) {
    clearTimeout(this.#timer);
    const generation = ++this.#generation;
    const token = await this.#token();
    const kept = renew && token ? null : this.#kept(token);
    const identified = kept ?? (await this.#exchange(token));
    if (generation !== this.#generation) throw { code: "superseded" };
    if (!kept) this.#keep(identified);
    this.#api.session = identified.session;
    this.#conversation = identified.conversation ?? null;
    this.#isAnonymous = !identified.mark;
    this.#plan(identified);
    if (kept) this.learn();
    return identified;
  }

  // The page has more to tell of a visitor who is here already. Of somebody signed in only the token tells.
  async learn() {
    if (!this.#api.session || !this.#isAnonymous) return;
    const context = await this.#bridge.context();
    if (Object.keys(context).length) await this.#api.patch("session", { context }).catch(() => {});
  }

  // The server no longer takes our session. Another tab may have kept a newer one, which stays.
  drop() {
    if (this.#browser.get(this.#key)?.session === this.#api.session) this.#browser.remove(this.#key);
  }

  async signOut() {
    clearTimeout(this.#timer);
    this.#generation += 1;
    this.#conversation = null;
    this.#tab.remove(this.#key);
    this.#browser.remove(this.#key);
    if (!this.#api.session) return;
    const isRevoked = this.#api.delete("session").catch(() => {});
    // Not when it is answered: somebody else may have signed in by then.
    this.#api.session = null;
    await isRevoked;
  }

  async #token() {
    if (this.#settings.auth === "none") return null;
    try {
      return await this.#bridge.token();
    } catch (error) {
      if (error.code === 3 && this.#settings.auth === "optional") return null;
      throw error;
    }
  }

  #kept(token) {
    const kept = (token ? this.#tab : this.#browser).get(this.#key);
    if (!kept?.session || kept.mark !== mark(token)) return null;
    return !token || kept.expires > Date.now() + 60_000 ? kept : null;
  }

  async #exchange(token) {
    const { widget, locale } = this.#settings;
    const context = token ? {} : await this.#bridge.context();
    const answer = await this.#api.post(`widgets/${widget}/sessions`, { token, locale, context }, null);
    const lifetime = Date.parse(answer.expires_at) - answer.server_time;
    return { ...answer, mark: mark(token), lifetime, expires: Date.now() + lifetime };
  }

  #keep({ session, customer, expires, lifetime, conversation, mark: isBound }) {
    const kept = { session, customer, expires, lifetime, conversation, mark: isBound };
    (isBound ? this.#tab : this.#browser).set(this.#key, kept);
  }

  // Anonymous sessions slide along with their use; the others need a fresh token.
  #plan({ mark: isBound, lifetime, expires }) {
    clearTimeout(this.#timer);
    if (!isBound) return;
    const due = expires - lifetime * (1 - RENEW_AT) - Date.now();
    this.#timer = setTimeout(() => this.#renew(), Math.max(1_000, due));
  }

  async #renew() {
    try {
      this.#settings.onRenew(await this.signIn({ renew: true }));
    } catch {
      // The session goes on to its end; then the connection asks again and says what is wrong.
    }
  }
}

// Enough of a token's signature to know it again, and too little to use.
function mark(token) {
  return token ? token.slice(-16) : null;
}

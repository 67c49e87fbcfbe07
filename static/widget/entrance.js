// The way in: signs the customer in, says why where that is refused, and tries again where it may help.

import { Panel } from "./panel.js";

const FIRST_WAIT = 2_000;
const LONGEST_WAIT = 60_000;

export class Entrance {
  #host;
  #identity;
  #panel;
  #attempt = 0;
  #isBusy = false;
  #failures = 0;
  #timer = 0;
  #isProven = true;

  // host: {part, text, tell(event, detail), isOpen(), hasChat(), onWelcome(identified), onNobody(): nobody is signed in
  //        any more, onSettled(): it is known whether somebody is}
  constructor({ host, identity }) {
    this.#host = host;
    this.#identity = identity;
    const { part, text } = host;
    this.#panel = new Panel({ part, text, onRetry: () => this.signIn({ renew: true }) });
  }

  get isBusy() {
    return this.#isBusy;
  }

  // What keeps the customer out is said in the place of the chat.
  get isBarred() {
    return this.#panel.isShown;
  }

  // A later attempt makes an earlier one void: the page may have changed its mind about who is there.
  async signIn(options) {
    clearTimeout(this.#timer);
    const attempt = ++this.#attempt;
    this.#isBusy = true;
    if (!this.#host.hasChat()) {
      this.#panel.hide();
      this.#host.part("skeleton").hidden = false;
    }
    try {
      const identified = await this.#identity.signIn(options);
      if (attempt === this.#attempt) this.letIn(identified);
    } catch (error) {
      if (attempt === this.#attempt) this.#refused(error.code ? error : { code: "server_error" });
    } finally {
      if (attempt === this.#attempt) {
        this.#isBusy = false;
        this.#host.onSettled();
      }
    }
  }

  letIn(identified) {
    this.#failures = 0;
    this.#panel.hide();
    this.#host.onWelcome(identified);
  }

  async signOut() {
    this.#attempt += 1;
    this.#isBusy = false;
    this.#host.onNobody();
    if (this.#host.isOpen()) this.#panel.show("signed_out");
    await this.#identity.signOut();
  }

  // The session serves.
  proven() {
    this.#isProven = true;
  }

  // A session that has served is exchanged for a new one, once; one that never did will not be better the next time.
  turnedAway(code) {
    if (this.#isBusy) return;
    if (code === 4401) this.#identity.drop();
    if (code !== 4401) this.#refused({ code: "forbidden" });
    else if (!this.#isProven) this.#refused({ code: "session_expired" });
    else this.signIn({ renew: true });
    this.#isProven = false;
  }

  // Failures stay unsaid until the customer opens the chat.
  #refused({ code }) {
    if (!this.#host.isOpen() && !this.#host.hasChat()) return;
    const { title, error, passes } = this.#panel.show(code);
    if (!passes) this.#host.onNobody(); // nothing of the last customer stays in view
    if (error) this.#host.tell("lcw:error", { errorCode: error, errorDescription: title });
    if (!passes) return;
    const pause = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#failures++);
    this.#timer = setTimeout(() => this.signIn({ renew: true }), pause * (0.5 + Math.random()));
  }
}

// Typed and not sent: one draft for each conversation, kept over reloads, dropped after 30 days.

import { Store } from "../chat/store.js";

const KEEP = 30 * 24 * 3600 * 1000;

export class Drafts {
  #prefix;
  #store = new Store();

  constructor(agent) {
    this.#prefix = `parley.desk.${agent}.draft.`;
    for (const key of this.#store.keys(this.#prefix)) {
      if (!(Date.now() - this.#store.get(key)?.at < KEEP)) this.#store.remove(key);
    }
  }

  get(conversation) {
    return this.#store.get(this.#prefix + conversation) ?? { body: "", mode: "reply" };
  }

  set(conversation, { body, mode }) {
    const key = this.#prefix + conversation;
    if (body.trim()) this.#store.set(key, { body, mode, at: Date.now() });
    else this.#store.remove(key);
  }
}

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

  // Only what is new is written: another tab, which follows, would write it back.
  set(conversation, { body, mode }) {
    const key = this.#prefix + conversation;
    const kept = this.get(conversation);
    if (kept.body === body && (kept.mode === mode || !body)) return;
    if (body.trim()) this.#store.set(key, { body, mode, at: Date.now() });
    else this.#store.remove(key);
  }

  // Calls `told(conversation, draft)` when another tab has written.
  follow(told) {
    window.addEventListener("storage", ({ key }) => {
      if (!key?.startsWith(this.#prefix)) return;
      const conversation = key.slice(this.#prefix.length);
      told(conversation, this.get(conversation));
    });
  }
}

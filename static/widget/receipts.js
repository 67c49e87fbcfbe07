// How far the customer has read: the badge while the chat is closed, and what the server is told.

import { Store } from "../chat/store.js";

export class Receipts {
  #store = new Store();
  #key;
  #conversation = null;
  #seen = 0;
  #told = 0;

  constructor({ key }) {
    this.#key = key;
  }

  // Begins with what the server or this browser remembers, else with the customer's own last message: they had read
  // what came before they wrote it.
  begin(conversation, messages) {
    const id = conversation?.id ?? null;
    if (id === this.#conversation) return;
    const kept = this.#store.get(this.#key);
    const lastOwn = messages.findLast((message) => message.author.kind === "customer");
    const known = [kept?.conversation === id ? kept.seq : 0, conversation?.read_seq ?? 0, lastOwn?.seq ?? 0];
    this.#conversation = id;
    this.#seen = Math.max(...known);
    this.#told = 0;
  }

  // What is unread of a conversation that is known by its number of messages alone.
  unreadOf({ id, latest_seq: latest }) {
    const kept = this.#store.get(this.#key);
    return kept?.conversation === id ? Math.max(0, latest - kept.seq) : 0;
  }

  unread(messages) {
    return messages.filter(({ author, seq }) => author.kind === "agent" && seq > this.#seen).length;
  }

  // True when the server has to be told.
  advance(seq) {
    this.#reach(seq);
    if (seq <= this.#told) return false;
    this.#told = seq;
    return true;
  }

  // How far the server has been told, or is about to be.
  get told() {
    return { conversation: this.#conversation, seq: this.#told };
  }

  // Another tab has read further.
  heard(seq) {
    this.#told = Math.max(this.#told, seq);
    this.#reach(seq);
  }

  // The connection was lost: what was told may not have arrived.
  untold() {
    this.#told = 0;
  }

  #reach(seq) {
    if (seq <= this.#seen) return;
    this.#seen = seq;
    this.#store.set(this.#key, { conversation: this.#conversation, seq });
  }
}

// Tells customers that what they wrote is at their agent's desk, though it may not be read yet: once a second at most,
// and only of the newest.

import { atMostEvery } from "../chat/pace.js";

const PAUSE = 1_000;

export class Arrivals {
  #socket;
  #newest = new Map();

  constructor(socket) {
    this.#socket = socket;
  }

  add(conversation, { seq, author }) {
    if (author.kind !== "customer" || !seq) return;
    this.#newest.set(conversation, Math.max(seq, this.#newest.get(conversation) ?? 0));
    this.#tell();
  }

  #tell = atMostEvery(PAUSE, () => {
    for (const [conversation, seq] of this.#newest) this.#socket.send({ type: "received", conversation, seq });
    this.#newest.clear();
  });
}

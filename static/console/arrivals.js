// Tells customers that what they wrote is at their agent's desk, though it may not be read yet: only of the newest, and
// of a few conversations a second. The server turns away who sends much more.

import { atMostEvery } from "../chat/pace.js";

const PAUSE = 1_000;
const AT_ONCE = 10;

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
    for (const [conversation, seq] of [...this.#newest].slice(0, AT_ONCE)) {
      this.#socket.send({ type: "received", conversation, seq });
      this.#newest.delete(conversation);
    }
    if (this.#newest.size) this.#tell();
  });
}

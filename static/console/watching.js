// A supervisor's eyes on a colleague's conversation: while it is on the page, and no longer, its frames come here.

export class Watching {
  #socket;
  #watched = null;

  constructor(socket) {
    this.#socket = socket;
  }

  // `conversation` is what is read along now, or null.
  look(conversation) {
    if (conversation === this.#watched) return;
    if (this.#watched) this.#socket.send({ type: "unwatch", conversation: this.#watched });
    this.#watched = conversation;
    this.again();
  }

  // A new connection has forgotten.
  again() {
    if (this.#watched) this.#socket.send({ type: "watch", conversation: this.#watched });
  }
}

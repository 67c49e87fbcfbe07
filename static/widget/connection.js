// The connection of one chat: made when it is first wanted, and renewed with the session. Where none can be had, it says so.

import { Socket } from "../chat/socket.js";

// Most connections are back at the next try.
const PATIENCE = 2;

export class Connection {
  #api;
  #handlers;
  #socket = null;
  #losses = 0;

  // handlers: {hello() -> frame, onFrame(frame), onState(state, code), onOnline(), onLost(), onDespair(): the conversation
  //            must go on without}
  constructor({ api, handlers }) {
    this.#api = api;
    this.#handlers = handlers;
  }

  get isWanted() {
    return Boolean(this.#socket);
  }

  get state() {
    return this.#socket?.state;
  }

  open() {
    const { hello, onFrame } = this.#handlers;
    this.#socket ??= new Socket({ url: "/ws/customer/", hello, onFrame, onState: (state, code) => this.#entered(state, code) });
  }

  // The session was exchanged for a fresh one.
  renew() {
    if (this.state !== "online") {
      this.#socket?.reconnectNow();
      return;
    }
    const renewal = { type: "session.renew", session: this.#api.session };
    this.request(renewal).catch(() => this.#socket.reconnectNow());
  }

  close() {
    this.#socket?.close();
  }

  // These two say whether it could be done; a request is rejected where it could not.
  send(frame) {
    return Boolean(this.#socket?.send(frame));
  }

  resync() {
    return Boolean(this.#socket?.resync());
  }

  request(frame) {
    return this.#socket?.request(frame) ?? Promise.reject({ code: "offline" });
  }

  #entered(state, code) {
    const { onState, onOnline, onLost, onDespair } = this.#handlers;
    onState(state, code);
    if (state === "online") {
      this.#losses = 0;
      onOnline();
      return;
    }
    onLost();
    if (state === "offline" && ++this.#losses > PATIENCE) onDespair();
  }
}

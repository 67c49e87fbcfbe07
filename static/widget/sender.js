// What the customer writes, from the first letter until the server has it.

import { Outbox } from "../chat/outbox.js";
import { Composer } from "./composer.js";

export class Sender {
  #composer;
  #outbox;
  #handlers;

  // handlers: {target() -> id of the conversation a message must go to, or null; deliver(entry) -> Promise;
  //            onTyping(), onPending(entries), onGivenBack()}
  constructor({ part, text, key, handlers }) {
    this.#handlers = handlers;
    this.#composer = new Composer({
      part,
      text,
      draftKey: `${key}.draft`,
      handlers: { onSend: (body) => this.#write(body), onTyping: handlers.onTyping },
    });
    this.#outbox = new Outbox({
      key: `${key}.outbox`,
      send: handlers.deliver,
      onChange: (entries) => this.#changed(entries),
    });
  }

  get hasUnsent() {
    return this.#outbox.entries.length > 0;
  }

  get isDrafting() {
    return !this.#composer.isEmpty;
  }

  focus() {
    this.#composer.focus();
  }

  kick() {
    this.#outbox.kick();
  }

  retry(clientId) {
    this.#outbox.retry(clientId);
  }

  discard(clientId) {
    this.#outbox.discard(clientId);
  }

  settle(clientId) {
    this.#outbox.settle(clientId);
  }

  close() {
    this.#outbox.close();
    this.#composer.close();
  }

  #write(body) {
    const conversation = this.#handlers.target();
    this.#outbox.add(conversation ? { body, conversation } : { body });
  }

  // Text that an ended conversation will not take goes back to its writer, all of it and in order.
  #changed(entries) {
    if (entries.some((entry) => entry.error === "conversation_ended")) {
      queueMicrotask(() => this.#giveBack());
    }
    this.#handlers.onPending(entries);
  }

  #giveBack() {
    const unsent = this.#outbox.entries.filter((entry) => entry.conversation);
    if (!unsent.length) return;
    for (const { client_id: id } of unsent) this.#outbox.discard(id);
    this.#composer.giveBack(unsent.map((entry) => entry.body));
    this.#handlers.onGivenBack();
  }
}

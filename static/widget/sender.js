// What the customer writes, from the first letter until the server has it.

import { Outbox } from "../chat/outbox.js";
import { Composer } from "./composer.js";

export class Sender {
  #composer;
  #outbox;
  #handlers;

  // handlers: {goesWith() -> {conversation} it must go to, or {prechat} it begins one with, or {}; null: not yet;
  //            deliver(entry) -> Promise; onTyping(), onPending(entries), onGivenBack()}
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
    const company = this.#handlers.goesWith();
    if (company) this.#outbox.add({ body, ...company });
    return Boolean(company);
  }

  // Text that nobody will take as it is goes back to its writer, all of it and in order: what was meant for a conversation
  // that has ended, or what was to begin one without the answers it needs.
  #changed(entries) {
    const refused = entries.find(isRefused);
    if (refused) queueMicrotask(() => this.#giveBack(Boolean(refused.conversation)));
    this.#handlers.onPending(entries);
  }

  #giveBack(isForOne) {
    const unsent = this.#outbox.entries.filter((entry) => Boolean(entry.conversation) === isForOne);
    if (!unsent.length) return;
    for (const { client_id: id } of unsent) this.#outbox.discard(id);
    this.#composer.giveBack(unsent.map((entry) => entry.body));
    this.#handlers.onGivenBack();
  }
}

function isRefused({ error, prechat }) {
  return error === "conversation_ended" || error === "prechat_required" || (error === "invalid" && Boolean(prechat));
}

// What the customer writes, from the first letter until the server has it.

import { Outbox } from "../chat/outbox.js";
import { Composer } from "./composer.js";

export class Sender {
  #composer;
  #outbox;
  #extras;
  #handlers;

  // handlers: {goesWith() -> {conversation} it must go to, or {prechat} it begins one with, or {}; null: not yet;
  //            deliver(entry) -> Promise; onTyping(), onPending(entries), onGivenBack()}
  constructor({ part, text, extras, key, handlers }) {
    this.#handlers = handlers;
    this.#extras = extras;
    this.#composer = new Composer({
      part,
      text,
      draftKey: `${key}.draft`,
      extras,
      handlers: { onSend: (body) => this.#write(body), onTyping: handlers.onTyping },
    });
    this.#outbox = new Outbox({
      key: `${key}.outbox`,
      send: (entry) => this.#send(entry),
      onChange: (entries) => this.#changed(entries),
    });
  }

  get hasUnsent() {
    return this.#outbox.entries.length > 0;
  }

  get isDrafting() {
    return !this.#composer.isEmpty || this.#extras.hasFiles;
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
    const { files } = this.#outbox.entries.find(({ client_id: id }) => id === clientId) ?? {};
    this.#outbox.discard(clientId);
    if (files) this.#extras.cancel(files);
  }

  settle(clientId) {
    this.#outbox.settle(clientId);
  }

  close() {
    this.#outbox.close();
    this.#composer.close();
  }

  // Others than before are to go with the next message.
  filesChanged() {
    this.#composer.draw();
  }

  #write(body) {
    const company = this.#handlers.goesWith();
    if (company) this.#outbox.add({ body, ...this.#extras.take(), ...company });
    return Boolean(company);
  }

  // Whatever waits behind it waits for its files, too: the order stays.
  async #send(entry) {
    const { client_id: id, files } = entry;
    if (!files) return this.#handlers.deliver(entry);
    const attachments = await this.#extras.ready(files);
    this.#outbox.amend(id, { files: files.map((file, place) => ({ ...file, upload: attachments[place] })) });
    return this.#handlers.deliver({ ...entry, attachments });
  }

  // Text that nobody will take as it is goes back to its writer, all of it and in order: what was meant for a conversation
  // that has ended, or what was to begin one without the answers it needs.
  #changed(entries) {
    const refused = entries.find(isRefused);
    if (refused) queueMicrotask(() => this.#giveBack(({ conversation }) => Boolean(conversation) === Boolean(refused.conversation)));
    const lost = entries.find(isLost);
    if (lost) queueMicrotask(() => this.#giveBack((entry) => entry.client_id === lost.client_id));
    this.#handlers.onPending(entries);
  }

  #giveBack(isMeant) {
    const unsent = this.#outbox.entries.filter(isMeant);
    if (!unsent.length) return;
    for (const { client_id: id } of unsent) this.#outbox.discard(id);
    this.#composer.giveBack(unsent.map((entry) => entry.body));
    this.#extras.giveBack(unsent.flatMap(({ files = [] }) => files));
    this.#handlers.onGivenBack();
  }
}

function isRefused({ error, prechat }) {
  return error === "conversation_ended" || error === "prechat_required" || (error === "invalid" && Boolean(prechat));
}

// A file that will never arrive: refused, or gone with the page that held it, or not known any more.
function isLost({ error, files }) {
  return Boolean(files) && (error === "file_lost" || error === "invalid");
}

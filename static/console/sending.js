// What this agent has written and the server has not stored yet: on its way in order, with its files.
//
//   new Sending({me, enclosures, socket, onChange(), onStored(conversation, message), onRefused(conversation, error)})

import { Outbox } from "../chat/outbox.js";

export class Sending {
  outbox;
  // Why the server refused a message, by client_id.
  reasons = new Map();
  #options;

  constructor({ me, onChange, ...options }) {
    this.#options = options;
    this.outbox = new Outbox({ key: `parley.desk.${me}.outbox`, send: (entry) => this.#send(entry), onChange });
  }

  async #send({ client_id, conversation, body, internal, seen_seq, confirm, files }) {
    const { socket, onStored, onRefused } = this.#options;
    const frame = { type: "message.send", client_id, conversation, body, internal, seen_seq };
    if (files) frame.attachments = await this.#uploaded(client_id, files);
    try {
      const answer = await socket.request(confirm ? { ...frame, confirm } : frame);
      onStored(conversation, answer.message);
    } catch (error) {
      if (error.message) this.reasons.set(client_id, error.message);
      onRefused(conversation, error);
      throw error;
    }
  }

  // Whatever waits behind it waits for its files, too: the order stays.
  async #uploaded(clientId, files) {
    const uploads = await this.#options.enclosures.ready(files);
    this.outbox.amend(clientId, { files: files.map((file, place) => ({ ...file, upload: uploads[place] })) });
    return uploads;
  }
}

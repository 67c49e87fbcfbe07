// A customer's files, from choosing them to seeing them in the conversation.

import { drawFiles, followFiles } from "../chat/files.js";
import { Store } from "../chat/store.js";
import { Tray } from "../chat/tray.js";
import { Uploads } from "../chat/uploads.js";

export class Attaching {
  uploads;
  tray;
  #api;
  #texts;

  constructor({ part, api, key, onChange }) {
    this.#api = api;
    this.#texts = part("tray").dataset;
    this.uploads = new Uploads({
      url: "/api/v1/uploads",
      headers: () => ({ Authorization: `Bearer ${api.session}` }),
    });
    // The tray says what it holds as soon as it is made, before anybody can ask it.
    const changed = () => queueMicrotask(onChange);
    this.tray = new Tray({ root: part("tray"), uploads: this.uploads, store: new Store(), key: `${key}.files`, onChange: changed });
  }

  draw(container, attachments) {
    drawFiles(container, attachments, async ({ id }) => (await this.#api.get(`attachments/${id}`)).attachment);
  }

  drawPending(container, files) {
    followFiles(container, files, this.uploads, this.#texts);
  }

  close() {
    this.tray.close();
    this.uploads.close();
  }
}

// What a reply or a note may hold besides its text: files and emoji.

import { chooseFiles } from "../chat/choosing.js";
import { EmojiPicker } from "../chat/emoji.js";
import { drawFiles, followFiles } from "../chat/files.js";
import { KEEP } from "../chat/outbox.js";
import { Store } from "../chat/store.js";
import { Tray } from "../chat/tray.js";
import { Uploads } from "../chat/uploads.js";
import { part } from "./dom.js";

export class Enclosures {
  #key;
  #uploads;

  constructor(agent) {
    this.#key = `parley.desk.${agent}.files.`;
    new Store().forget(this.#key, KEEP);
    this.#uploads = new Uploads({ url: "/api/v1/agent/uploads", headers: () => ({ "X-CSRFToken": csrfToken() }) });
  }

  // The files of one conversation's next message. null: none may be sent there.
  tray({ composer, box, conversation, onChange }) {
    const button = part(composer, "attach");
    if (!button) return null;
    const root = part(composer, "tray");
    const key = this.#key + conversation;
    const tray = new Tray({ root, uploads: this.#uploads, store: new Store(), key, onChange });
    const text = composer.querySelector("textarea");
    chooseFiles({ button, input: part(composer, "file"), text, box, mark: composer, onFiles: (files) => tray.add(files) });
    return tray;
  }

  ready(files) {
    return this.#uploads.ready(files);
  }

  // Those of a message that is still on its way.
  follow(element, files) {
    followFiles(element.querySelector(".files"), files, this.#uploads, document.querySelector("[data-tray]").dataset);
  }
}

export function startPicker(composer) {
  const button = part(composer, "emoji");
  const picker = new EmojiPicker({ button, root: part(composer, "picker"), text: composer.querySelector("textarea") });
  button.onclick = () => picker.toggle();
}

// Their addresses on our own pages stay: the server leads on to where each can be fetched.
export function showFiles(element, attachments = []) {
  const lasting = (file) => ({ ...file, url: `${document.body.dataset.home}files/${file.id}/` });
  drawFiles(element.querySelector(".files"), attachments.map(lasting), async (file) => file);
}

function csrfToken() {
  return document.querySelector("[name=csrfmiddlewaretoken]").value;
}

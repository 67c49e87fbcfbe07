// What a message may hold besides its text: files and emoji. Their modules are loaded when they are first wanted.

import { chooseFiles } from "../chat/choosing.js";
import { Store } from "../chat/store.js";

export class Extras {
  #part;
  #options;
  #loading = null;
  #attaching = null;
  #emoji = null;

  // key: names whose files these are; onChange(): other files than before are to be sent; misses() -> {}: a module cannot
  // be loaded
  constructor({ part, ...options }) {
    this.#part = part;
    this.#options = options;
    part("emoji").onclick = () => (this.#emoji ? this.#emoji.toggle() : this.#pick());
    if (!part("attach")) return;
    const [button, input, text, mark] = ["attach", "file", "text", "composer"].map(part);
    chooseFiles({ button, input, text, mark, box: document.body, onFiles: (files) => this.#add(files) });
    if (new Store().get(`${options.key}.files`)) this.#load();
  }

  get hasFiles() {
    return Boolean(this.#attaching) && !this.#attaching.tray.isEmpty;
  }

  get isBroken() {
    return Boolean(this.#attaching?.tray.isBroken);
  }

  // What goes with the message that is sent now.
  take() {
    return this.hasFiles ? { files: this.#attaching.tray.take() } : {};
  }

  // -> the uploads of these, once they are stored
  async ready(files) {
    return (await this.#load()).uploads.ready(files);
  }

  async giveBack(files) {
    if (files.length) (await this.#load()).tray.giveBack(files);
  }

  async cancel(files) {
    const { uploads } = await this.#load();
    files.forEach(({ key }) => uploads.cancel(key));
  }

  // Into a message of the timeline, or one that is on its way.
  async draw(container, { attachments, files }) {
    // At once where that is possible: what grows later pushes the end out of sight.
    const attaching = this.#attaching ?? (await this.#load());
    if (files) attaching.drawPending(container, files);
    else attaching.draw(container, attachments);
  }

  async close() {
    (await this.#loading?.catch(() => null))?.close();
  }

  async #add(files) {
    const attaching = await this.#load().catch(() => null);
    if (attaching) attaching.tray.add(files);
    else this.#say(this.#part("tray").dataset.textFailed);
  }

  #say(words) {
    const hint = this.#part("hint");
    hint.textContent = words;
    hint.hidden = false;
  }

  #load() {
    this.#loading ??= import("./attaching.js").then(({ Attaching }) => {
      style("files-style");
      this.#attaching = new Attaching({ part: this.#part, ...this.#options });
      return this.#attaching;
    });
    this.#loading.catch(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  async #pick() {
    const { EmojiPicker } = await import("../chat/emoji.js").catch(this.#options.misses);
    if (!EmojiPicker) return;
    style("emoji-style");
    const [button, root, text] = ["emoji", "picker", "text"].map(this.#part);
    this.#emoji ??= new EmojiPicker({ button, root, text });
    this.#emoji.toggle();
  }
}

// The template of a style sheet, until it is needed.
function style(id) {
  const sheet = document.getElementById(id);
  if (!sheet) return;
  document.head.append(sheet.content.cloneNode(true));
  sheet.remove();
}

// Takes a conversation home: saved as a file, or sent by e-mail once it has ended.

import { texts } from "./text.js";

const NAME = /filename="([^"]+)"/;

export class Keeping {
  #part;
  #api;
  #dialog;
  #text;
  #path;

  constructor({ part, api }) {
    this.#part = part;
    this.#api = api;
    this.#dialog = part("keeping");
    this.#text = texts(this.#dialog);
    for (const button of this.#dialog.querySelectorAll("[data-format]")) {
      button.onclick = () => this.#try(() => this.#save(button.dataset.format));
    }
    const mailing = part("mailing");
    if (mailing) mailing.onsubmit = (event) => this.#submitted(event);
  }

  // hasAddress: the site has told the customer's address, and it is sent there
  open({ id }, { hasEnded, hasAddress }) {
    this.#path = `conversations/${id}/transcript`;
    this.#say("");
    if (this.#part("mailing")) {
      this.#part("mailing").hidden = !hasEnded;
      this.#part("mail-later").hidden = hasEnded;
      this.#part("mail-address-row").hidden = hasAddress;
      this.#part("mail-address").disabled = hasAddress;
    }
    this.#dialog.showModal();
  }

  async #save(format) {
    const { body, headers } = await this.#api.file(`${this.#path}?format=${format}&zone=${encodeURIComponent(zone())}`);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(body);
    link.download = NAME.exec(headers.get("Content-Disposition"))?.[1] ?? "";
    link.click();
    URL.revokeObjectURL(link.href);
  }

  #submitted(event) {
    event.preventDefault();
    this.#try(() => this.#send());
  }

  async #send() {
    const field = this.#part("mail-address");
    await this.#api.post(this.#path, { email: field.disabled ? "" : field.value, zone: zone() });
    this.#part("mailing").hidden = true;
    this.#say(this.#text("done"));
  }

  async #try(act) {
    this.#say("");
    try {
      await act();
    } catch ({ message }) {
      this.#say(message || this.#text("failed"), true);
    }
  }

  #say(words, isBad = false) {
    const line = this.#part("keeping-said");
    line.textContent = words;
    line.toggleAttribute("data-bad", isBad);
  }
}

// Where the browser tells none, the server's own will do.
function zone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
}

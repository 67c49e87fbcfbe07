// Takes a conversation home: saved as a file, or sent by e-mail once it has ended.

import { texts } from "./text.js";

const NAME = /filename="([^"]+)"/;

export class Keeping {
  #part;
  #api;
  #dialog;
  #text;
  #id;
  #sent;

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

  open(facts) {
    this.#say("");
    this.show(facts);
    this.#dialog.showModal();
  }

  // What stands in it follows the conversation, while it is open too.
  // hasAddress: the site has told the customer's address, and it is sent there
  show({ conversation, hasEnded, hasAddress }) {
    this.#id = conversation?.id;
    if (!conversation) this.#leave();
    else if (this.#part("mailing")) this.#offerMail({ hasEnded, hasAddress });
  }

  // The next customer must not see whose address was typed here.
  #leave() {
    this.#dialog.close();
    this.#part("mailing")?.reset();
  }

  // Where customers sign in they type no address: it is their account's, or there is none.
  #offerMail({ hasEnded, hasAddress }) {
    const field = this.#part("mail-address");
    const isPossible = hasAddress || Boolean(field);
    this.#part("mailing").hidden = !isPossible || !hasEnded || this.#sent === this.#id;
    this.#part("mail-later").hidden = !isPossible || hasEnded;
    if (!field) return;
    field.disabled = hasAddress;
    field.parentElement.hidden = hasAddress;
  }

  get #path() {
    return `conversations/${this.#id}/transcript`;
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
    if (this.#isAddressed()) this.#try(() => this.#send());
  }

  // Said by us: the browser would say it in its own language.
  #isAddressed() {
    const field = this.#part("mail-address");
    const isGood = !field?.willValidate || field.validity.valid;
    field?.setAttribute("aria-invalid", !isGood);
    if (isGood) return true;
    this.#say(this.#text("address"), true);
    field.focus();
    return false;
  }

  async #send() {
    const field = this.#part("mail-address");
    const id = this.#id;
    await this.#api.post(this.#path, { email: !field || field.disabled ? "" : field.value, zone: zone() });
    this.#sent = id;
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

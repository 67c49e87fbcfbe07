// Signing out with active work asks what becomes of it. What cannot wait (a live chat) goes back to its queue.

import { ask } from "./dialogs.js";

export class SignOut {
  #options;
  #isDecided = false;

  // options: {form, active() -> conversations, request(frame) -> Promise, onTrouble(error), onLeaving()}
  constructor(options) {
    this.#options = options;
    options.form.addEventListener("submit", (event) => this.#leaving(event));
  }

  async #leaving(event) {
    const active = this.#options.active();
    if (this.#isDecided || !active.length) {
      this.#options.onLeaving();
      return;
    }
    event.preventDefault();
    const answer = await ask("signout", { quote: active.map((one) => one.customer.name).join(", ") });
    if (answer !== "park" && answer !== "requeue") return;
    try {
      await Promise.all(active.map((conversation) => this.#handOver(conversation, answer)));
    } catch (error) {
      this.#options.onTrouble(error);
      return;
    }
    this.#isDecided = true;
    this.#options.form.requestSubmit();
  }

  #handOver({ id, mode, read_seq: seen_seq }, answer) {
    const parks = answer === "park" && mode === "persistent";
    const verb = parks ? { type: "conversation.park", seen_seq } : { type: "conversation.requeue" };
    return this.#options.request({ ...verb, conversation: id });
  }
}

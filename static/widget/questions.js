// What a widget asks before a chat: one form above the composer, answered together with the first message.

import { Store } from "../chat/store.js";
import { answersOf, areComplete, fieldsOf, unmark } from "./fields.js";

export class Questions {
  #form;
  #fields;
  #refused;
  #box;
  #key;
  #store = new Store();

  // key: where unsent answers are kept; names whose they are
  constructor({ part, key }) {
    this.#form = part("questions");
    this.#refused = part("questions-refused");
    this.#box = part("text");
    this.#fields = fieldsOf(this.#form);
    this.#key = key;
    const { answers = {}, refusal = "" } = this.#store.get(key) ?? {};
    for (const field of this.#fields) field.put(answers[field.name]);
    this.refuse(refusal);
    this.#form.oninput = () => this.#changed();
    // Enter in a line of the form sends the message.
    this.#form.onsubmit = (event) => {
      event.preventDefault();
      part("composer").requestSubmit();
    };
  }

  get isShown() {
    return !this.#form.hidden;
  }

  show(isShown) {
    const isNew = isShown && !this.isShown;
    this.#form.hidden = !isShown;
    if (isNew && this.#isIdle()) this.focus();
  }

  focus() {
    (this.#fields.find((field) => field.isMissing()) ?? this.#fields[0]).focus();
  }

  // Another customer must not see them; they stay stored.
  close() {
    this.show(false);
    this.#form.oninput = this.#form.onsubmit = null;
    this.#empty();
  }

  // The conversation has begun.
  clear() {
    this.#store.remove(this.#key);
    this.#empty();
  }

  // By question; null while a required one is missing, which is shown.
  complete() {
    return areComplete(this.#fields) ? answersOf(this.#fields) : null;
  }

  // What the server has to say against the answers.
  refuse(message) {
    this.#refused.textContent = message;
  }

  // The customer is at the empty message box, where opening the chat has put them.
  #isIdle() {
    return document.activeElement === this.#box && !this.#box.value;
  }

  #changed() {
    this.refuse("");
    unmark(this.#fields);
    this.#store.set(this.#key, { answers: answersOf(this.#fields), created_at: Date.now() });
  }

  #empty() {
    this.refuse("");
    this.#form.reset();
    for (const field of this.#fields) field.mark(false);
  }
}

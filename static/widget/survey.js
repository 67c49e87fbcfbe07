// What the customer thinks of a chat that has ended: asked once, where the widget asks.

import { storable } from "./text.js";

export class Survey {
  #form;
  #problem;
  #thanks;
  #text;
  #rate;
  #asked = null;
  #rated = null;

  // rate(conversation, {rating, comment}) -> Promise
  constructor({ part, text, rate }) {
    this.#form = part("survey");
    this.#problem = part("survey-problem");
    this.#thanks = part("thanks");
    this.#text = text;
    this.#rate = rate;
    this.#form.oninput = () => this.#say("");
    this.#form.onsubmit = (event) => this.#submitted(event);
  }

  // conversation: the ended one, or null
  show(conversation) {
    const id = conversation?.id ?? null;
    if (id !== this.#asked) this.#form.reset();
    this.#asked = id;
    const isShown = Boolean(conversation?.survey_due) && id !== this.#rated;
    const isNew = isShown && this.#form.hidden;
    this.#form.hidden = !isShown;
    if (isNew) this.#form.scrollIntoView({ block: "end" });
    this.#thanks.textContent = id && id === this.#rated ? this.#text("thanks") : "";
  }

  async #submitted(event) {
    event.preventDefault();
    const id = this.#asked;
    const rating = Number(this.#form.elements.rating.value);
    if (!rating) {
      this.#say(this.#text("rate-first"));
      this.#form.elements.rating[0].focus();
      return;
    }
    try {
      await this.#rate(id, { rating, comment: storable(this.#form.elements.comment.value) });
      this.#rated = id;
      this.show({ id });
      this.#thanks.focus();
    } catch {
      this.#say(this.#text("not-rated"));
    }
  }

  #say(problem) {
    this.#problem.textContent = problem;
  }
}

// What the customer thinks of a chat that has ended: asked where the widget asks, until they have said it or do not want to.

import { storable } from "./text.js";

export class Survey {
  #form;
  #problem;
  #thanks;
  #text;
  #rate;
  #asked = null;
  #rated = null;

  // rate(conversation, {rating, comment}; null: not at all) -> Promise
  constructor({ part, text, rate }) {
    this.#form = part("survey");
    this.#problem = part("survey-problem");
    this.#thanks = part("thanks");
    this.#text = text;
    this.#rate = rate;
    this.#form.oninput = () => this.#say("");
    this.#form.onsubmit = (event) => this.#submitted(event);
    part("unrated").onclick = () => this.#give(null);
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

  #submitted(event) {
    event.preventDefault();
    const rating = Number(this.#form.elements.rating.value);
    if (!rating) {
      this.#say(this.#text("rate-first"));
      this.#form.elements.rating[0].focus();
      return;
    }
    this.#give({ rating, comment: storable(this.#form.elements.comment.value) });
  }

  async #give(answer) {
    const id = this.#asked;
    try {
      await this.#rate(id, answer);
      if (!answer) return;
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

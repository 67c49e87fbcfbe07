// What the customer thinks of a chat that has ended: asked where the widget asks, until they have said it or do not want to.

import { Store } from "../chat/store.js";
import { answersOf, areComplete, fieldsOf, unmark } from "./fields.js";

export class Survey {
  #form;
  #fields;
  #problem;
  #thanks;
  #text;
  #key;
  #rate;
  #beginAnew;
  #store = new Store();
  #asked = null;
  #rated = null;

  // key: where an answer that is not sent yet is kept; rate(conversation, {rating, comment, answers}; null: not at all)
  // -> Promise; beginAnew(): the questions are not what is asked now
  constructor({ part, text, key, rate, beginAnew }) {
    this.#form = part("survey");
    this.#fields = fieldsOf(this.#form);
    this.#problem = part("survey-problem");
    this.#thanks = part("thanks");
    this.#text = text;
    this.#key = key;
    this.#rate = rate;
    this.#beginAnew = beginAnew;
    this.#form.oninput = () => this.#changed();
    this.#form.onsubmit = (event) => this.#submitted(event);
    part("unrated").onclick = () => this.#give(null);
  }

  // conversation: the ended one, or null
  show(conversation) {
    const id = conversation?.id ?? null;
    const isShown = Boolean(conversation?.survey_due) && id !== this.#rated;
    const isNew = isShown && this.#form.hidden;
    this.#form.hidden = !isShown;
    if (id !== this.#asked) this.#begin(id);
    if (isNew) this.reveal();
    this.#thanks.textContent = id && id === this.#rated ? this.#text("thanks") : "";
  }

  // From its beginning, where there is more of it than can be seen at once.
  reveal() {
    const isHigh = this.#form.offsetHeight > this.#form.parentElement.clientHeight;
    this.#form.scrollIntoView({ block: isHigh ? "start" : "end" });
  }

  // With what was typed before a reload, and why it was not taken.
  #begin(id) {
    this.#asked = id;
    this.#form.reset();
    for (const field of this.#fields) field.mark(false);
    const kept = this.#store.get(this.#key);
    const { rating, comment, answers = {}, refusal = "" } = kept?.conversation === id ? kept : {};
    this.#own.rating.put(String(rating));
    this.#own.comment.put(comment);
    for (const field of this.#questions) field.put(answers[field.name]);
    this.#say(refusal);
    if (refusal) this.#questions.find((field) => !field.answer())?.focus();
  }

  get #own() {
    return { rating: this.#fields[0], comment: this.#fields.at(-1) };
  }

  // The widget's, between ours.
  get #questions() {
    return this.#fields.slice(1, -1);
  }

  #answer() {
    const { rating, comment } = this.#own;
    return { rating: Number(rating.answer()), comment: comment.answer(), answers: answersOf(this.#questions) };
  }

  #changed() {
    this.#say("");
    unmark(this.#fields);
    this.#keep();
  }

  #keep(refusal) {
    this.#store.set(this.#key, { conversation: this.#asked, ...this.#answer(), refusal, created_at: Date.now() });
  }

  #submitted(event) {
    event.preventDefault();
    if (areComplete(this.#fields)) this.#give(this.#answer());
  }

  async #give(answer) {
    const id = this.#asked;
    try {
      await this.#rate(id, answer);
      this.#store.remove(this.#key);
      if (answer) this.#thank(id);
    } catch (error) {
      if (id === this.#asked) this.#refused(error);
    }
  }

  // Whoever has begun a new chat meanwhile is left alone.
  #thank(id) {
    this.#rated = id;
    if (id !== this.#asked) return;
    this.show({ id });
    this.#thanks.focus();
  }

  // The form would not have let go what does not answer it: other questions are asked now.
  #refused({ question, message }) {
    if (question) {
      this.#keep(message);
      this.#beginAnew();
    } else {
      this.#say(this.#text("not-rated"));
    }
  }

  #say(problem) {
    this.#problem.textContent = problem;
  }
}

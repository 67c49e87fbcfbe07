// What is asked before a chat and after it. Either part is loaded when it is first needed.

import { Store } from "../chat/store.js";

export class Asking {
  #part;
  #text;
  #key;
  #rate;
  #beginAnew;
  #misses;
  #isDue = false;
  #isOnItsWay = false;
  #conversation = null;
  #questions = null;
  #survey = null;
  #isClosed = false;
  isOutdated = false;

  // key: names whose answers these are; rate(conversation, answer) -> Promise; beginAnew(): with the survey as it is now;
  // misses() -> {}: a module cannot be loaded
  constructor({ part, text, key, rate, beginAnew, misses }) {
    this.#part = part;
    this.#text = text;
    this.#key = `${key}.answers`;
    this.#rate = rate;
    this.#beginAnew = beginAnew;
    this.#misses = misses;
  }

  // Whether a conversation that begins now is preceded by questions: only the server knows.
  due(isDue) {
    this.#isDue = isDue && Boolean(this.#part("questions"));
    this.#drawQuestions();
  }

  // What waits to be sent carries the answers: until it is refused, nothing is asked again.
  pending(entries) {
    this.#isOnItsWay = entries.some((entry) => entry.prechat);
    this.#drawQuestions();
  }

  show(conversation, hasEnded) {
    this.#conversation = conversation;
    if (conversation && !hasEnded) {
      this.#isDue = false;
      this.#questions?.clear();
    }
    this.#drawQuestions();
    this.#drawSurvey(hasEnded ? conversation : null);
  }

  // What goes with the first message: {} where nothing is asked, null while something is missing.
  answers() {
    if (!this.#isAsked) return {};
    if (!this.#questions) this.#drawQuestions();
    const prechat = this.#questions?.complete();
    return prechat ? { prechat } : null;
  }

  // The server has refused a start for its answers, or for the want of them. The form would not have let them go: it is
  // not what is asked now. What the server says stands in the next one.
  refused({ question, message }) {
    if (!question) return;
    this.isOutdated = true;
    const store = new Store();
    store.set(this.#key, { ...store.get(this.#key), refusal: message, created_at: Date.now() });
  }

  // The customer comes to the end of the conversation, and what is asked there.
  reveal() {
    this.#survey?.reveal();
  }

  // True when there is something to answer first.
  focus() {
    if (!this.#questions?.isShown) return false;
    this.#questions.focus();
    return true;
  }

  close() {
    this.#isClosed = true;
    this.#questions?.close();
    this.#survey?.show(null);
  }

  get #isAsked() {
    return this.#isDue && !this.#conversation && !this.#isOnItsWay && !this.#isClosed;
  }

  #drawQuestions() {
    if (this.#isAsked && !this.#questions) this.#loadQuestions();
    else this.#questions?.show(this.#isAsked);
  }

  async #loadQuestions() {
    const { Questions } = await import("./questions.js").catch(this.#misses);
    if (!Questions || this.#questions || this.#isClosed) return;
    this.#questions = new Questions({ part: this.#part, key: this.#key });
    this.#drawQuestions();
  }

  async #drawSurvey(ended) {
    if (!this.#survey && ended?.survey_due && this.#part("survey")) {
      const { Survey } = await import("./survey.js").catch(this.#misses);
      if (!Survey || this.#isClosed) return;
      const key = `${this.#key}.survey`;
      this.#survey ??= new Survey({ part: this.#part, text: this.#text, key, rate: this.#rate, beginAnew: this.#beginAnew });
      if (this.#conversation?.id !== ended.id) return;
    }
    this.#survey?.show(ended);
  }
}

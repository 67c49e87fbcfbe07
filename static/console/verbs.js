// The buttons of the conversation's bar: ask where asking is due, send the verb, explain a refusal.

import { ask } from "./dialogs.js";
import { text } from "./dom.js";

const FRAMES = {
  pick: "conversation.pick",
  resume: "conversation.resume",
  park: "conversation.park",
  requeue: "conversation.requeue",
  end: "conversation.end",
  close: "conversation.close",
  assign: "conversation.assign",
};
const CAREFUL = new Set(["park", "end"]);

export class Verbs {
  #socket;
  #notices;
  #me;
  #isBusy = false;

  constructor({ socket, notices, me }) {
    this.#socket = socket;
    this.#notices = notices;
    this.#me = me;
  }

  // `button` is a [data-verb] of the bar, `talk` the conversation on the page.
  // A second press, of a double click, is none.
  async press(button, talk) {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      const verb = await this.#question(button, talk);
      if (verb) await this.#send(verb, talk);
    } finally {
      this.#isBusy = false;
    }
  }

  // The verb to send, or null when the agent thinks better of it.
  async #question({ dataset }, talk) {
    const isAsked = dataset.ask && (dataset.verb !== "park" || talk.isUnanswered);
    if (!isAsked) return dataset.verb;
    const answer = await ask(dataset.ask);
    return answer in FRAMES ? answer : null;
  }

  async #send(verb, talk) {
    const seen = CAREFUL.has(verb) ? { seen_seq: talk.seenSeq } : {};
    const toMe = verb === "assign" ? { agent: this.#me } : {};
    try {
      await this.#socket.request({ type: FRAMES[verb], conversation: talk.id, ...seen, ...toMe });
    } catch (error) {
      await this.#refused(error, verb, talk);
    }
  }

  async #refused(error, verb, talk) {
    if (error.code !== "newer_message") {
      this.explain(error);
      return;
    }
    await talk.catchUp().catch(() => {});
    const answer = await ask("newer", { quote: talk.newestCustomerText });
    if (answer === "again") await this.#send(verb, talk);
    else talk.focus();
  }

  explain(error) {
    const sentence = error.code === "offline" ? text("offline") : error.message || text("trouble");
    this.#notices.show(sentence, { tone: "bad" });
  }
}

// The buttons of the conversation's bar: ask where asking is due, send the verb, explain a refusal.

import { ask } from "./dialogs.js";
import { text } from "./dom.js";
import { Handing } from "./handing.js";
import { chooseTags } from "./tagging.js";

const FRAMES = {
  pick: "conversation.pick",
  resume: "conversation.resume",
  park: "conversation.park",
  requeue: "conversation.requeue",
  end: "conversation.end",
  close: "conversation.close",
  assign: "conversation.assign",
  release: "conversation.release",
  join: "join",
  leave: "leave",
  "consult.add": "consult.add",
  "consult.end": "consult.end",
};
const CAREFUL = new Set(["park", "end"]);

export class Verbs {
  #socket;
  #notices;
  #me;
  #handing;
  #isBusy = false;

  constructor({ socket, notices, me }) {
    this.#socket = socket;
    this.#notices = notices;
    this.#me = me;
    this.#handing = new Handing({
      request: (frame) => socket.request(frame),
      explain: (error) => this.explain(error),
    });
  }

  // `button` is a [data-verb], `talk` the conversation on the page. True when something was done.
  // A second press, of a double click, is none.
  async press(button, talk) {
    if (this.#isBusy) return false;
    this.#isBusy = true;
    try {
      if (button.dataset.verb === "tag") return await this.#tag(talk);
      if (button.dataset.verb === "hand_on") return await this.#handing.begin(talk.id, talk.name);
      const verb = await this.#question(button, talk);
      return verb !== null && (await this.#send(verb, talk, this.#about(button)));
    } finally {
      this.#isBusy = false;
    }
  }

  handedTo(conversation) {
    return this.#handing.handedTo(conversation);
  }

  async #tag(talk) {
    try {
      return await chooseTags(talk.id);
    } catch (error) {
      this.explain(error);
      return false;
    }
  }

  // The verb to send, or null when the agent thinks better of it.
  async #question({ dataset }, talk) {
    const isAsked = dataset.ask && (dataset.verb !== "park" || talk.isUnanswered);
    if (!isAsked) return dataset.verb;
    const answer = await ask(dataset.ask);
    return answer in FRAMES ? answer : null;
  }

  // Whom it concerns: a supervisor takes over for themselves.
  #about({ dataset: { verb, about } }) {
    if (verb === "assign") return { agent: this.#me };
    return about ? { agent: Number(about) } : {};
  }

  async #send(verb, talk, about = {}) {
    const seen = CAREFUL.has(verb) ? { seen_seq: talk.seenSeq } : {};
    try {
      await this.#socket.request({ type: FRAMES[verb], conversation: talk.id, ...seen, ...about });
      return true;
    } catch (error) {
      return this.#refused(error, verb, talk);
    }
  }

  async #refused(error, verb, talk) {
    if (error.code !== "newer_message") {
      this.explain(error);
      return false;
    }
    await talk.catchUp().catch(() => {});
    const answer = await ask("newer", { quote: talk.newestCustomerText });
    if (answer === "again") return this.#send(verb, talk);
    talk.focus();
    return false;
  }

  explain(error) {
    const sentence = error.code === "offline" ? text("offline") : error.message || text("trouble");
    this.#notices.show(sentence, { tone: "bad" });
  }
}

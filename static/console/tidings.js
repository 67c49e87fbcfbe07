// What is told of conversations that are not before the agent: short lines, and notifications for eyes elsewhere.

import { gist } from "../chat/timeline.js";
import { text } from "./dom.js";

export class Tidings {
  #options;

  // options: {notices, alerts, known, open(conversation)}
  constructor(options) {
    this.#options = options;
  }

  written(conversation, message) {
    const name = this.#nameOf(conversation) || message.author.name;
    this.#options.alerts.tell("message", name, gist(message), () => this.#options.open(conversation));
  }

  returned(conversation) {
    this.#say("returning", text("customer-back", { name: this.#nameOf(conversation) }), conversation, { tone: "good" });
  }

  // A colleague wants advice. The frame with the conversation itself may come before or after.
  asked(conversation, by) {
    this.#say("mention", text("advice-asked", { agent: by }), conversation);
  }

  // A colleague names this agent in an internal message.
  mentioned({ conversation, customer, message }) {
    this.#say("mention", text("mentioned-by", { agent: message.author.name, name: customer }), conversation);
  }

  // Nobody has asked this agent; with a name, a supervisor's doing.
  given({ conversation, by }) {
    const name = this.#nameOf(conversation);
    this.#say("offer", text(by ? "given-by" : "given", { name, agent: by }), conversation, { tone: "good" });
  }

  // A reply to somebody who is not before the agent.
  notSent(conversation, code) {
    const sentence = code === "colleague_answered" ? "held-back" : "not-sent";
    const open = () => this.#options.open(conversation);
    this.#options.notices.show(text(sentence, { name: this.#nameOf(conversation) }), { tone: "bad", open });
  }

  // A colleague was asked to take it, and has not: it is still this agent's.
  notTaken({ conversation, state, agent }, { isHere }) {
    const sentence = text(`transfer-${state}`, { agent: agent.name, name: this.#nameOf(conversation) });
    this.#options.notices.show(sentence, { open: isHere ? null : () => this.#options.open(conversation) });
  }

  // It has left the desk: handed on, a colleague's that was advised on, or taken away.
  gone(conversation, { to, tookPart, by }) {
    const isClosed = this.#options.known.isClosed(conversation);
    if (isClosed && !by) return;
    const byOthers = by && (isClosed ? "closed-by" : "taken-by");
    const sentence = byOthers || (to ? "handed-on" : tookPart ? "parted" : "removed");
    this.#options.notices.show(text(sentence, { name: this.#nameOf(conversation), to, agent: by }));
  }

  offered({ customer, last_message }) {
    const title = text("offer-to-you", { name: customer.name });
    this.#options.alerts.tell("offer", title, gist(last_message ?? { body: "" }), () => window.focus());
  }

  #say(kind, sentence, conversation, how = {}) {
    const open = () => this.#options.open(conversation);
    this.#options.notices.show(sentence, { ...how, open });
    this.#options.alerts.tell(kind, sentence, "", open);
  }

  #nameOf(conversation) {
    return this.#options.known.nameOf(conversation);
  }
}

// The lines under the header and in it: who is there, whether we are open, whether we are connected.

import { moment, span } from "../chat/time.js";
import { texts } from "./text.js";

const ASK_AGAIN = 5 * 60_000;
const BAR_AFTER = 1_500;

export class Banners {
  #part;
  #text;
  #api;
  #settings;
  #subtitle;
  #agent = null;
  #askedAt = 0;
  #hoursTimer = 0;
  #isClosed = false;
  #isIdle = true;
  #barTimer = 0;

  constructor({ part, text, api, settings }) {
    this.#part = part;
    this.#text = text;
    this.#api = api;
    this.#settings = settings;
    this.#subtitle = part("subtitle").textContent;
  }

  clear() {
    clearTimeout(this.#barTimer);
    this.#part("offline").hidden = true;
    this.showAgent(null);
    this.showPlace(null);
  }

  showAgent(agent) {
    this.#agent = agent;
    this.#part("subtitle").textContent = agent?.name ? this.#text("talking", { name: agent.name }) : this.#subtitle;
  }

  // Where the customer stands in the queue; null: nowhere.
  showPlace(place) {
    const line = this.#part("line");
    if (!line) return;
    const { position, wait_s: wait } = place ?? {};
    const told = position > 1 ? this.#text("ahead", { ahead: position - 1 }) : this.#text("next");
    const words = [position && told, wait && this.#text("wait", { span: span(wait) })].filter(Boolean).join(" · ");
    if (line.textContent !== words) line.textContent = words;
    line.hidden = !words;
  }

  // Whether a conversation, or what is left of one, is in view: then it stays there, open or not.
  showsConversation(isThere) {
    this.#isIdle = !isThere;
    this.#drawPane();
  }

  // A connection that is back at once is not worth a word.
  showConnection(state) {
    clearTimeout(this.#barTimer);
    if (state !== "offline") this.#part("offline").hidden = true;
    else if (this.#part("offline").hidden) this.#barTimer = setTimeout(() => (this.#part("offline").hidden = false), BAR_AFTER);
  }

  async refresh() {
    if (Date.now() - this.#askedAt < ASK_AGAIN) return;
    this.#askedAt = Date.now();
    try {
      this.#showHours(await this.#api.get(`widgets/${this.#settings.widget}/availability`));
    } catch {
      this.#askedAt = 0;
    }
  }

  #askAnew() {
    this.#askedAt = 0;
    this.refresh();
  }

  #showHours({ open, opens_at: opensAt, reply_s: replySeconds }) {
    if (replySeconds) this.#showReply(replySeconds, opensAt);
    const strip = this.#part("closed");
    strip.hidden = open;
    this.#isClosed = !open;
    this.#drawPane(opensAt);
    if (open) return;
    const opensIn = opensAt ? Math.max(1_000, new Date(opensAt) - Date.now()) : ASK_AGAIN;
    clearTimeout(this.#hoursTimer);
    this.#hoursTimer = setTimeout(() => this.#askAnew(), Math.min(ASK_AGAIN, opensIn));
    strip.textContent = opensAt && !replySeconds ? this.#text("opens", { moment: moment(opensAt) }) : this.#text("closed");
  }

  #drawPane(opensAt = null) {
    const pane = this.#part("away");
    if (!pane) return;
    pane.hidden = !(this.#isClosed && this.#isIdle);
    pane.closest("#widget").classList.toggle("is-closed", !pane.hidden);
    if (!opensAt) return;
    const until = this.#part("away-until");
    until.textContent = texts(until)("until", { moment: moment(opensAt) });
    until.hidden = false;
  }

  // Counted in opening time: while closed, it says when that begins. What the site itself has to say may be a promise of
  // the same, and gives way.
  #showReply(seconds, opensAt) {
    this.#subtitle = "";
    this.showAgent(this.#agent);
    const line = this.#part("reply");
    const values = { span: span(seconds), moment: opensAt && moment(opensAt) };
    line.textContent = texts(line)(opensAt ? "later" : "soon", values);
  }
}

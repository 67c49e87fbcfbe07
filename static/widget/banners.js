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

  #showHours({ open, opens_at: opensAt, reply_s: replySeconds }) {
    if (replySeconds) this.#showReply(replySeconds, opensAt);
    const strip = this.#part("closed");
    strip.hidden = open;
    if (open) return;
    strip.textContent = opensAt && !replySeconds ? this.#text("opens", { moment: moment(opensAt) }) : this.#text("closed");
  }

  // Counted in opening time: while closed, it says when that begins.
  #showReply(seconds, opensAt) {
    const line = this.#part("reply");
    const values = { span: span(seconds), moment: opensAt && moment(opensAt) };
    line.textContent = texts(line)(opensAt ? "later" : "soon", values);
  }
}

// Conversations held out to this agent: one card each, and one for all customers who have come back.
// Time left is counted from `expires_in_ms`, which the server computed: this machine's clock may be wrong.

import { gist } from "../chat/timeline.js";
import { clone, fill, initials, part, place, text } from "./dom.js";
import { countdown, localize } from "./times.js";

const SOON = 15_000;

export class Offers {
  #root;
  #options;
  #offers = new Map();
  #ended = new Set();
  #timer = 0;

  // options: {accept(offer) -> Promise, decline(offer) -> Promise, onNew(offer), onRefused(error)}
  constructor({ root, ...options }) {
    this.#root = root;
    this.#options = options;
  }

  get first() {
    return this.#offers.values().next().value ?? null;
  }

  // The snapshot's offers are all there are.
  replace(offers) {
    const known = new Set(this.#offers.keys());
    this.#offers = new Map(offers.map((offer) => [offer.id, timed(offer)]));
    offers.filter((offer) => !known.has(offer.id)).forEach((offer) => this.#options.onNew(offer));
    this.#draw();
  }

  // Frames may overtake each other: an offer that has ended never stands again.
  made(offer) {
    if (this.#ended.has(offer.id)) return;
    const isNew = !this.#offers.has(offer.id);
    this.#offers.set(offer.id, timed(offer));
    this.#draw();
    if (isNew) this.#options.onNew(offer);
  }

  withdrawn(id) {
    this.#ended.add(id);
    if (this.#offers.delete(id)) this.#draw();
  }

  enable(isOnline) {
    this.#root.toggleAttribute("data-offline", !isOnline);
    for (const button of this.#root.querySelectorAll("button")) button.disabled = !isOnline;
  }

  async answer(offer, kind) {
    const card = this.#root.querySelector(`[data-offer="${offer.id}"]`);
    card?.querySelectorAll("button").forEach((button) => (button.disabled = true));
    try {
      await this.#options[kind](offer);
      this.withdrawn(offer.id);
    } catch (error) {
      card?.querySelectorAll("button").forEach((button) => (button.disabled = false));
      if (error.code === "offer_gone") this.withdrawn(offer.id);
      this.#options.onRefused(error);
    }
  }

  #draw() {
    const offers = [...this.#offers.values()];
    const returning = offers.filter((offer) => offer.reason === "returning" && offers.length > 1);
    const single = offers.filter((offer) => !returning.includes(offer));
    const cards = single.map((offer) => this.#card(offer));
    if (returning.length) cards.push(this.#group(returning));
    this.#keepFocus(() => this.#root.replaceChildren(...cards));
    this.enable(!this.#root.hasAttribute("data-offline"));
    this.#tick();
  }

  #card(offer) {
    const card = clone("offer-template");
    const { conversation, reason, briefly, why, skills } = offer;
    const line = [conversation.queue.name, this.#reason(reason)].filter(Boolean).join(" · ");
    fill(card, {
      initials: initials(conversation.customer.name),
      name: conversation.customer.name,
      line,
      text: gist(conversation.last_message ?? { body: "" }),
      why: briefly,
      skills: skills.length ? text("skills", { skills: skills.join(", ") }) : "",
    });
    part(card, "why").title = why;
    part(card, "waited").hidden = !conversation.queued_at;
    part(card, "since").dateTime = conversation.queued_at ?? "";
    localize(card);
    this.#arm(card, offer);
    return card;
  }

  #group(offers) {
    const card = clone("returning-template");
    const title = part(card, "title");
    const sentence = offers.length === 1 ? title.dataset.textOne : title.dataset.textMany;
    title.textContent = place(sentence, { n: offers.length });
    part(card, "rows").append(...offers.map((offer) => this.#row(offer)));
    return card;
  }

  #row(offer) {
    const row = clone("returning-row-template");
    const { customer, last_message } = offer.conversation;
    fill(row, { name: customer.name, text: gist(last_message ?? { body: "" }) });
    this.#arm(row, offer);
    return row;
  }

  #arm(element, offer) {
    element.dataset.offer = offer.id;
    part(element, "authenticated").toggleAttribute("hidden", !offer.conversation.customer.authenticated);
    part(element, "accept").onclick = () => this.answer(offer, "accept");
    part(element, "decline").onclick = () => this.answer(offer, "decline");
    part(element, "accept").id = `accept-${offer.id}`;
    part(element, "decline").id = `decline-${offer.id}`;
  }

  // Of a transfer the line below says more.
  #reason(reason) {
    return ["new", "transfer"].includes(reason) ? "" : text(reason);
  }

  #keepFocus(work) {
    const { id } = document.activeElement ?? {};
    work();
    if (id) document.getElementById(id)?.focus();
  }

  #tick() {
    clearTimeout(this.#timer);
    const dated = [...this.#offers.values()].filter((offer) => offer.endsAt);
    dated.forEach((offer) => this.#drawRing(offer));
    if (dated.length) this.#timer = setTimeout(() => this.#tick(), 250);
  }

  // At zero it only stays disabled: the server's row decides, and its frame takes the card away.
  #drawRing(offer) {
    const card = this.#root.querySelector(`[data-offer="${offer.id}"]`);
    const ring = card && part(card, "ring");
    if (!ring) return;
    const left = Math.max(0, offer.endsAt - performance.now());
    ring.hidden = false;
    ring.dataset.soon = String(left < SOON);
    ring.style.setProperty("--left", String((100 * left) / offer.span));
    part(ring, "left").textContent = countdown(left);
    if (left === 0) part(card, "accept").disabled = true;
  }
}

function timed(offer) {
  if (offer.expires_at === null || offer.expires_in_ms === null) return { ...offer, endsAt: null };
  const whole = Date.parse(offer.expires_at) - Date.parse(offer.made_at);
  return { ...offer, endsAt: performance.now() + offer.expires_in_ms, span: Math.max(whole, offer.expires_in_ms) };
}

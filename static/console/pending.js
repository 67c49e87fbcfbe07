// What this agent wrote and the server has not acknowledged, drawn under the messages of its conversation.

import { clone, part } from "./dom.js";
import { renderMessage } from "./message.js";

export class Pending {
  #root;
  #options;
  #bubbles = new Map();

  // options: {me, enclosures, reason(client_id), onRetry(entry), onEdit(entry)}
  constructor({ root, ...options }) {
    this.#root = root;
    this.#options = options;
  }

  draw(entries, { online }) {
    const kept = new Map(entries.map((entry) => [entry, this.#bubbles.get(entry) ?? this.#bubble(entry)]));
    for (const [entry, bubble] of this.#bubbles) if (!kept.has(entry)) bubble.remove();
    this.#bubbles = kept;
    let place = this.#root.firstElementChild;
    for (const [entry, bubble] of kept) {
      this.#update(bubble, entry, online);
      if (bubble === place) place = place.nextElementSibling;
      else this.#root.insertBefore(bubble, place);
    }
  }

  #bubble(entry) {
    const { me, enclosures, onRetry, onEdit } = this.#options;
    const element = renderMessage(asMessage(entry, me), me);
    element.classList.add("message--pending");
    if (entry.files) enclosures.follow(element, entry.files);
    const line = clone("pending-template");
    part(line, "retry").onclick = () => onRetry(entry);
    part(line, "edit").onclick = () => onEdit(entry);
    element.append(line);
    return element;
  }

  #update(element, entry, online) {
    const sentence = part(element, "pending-text");
    const words = this.#sentence(entry, sentence.dataset, online);
    if (sentence.textContent === words && element.dataset.state === entry.state) return;
    sentence.textContent = words;
    element.dataset.state = entry.state;
    for (const name of ["retry", "edit"]) part(element, name).hidden = entry.state !== "failed";
  }

  #sentence(entry, texts, online) {
    if (entry.state === "failed") return this.#options.reason(entry.client_id) ?? texts.textRefused;
    return online ? texts.textSending : texts.textWaiting;
  }
}

function asMessage({ client_id, body, internal, created_at }, me) {
  const author = { kind: "agent", name: "", id: me };
  return { client_id, body, internal, author, sent_at: new Date(created_at).toISOString() };
}

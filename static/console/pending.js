// What this agent wrote and the server has not acknowledged, drawn under the messages of its conversation.

import { clone, part } from "./dom.js";
import { renderMessage } from "./message.js";

export class Pending {
  #root;
  #options;

  // options: {me, reason(client_id), onRetry(entry), onEdit(entry)}
  constructor({ root, ...options }) {
    this.#root = root;
    this.#options = options;
  }

  draw(entries, { online }) {
    this.#root.replaceChildren(...entries.map((entry) => this.#bubble(entry, online)));
  }

  #bubble(entry, online) {
    const { me } = this.#options;
    const element = renderMessage(asMessage(entry, me), me);
    element.classList.add("message--pending");
    element.dataset.state = entry.state;
    const line = clone("pending-template");
    const sentence = part(line, "pending-text");
    sentence.textContent = this.#sentence(entry, sentence.dataset, online);
    const refused = entry.state === "failed";
    this.#offer(line, "retry", refused, () => this.#options.onRetry(entry));
    this.#offer(line, "edit", refused, () => this.#options.onEdit(entry));
    element.append(line);
    return element;
  }

  #offer(line, name, isShown, act) {
    const button = part(line, name);
    button.hidden = !isShown;
    button.onclick = act;
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

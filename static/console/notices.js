// Short lines over the page: what has just happened, and a way to go there. They leave by themselves.

import { clone, part } from "./dom.js";

const STAY = 8_000;
const AT_MOST = 4;

export class Notices {
  #root;

  constructor(root) {
    this.#root = root;
  }

  show(sentence, { open = null, tone = "plain" } = {}) {
    const notice = clone("notice-template");
    notice.dataset.tone = tone;
    part(notice, "text").textContent = sentence;
    part(notice, "dismiss").onclick = () => notice.remove();
    if (open) this.#leadTo(notice, open);
    this.#root.append(notice);
    while (this.#root.children.length > AT_MOST) this.#root.firstElementChild.remove();
    this.#leaveLater(notice);
  }

  #leadTo(notice, open) {
    const button = part(notice, "open");
    button.hidden = false;
    button.onclick = () => {
      notice.remove();
      open();
    };
  }

  // Not while somebody points at it or has the focus in it.
  #leaveLater(notice) {
    setTimeout(() => {
      if (notice.matches(":hover, :focus-within")) this.#leaveLater(notice);
      else notice.remove();
    }, STAY);
  }
}

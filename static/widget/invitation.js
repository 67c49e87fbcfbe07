// An invitation to chat: a small bubble beside the button, which goes by itself after a minute.

import { STANDS_FOR, isEnough, wasShown } from "./invitations.js";

// A live region is read out when it changes, not when it appears.
const SAID_AFTER = 100;

export class Invitation {
  #root;
  #part;
  #bridge;
  #widget;
  #text = "";
  #timer = 0;
  #observer = new ResizeObserver(() => this.#fit());

  // onAccept(): the chat is to be opened
  constructor({ root, part, bridge, onAccept }) {
    this.#root = root;
    this.#part = part;
    this.#bridge = bridge;
    this.#widget = root.dataset.widget;
    part("accept").onclick = () => {
      this.#notice(this.#text);
      onAccept();
    };
    part("dismiss").onclick = () => this.dismiss();
    part("invitation").onkeydown = (event) => {
      if (event.key === "Escape") this.dismiss();
    };
  }

  // Page code names no rule, and perhaps no text.
  show({ text, rule }) {
    if (rule) wasShown(this.#widget, rule);
    const box = this.#part("invitation");
    this.#text = text ? String(text) : box.dataset.text;
    this.#root.classList.add("is-inviting");
    box.hidden = false;
    this.#part("invitation-text").textContent = "";
    setTimeout(() => {
      this.#part("invitation-text").textContent = this.#text;
      this.#fit();
    }, SAID_AFTER);
    this.#observer.observe(box);
    this.#waitToGo();
  }

  dismiss() {
    isEnough(this.#widget);
    this.#hide();
  }

  // The customer has written: what they were asked is behind them.
  forget() {
    this.#notice("");
  }

  #waitToGo() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // Whoever is about to decide is given the time.
      if (this.#part("invitation").matches(":hover, :focus-within")) this.#waitToGo();
      else this.#hide();
    }, STANDS_FOR);
  }

  #hide() {
    clearTimeout(this.#timer);
    this.#observer.disconnect();
    if (this.#part("invitation").hidden) return;
    this.#part("invitation").hidden = true;
    this.#root.classList.remove("is-inviting");
    this.#bridge.post({ type: "invited", height: 0 });
  }

  #fit() {
    const { hidden, offsetHeight: height } = this.#part("invitation");
    if (!hidden) this.#bridge.post({ type: "invited", height });
  }

  #notice(text) {
    this.#part("invited").hidden = !text;
    this.#part("invited").textContent = text;
  }
}

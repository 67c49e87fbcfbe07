// Whether the customer looks at the chat: it is open and in view, and they are in it or on the page around it.

export class Attention {
  #isOpen;
  #onLook;
  #isHostFocused = false;

  // isOpen(): the chat is; onLook(): they have turned to it
  constructor({ isOpen, onLook }) {
    this.#isOpen = isOpen;
    this.#onLook = onLook;
    document.addEventListener("visibilitychange", () => this.#turned());
    window.addEventListener("focus", () => this.#turned());
  }

  get isThere() {
    const isFocused = document.hasFocus() || this.#isHostFocused;
    return this.#isOpen() && isFocused && document.visibilityState === "visible";
  }

  hostTold({ focused }) {
    this.#isHostFocused = focused === true;
    this.#turned();
  }

  #turned() {
    if (this.isThere) this.#onLook();
  }
}

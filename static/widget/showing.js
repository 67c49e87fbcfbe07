// A window of its own outlives the page that opened it: the next one must learn whom to sign out, and does as soon as the
// window shows that it is there.
//
// Whether that page is still one of our site cannot be seen from here, and what is not meant for it is an error in the
// console: where nobody answers, the window shows itself less and less often, and at once when the customer looks at it.

const FIRST = 2_000;
const LONGEST = 30_000;

export class Showing {
  #show;
  #pause = FIRST;
  #timer = 0;

  constructor(show) {
    this.#show = show;
    window.addEventListener("focus", () => this.#begin());
    this.#begin();
  }

  answered() {
    this.#pause = FIRST;
  }

  #begin() {
    this.#pause = FIRST;
    this.#again();
  }

  #again() {
    clearTimeout(this.#timer);
    this.#show();
    this.#timer = setTimeout(() => this.#again(), this.#pause);
    this.#pause = Math.min(LONGEST, 2 * this.#pause);
  }
}

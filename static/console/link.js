// The line to the server, as the page shows it: a bar over what is being written, and the way in once it is closed.

import { text } from "./dom.js";

export class Link {
  #notices;

  constructor({ notices }) {
    this.#notices = notices;
  }

  changed(state) {
    document.body.dataset.link = state;
    this.draw();
    if (state === "refused") this.#notices.show(text("signed-out"), { tone: "bad", open: () => location.reload() });
  }

  draw() {
    const { link } = document.body.dataset;
    for (const bar of document.querySelectorAll("[data-link-lost]")) bar.hidden = bar.dataset.linkLost !== link;
  }
}

// What is said when the customer cannot be let in: what happened, and what to do.

const PANELS = {
  3: { kind: "sign-in", icon: "person", error: 3 },
  token_required: { kind: "sign-in", icon: "person", error: 3 },
  2: { kind: "identity", icon: "alert", error: 2 },
  invalid_token: { kind: "identity", icon: "alert", error: 4 },
  expired_token: { kind: "identity", icon: "alert", error: 4 },
  session_expired: { kind: "identity", icon: "alert", error: 4 },
  offline: { kind: "unreachable", icon: "alert", passes: true },
  busy: { kind: "unreachable", icon: "alert", passes: true },
  rate_limited: { kind: "unreachable", icon: "alert", passes: true },
  server_error: { kind: "unreachable", icon: "alert", passes: true },
  signed_out: { kind: "signed-out", icon: "person" },
};
const UNAVAILABLE = { kind: "unavailable", icon: "alert" };

export class Panel {
  #part;
  #text;

  constructor({ part, text, onRetry }) {
    this.#part = part;
    this.#text = text;
    part("panel-retry").onclick = onRetry;
  }

  get isShown() {
    return !this.#part("panel").hidden;
  }

  // -> {title, error?, passes?}: the number the page is told, and whether trying again may help.
  show(code) {
    const { kind, icon, error, passes } = PANELS[code] ?? UNAVAILABLE;
    const title = this.#text(`${kind}-title`);
    this.#part("panel-icon").setAttribute("href", `#${icon}`);
    this.#part("panel-title").textContent = title;
    this.#part("panel-text").textContent = this.#text(`${kind}-text`);
    this.#part("panel").dataset.kind = kind;
    const link = this.#part("sign-in");
    if (link) link.hidden = kind === "unreachable" || kind === "unavailable";
    this.#toggle(true);
    return { title, error, passes };
  }

  hide() {
    this.#toggle(false);
  }

  #toggle(isShown) {
    this.#part("panel").hidden = !isShown;
    this.#part("room").hidden = isShown;
    this.#part("composer").classList.toggle("is-away", isShown);
  }
}

// Invitations to chat, by rule or by the page: whether one may be shown, and what comes of it. What shows them is loaded
// when the first is due; where that fails nobody is invited.

export class Inviting {
  #host;
  #due = null;
  #invitation = null;
  #isThePages = false;

  // host: {root, part, bridge, api, settings, isSettled(): whether it is known who is there; isBusy() -> Promise; open()}
  constructor(host) {
    this.#host = host;
    if (host.root.dataset.invitations) this.#watch();
  }

  // Of somebody who has been here before we first learn whether a conversation is under way.
  invite(due) {
    if (this.#isLate(due)) return;
    if (!due.rule) this.#isThePages = true;
    this.#due = due;
    if (this.#host.isSettled()) this.settled();
  }

  async settled() {
    const due = this.#due;
    this.#due = null;
    if (!due || (await this.#host.isBusy()) || !(await this.#isInHours())) return;
    const { Invitation } = await import("./invitation.js").catch(() => ({}));
    if (!Invitation) return;
    const { root, part, bridge, open } = this.#host;
    this.#invitation ??= new Invitation({ root, part, bridge, onAccept: open });
    if (!(await this.#host.isBusy()) && !this.#isLate(due)) this.#invitation.show(due);
  }

  // A rule does not take the place of what the page itself has asked.
  #isLate({ rule }) {
    return Boolean(rule) && this.#isThePages;
  }

  opened() {
    this.#invitation?.dismiss();
  }

  // The customer has written, or another one has come: what was asked is no more.
  forget() {
    this.#invitation?.forget();
  }

  async #watch() {
    const { watch } = await import("./invitations.js").catch(() => ({}));
    watch?.({ root: this.#host.root, bridge: this.#host.bridge, onDue: (due) => this.invite(due) });
  }

  // Where one may write at any hour, one may be invited at any.
  async #isInHours() {
    const { keepsHours, widget } = this.#host.settings;
    if (!keepsHours) return true;
    const { open } = await this.#host.api.get(`widgets/${widget}/availability`).catch(() => ({}));
    return open === true;
  }
}

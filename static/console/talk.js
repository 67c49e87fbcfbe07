// The conversation on the page: its log, its composer, and what the socket says about it.
//
//   new Talk({root, socket, outbox, drafts, enclosures, me, reasons})
//     root      the #stage element, as the server rendered it
//     reasons   Map client_id -> why the server refused that message

import { atMostEvery } from "../chat/pace.js";
import { Timeline } from "../chat/timeline.js";
import { Composer } from "./composer.js";
import { ask } from "./dialogs.js";
import { part, text } from "./dom.js";
import { adopt, renderMessage } from "./message.js";
import { Pending } from "./pending.js";
import { Scroll } from "./scroll.js";
import { Suggest } from "./suggest.js";

const TYPING_FOR = 5_000;
const SEEN_EVERY = 300;
const PAGE = 50;

export class Talk {
  id;
  name;
  #root;
  #context;
  #timeline;
  #composer;
  #scroll;
  #pending;
  #typingTimer = 0;
  #seen = { seq: 0, note_seq: 0 };
  #customerRead;
  #asking = new Set();

  constructor({ root, ...context }) {
    this.#root = root;
    this.#context = context;
    this.id = root.dataset.conversation;
    this.name = root.dataset.title;
    this.#customerRead = Number(root.dataset.customerReadSeq) || 0;
    this.#timeline = this.#takeUp();
    this.#scroll = this.#watchScroll();
    this.#composer = this.#compose();
    this.#pending = new Pending({
      root: part(root, "outbox"),
      me: context.me,
      enclosures: context.enclosures,
      reason: (clientId) => context.reasons.get(clientId),
      onRetry: (entry) => this.#retry(entry),
      onEdit: (entry) => this.#edit(entry),
    });
    part(root, "older").onclick = () => this.#older();
    this.barChanged();
    this.#markSeen();
    this.outboxChanged();
    this.#begin(this.#timeline.elementFor(Number(root.dataset.at)));
  }

  // At the message that was searched for, else at the foot.
  #begin(found) {
    found?.classList.add("message--found");
    if (found) found.scrollIntoView({ block: "center" });
    else this.#scroll.toFoot();
  }

  // -- what others ask

  get latest() {
    return { seq: this.#timeline.latestSeq, note_seq: this.#timeline.latestNoteSeq };
  }

  // A supervisor reads along: without a trace, and only while nothing else makes the conversation theirs to see.
  get isWatched() {
    return this.#root.querySelector("#bar").dataset.watched === "true";
  }

  // What the agent has before their eyes: verbs carry it.
  get seenSeq() {
    return this.#timeline.latestSeq;
  }

  // A reply on its way is an answer too: the server takes frames in their order.
  get isUnanswered() {
    const onTheirWay = this.#unsent.filter((entry) => !entry.internal && entry.state !== "failed");
    if (onTheirWay.length) return false;
    const last = this.#timeline.messages.findLast((one) => one.seq && one.author.kind !== "system");
    return last?.author.kind === "customer";
  }

  get newestCustomerText() {
    return this.#timeline.messages.findLast((one) => one.author.kind === "customer")?.body ?? "";
  }

  focus() {
    if (!part(this.#root, "composer").hidden) this.#composer.focus();
    else part(this.#root, "log").focus({ focusVisible: false });
  }

  toggleMode() {
    this.#composer.toggleMode();
  }

  draftedElsewhere(draft) {
    this.#composer.draftedElsewhere(draft);
  }

  close() {
    clearTimeout(this.#typingTimer);
    this.#timeline.clear();
    this.#composer.close();
    this.#scroll.close();
  }

  // -- what the socket says

  posted(message) {
    const isMine = message.author.id === this.#context.me;
    this.#scroll.adding(() => this.#timeline.insert(message), { follow: isMine });
    if (message.author.kind === "customer") this.#showTyping(false);
    this.#context.outbox.settle(message.client_id);
    this.lookedAt();
  }

  typing() {
    this.#scroll.adding(() => this.#showTyping(true));
  }

  customerSaw(seq) {
    this.#customerRead = Math.max(this.#customerRead, seq);
    this.#markSeen();
  }

  // After a new connection: what the snapshot brought, or what it left out.
  caughtUp(messages) {
    if (messages?.length) messages.forEach((message) => this.posted(message));
    else this.catchUp().catch(() => {});
  }

  async catchUp(after = this.#timeline.latestSeq) {
    const { seq, note_seq } = { ...this.latest, seq: after };
    const answer = await this.#request({ type: "history", after: seq, after_note: note_seq });
    answer.messages.forEach((message) => this.posted(message));
    if (answer.has_more) await this.catchUp();
  }

  outboxChanged() {
    const { socket } = this.#context;
    const mine = this.#unsent;
    this.#scroll.adding(() => this.#pending.draw(mine, { online: socket.state === "online" }));
    const heldBack = mine.find((entry) => entry.error === "colleague_answered");
    if (heldBack) this.#askAboutColleague(heldBack);
    // A file was refused, or has gone with the page that held it: its writer chooses again.
    const lost = mine.find((entry) => entry.error === "file_lost");
    if (lost) queueMicrotask(() => this.#edit(lost));
  }

  // The bar says what may be done; the composer follows it.
  barChanged() {
    const { mayReply, mayNote, composerHint } = this.#root.querySelector("#bar").dataset;
    this.#composer.allow({ reply: mayReply === "true", note: mayNote === "true", hint: composerHint });
  }

  // Tells the server how far the agent has read, when the agent can in fact see it.
  lookedAt = atMostEvery(SEEN_EVERY, () => this.#tellSeen());

  #tellSeen() {
    const { seq, note_seq } = this.latest;
    const isNew = seq > this.#seen.seq || note_seq > this.#seen.note_seq;
    if (!isNew || !this.#isInSight()) return;
    const told = this.#context.socket.send({ type: "seen", conversation: this.id, seq, note_seq });
    if (told) this.#seen = { seq, note_seq };
  }

  // A phone shows one column; a window may be behind others; the foot may be scrolled away.
  #isInSight() {
    const isShown = part(this.#root, "log").checkVisibility();
    return isShown && document.visibilityState === "visible" && Boolean(this.#scroll?.isAtFoot);
  }

  get #unsent() {
    return this.#context.outbox.entries.filter((entry) => entry.conversation === this.id);
  }

  // -- building

  #takeUp() {
    const container = part(this.#root, "timeline");
    const painted = adopt(container);
    const timeline = new Timeline({
      container,
      renderMessage: (message) => this.#draw(message),
      onGap: (after) => this.catchUp(after).catch(() => {}),
    });
    timeline.replace(painted);
    return timeline;
  }

  #draw(message) {
    const element = message.element ?? renderMessage(message, this.#context.me);
    queueMicrotask(() => this.#markSeen());
    return element;
  }

  #watchScroll() {
    return new Scroll({
      log: part(this.#root, "log"),
      newer: part(this.#root, "log-new"),
      onFoot: () => this.lookedAt(),
    });
  }

  #compose() {
    const { drafts, socket, enclosures } = this.#context;
    const composer = part(this.#root, "composer");
    new Suggest({ root: composer, conversation: this.id });
    return new Composer({
      root: composer,
      enclose: (onChange) => enclosures.tray({ composer, box: this.#root, conversation: this.id, onChange }),
      draft: drafts.get(this.id),
      onSend: (written) => this.#post(written),
      onDraft: (draft) => drafts.set(this.id, draft),
      onTyping: () => socket.send({ type: "typing", conversation: this.id }),
    });
  }

  // -- doing

  #post({ body, internal, files }) {
    const enclosed = files.length ? { files } : {};
    this.#context.outbox.add({ body, internal, ...enclosed, conversation: this.id, seen_seq: this.seenSeq });
    this.#scroll.toFoot();
  }

  #retry(entry) {
    this.#context.outbox.retry(entry.client_id, { seen_seq: this.seenSeq });
  }

  #edit(entry) {
    this.#context.outbox.discard(entry.client_id);
    this.#composer.takeBack(entry);
  }

  async #askAboutColleague(entry) {
    if (this.#asking.has(entry.client_id)) return;
    this.#asking.add(entry.client_id);
    await this.catchUp().catch(() => {});
    const theirs = this.#timeline.messages.filter(
      ({ seq, author }) => seq > entry.seen_seq && author.kind === "agent" && author.id !== this.#context.me,
    );
    const answer = await ask("colleague", { quote: theirs.map(({ body }) => body).join("\n\n") });
    this.#asking.delete(entry.client_id);
    if (answer === "again") this.#context.outbox.retry(entry.client_id, { confirm: true });
    else this.#edit(entry);
  }

  async #older() {
    const button = part(this.#root, "older");
    button.disabled = true;
    try {
      const answer = await this.#request({ type: "history", before: this.#timeline.firstSeq, limit: PAGE });
      this.#scroll.keeping(() => this.#timeline.prepend(answer.messages));
      button.hidden = !answer.has_more;
      part(this.#root, "log-start").hidden = answer.has_more;
    } catch {
      // Not connected: the button stays, to be pressed again.
    } finally {
      button.disabled = false;
    }
  }

  #request(frame) {
    return this.#context.socket.request({ ...frame, conversation: this.id });
  }

  #showTyping(isTyping) {
    const line = part(this.#root, "typing");
    clearTimeout(this.#typingTimer);
    line.textContent = isTyping ? line.dataset.text : "";
    line.hidden = !isTyping;
    if (isTyping) this.#typingTimer = setTimeout(() => this.#showTyping(false), TYPING_FOR);
    return false;
  }

  // "seen" stands once: at the last message of ours that the customer has read.
  #markSeen() {
    const ours = this.#timeline?.messages.filter((one) => one.seq && one.author.kind === "agent") ?? [];
    const last = ours.findLast((one) => one.seq <= this.#customerRead);
    const seen = last && this.#timeline.elementFor(last.seq);
    for (const marked of this.#root.querySelectorAll("[data-seen]")) mark(marked, false);
    if (seen) mark(seen, true);
  }
}

function mark(element, isSeen) {
  element.toggleAttribute("data-seen", isSeen);
  element.querySelector(".message__mark").textContent = isSeen ? text("seen") : "";
}

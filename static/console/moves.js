// Conversations that come to this desk, change on it, and leave it: what the page keeps, shows and says of that.

export class Moves {
  #page;

  // page: {me, known, list, opened, stage, tidings, verbs}
  constructor(page) {
    this.#page = page;
  }

  // Supervisors hear of every conversation; only what is theirs, or before them, matters to this page.
  changed(conversation) {
    const { me, known, list, stage } = this.#page;
    const takesPart = conversation.participants.some(({ id }) => id === me);
    const isMine = conversation.agent?.id === me || conversation.held_for_me || takesPart;
    const isHere = stage.isShowing(conversation.id);
    if (!isMine && !isHere) return;
    known.learn(conversation);
    if (isHere) stage.talk.customerSaw(conversation.customer_read_seq ?? 0);
    if (isHere) stage.refreshBar();
    list.refresh();
  }

  // Something in this agent's queues. What is before them may be a part of it.
  inQueues() {
    const { list, stage } = this.#page;
    list.refresh();
    if (!stage.talk || stage.isMine) return;
    stage.talk.catchUp().catch(() => {});
    stage.refreshBar();
  }

  removed({ conversation, version, by }) {
    const { me, known, list, opened, stage, tidings, verbs } = this.#page;
    known.remove(conversation, version);
    opened.left(conversation);
    list.refresh();
    const to = verbs.handedTo(conversation);
    const isHere = stage.isShowing(conversation);
    if (!isHere && !to && !by) return;
    const tookPart = known.takesPart(conversation, me);
    tidings.gone(conversation, { to, tookPart, by });
    if (isHere && tookPart) this.parted();
    else if (isHere) stage.refreshBar();
  }

  // What a colleague let this agent see is closed again; a supervisor goes on reading.
  parted() {
    const { stage } = this.#page;
    if (document.body.dataset.supervises === "true") stage.refreshBar();
    else stage.leave();
  }

  asked({ conversation, by }) {
    this.#page.tidings.asked(conversation, by);
    this.#page.list.refresh();
  }

  // In a note, which may be in a conversation that is not theirs.
  mentioned(frame) {
    const { list, stage, tidings } = this.#page;
    if (stage.isShowing(frame.conversation)) stage.talk.posted(frame.message);
    tidings.mentioned(frame);
    list.refresh();
  }

  offered({ conversation }) {
    this.#page.tidings.offered(conversation);
    this.#page.list.refresh();
  }

  // A colleague was asked to take it, and has not.
  notTaken(frame) {
    const { stage, tidings, verbs } = this.#page;
    const isHere = stage.isShowing(frame.conversation);
    verbs.handedTo(frame.conversation);
    tidings.notTaken(frame, { isHere });
    if (isHere) stage.refreshBar();
  }

  // Its customer has opened the widget again.
  returned(conversation) {
    this.#page.tidings.returned(conversation.id ?? conversation);
    this.#page.list.refresh();
  }
}

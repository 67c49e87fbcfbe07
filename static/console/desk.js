// The agent's desk: puts the parts of the page together and hands each frame to the part it is for.

import { Outbox, isPassing } from "../chat/outbox.js";
import { Socket } from "../chat/socket.js";
import { Alerts } from "./alerts.js";
import { Arrivals } from "./arrivals.js";
import { startCountdowns } from "./countdowns.js";
import { part, text } from "./dom.js";
import { Drafts } from "./drafts.js";
import { Enclosures } from "./enclosing.js";
import { startHands } from "./hands.js";
import { Known } from "./known.js";
import { Notices } from "./notices.js";
import { Offers } from "./offers.js";
import { keepPerson } from "./person.js";
import { Presence } from "./presence.js";
import { startShell } from "./shell.js";
import { SignOut } from "./signout.js";
import { Stage } from "./stage.js";
import { Talk } from "./talk.js";
import { Tidings } from "./tidings.js";
import { localize, startAges } from "./times.js";
import { Verbs } from "./verbs.js";
import { Watching } from "./watching.js";
import { WorkList } from "./worklist.js";

class Desk {
  #me = Number(document.body.dataset.agent);
  #known = new Known();
  #reasons = new Map();
  #drafts = new Drafts(this.#me);
  #enclosures = new Enclosures(this.#me);
  #notices = new Notices(part(document, "notices"));
  #list = new WorkList({ scroll: document.querySelector(".list__scroll") });
  #tidings = new Tidings({
    notices: this.#notices,
    alerts: new Alerts({ form: part(document, "alerts"), onTrouble: (error) => this.#verbs.explain(error) }),
    known: this.#known,
    open: (conversation) => this.#stage.open(conversation),
  });
  #stage = new Stage({
    makeTalk: (root) => this.#makeTalk(root),
    onMounted: (id) => this.#mounted(id),
    onBar: () => this.#watch(),
  });
  #outbox;
  #socket;
  #verbs;
  #watching;
  #arrivals;
  #offers;
  #presence;

  // What one part of the page does to another, frame by frame.
  #frames = {
    snapshot: (frame) => this.#begin(frame),
    "message.posted": (frame) => this.#posted(frame),
    "conversation.changed": ({ conversation }) => this.#changed(conversation),
    "conversation.removed": (frame) => this.#removed(frame),
    "conversation.given": (frame) => this.#tidings.given(frame),
    "consult.asked": (frame) => this.#asked(frame),
    mentioned: (frame) => this.#mentioned(frame),
    "customer.returned": ({ conversation }) => this.#returned(conversation),
    "offer.made": ({ offer }) => this.#offers.made(offer),
    "offer.withdrawn": ({ offer }) => this.#offers.withdrawn(offer),
    "offer.ended": (frame) => this.#notTaken(frame),
    "inbox.changed": () => this.#inboxChanged(),
    presence: ({ agent }) => agent.id === this.#me && this.#presence.changed(agent),
    typing: (frame) => this.#typing(frame),
    seen: (frame) => this.#seen(frame),
    error: (frame) => this.#verbs.explain(frame),
  };

  start() {
    this.#outbox = new Outbox({
      key: `parley.desk.${this.#me}.outbox`,
      send: (entry) => this.#send(entry),
      onChange: () => this.#stage.talk?.outboxChanged(),
    });
    this.#offers = this.#makeOffers();
    this.#presence = new Presence({
      root: part(document, "presence"),
      quiet: part(document, "no-offers"),
      onSet: (status) => this.#setPresence(status),
    });
    this.#socket = new Socket({
      url: document.body.dataset.socket,
      hello: () => this.#hello(),
      onFrame: (frame) => this.#frames[frame.type]?.(frame),
      onState: (state) => this.#linkChanged(state),
    });
    this.#watching = new Watching(this.#socket);
    this.#arrivals = new Arrivals(this.#socket);
    this.#verbs = new Verbs({ socket: this.#socket, notices: this.#notices, me: this.#me });
    new SignOut({
      form: document.querySelector("#presence-menu form"),
      active: () => this.#known.activeOf(this.#me),
      request: (frame) => this.#socket.request(frame),
      onTrouble: (error) => this.#verbs.explain(error),
      onLeaving: () => this.#leave(),
    });
    this.#listen();
    this.#stage.mount();
  }

  // Signed out in a moment: nothing is asked for any more.
  #leave() {
    this.#list.pause();
    this.#socket.close();
  }

  // -- the page

  #listen() {
    document.addEventListener("click", (event) => this.#clicked(event));
    document.addEventListener("htmx:afterSwap", ({ detail }) => this.#swapped(detail));
    document.addEventListener("htmx:oobAfterSwap", () => localize(document.getElementById("stage")));
    document.addEventListener("htmx:responseError", ({ detail }) => this.#notGiven(detail));
    document.addEventListener("visibilitychange", () => this.#stage.talk?.lookedAt());
    startShell();
    startHands({
      list: this.#list,
      offers: this.#offers,
      talk: () => this.#stage.talk,
      open: (conversation, where) => this.#stage.open(conversation, where),
    });
    this.#drafts.follow((conversation, draft) => {
      if (this.#stage.isShowing(conversation)) this.#stage.talk.draftedElsewhere(draft);
    });
    startCountdowns();
    startAges();
    keepPerson();
    localize(document);
  }

  #mounted(id) {
    this.#list.select(id);
    if (!id) this.#watching?.look(null);
  }

  #clicked({ target }) {
    const verb = target.closest("[data-verb]");
    if (verb && this.#stage.talk) this.#pressed(verb);
    if (target.closest("[data-reconnect]")) this.#socket.reconnectNow();
  }

  // What was done may show in the bar alone: an offer to a colleague, a joining.
  async #pressed(button) {
    const isDone = await this.#verbs.press(button, this.#stage.talk);
    if (isDone && button.dataset.verb === "leave") this.#partWith();
    else if (isDone) this.#stage.refreshBar();
  }

  #swapped({ elt: element, requestConfig }) {
    localize(element);
    if (element.id === "work-list") this.#list.redrawn({ by: requestConfig.elt });
  }

  // The conversation is not this agent's to see any more, or never was.
  #notGiven({ elt, xhr }) {
    if (xhr.status === 404 && elt.id === "bar") this.#stage.leave();
    else this.#notices.show(text("trouble"), { tone: "bad" });
  }

  #makeTalk(root) {
    const talk = new Talk({
      root,
      socket: this.#socket,
      outbox: this.#outbox,
      drafts: this.#drafts,
      enclosures: this.#enclosures,
      me: this.#me,
      reasons: this.#reasons,
    });
    this.#drawLink(talk);
    this.#watch(talk);
    // A message may have come between the page's query and now.
    if (this.#socket.state === "online") talk.catchUp().catch(() => {});
    return talk;
  }

  #watch(talk = this.#stage.talk) {
    this.#watching?.look(talk?.isWatched ? talk.id : null);
  }

  // -- the connection

  #hello() {
    const { talk } = this.#stage;
    return { type: "hello", after: talk ? { [talk.id]: talk.latest } : {} };
  }

  #begin({ agent, conversations, offers }) {
    this.#presence.changed(agent);
    this.#known.begin(conversations.map(({ conversation }) => conversation));
    this.#offers.replace(offers);
    const shown = conversations.find(({ conversation }) => this.#stage.isShowing(conversation.id));
    // Frames can be sent only once the snapshot has been taken in.
    queueMicrotask(() => {
      this.#watching.again();
      this.#stage.talk?.caughtUp(shown?.messages);
      this.#outbox.kick();
    });
    this.#list.refresh();
    this.#stage.refreshBar();
  }

  #linkChanged(state) {
    document.body.dataset.link = state;
    this.#offers.enable(state === "online");
    this.#presence.connected(state === "online" || state === "connecting");
    this.#drawLink();
    if (state === "refused") this.#notices.show(text("signed-out"), { tone: "bad", open: () => location.reload() });
  }

  #drawLink(talk = this.#stage.talk) {
    const { link } = document.body.dataset;
    for (const bar of document.querySelectorAll("[data-link-lost]")) bar.hidden = bar.dataset.linkLost !== link;
    talk?.outboxChanged();
  }

  async #send({ client_id, conversation, body, internal, seen_seq, confirm, files }) {
    const frame = { type: "message.send", client_id, conversation, body, internal, seen_seq };
    if (files) frame.attachments = await this.#stored(client_id, files);
    try {
      const answer = await this.#socket.request(confirm ? { ...frame, confirm } : frame);
      if (this.#stage.isShowing(conversation)) this.#stage.talk.posted(answer.message);
    } catch (error) {
      if (error.message) this.#reasons.set(client_id, error.message);
      this.#refused(conversation, error);
      throw error;
    }
  }

  // What a reply was held back for is shown with it; of one that nobody looks at, a line tells.
  #refused(conversation, error) {
    const { messages = [], code } = error;
    if (this.#stage.isShowing(conversation)) messages.forEach((message) => this.#stage.talk.posted(message));
    else if (!isPassing(code)) this.#tidings.notSent(conversation, code);
  }

  // Whatever waits behind it waits for its files, too: the order stays.
  async #stored(clientId, files) {
    const uploads = await this.#enclosures.ready(files);
    this.#outbox.amend(clientId, { files: files.map((file, place) => ({ ...file, upload: uploads[place] })) });
    return uploads;
  }

  async #setPresence(status) {
    await this.#socket.request({ type: "presence.set", status }).catch((error) => this.#verbs.explain(error));
  }

  // -- frames

  #posted({ conversation, message }) {
    this.#list.stoppedTyping(conversation);
    this.#outbox.settle(message.client_id);
    if (this.#known.isOf(conversation, this.#me)) this.#arrivals.add(conversation, message);
    if (this.#stage.isShowing(conversation)) this.#stage.talk.posted(message);
    const isInSight = this.#stage.isShowing(conversation) && document.visibilityState === "visible";
    if (message.author.kind === "customer" && !isInSight) this.#tidings.written(conversation, message);
    this.#list.refresh();
  }

  // Supervisors hear of every conversation; only what is theirs, or before them, matters to this page.
  #changed(conversation) {
    const takesPart = conversation.participants.some(({ id }) => id === this.#me);
    const isMine = conversation.agent?.id === this.#me || conversation.held_for_me || takesPart;
    const isHere = this.#stage.isShowing(conversation.id);
    if (!isMine && !isHere) return;
    this.#known.learn(conversation);
    if (isHere) this.#stage.talk.customerSaw(conversation.customer_read_seq ?? 0);
    if (isHere) this.#stage.refreshBar();
    this.#list.refresh();
  }

  // Something in this agent's queues. What is before them may be a part of it.
  #inboxChanged() {
    this.#list.refresh();
    if (!this.#stage.talk || this.#stage.isMine) return;
    this.#stage.talk.catchUp().catch(() => {});
    this.#stage.refreshBar();
  }

  #removed({ conversation, version, by }) {
    this.#known.remove(conversation, version);
    this.#list.refresh();
    const to = this.#verbs.handedTo(conversation);
    const isHere = this.#stage.isShowing(conversation);
    if (!isHere && !to && !by) return;
    const tookPart = this.#known.takesPart(conversation, this.#me);
    this.#tidings.gone(conversation, { to, tookPart, by });
    if (isHere && tookPart) this.#partWith();
    else if (isHere) this.#stage.refreshBar();
  }

  // What a colleague let this agent see is closed again; a supervisor goes on reading.
  #partWith() {
    if (document.body.dataset.supervises === "true") this.#stage.refreshBar();
    else this.#stage.leave();
  }

  #asked({ conversation, by }) {
    this.#tidings.asked(conversation, by);
    this.#list.refresh();
  }

  #mentioned(frame) {
    if (this.#stage.isShowing(frame.conversation)) this.#stage.talk.posted(frame.message);
    this.#tidings.mentioned(frame);
    this.#list.refresh();
  }

  #returned(conversation) {
    this.#tidings.returned(conversation.id ?? conversation);
    this.#list.refresh();
  }

  #notTaken(frame) {
    const isHere = this.#stage.isShowing(frame.conversation);
    this.#verbs.handedTo(frame.conversation);
    this.#tidings.notTaken(frame, { isHere });
    if (isHere) this.#stage.refreshBar();
  }

  #typing({ conversation }) {
    this.#list.typing(conversation);
    if (this.#stage.isShowing(conversation)) this.#stage.talk.typing();
  }

  #seen({ conversation, by, seq }) {
    if (by === "agent") this.#known.saw(conversation, seq);
    if (this.#stage.isShowing(conversation) && by === "customer") this.#stage.talk.customerSaw(seq);
    else this.#list.refresh();
  }

  #makeOffers() {
    const answer = (type) => (offer) => this.#socket.request({ type, offer: offer.id });
    return new Offers({
      root: part(document, "offers"),
      accept: (offer) => answer("offer.accept")(offer).then(() => this.#stage.open(offer.conversation.id)),
      decline: answer("offer.decline"),
      onNew: (offer) => this.#offered(offer),
      onRefused: (error) => this.#verbs.explain(error),
    });
  }

  #offered({ conversation }) {
    this.#tidings.offered(conversation);
    this.#list.refresh();
  }
}

new Desk().start();

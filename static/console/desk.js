// The agent's desk: puts the parts of the page together and hands each frame to the part it is for.

import { isPassing } from "../chat/outbox.js";
import { Socket } from "../chat/socket.js";
import { Alerts } from "./alerts.js";
import { Arrivals } from "./arrivals.js";
import { startCountdowns } from "./countdowns.js";
import { part, text } from "./dom.js";
import { Drafts } from "./drafts.js";
import { Enclosures } from "./enclosing.js";
import { startHands } from "./hands.js";
import { Known } from "./known.js";
import { Link } from "./link.js";
import { Moves } from "./moves.js";
import { Notices } from "./notices.js";
import { Offers } from "./offers.js";
import { Opened } from "./opened.js";
import { keepPerson } from "./person.js";
import { Presence } from "./presence.js";
import { Sending } from "./sending.js";
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
  #opened = new Opened({ agent: this.#me, onLast: () => this.#stage.leave() });
  #link = new Link({ notices: this.#notices });
  #sending;
  #socket;
  #verbs;
  #moves;
  #watching;
  #arrivals;
  #offers;
  #presence;

  // What one part of the page does to another, frame by frame.
  #frames = {
    snapshot: (frame) => this.#begin(frame),
    "message.posted": (frame) => this.#posted(frame),
    "conversation.changed": ({ conversation }) => this.#moves.changed(conversation),
    "conversation.removed": (frame) => this.#moves.removed(frame),
    "conversation.given": (frame) => this.#tidings.given(frame),
    "consult.asked": (frame) => this.#moves.asked(frame),
    mentioned: (frame) => this.#moves.mentioned(frame),
    "customer.returned": ({ conversation }) => this.#moves.returned(conversation),
    "offer.made": ({ offer }) => this.#offers.made(offer),
    "offer.withdrawn": ({ offer }) => this.#offers.withdrawn(offer),
    "offer.ended": (frame) => this.#moves.notTaken(frame),
    "inbox.changed": () => this.#moves.inQueues(),
    presence: ({ agent }) => agent.id === this.#me && this.#presence.changed(agent),
    typing: (frame) => this.#typing(frame),
    seen: (frame) => this.#seen(frame),
    error: (frame) => this.#verbs.explain(frame),
  };

  start() {
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
    this.#sending = new Sending({
      me: this.#me,
      enclosures: this.#enclosures,
      socket: this.#socket,
      onChange: () => this.#stage.talk?.outboxChanged(),
      onStored: (conversation, message) => this.#shown(conversation)?.posted(message),
      onRefused: (conversation, error) => this.#refused(conversation, error),
    });
    this.#watching = new Watching(this.#socket);
    this.#arrivals = new Arrivals(this.#socket);
    this.#verbs = new Verbs({ socket: this.#socket, notices: this.#notices, me: this.#me });
    this.#moves = new Moves({
      me: this.#me,
      known: this.#known,
      list: this.#list,
      opened: this.#opened,
      stage: this.#stage,
      tidings: this.#tidings,
      verbs: this.#verbs,
    });
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
      opened: this.#opened,
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
    this.#opened.shown(id);
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
    if (isDone && button.dataset.verb === "leave") this.#moves.parted();
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
      outbox: this.#sending.outbox,
      drafts: this.#drafts,
      enclosures: this.#enclosures,
      me: this.#me,
      reasons: this.#sending.reasons,
    });
    this.#link.draw();
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
      this.#sending.outbox.kick();
    });
    this.#list.refresh();
    this.#stage.refreshBar();
  }

  #linkChanged(state) {
    this.#link.changed(state);
    this.#offers.enable(state === "online");
    this.#presence.connected(state === "online" || state === "connecting");
    this.#stage.talk?.outboxChanged();
  }

  // What a reply was held back for is shown with it; of one that nobody looks at, a line tells.
  #refused(conversation, error) {
    const { messages = [], code } = error;
    const talk = this.#shown(conversation);
    if (talk) messages.forEach((message) => talk.posted(message));
    else if (!isPassing(code)) this.#tidings.notSent(conversation, code);
  }

  async #setPresence(status) {
    await this.#socket.request({ type: "presence.set", status }).catch((error) => this.#verbs.explain(error));
  }

  // -- frames

  #posted({ conversation, message }) {
    this.#list.stoppedTyping(conversation);
    this.#sending.outbox.settle(message.client_id);
    if (this.#known.isOf(conversation, this.#me)) this.#arrivals.add(conversation, message);
    const talk = this.#shown(conversation);
    talk?.posted(message);
    const isInSight = talk && document.visibilityState === "visible";
    if (message.author.kind === "customer" && !isInSight) this.#tidings.written(conversation, message);
    this.#list.refresh();
  }

  #shown(conversation) {
    return this.#stage.isShowing(conversation) ? this.#stage.talk : null;
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
      onNew: (offer) => this.#moves.offered(offer),
      onRefused: (error) => this.#verbs.explain(error),
    });
  }
}

new Desk().start();

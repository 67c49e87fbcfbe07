// One customer's conversation: what the server tells of it, what is shown, what is still to be sent.

import { atMostEvery } from "../chat/pace.js";
import { Asking } from "./asking.js";
import { Connection } from "./connection.js";
import { asMessage, deliver } from "./delivery.js";
import { Extras } from "./extras.js";
import { Receipts } from "./receipts.js";
import { Room } from "./room.js";
import { Sender } from "./sender.js";

const PAGE = 50;
const SEEN_EVERY = 300;
const FINISHED = new Set(["wrap_up", "closed"]);
const isFinished = (conversation) => FINISHED.has(conversation.state);

export class Chat {
  #host;
  #customer;
  #latest;
  #conversation = null;
  #room;
  #sender;
  #receipts;
  #asking;
  #extras;
  #connection;
  #stands;
  #isClosed = false;
  #isEnding = false;
  #left;
  #tellSeen = atMostEvery(SEEN_EVERY, () => {
    const { conversation, seq } = this.#receipts.told;
    if (seq && !this.#connection.send({ type: "seen", conversation, seq })) this.#receipts.untold();
  });

  // host: {part, text, api, settings, isLooking(), onUnread(count), onChange(conversation), onConnection(state, code),
  //        tell(event), misses() -> {}: a module cannot be loaded, beginAnew()}
  // latest: the conversation the session began with, should no socket be had
  constructor({ host, customer, latest }) {
    this.#host = host;
    this.#customer = customer;
    this.#latest = latest;
    const { part, text } = host;
    const key = `parley.${host.settings.widget}.${customer.id}`;
    this.#connection = new Connection({ api: host.api, handlers: this.#connecting() });
    this.#receipts = new Receipts({ key: `${key}.seen` });
    const rate = (id, answer) => this.#rated(id, answer);
    this.#asking = new Asking({ part, text, key, rate, beginAnew: host.beginAnew, misses: host.misses });
    this.#extras = new Extras({ part, api: host.api, key, onChange: () => this.#sender.filesChanged(), misses: host.misses });
    this.#room = new Room({ part, text, extras: this.#extras, handlers: this.#reading() });
    this.#sender = new Sender({ part, text, extras: this.#extras, key, handlers: this.#writing() });
    // Resolves when the server has told how the conversation stands.
    this.standing = new Promise((resolve) => (this.#stands = resolve));
    this.#draw();
  }

  get customerId() {
    return this.#customer.id;
  }

  get hasAddress() {
    return this.#customer.has_email;
  }

  get isAnonymous() {
    return !this.#customer.authenticated;
  }

  get hasUnsent() {
    return this.#sender.hasUnsent;
  }

  get isConnected() {
    return this.#connection.isWanted;
  }

  // The customer has opened the chat; or it has opened by itself, and leaves the focus where it is.
  enter({ byItself = false } = {}) {
    this.connect();
    this.#room.toEnd();
    this.#asking.reveal();
    this.read();
    // Not before the page has made the frame visible.
    if (!byItself) requestAnimationFrame(() => this.focus());
  }

  connect() {
    this.#connection.open();
  }

  // The session was exchanged for a fresh one.
  renewed() {
    this.#connection.renew();
  }

  // What is still under way when another customer takes the place must not be drawn: see `#isClosed`.
  close() {
    this.#host.part("composer").hidden = true;
    if (this.#host.part("again")) this.#host.part("again").hidden = true;
    this.#host.onChange(null, false);
    this.#host.onUnread(0);
    this.#isClosed = true;
    this.#connection.close();
    this.#sender.close();
    this.#asking.close();
    this.#extras.close();
    this.#room.close();
    this.#host = { ...this.#host, onAnswer() {}, onUnread() {}, onPlace() {}, onChange() {}, onConnection() {}, tell() {} };
  }

  focus() {
    if (!this.#asking.focus()) this.#sender.focus();
  }

  // What is in view counts as read while the customer looks at it.
  read() {
    const latest = this.#room.timeline.latestSeq;
    const id = this.#conversation?.id;
    if (id && latest && this.#host.isLooking() && this.#room.isAtEnd && this.#receipts.advance(latest)) this.#tellSeen();
    this.#host.onUnread(this.#receipts.unread(this.#room.timeline.messages));
  }

  // While there is no connection: what the badge would say of this conversation.
  unreadOf(conversation) {
    return this.#receipts.unreadOf(conversation);
  }

  async end() {
    const { id } = this.#conversation ?? {};
    if (!id || isFinished(this.#conversation)) return;
    this.#isEnding = true;
    const frame = { type: "conversation.end", conversation: id };
    try {
      await this.#connection.request(frame).catch(() => this.#host.api.post(`conversations/${id}/end`, {}));
    } catch (error) {
      this.#isEnding = false;
      throw error;
    }
  }

  // Live: leaves the ended conversation behind.
  startAnew() {
    this.#isEnding = false;
    this.#left = this.#conversation?.id;
    this.#show(null, []);
    this.#asking.due(true);
    this.focus();
  }

  #reading() {
    return {
      onGap: (after) => this.#fetch(`after=${after}`).catch(() => {}),
      onOlder: () => this.#older(),
      onRetry: (id) => this.#sender.retry(id),
      onDiscard: (id) => this.#sender.discard(id),
      onRead: () => this.read(),
    };
  }

  #writing() {
    return {
      goesWith: () => this.#goesWith(),
      deliver: (entry) => this.#deliver(entry),
      onTyping: () => this.#typing(),
      onPending: (entries) => this.#showPending(entries),
      onGivenBack: () => {
        if (this.#asking.isOutdated) this.#host.beginAnew();
        this.#draw();
        this.#catchUp();
      },
    };
  }

  #goesWith() {
    const { id } = this.#conversation ?? {};
    if (!id) return this.#asking.answers();
    return this.#host.settings.beginsAnew ? {} : { conversation: id };
  }

  #showPending(entries) {
    if (this.#isClosed) return;
    this.#asking.pending(entries);
    this.#room.showPending(entries);
  }

  #hello() {
    const { id = null } = this.#conversation ?? {};
    const after = id ? this.#room.timeline.latestSeq : 0;
    return { type: "hello", session: this.#host.api.session, conversation: id, after };
  }

  #connecting() {
    return {
      hello: () => this.#hello(),
      onFrame: (frame) => this.#frames[frame.type]?.(frame),
      onState: (state, code) => this.#host.onConnection(state, code),
      onOnline: () => {
        this.#sender.kick();
        this.read();
      },
      onLost: () => this.#receipts.untold(),
      onDespair: () => this.#catchUp(),
    };
  }

  #frames = {
    snapshot: (frame) => {
      this.#took(frame);
      this.#stands();
    },
    "message.posted": ({ conversation, message }) => this.#heard(conversation, message),
    "conversation.changed": ({ conversation }) => this.#changed(conversation),
    typing: ({ conversation, author }) => {
      if (conversation === this.#conversation?.id && author.kind !== "customer") this.#room.showTyping(author.name);
    },
    seen: (frame) => this.#seen(frame),
    delivered: ({ conversation, seq }) => conversation === this.#conversation?.id && this.#room.showDelivered(seq),
    "queue.position": (place) => {
      const { id, state } = this.#conversation ?? {};
      if (place.conversation === id && state === "open") this.#host.onPlace(place);
    },
  };

  #took(frame) {
    const ended = frame.ended?.id === this.#left ? null : frame.ended;
    const shown = frame.conversation ?? ended;
    this.#asking.due(frame.prechat_due);
    const { messages, has_more: hasMore } = frame.conversation ? frame : (ended ?? frame);
    if (!shown) {
      if (this.#conversation) this.#catchUp();
      else this.#show(null, []);
      return;
    }
    const isRetrieved = !this.#conversation && !isFinished(shown);
    const isShown = shown.id === this.#conversation?.id;
    if (isShown) this.#tellWhatBecomes(shown);
    if (isShown && !hasMore) {
      this.#conversation = shown;
      messages.forEach((message) => this.#add(message));
      this.#room.showSeen(shown.agent_read_seq ?? 0);
      this.#draw();
    } else {
      this.#show(shown, messages);
    }
    if (isRetrieved) this.#host.tell("lcw:chatRetrieved");
  }

  #show(conversation, messages) {
    if (this.#isClosed) return;
    this.#conversation = conversation;
    this.#receipts.begin(conversation, messages);
    this.#room.showMessages(messages, conversation?.agent_read_seq);
    messages.forEach(({ client_id: id }) => this.#sender.settle(id));
    this.#draw();
    this.read();
  }

  #heard(conversation, message) {
    if (conversation === this.#conversation?.id) this.#add(message);
    else if (!this.#conversation || isFinished(this.#conversation)) this.#startOver(conversation).catch(() => {});
  }

  #add(message) {
    if (this.#isClosed) return;
    const isNew = this.#room.add(message);
    this.#sender.settle(message.client_id);
    if (isNew && message.author.kind !== "customer") this.#host.tell("lcw:onMessageReceived");
    if (isNew && message.author.kind === "agent") this.#host.onAnswer();
    if (isNew && message.author.kind === "system") this.#draw();
    this.read();
  }

  #changed(conversation) {
    if (conversation.id === this.#conversation?.id) {
      if (conversation.version < this.#conversation.version) return;
      this.#tellWhatBecomes(conversation);
      this.#conversation = conversation;
      this.#draw();
    } else if (!isFinished(conversation)) {
      this.#startOver(conversation.id).catch(() => {});
    }
  }

  // Of the conversation that is shown, be it told at once or after an absence.
  #tellWhatBecomes(conversation) {
    const hasEnded = isFinished(conversation) && !isFinished(this.#conversation);
    if (hasEnded && !this.#isEnding) this.#host.tell("lcw:threadUpdate");
    if (conversation.state === "open" && this.#conversation.state !== "open") this.#host.tell("lcw:chatQueued");
  }

  // The customer's conversation is another one than the one shown: the next snapshot holds it.
  async #startOver(id = null) {
    this.#conversation = null;
    if (this.#connection.resync() || !id) return;
    const { conversation } = await this.#host.api.get(`conversations/${id}`);
    // A snapshot that came first knows more: how far the other side has read.
    if (this.#conversation) return;
    this.#conversation = conversation;
    const { messages } = await this.#page(`before=${conversation.latest_seq + 1}`);
    this.#show(conversation, messages);
  }

  #seen({ conversation, by, seq }) {
    if (conversation !== this.#conversation?.id) return;
    if (by === "customer") this.#receipts.heard(seq);
    else this.#room.showSeen(seq);
    this.read();
  }

  #draw() {
    if (this.#isClosed) return;
    const hasEnded = Boolean(this.#conversation) && isFinished(this.#conversation);
    const isOver = hasEnded && !this.#host.settings.beginsAnew;
    this.#room.showEnded(hasEnded ? this.#atTheEnd(isOver) : null);
    this.#host.part("composer").hidden = isOver;
    if (this.#host.part("again")) this.#host.part("again").hidden = !isOver;
    this.#asking.show(this.#conversation, hasEnded);
    this.#host.onChange(this.#conversation, hasEnded);
  }

  // Beside what the log says of it.
  #atTheEnd(isOver) {
    if (isOver && this.#sender.isDrafting) return this.#host.text("kept");
    return isOver && this.#room.tellsOfEnd(this.#conversation.ended_at) ? null : this.#host.text("ended");
  }

  async #rated(id, answer) {
    const path = `conversations/${id}/survey`;
    const { conversation } = await (answer ? this.#host.api.post(path, answer) : this.#host.api.delete(path));
    this.#changed(conversation);
  }

  #typing() {
    if (this.#conversation && !isFinished(this.#conversation)) this.#connection.send({ type: "typing" });
  }

  async #deliver(entry) {
    try {
      const accepted = await deliver({ entry, socket: this.#connection, api: this.#host.api });
      await this.#accepted(entry, accepted);
    } catch (error) {
      if (error.code === "session_expired") this.#host.onConnection("refused", 4401);
      this.#asking.refused(error);
      throw error;
    }
  }

  async #accepted(entry, accepted) {
    const isShown = accepted.conversation === this.#conversation?.id;
    if (!isShown && accepted.seq > 1) {
      await this.#startOver(accepted.conversation);
      return;
    }
    // The first of a new conversation is shown at once; the snapshot tells the rest.
    if (!isShown) this.#show({ id: accepted.conversation, state: "open", version: 0, agent: null }, []);
    this.#add(asMessage({ entry, accepted, name: this.#customer.name }));
    if (!isShown) this.#connection.resync();
    if (accepted.seq === 1) {
      this.#host.tell("lcw:startChat");
      this.#host.tell("lcw:chatQueued");
    }
    this.#host.tell("lcw:onMessageSent");
  }

  // Without a socket, or when a snapshot no longer holds what is shown: the same over HTTP.
  async #catchUp() {
    try {
      if (!this.#conversation) {
        if (this.#latest) await this.#startOver(this.#latest.id);
        return;
      }
      const { id } = this.#conversation;
      const { conversation } = await this.#host.api.get(`conversations/${id}`);
      this.#changed(conversation);
      await this.#fetch(`after=${this.#room.timeline.latestSeq}`);
    } catch (error) {
      if (error.code === "session_expired") this.#host.onConnection("refused", 4401);
    }
  }

  async #older() {
    const { messages } = await this.#page(`before=${this.#room.timeline.firstSeq}`);
    if (!this.#isClosed) this.#room.addOlder(messages);
  }

  async #fetch(range) {
    const { messages } = await this.#page(range);
    messages.forEach((message) => this.#add(message));
  }

  async #page(range) {
    const { id } = this.#conversation;
    const page = await this.#host.api.get(`conversations/${id}/messages?${range}&limit=${PAGE}`);
    return id === this.#conversation?.id ? page : { messages: [] };
  }
}

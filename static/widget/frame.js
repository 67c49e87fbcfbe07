// The widget's frame: opens and closes, and brings together who is let in, their chat and what is said around it.

import { KEEP } from "../chat/outbox.js";
import { Store } from "../chat/store.js";
import { announce, tellAvailability } from "./announce.js";
import { Api } from "./api.js";
import { Attention } from "./attention.js";
import { Badge } from "./badge.js";
import { Banners } from "./banners.js";
import { Bridge } from "./bridge.js";
import { Chat } from "./chat.js";
import { Entrance } from "./entrance.js";
import { keepFocus } from "./focus.js";
import { Identity } from "./identity.js";
import { Inviting } from "./inviting.js";
import { isKnownIn, remember } from "./known.js";
import { borrowFrom } from "./lent.js";
import { Mending } from "./mending.js";
import { settingsOf } from "./settings.js";
import { texts } from "./text.js";

const LOOK_EVERY = 60_000;

class Frame {
  #root = document.getElementById("widget");
  #text = texts(this.#root);
  #settings = settingsOf(this.#root);
  #api = new Api();
  #tab = new Store("sessionStorage");
  #bridge;
  #identity;
  #entrance;
  #banners;
  #badge;
  #mending;
  #attention;
  #chat = null;
  #isOpen = false;
  #isRoomy = false;
  #shown = {};
  #keeping = null;
  #inviting;
  #showing = null;

  #part = (name) => this.#root.querySelector(`[data-part=${name}]`);

  constructor(bridge) {
    const { widget, auth } = this.#settings;
    this.#bridge = bridge;
    bridge.onMessage = (message) => this.#told(message);
    const locale = this.#settings.locale;
    const onRenew = (identified) => this.#entrance.letIn(identified);
    const settings = { widget, auth, locale, onRenew };
    this.#identity = new Identity({ api: this.#api, bridge: this.#bridge, settings });
    this.#entrance = new Entrance({ host: this.#hostForEntrance(), identity: this.#identity });
    this.#banners = new Banners({ part: this.#part, text: this.#text, api: this.#api, settings: this.#settings });
    this.#badge = new Badge({ bridge, settings: this.#settings });
    this.#mending = new Mending({ part: this.#part, bridge, isReachable: () => this.#api.get(`widgets/${widget}/availability`) });
    this.#attention = new Attention({ isOpen: () => this.#isOpen, onLook: () => this.#chat?.read() });
    this.#inviting = new Inviting(this.#hostForInviting());
    new Store().forget("parley.", KEEP);
    this.#listen();
    keepFocus(this.#root, () => (this.#isOpen ? ["text", "new", "sign-in", "panel-retry", "minimise"].map(this.#part) : []));
    this.#announce();
  }

  #listen() {
    this.#part("minimise").onclick = () => this.#close();
    this.#part("sign-in")?.addEventListener("click", () => this.#close()); // it may lead to a place on this very page
    if (this.#part("end")) this.#part("end").onclick = () => this.#askToEnd();
    if (this.#part("keep")) this.#part("keep").onclick = () => this.#keep();
    if (this.#part("new")) this.#part("new").onclick = () => this.#chat?.startAnew();
    document.addEventListener("keydown", (event) => this.#pressed(event));
    setInterval(() => this.#lookFor(), LOOK_EVERY);
  }

  #announce() {
    announce({ root: this.#root, bridge: this.#bridge, isKnown: isKnownIn(this.#settings.widget) });
    if (this.#bridge.isEmbedded) return;
    this.#part("minimise").hidden = true;
    this.#open();
    this.#show();
  }

  // A window of its own.
  async #show() {
    const { Showing } = await import("./showing.js").catch(() => this.#mending.misses());
    if (Showing) this.#showing = new Showing(() => this.#bridge.post({ type: "here" }));
  }

  #told(message) {
    const orders = {
      start: () => this.#start(message),
      open: () => this.#open(),
      close: () => this.#close(),
      end: () => this.#leave(),
      invite: () => this.#inviting.invite(message),
      signOut: () => this.#entrance.signOut(),
      provider: () => this.#signInQuietly({ renew: true }),
      context: () => this.#identity.learn(),
      availability: () => tellAvailability({ widget: this.#settings.widget, bridge: this.#bridge }),
      focus: () => this.#attention.hostTold(message),
      here: () => this.#showing?.answered(),
    };
    if (Object.hasOwn(orders, message.type)) orders[message.type]();
  }

  // Whoever never wrote here costs the server nothing.
  #start({ isRoomy, wasLeft }) {
    this.#isRoomy = isRoomy === true;
    if (wasLeft) this.#tab.remove(this.#entered);
    if (isKnownIn(this.#settings.widget) && !this.#isOpen) this.#signInQuietly();
  }

  // byItself: the page was changed while it was open; whoever works on the new one keeps the focus there.
  #open({ byItself = false } = {}) {
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.#tab.set(`parley.${this.#settings.widget}.opened`, true);
      this.#root.classList.add("is-open");
      this.#inviting.opened();
      this.#bridge.post({ type: "state", open: true, byItself });
      this.#bridge.tell("lcw:onMaximize");
    }
    this.#banners.refresh();
    if (this.#chat && !this.#entrance.isBarred) this.#enter({ byItself });
    else if (!this.#entrance.isBusy) this.#entrance.signIn({ renew: Boolean(this.#chat) });
  }

  // For as long as it is open, it opens again wherever this customer goes in this tab.
  #enter(how) {
    remember(this.#settings.widget);
    this.#tab.set(this.#entered, this.#chat.customerId);
    this.#chat.enter(how);
  }

  // On a small screen it would cover the page.
  #isReturning({ id }) {
    return this.#isRoomy && this.#tab.get(this.#entered) === id;
  }

  get #entered() {
    return `parley.${this.#settings.widget}.entered`;
  }

  #close() {
    if (!this.#isOpen || !this.#bridge.isEmbedded) return;
    this.#isOpen = false;
    this.#tab.remove(this.#entered);
    this.#root.classList.remove("is-open");
    this.#bridge.post({ type: "state", open: false });
    this.#bridge.tell("lcw:onMinimize");
  }

  // The page's closeChat(): leaves a persistent conversation, ends a live one.
  async #leave() {
    if (this.#settings.mayEnd) await this.#chat?.end().catch(() => {});
    this.#close();
    this.#bridge.tell("lcw:closeChat");
    this.#bridge.tell("lcw:onClose");
    window.close(); // where it is one of our own
  }

  #signInQuietly(options) {
    if (isKnownIn(this.#settings.widget) || this.#isOpen || this.#chat) this.#entrance.signIn(options);
  }

  #welcome({ customer, conversation, ended }) {
    if (this.#chat?.customerId === customer.id) {
      this.#chat.renewed();
    } else {
      this.#chat?.close();
      this.#chat = new Chat({ host: this.#hostForChat(), customer, latest: conversation ?? ended ?? null });
    }
    if (this.#isOpen) {
      this.#enter();
    } else if (this.#isReturning(customer)) {
      this.#open({ byItself: true });
    } else if (this.#isWorthConnecting({ conversation, ended })) {
      this.#chat.connect();
    } else if (conversation) {
      this.#badge.show(this.#chat.unreadOf(conversation));
    }
  }

  // A waiting conversation's agent is told when the customer is back: when she opens the chat, not the page.
  #isWorthConnecting({ conversation, ended }) {
    if (this.#chat.hasUnsent || this.#tab.get(`parley.${this.#settings.widget}.opened`)) return true;
    return Boolean(ended) || (Boolean(conversation) && conversation.state !== "waiting");
  }

  #clear() {
    this.#chat?.close();
    this.#chat = null;
    this.#banners.clear();
    this.#inviting.forget();
  }

  #hostForEntrance() {
    return {
      part: this.#part,
      text: this.#text,
      tell: (name, detail) => this.#bridge.tell(name, detail),
      isOpen: () => this.#isOpen,
      hasChat: () => Boolean(this.#chat),
      onWelcome: (identified) => this.#welcome(identified),
      onNobody: () => this.#clear(),
      onSettled: () => this.#inviting.settled(),
    };
  }

  #hostForChat() {
    return {
      part: this.#part,
      text: this.#text,
      api: this.#api,
      settings: this.#settings,
      isLooking: () => this.#attention.isThere,
      tell: (name) => this.#bridge.tell(name),
      misses: () => this.#mending.misses(),
      beginAnew: () => this.#mending.begin(),
      onAnswer: () => this.#attention.isThere || this.#badge.chime(),
      onUnread: (count) => this.#badge.show(count),
      onPlace: (place) => this.#banners.showPlace(place),
      onChange: (conversation, hasEnded) => this.#changed(conversation, hasEnded),
      onConnection: (state, code) => this.#connected(state, code),
    };
  }

  #hostForInviting() {
    return {
      root: this.#root,
      part: this.#part,
      bridge: this.#bridge,
      api: this.#api,
      settings: this.#settings,
      isSettled: () => Boolean(this.#chat) || !isKnownIn(this.#settings.widget),
      isBusy: () => this.#isBusy(),
      open: () => this.#open(),
    };
  }

  // Whether there is a chat already. Who is not signed in may have begun one in another tab; to ask tells no agent of
  // their return, which is told of signed-in customers.
  async #isBusy() {
    if (this.#chat?.isAnonymous) this.#chat.connect();
    if (this.#chat?.isConnected) await this.#chat.standing;
    const { conversation, hasEnded } = this.#shown;
    return this.#isOpen || this.#badge.isShown || Boolean(this.#identity.conversation) || (Boolean(conversation) && !hasEnded);
  }

  #changed(conversation, hasEnded) {
    if (conversation && !hasEnded) this.#inviting.forget();
    this.#banners.showAgent(hasEnded ? null : conversation?.agent);
    this.#banners.showsConversation(Boolean(conversation) || Boolean(this.#chat?.hasUnsent));
    if (conversation?.state !== "open") this.#banners.showPlace(null);
    if (this.#part("end")) this.#mayEnd(Boolean(conversation) && !hasEnded);
    if (this.#part("keep")) this.#part("keep").hidden = !conversation;
    this.#shown = { conversation, hasEnded };
    this.#keeping?.show(this.#toKeep());
  }

  #connected(state, code) {
    this.#banners.showConnection(state);
    if (state !== "connecting") this.#part("skeleton").hidden = true;
    if (state === "online") this.#entrance.proven();
    else if (state === "refused") this.#entrance.turnedAway(code);
  }

  // While closed and not connected, a look now and then keeps the badge true.
  async #lookFor() {
    if (!this.#chat || this.#chat.isConnected || document.visibilityState === "hidden") return;
    const { id } = this.#identity.conversation ?? {};
    if (!id) return;
    const { conversation } = await this.#api.get(`conversations/${id}`).catch(() => ({}));
    if (conversation) this.#badge.show(this.#chat.unreadOf(conversation));
  }

  #mayEnd(may) {
    this.#part("end").hidden = !may;
    if (!may) this.#part("confirm").close();
  }

  // `hasFailed`: they did, and nobody could be reached.
  #askToEnd(hasFailed = false) {
    const dialog = this.#part("confirm");
    dialog.returnValue = "";
    dialog.onclose = () => dialog.returnValue === "end" && this.#end();
    dialog.showModal();
    this.#part("not-ended").hidden = !hasFailed;
  }

  // By the customer's own hand.
  async #end() {
    const isEnded = await this.#chat?.end().then(() => true, () => false);
    if (isEnded) this.#bridge.tell("lcw:closeChat");
    else if (!this.#part("end").hidden) this.#askToEnd(true);
  }

  // Loaded when it is first wanted.
  async #keep() {
    const { Keeping } = await import("./keeping.js").catch(() => this.#mending.misses());
    if (!Keeping) return;
    this.#keeping ??= new Keeping({ part: this.#part, api: this.#api });
    if (this.#shown.conversation) this.#keeping.open(this.#toKeep());
  }

  #toKeep() {
    return { ...this.#shown, hasAddress: Boolean(this.#chat?.hasAddress) };
  }

  #pressed(event) {
    if (event.key === "Escape" && !this.#root.querySelector("dialog[open]")) this.#close();
    if (event.key === "/" && event.ctrlKey) this.#chat?.focus();
  }
}

const bridge = new Bridge(document.getElementById("widget"));
await borrowFrom(bridge);
new Frame(bridge);

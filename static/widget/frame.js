// The widget's frame: opens and closes, signs the customer in, and says why when it cannot.

import { KEEP } from "../chat/outbox.js";
import { Store } from "../chat/store.js";
import { announce, tellAvailability } from "./announce.js";
import { Api } from "./api.js";
import { Banners } from "./banners.js";
import { Bridge } from "./bridge.js";
import { Chat } from "./chat.js";
import { keepFocus } from "./focus.js";
import { Identity } from "./identity.js";
import { Inviting } from "./inviting.js";
import { isKnownIn, remember } from "./known.js";
import { borrowFrom } from "./lent.js";
import { Panel } from "./panel.js";
import { texts } from "./text.js";

const LOOK_EVERY = 60_000;
const FIRST_WAIT = 2_000;
const LONGEST_WAIT = 60_000;

class Frame {
  #root = document.getElementById("widget");
  #text = texts(this.#root);
  #settings = settingsOf(this.#root);
  #api = new Api();
  #tab = new Store("sessionStorage");
  #bridge;
  #identity;
  #panel;
  #banners;
  #chat = null;
  #attempt = 0;
  #signingIn = false;
  #failures = 0;
  #retryTimer = 0;
  #isProven = true;
  #isOpen = false;
  #isRoomy = false;
  #isHostFocused = false;
  #unread = 0;
  #shown = {};
  #keeping = null;
  #inviting;

  #part = (name) => this.#root.querySelector(`[data-part=${name}]`);

  constructor(bridge) {
    const { widget, auth } = this.#settings;
    this.#bridge = bridge;
    bridge.onMessage = (message) => this.#told(message);
    const locale = this.#settings.locale;
    const onRenew = (identified) => this.#welcome(identified);
    const settings = { widget, auth, locale, onRenew };
    this.#identity = new Identity({ api: this.#api, bridge: this.#bridge, settings });
    this.#panel = new Panel({ part: this.#part, text: this.#text, onRetry: () => this.#signIn({ renew: true }) });
    this.#banners = new Banners({ part: this.#part, text: this.#text, api: this.#api, settings: this.#settings });
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
    this.#part("reload").onclick = () => this.#tryAgain().catch(() => {});
    if (this.#part("new")) this.#part("new").onclick = () => this.#chat?.startAnew();
    document.addEventListener("keydown", (event) => this.#pressed(event));
    document.addEventListener("visibilitychange", () => this.#looked());
    window.addEventListener("focus", () => this.#looked());
    setInterval(() => this.#lookFor(), LOOK_EVERY);
  }

  #announce() {
    announce({ root: this.#root, bridge: this.#bridge, isKnown: isKnownIn(this.#settings.widget) });
    if (this.#bridge.isEmbedded) return;
    this.#part("minimise").hidden = true;
    this.#open();
  }

  #told(message) {
    const orders = {
      start: () => this.#start(message),
      open: () => this.#open(),
      close: () => this.#close(),
      end: () => this.#leave(),
      invite: () => this.#inviting.invite(message),
      signOut: () => this.#signOut(),
      provider: () => this.#signInQuietly({ renew: true }),
      context: () => this.#identity.learn(),
      availability: () => tellAvailability({ widget: this.#settings.widget, bridge: this.#bridge }),
      focus: () => {
        this.#isHostFocused = message.focused === true;
        this.#looked();
      },
    };
    if (Object.hasOwn(orders, message.type)) orders[message.type]();
  }

  // Whoever never wrote here costs the server nothing.
  #start({ isRoomy }) {
    this.#isRoomy = isRoomy === true;
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
    if (this.#chat && !this.#panel.isShown) this.#enter({ byItself });
    else if (!this.#signingIn) this.#signIn({ renew: Boolean(this.#chat) });
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

  // Failures stay unsaid until the customer opens the chat.
  #signInQuietly(options) {
    if (isKnownIn(this.#settings.widget) || this.#isOpen || this.#chat) this.#signIn(options);
  }

  // A later attempt makes an earlier one void: the page may have changed its mind about who is there.
  async #signIn(options) {
    clearTimeout(this.#retryTimer);
    const attempt = ++this.#attempt;
    this.#signingIn = true;
    if (!this.#chat) {
      this.#panel.hide();
      this.#part("skeleton").hidden = false;
    }
    try {
      const identified = await this.#identity.signIn(options);
      if (attempt === this.#attempt) this.#welcome(identified);
    } catch (error) {
      if (attempt === this.#attempt) this.#refused(error.code ? error : { code: "server_error" });
    } finally {
      if (attempt === this.#attempt) {
        this.#signingIn = false;
        this.#inviting.settled();
      }
    }
  }

  #welcome({ customer, conversation, ended }) {
    this.#failures = 0;
    this.#panel.hide();
    if (this.#chat?.customerId === customer.id) {
      this.#chat.renewed();
    } else {
      this.#chat?.close();
      this.#chat = new Chat({ host: this.#hostFor(), customer, latest: conversation ?? ended ?? null });
    }
    if (this.#isOpen) {
      this.#enter();
    } else if (this.#isReturning(customer)) {
      this.#open({ byItself: true });
    } else if (this.#isWorthConnecting({ conversation, ended })) {
      this.#chat.connect();
    } else if (conversation) {
      this.#showUnread(this.#chat.unreadOf(conversation));
    }
  }

  // A waiting conversation's agent is told when the customer is back: when she opens the chat, not the page.
  #isWorthConnecting({ conversation, ended }) {
    if (this.#chat.hasUnsent || this.#tab.get(`parley.${this.#settings.widget}.opened`)) return true;
    return Boolean(ended) || (Boolean(conversation) && conversation.state !== "waiting");
  }

  #refused({ code }) {
    if (!this.#isOpen && !this.#chat) return;
    const { title, error, passes } = this.#panel.show(code);
    if (!passes) this.#clear(); // nobody is signed in: nothing of the last customer stays in view
    if (error) this.#bridge.tell("lcw:error", { errorCode: error, errorDescription: title });
    if (!passes) return;
    const pause = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#failures++);
    this.#retryTimer = setTimeout(() => this.#signIn({ renew: true }), pause * (0.5 + Math.random()));
  }

  async #signOut() {
    this.#attempt += 1;
    this.#signingIn = false;
    this.#clear();
    if (this.#isOpen) this.#panel.show("signed_out");
    await this.#identity.signOut();
  }

  #clear() {
    this.#chat?.close();
    this.#chat = null;
    this.#banners.clear();
    this.#inviting.forget();
    this.#showUnread(0);
  }

  #hostFor() {
    return {
      part: this.#part,
      text: this.#text,
      api: this.#api,
      settings: this.#settings,
      isLooking: () => this.#isLooking(),
      tell: (name) => this.#bridge.tell(name),
      misses: () => this.#misses(),
      reload: () => this.#reload(),
      onAnswer: () => this.#chime(),
      onUnread: (count) => this.#showUnread(count),
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
    return this.#isOpen || this.#unread > 0 || Boolean(this.#identity.conversation) || (Boolean(conversation) && !hasEnded);
  }

  #changed(conversation, hasEnded) {
    if (conversation && !hasEnded) this.#inviting.forget();
    this.#banners.showAgent(hasEnded ? null : conversation?.agent);
    this.#banners.showsConversation(Boolean(conversation) || Boolean(this.#chat?.hasUnsent));
    if (conversation?.state !== "open") this.#banners.showPlace(null);
    if (this.#part("end")) this.#part("end").hidden = !conversation || hasEnded;
    if (this.#part("keep")) this.#part("keep").hidden = !conversation;
    this.#shown = { conversation, hasEnded };
    this.#keeping?.show(this.#toKeep());
  }

  #connected(state, code) {
    this.#banners.showConnection(state);
    if (state !== "connecting") this.#part("skeleton").hidden = true;
    if (state === "online") this.#isProven = true;
    else if (state === "refused") this.#turnedAway(code);
  }

  // A session that has served is exchanged for a new one, once; one that never did will not be better the next time.
  #turnedAway(code) {
    if (this.#signingIn) return;
    if (code === 4401) this.#identity.drop();
    if (code !== 4401) this.#refused({ code: "forbidden" });
    else if (!this.#isProven) this.#refused({ code: "session_expired" });
    else this.#signIn({ renew: true });
    this.#isProven = false;
  }

  #isLooking() {
    const isFocused = document.hasFocus() || this.#isHostFocused;
    return this.#isOpen && isFocused && document.visibilityState === "visible";
  }

  #looked() {
    if (this.#isLooking()) this.#chat?.read();
  }

  // While closed and not connected, a look now and then keeps the badge true.
  async #lookFor() {
    if (!this.#chat || this.#chat.isConnected || document.visibilityState === "hidden") return;
    const { id } = this.#identity.conversation ?? {};
    if (!id) return;
    const { conversation } = await this.#api.get(`conversations/${id}`).catch(() => ({}));
    if (conversation) this.#showUnread(this.#chat.unreadOf(conversation));
  }

  #showUnread(count) {
    if (count === this.#unread || !this.#settings.countsUnread) return;
    this.#unread = count;
    this.#bridge.post({ type: "unread", count });
  }

  async #chime() {
    if (!this.#settings.playsSound || this.#isLooking()) return;
    const { chime } = await import("./chime.js");
    chime(`parley.${this.#settings.widget}.sounded`);
  }

  #askToEnd() {
    const dialog = this.#part("confirm");
    dialog.returnValue = "";
    dialog.onclose = () => dialog.returnValue === "end" && this.#chat?.end().catch(() => {});
    dialog.showModal();
  }

  // Loaded when it is first wanted.
  async #keep() {
    const { Keeping } = await import("./keeping.js").catch(() => this.#misses());
    if (!Keeping) return;
    this.#keeping ??= new Keeping({ part: this.#part, api: this.#api });
    if (this.#shown.conversation) this.#keeping.open(this.#toKeep());
  }

  // Part of the chat could not be loaded. Some browsers would not try to load it again in the same page.
  #misses() {
    this.#part("missing").hidden = false;
    return {};
  }

  async #tryAgain() {
    await this.#api.get(`widgets/${this.#settings.widget}/availability`); // without a server we have more than a new page would
    this.#reload();
  }

  // As the server has it now. What was typed is kept.
  #reload() {
    this.#bridge.post({ type: "later", order: { type: "open" } });
    window.location.reload();
  }

  #toKeep() {
    return { ...this.#shown, hasAddress: Boolean(this.#chat?.hasAddress) };
  }

  #pressed(event) {
    if (event.key === "Escape" && !this.#root.querySelector("dialog[open]")) this.#close();
    if (event.key === "/" && event.ctrlKey) this.#chat?.focus();
  }
}

function settingsOf({ dataset }) {
  const { widget, locale, auth } = dataset;
  return {
    widget,
    locale,
    auth,
    keepsHours: "keepsHours" in dataset,
    mayEnd: "mayEnd" in dataset,
    countsUnread: "countsUnread" in dataset,
    playsSound: "playsSound" in dataset,
    beginsAnew: "beginsAnew" in dataset,
  };
}

const bridge = new Bridge(document.getElementById("widget"));
await borrowFrom(bridge);
new Frame(bridge);

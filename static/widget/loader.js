// Puts Parley's button and frame on a page:
//   <script src="https://parley.example/widget/loader.js" data-widget="support" async></script>
// Optional: data-position="left|right", data-color="#rrggbb", data-locale="de", data-hide-button.
// It fetches nothing and needs no inline code: the frame's "ready" message brings its configuration. Messages are
// exchanged with the frame, and with a window of its own that this page has opened, under Parley's own origin alone.
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || !script.dataset.widget || window.Parley) return;

  const own = script.dataset;
  const origin = new URL(script.src).origin;
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  const frame = document.createElement("iframe");
  const button = document.createElement("button");
  const badge = document.createElement("b");
  const viewport = window.visualViewport;
  const SMALL = "(max-width:480px),(max-height:480px)";
  const small = matchMedia(SMALL);
  let config = null;
  let address = "";
  let isReady = false;
  let retry = 0;
  let provider = null;
  let contextProvider = null;
  let ownContext = {};
  const waitForAvailability = [];
  let isOpen = false;
  let unread = 0;
  let popup = null;
  let isSignedOut = false;
  const early = [];
  const asking = [];
  const OURS = `parley.${own.widget}.`;
  const LEFT = OURS + "left";
  const AREAS = ["localStorage", "sessionStorage"];
  // What a window of its own may say, too. The rest is about the frame and its button.
  const ANYWHERE = new Set(["token", "context", "event", "kept", "keep", "here"]);

  const CSS = `
    :host{all:initial}
    button,iframe{position:fixed;right:24px;z-index:2147483000;border:0}
    :host(.left) button,:host(.left) iframe{right:auto;left:24px}
    button{display:grid;place-items:center;bottom:24px;width:58px;height:58px;padding:0;border-radius:50%;cursor:pointer;
      color:var(--ink);background:var(--color);box-shadow:0 2px 6px rgb(16 24 40/.2),0 8px 24px rgb(16 24 40/.18);
      transition:transform .12s,filter .12s}
    button:hover{filter:brightness(1.08)}
    button:active{transform:scale(.96)}
    button:focus-visible{outline:3px solid var(--color);outline-offset:3px}
    svg{width:28px;height:28px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
    .x,:host(.open) .m{display:none}
    :host(.open) .x{display:block}
    b{position:absolute;top:-4px;right:-4px;min-width:22px;padding:0 6px;border-radius:11px;box-sizing:border-box;
      font:600 12px/22px system-ui,sans-serif;color:#fff;background:#b3261e}
    iframe{bottom:96px;width:384px;height:600px;max-width:calc(100vw - 48px);max-height:calc(100vh - 120px);
      border-radius:18px;background:Canvas;box-shadow:0 0 0 1px rgb(128 128 128/.2),0 1px 3px rgb(16 24 40/.16),0 12px 40px rgb(16 24 40/.22);
      visibility:hidden;opacity:0;transform:translateY(8px);transition:opacity .14s,transform .14s,visibility .14s}
    :host(.open) iframe,:host(.invited) iframe{visibility:visible;opacity:1;transform:none;transition:opacity .14s,transform .14s}
    :host(.invited) iframe{width:320px;height:var(--height)}
    [hidden]{display:none!important}
    @media(forced-colors:active){button,iframe,b{border:1px solid}}
    @media ${SMALL}{
      :host(:not(.invited)) iframe{inset:0;width:100%;height:100%;max-width:none;max-height:none;border-radius:0}
      :host(.open) button{display:none}
    }
    @media(prefers-reduced-motion:reduce){button,:host iframe{transition:none!important}}`;

  function start() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
    const query = new URLSearchParams({ origin: location.origin });
    for (const name of ["locale", "color"]) if (own[name]) query.set(name, own[name]);
    address = `${origin}/widget/${encodeURIComponent(own.widget)}/?${query}`;
    load();
    frame.title = "Parley";
    button.type = "button";
    button.hidden = true;
    badge.hidden = true;
    button.append(icon("m", "M7.9 20A9 9 0 1 0 4 16.1L2 22Z"), icon("x", "m6 9 6 6 6-6"), badge);
    button.addEventListener("click", () => (isOpen ? leave("close", post) : post({ type: "open" })));
    root.append(button, frame);
    document.body.append(host);
    for (const name of ["focus", "blur"]) window.addEventListener(name, tellFocus);
    viewport?.addEventListener("resize", fit);
    viewport?.addEventListener("scroll", fit);
  }

  function load() {
    frame.src = address;
  }

  function icon(name, path) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const line = document.createElementNS(svg.namespaceURI, "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("class", name);
    svg.setAttribute("aria-hidden", "true");
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  }

  function post(message) {
    if (isReady) tell(message);
    else early.push(message);
  }

  function tell(message, to = frame.contentWindow) {
    to.postMessage(message, origin);
  }

  // To the frame, and to a window of its own.
  function tellAll(message) {
    post(message);
    if (popup && !popup.closed) tell(message, popup);
  }

  // Kept by this page, too: it may be gone before the frame has heard of it.
  function leave(type, say) {
    keepLeft(1);
    say({ type });
  }

  function keepLeft(text) {
    receive.keep({ area: "sessionStorage", key: LEFT, text });
  }

  function answer(to, id, value, error) {
    tell({ type: "answer", id, value, error }, to);
  }

  const receive = {
    ready(message) {
      const isFirst = !config;
      config = message;
      isReady = true;
      clearInterval(retry);
      host.style.setProperty("--color", message.color);
      host.style.setProperty("--ink", message.ink);
      host.classList.toggle("left", (own.position || message.position) === "left");
      frame.title = message.texts.title;
      button.hidden = message.hidden || "hideButton" in own;
      label();
      tellFocus();
      if (isFirst) dispatch("lcw:ready");
      for (const ask of asking.splice(0)) ask();
      for (const waiting of early.splice(0)) post(waiting);
      post({ type: "start", isRoomy: !small.matches, wasLeft: LEFT in keptIn("sessionStorage") });
    },
    // The whole chat is on its way, and is given the order when it is there. A frame that could not be loaded says nothing.
    later({ order }) {
      isReady = false;
      if (order) early.push(order);
      clearInterval(retry);
      retry = setInterval(load, 20000);
    },
    // Focus first returns to the button: a hidden frame would swallow it. A frame that has it already keeps its place, and
    // one that opens by itself takes it from nobody.
    state(message) {
      if (isOpen && !message.open && root.activeElement === frame) button.focus();
      isOpen = message.open;
      if (isOpen) keepLeft(null);
      host.classList.toggle("open", isOpen);
      if (isOpen && !message.byItself && root.activeElement !== frame) frame.focus();
      label();
      fit();
    },
    page({ id }, from) {
      answer(from, id, { url: location.href, age: performance.now() });
    },
    // An invitation of this height stands where the chat will be; 0: it is gone.
    invited({ height }) {
      if (!height && root.activeElement === frame) button.focus();
      host.style.setProperty("--height", `${height}px`);
      host.classList.toggle("invited", height > 0);
    },
    unread(message) {
      unread = message.count;
      label();
    },
    token({ id }, from) {
      const ask = () => provide((value, error) => answer(from, id, value, error));
      // Which function to ask, only the frame can tell; a window that an earlier page has opened may be quicker.
      if (config) ask();
      else asking.push(ask);
    },
    // A provider that fails knows nothing; that must keep nobody from writing.
    async context({ id }, from) {
      const told = await Promise.resolve()
        .then(() => contextProvider?.())
        .catch(() => null);
      answer(from, id, { ...told, ...ownContext });
    },
    availability(message) {
      for (const resolve of waitForAvailability.splice(0)) resolve(message.answer);
    },
    // For a browser that refuses the frame storage of its own.
    kept({ id }, from) {
      answer(from, id, Object.fromEntries(AREAS.map((name) => [name, keptIn(name)])));
    },
    keep({ area, key, text }) {
      if (!AREAS.includes(area) || !key.startsWith(OURS)) return;
      try {
        if (text === null) window[area].removeItem(key);
        else window[area].setItem(key, text);
      } catch {
        // The frame remembers it as long as it is there.
      }
    },
    // A window shows that it is there (see `meet`), and is told that this page is.
    here(_, from) {
      tell({ type: "here" }, from);
    },
    event(message) {
      if (/^lcw:\w+$/.test(message.name)) dispatch(message.name, message.detail);
    },
  };

  // A window outlives the page that opened it, and then speaks to the next one in this tab.
  window.addEventListener("message", ({ source, origin: from, data }) => {
    if (from !== origin || !Object.hasOwn(receive, data?.type)) return;
    const isFrame = source === frame.contentWindow;
    if (!isFrame && (source?.opener !== window || !ANYWHERE.has(data.type))) return;
    if (!isFrame) meet(source);
    receive[data.type](data, source);
  });

  // One that an earlier page has opened makes itself known only now.
  function meet(source) {
    if (isSignedOut && source !== popup) tell({ type: "signOut" }, source);
    popup = source;
  }

  function dispatch(name, detail) {
    window.dispatchEvent(new CustomEvent(name, { detail }));
  }

  // What the badge shows is a part of the name, so that who speaks to the browser can say what they see.
  function label() {
    badge.hidden = isOpen || !unread;
    badge.textContent = unread > 99 ? "99+" : unread;
    const { open, close, unread: news } = config.texts;
    button.setAttribute("aria-label", isOpen ? close : unread ? `${open}, ${news.replace("{count}", badge.textContent)}` : open);
    button.setAttribute("aria-expanded", isOpen);
  }

  function tellFocus() {
    post({ type: "focus", focused: document.hasFocus() });
  }

  // On phones the keyboard covers a fixed frame: it keeps to what is visible, and the page behind stands still.
  function fit() {
    const full = isOpen && small.matches;
    document.documentElement.style.overflow = full ? "hidden" : "";
    frame.style.height = full && viewport ? `${viewport.height}px` : "";
    frame.style.top = full && viewport ? `${viewport.offsetTop}px` : "";
  }

  // Errors: 2 the function failed or took longer than 10 s, 3 there is no token.
  function provide(answer) {
    let timer = setTimeout(() => settle(null, 2), 10000);
    const settle = (token, error) => {
      if (timer) answer(token, error);
      clearTimeout(timer);
      timer = 0;
    };
    const given = (token) => (token ? settle(String(token), 0) : settle(null, 3));
    try {
      const ask = provider || find(config?.clientFunction);
      if (!ask) return given(null);
      // A function that takes no callback answers by what it returns.
      const returned = (token) => (typeof token === "string" || !ask.length) && given(token);
      Promise.resolve(ask(given)).then(returned, () => settle(null, 2));
    } catch {
      settle(null, 2);
    }
  }

  function keptIn(area) {
    try {
      return Object.fromEntries(Object.entries(window[area]).filter(([key]) => key.startsWith(OURS)));
    } catch {
      return {};
    }
  }

  function find(path) {
    const names = path ? path.split(".") : [];
    const last = names.pop();
    const owner = names.reduce((object, name) => object?.[name], window);
    return typeof owner?.[last] === "function" ? owner[last].bind(owner) : null;
  }

  function setProvider(value) {
    provider = value;
    tellAll({ type: "provider" });
  }

  function setContextProvider(value) {
    contextProvider = value;
    tellAll({ type: "context" });
  }

  // Where the browser lets no window open, the chat opens here.
  function startChat({ customContext, inNewWindow } = {}) {
    if (customContext) {
      ownContext = { ...ownContext, ...customContext };
      tellAll({ type: "context" });
    }
    if (!inNewWindow || !openWindow()) post({ type: "open" });
  }

  function signOut() {
    isSignedOut = true;
    tellAll({ type: "signOut" });
  }

  function openWindow() {
    if (!popup || popup.closed) popup = window.open(address.replace("?", "window/?"), OURS, "popup,width=420,height=680");
    popup?.focus();
    return popup;
  }

  function getAgentAvailability() {
    if (waitForAvailability.length === 0) post({ type: "availability" });
    return new Promise((resolve) => waitForAvailability.push(resolve));
  }

  window.Parley = Object.freeze({
    startChat,
    startProactiveChat: (how) => post({ type: "invite", text: how?.message }),
    closeChat: () => leave("end", tellAll),
    signOut,
    setAuthTokenProvider: setProvider,
    getAuthTokenProvider: () => provider,
    removeAuthTokenProvider: () => setProvider(null),
    setContextProvider,
    getContextProvider: () => contextProvider,
    removeContextProvider: () => setContextProvider(null),
    getAgentAvailability,
  });

  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
})();

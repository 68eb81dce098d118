/* The loader: a launcher on the host's page, and behind it a frame on our own origin.

   Knows no conversation and no customer: those live in the frame, out of reach of the host page's other scripts.
   Nothing is requested before the first click. What it tells the frame is a wish, never a proof: who may embed is
   enforced by the frame's `frame-ancestors`, who a customer is by a signature.

   <script async src="https://desk.example/widget.js" data-site="KEY"></script>
   optional: data-locale="zh-hans|en" data-position="left|right" data-color="#rrggbb" data-theme="light|dark"

   Before it is loaded: (window.SeekDesk = window.SeekDesk || []).push(["open"]) */
(() => {
  "use strict";

  const script = document.currentScript ?? document.querySelector("script[data-site][src*='widget.js']");
  const early = window.SeekDesk;
  const AGAIN = "seekdesk:again"; // said by each further tag: the page may have thrown away what the first one drew
  if (early?.open) return void document.dispatchEvent(new Event(AGAIN));
  if (!script?.dataset.site) return;

  const FRAME = new URL("widget/frame/", script.src);
  const PATIENCE = 12_000; // ms for the frame to say hello, before we say that it does not
  const TEXTS = {
    en: {
      open: "Chat with us",
      close: "Close chat",
      frame: "Customer service chat",
      unread: (count) => `${count} unread`,
      trouble: "The chat could not be loaded.",
      retry: "Try again",
    },
    "zh-hans": {
      open: "联系客服",
      close: "关闭对话",
      frame: "在线客服",
      unread: (count) => `${count} 条未读`,
      trouble: "客服窗口没有加载成功。",
      retry: "重试",
    },
  };
  const STYLE = `
    :host { all: initial !important; color-scheme: light dark; }
    *, ::before { box-sizing: border-box; }
    .launcher, .panel { position: fixed; z-index: 2147483000; }
    .launcher { z-index: 2147483001;
      right: max(20px, env(safe-area-inset-right)); bottom: max(20px, env(safe-area-inset-bottom));
      width: 60px; height: 60px; padding: 0; border: 0; border-radius: 50%; cursor: pointer;
      display: grid; place-items: center; color: var(--ink); background: var(--colour);
      box-shadow: 0 1px 3px rgb(0 0 0 / .18), 0 8px 24px rgb(0 0 0 / .18);
      transition: transform .18s ease, box-shadow .18s ease;
    }
    .launcher:hover { transform: translateY(-2px); box-shadow: 0 2px 4px rgb(0 0 0 / .2), 0 12px 30px rgb(0 0 0 / .22); }
    .launcher:active { transform: scale(.96); }
    .launcher:focus-visible, .retry:focus-visible { outline: 3px solid var(--colour); outline-offset: 3px; }
    .launcher svg { width: 28px; height: 28px; grid-area: 1 / 1; transition: opacity .18s, transform .18s; }
    .launcher .down, .opened .launcher .talk { opacity: 0; transform: rotate(-45deg) scale(.6); }
    .opened .launcher .down { opacity: 1; transform: none; }
    .badge {
      position: absolute; top: -3px; right: -3px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px;
      display: grid; place-items: center; background: #d92d20; color: #fff; border: 2px solid #fff;
      font: 600 12px/1 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif;
    }
    .badge[hidden] { display: none; }
    .panel {
      right: max(20px, env(safe-area-inset-right)); bottom: calc(max(20px, env(safe-area-inset-bottom)) + 76px);
      width: 400px; max-width: calc(100vw - 40px); height: min(700px, 100vh - 116px); height: min(700px, 100dvh - 116px);
      border-radius: 20px; overflow: hidden; background: #fff; transform-origin: 100% 100%;
      box-shadow: 0 0 0 1px rgb(0 0 0 / .06), 0 12px 48px rgb(0 0 0 / .2);
      transition: opacity .2s ease, transform .2s ease, visibility 0s;
    }
    .root:not(.opened) .panel { visibility: hidden; opacity: 0; transform: translateY(14px) scale(.97);
      transition: opacity .16s ease, transform .16s ease, visibility 0s .16s; }
    .left .launcher { right: auto; left: max(20px, env(safe-area-inset-left)); }
    .left .panel { right: auto; left: max(20px, env(safe-area-inset-left)); transform-origin: 0 100%; }
    iframe { display: block; width: 100%; height: 100%; border: 0; opacity: 0; transition: opacity .2s; }
    .ready iframe { opacity: 1; }
    .wait { position: absolute; inset: 0; z-index: 1; display: grid; place-content: center; justify-items: center; gap: 16px; padding: 24px;
      text-align: center; color: #3d4340; font: 15px/1.6 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; }
    .ready .wait, .wait:not(.trouble) > *, .wait.trouble::before { display: none; }
    .wait::before { content: ""; width: 28px; height: 28px; border-radius: 50%; border: 3px solid rgb(128 128 128 / .25);
      border-top-color: var(--colour); animation: turn .8s linear infinite; }
    .wait p { margin: 0; }
    .retry { font: inherit; font-weight: 600; padding: 8px 18px; border: 0; border-radius: 18px; cursor: pointer;
      color: var(--ink); background: var(--colour); }
    .dark .panel { background: #171a19; box-shadow: 0 0 0 1px rgb(255 255 255 / .08), 0 12px 48px rgb(0 0 0 / .5); }
    .dark .wait { color: #d5dad7; }
    @keyframes turn { to { transform: rotate(1turn); } }
    @media (max-width: 480px), (max-height: 480px) {
      .panel, .left .panel { inset: 0 auto auto 0; width: 100%; max-width: none; height: 100vh; height: 100dvh; border-radius: 0;
        padding: env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left); }
      .opened.ready .launcher { visibility: hidden; } /* from here on the frame has a button to close it */
    }
    @media (prefers-reduced-motion: reduce) { * { transition: none !important; } .wait::before { animation-duration: 3s; } }
    @media (forced-colors: active) { .launcher, .panel { border: 2px solid ButtonText; } }
    @media print { .root { display: none; } }`;

  const phone = matchMedia("(max-width: 480px), (max-height: 480px)");
  const darkness = matchMedia("(prefers-color-scheme: dark)");
  const listeners = new Map();
  const wishes = { user: null, locale: languageOf(script.dataset.locale), reset: false }; // kept until the frame says hello
  let parts,
    host,
    frame,
    patience,
    overflowBefore,
    greeted = false,
    opened = false,
    unread = 0;

  function languageOf(tag) {
    if (/^zh/i.test(tag ?? "")) return "zh-hans";
    return /^en/i.test(tag ?? "") ? "en" : undefined;
  }

  const wished = () => wishes.locale ?? languageOf(document.documentElement.lang);
  const texts = () => TEXTS[wished() ?? languageOf(navigator.language) ?? "en"];

  /* ---- what is drawn ---- */

  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  function icon(name, path) {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    const stroke = {
      viewBox: "0 0 24 24",
      fill: "none",
      stroke: "currentColor",
      "stroke-width": "1.9",
      "stroke-linecap": "round",
      "stroke-linejoin": "round",
      "aria-hidden": "true",
      class: name,
    };
    for (const [key, value] of Object.entries(stroke)) svg.setAttribute(key, value);
    const line = document.createElementNS(space, "path");
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  }

  function draw() {
    const badge = make("span", { class: "badge", hidden: "", "aria-hidden": "true" });
    const launcher = make(
      "button",
      { class: "launcher", type: "button", "aria-haspopup": "dialog" },
      icon(
        "talk",
        "M20.5 11.2a7.9 7.9 0 0 1-8.3 7.6 9 9 0 0 1-3.3-.6L4 19.8l1.5-3.9a7 7 0 0 1-1.8-4.7A7.9 7.9 0 0 1 12.2 3.6a7.9 7.9 0 0 1 8.3 7.6ZM8.6 11.2h.01M12.1 11.2h.01M15.6 11.2h.01",
      ),
      icon("down", "M6 9.5l6 6 6-6"),
      badge,
    );
    const message = make("p");
    const retry = make("button", { class: "retry", type: "button" });
    const wait = make("div", { class: "wait", role: "status" }, message, retry);
    const panel = make("div", { class: "panel", role: "dialog", inert: "" }, wait);
    const root = make("div", { class: "root" }, launcher, panel);
    parts = { root, launcher, badge, panel, wait, message, retry };
    launcher.addEventListener("click", () => (opened ? close() : open()));
    retry.addEventListener("click", () => {
      frame.remove();
      frame = undefined;
      buildFrame();
    });
    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && opened) close();
    });
    root.classList.toggle("left", script.dataset.position === "left");
    paint(script.dataset.color);
    applyTheme();
    label();
    return root;
  }

  function mount() {
    host = make("div", { id: "seekdesk" });
    const shadow = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet(); // unlike a <style> element, allowed under any style-src of the host page
    sheet.replaceSync(STYLE);
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(draw());
    document.body.append(host);
    document.addEventListener(AGAIN, mountAgain);
    // Some single-page applications put another <body> in place of the first.
    new MutationObserver(mountAgain).observe(document.documentElement, { childList: true });
    addEventListener("message", hear);
    addEventListener("storage", hearOtherTab);
    darkness.addEventListener("change", applyTheme);
    for (const change of ["resize", "scroll"]) window.visualViewport?.addEventListener(change, fit);
    phone.addEventListener("change", fit);
  }

  /* A frame that is put in anew loads anew, and says hello once more. */
  function mountAgain() {
    if (host.isConnected || !document.body) return;
    greeted = false;
    parts.root.classList.remove("ready");
    document.body.append(host);
  }

  function paint(colour) {
    const valid = /^#[0-9a-f]{6}$/i.test(colour ?? "") ? colour : "#2f6f5e";
    const [red, green, blue] = [1, 3, 5].map((at) => (parseInt(valid.slice(at, at + 2), 16) / 255) ** 2.2);
    parts.root.style.setProperty("--colour", valid);
    parts.root.style.setProperty("--ink", 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.32 ? "#14201c" : "#fff");
  }

  function applyTheme() {
    parts.root.classList.toggle(
      "dark",
      script.dataset.theme === "dark" || (script.dataset.theme !== "light" && darkness.matches),
    );
  }

  function label() {
    const { open: idle, close: closing, frame: title, unread: count, trouble, retry } = texts();
    const name = opened ? closing : unread ? `${idle} (${count(unread)})` : idle;
    parts.launcher.setAttribute("aria-label", name);
    parts.launcher.setAttribute("aria-expanded", String(opened));
    parts.launcher.title = name;
    parts.panel.setAttribute("aria-label", title);
    if (frame) frame.title = title;
    parts.message.textContent = trouble;
    parts.retry.textContent = retry;
    parts.badge.hidden = !unread || opened;
    parts.badge.textContent = unread > 9 ? "9+" : String(unread);
  }

  /* On phones the panel covers the page: it follows the visible part when the keyboard comes, and the page behind stays put. */
  function fit() {
    const covers = opened && phone.matches;
    const view = window.visualViewport;
    const follows = covers && view && view.scale < 1.05; // who zooms in wants it larger, not laid out anew
    parts.panel.style.height = follows ? `${view.height}px` : "";
    parts.panel.style.top = follows ? `${view.offsetTop}px` : "";
    holdPage(covers);
    parts.panel.setAttribute("aria-modal", String(covers));
    if (greeted) tell("layout", { covers });
  }

  function holdPage(hold) {
    const style = document.documentElement.style;
    if (hold === (overflowBefore !== undefined)) return;
    const before = overflowBefore;
    overflowBefore = hold ? style.overflow : undefined;
    style.overflow = hold ? "hidden" : before;
  }

  /* ---- the frame ---- */

  function buildFrame() {
    const address = new URL(FRAME);
    const wishesInAddress = {
      site: script.dataset.site,
      locale: wished(),
      theme: script.dataset.theme,
      colour: script.dataset.color,
    };
    for (const [name, value] of Object.entries(wishesInAddress)) if (value) address.searchParams.set(name, value);
    greeted = false;
    parts.root.classList.remove("ready");
    parts.wait.classList.remove("trouble");
    // The frame learns our origin from the browser; this keeps a strict Referrer-Policy of the page from hiding it.
    frame = make("iframe", { referrerpolicy: "origin", src: address.href, title: texts().frame });
    parts.panel.append(frame);
    clearTimeout(patience);
    patience = setTimeout(() => {
      if (!greeted) {
        parts.wait.classList.add("trouble");
        emit("error", { code: "frame_unreachable" });
      }
    }, PATIENCE);
  }

  function tell(type, data = {}) {
    if (greeted) frame.contentWindow?.postMessage({ seekdesk: 1, type, ...data }, FRAME.origin);
  }

  /* Some browsers refuse storage to frames of other sites. For those alone, this page keeps what the frame must not
     lose; the frame asks for it, nothing else is written here. */
  const PREFIX = `seekdesk:${script.dataset.site}:`;

  const areaOf = (name) => (name === "tab" ? sessionStorage : localStorage); // which tab it is, is this tab's own

  function kept() {
    try {
      const all = [...Object.entries(localStorage), ...Object.entries(sessionStorage)];
      const mine = all.filter(([key]) => key.startsWith(PREFIX));
      return Object.fromEntries(mine.map(([key, text]) => [key.slice(PREFIX.length), text]));
    } catch {
      return {};
    }
  }

  function keep({ name, text }) {
    try {
      if (text === null) areaOf(name).removeItem(PREFIX + name);
      else areaOf(name).setItem(PREFIX + name, String(text));
    } catch {
      // Neither the frame nor this page may remember: the conversation lasts as long as the page.
    }
  }

  function hearOtherTab({ key, newValue, storageArea }) {
    if (key?.startsWith(PREFIX) && storageArea === localStorage) tell("kept", { name: key.slice(PREFIX.length), text: newValue });
  }

  const heard = {
    keep,
    hello({ colour }) {
      greeted = true;
      clearTimeout(patience);
      parts.root.classList.add("ready");
      paint(script.dataset.color ?? colour);
      tell("start", { ...wishes, kept: kept(), opened, covers: opened && phone.matches });
      wishes.reset = false;
      if (opened) frame.focus();
    },
    close,
    unread({ count }) {
      unread = Number(count) || 0;
      label();
    },
    message({ message }) {
      emit("message", message);
    },
  };

  function hear(event) {
    if (!frame || event.source !== frame.contentWindow || event.origin !== FRAME.origin) return;
    if (event.data?.seekdesk === 1 && Object.hasOwn(heard, event.data.type)) heard[event.data.type](event.data);
  }

  /* ---- what the host page may ask ---- */

  function open() {
    if (opened) return;
    opened = true;
    if (!frame) buildFrame();
    parts.root.classList.add("opened");
    parts.panel.inert = false;
    unread = 0;
    fit();
    label();
    frame.focus();
    tell("opened");
    emit("opened");
  }

  function close() {
    if (!opened) return;
    opened = false;
    const hadFocus = document.activeElement?.id === "seekdesk";
    parts.root.classList.remove("opened");
    parts.panel.inert = true;
    fit();
    label();
    if (hadFocus) parts.launcher.focus();
    tell("closed");
    emit("closed");
  }

  function setUser(user) {
    wishes.user = user ?? null;
    tell("user", { user: wishes.user });
  }

  function setLocale(tag) {
    wishes.locale = languageOf(tag) ?? wishes.locale;
    label();
    tell("locale", { locale: wishes.locale });
  }

  /* Forgets the customer on this browser, as on log-out. */
  function reset() {
    wishes.user = null;
    wishes.reset = !greeted;
    unread = 0;
    label();
    tell("reset");
  }

  function on(name, listener) {
    const known = listeners.get(name) ?? new Set();
    listeners.set(name, known.add(listener));
    if (name === "ready" && window.SeekDesk === api) listener();
    return () => known.delete(listener);
  }

  function emit(name, detail) {
    for (const listener of listeners.get(name) ?? []) listener(detail);
    document.dispatchEvent(new CustomEvent(`seekdesk:${name}`, { detail, bubbles: true }));
  }

  function push([name, ...values]) {
    if (Object.hasOwn(api, name)) api[name](...values);
  }

  const api = { open, close, setUser, setLocale, reset, on, push };

  function start() {
    if (window.SeekDesk?.open) return; // a second tag was quicker
    mount();
    if (Array.isArray(early)) early.forEach(push);
    window.SeekDesk = Object.freeze(api);
    emit("ready");
  }

  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start, { once: true });
})();

// Keeps a page live: one event stream, and polling when it is gone or the tab is hidden (a browser grants a host
// only six connections, so a hidden tab must not hold one). It only rings: `live:list` and `live:thread` on the
// body make htmx fetch the parts anew, so whatever is missed or comes twice does no harm.

const body = document.body;
const POLL_SECONDS = 5;
const HIDDEN_POLL_SECONDS = 20;
let source = null;
let poll = null;

function ring(name) {
  htmx.trigger(body, name);
}

// Many notices at once are one look at the list; a thread is looked at right away, then at most twice a second.
const due = {};
function ringSoon(name, milliseconds) {
  if (due[name]) return;
  due[name] = setTimeout(() => {
    delete due[name];
    ring(name);
  }, milliseconds);
}

function changed(data) {
  ringSoon("live:list", 250);
  const here = body.dataset.conversation;
  if (here && (!data.conversation_id || data.conversation_id === here)) ringSoon("live:thread", 30);
}

function writing({ message_id: id, text }) {
  const element = document.getElementById(`writing-${id}`);
  if (!element) return;
  keepingPlace(() => {
    element.textContent = text;
    element.removeAttribute("data-empty");
  });
}

function tellPresence(detail) {
  document.dispatchEvent(new CustomEvent("desk:presence", { detail }));
}

function connect() {
  if (source || document.hidden) return;
  source = new EventSource(body.dataset.events);
  source.addEventListener("open", () => {
    body.dataset.live = "";
    pollEvery(0);
    changed({});
  });
  source.addEventListener("error", () => {
    delete body.dataset.live;
    tellPresence({ everybody: null });
    pollEvery(POLL_SECONDS);
    if (source && source.readyState === EventSource.CLOSED) {
      disconnect();
      setTimeout(connect, POLL_SECONDS * 1000);
    }
  });
  source.addEventListener("changed", (event) => changed(JSON.parse(event.data)));
  source.addEventListener("typing", (event) =>
    document.dispatchEvent(new CustomEvent("desk:typing", { detail: JSON.parse(event.data) })),
  );
  source.addEventListener("presence", (event) => tellPresence(JSON.parse(event.data)));
  source.addEventListener("writing", (event) => writing(JSON.parse(event.data)));
}

function disconnect() {
  source?.close();
  source = null;
  tellPresence({ everybody: null });
  delete body.dataset.live;
}

function pollEvery(seconds) {
  clearInterval(poll);
  poll = seconds ? setInterval(() => changed({}), seconds * 1000) : null;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    disconnect();
    pollEvery(HIDDEN_POLL_SECONDS);
  } else {
    connect();
  }
});
addEventListener("online", () => changed({}));
addEventListener("pagehide", disconnect);
addEventListener("pageshow", connect);

// --- What a swap must not disturb -------------------------------------------------------------------------------

const isKept = (node) => node instanceof Element && node.hasAttribute("data-keep");

// Only of fields with a name of their own in the page: any other may have become the field of another row.
const isTyped = (node) => node.value !== node.defaultValue || node.checked !== node.defaultChecked;
const UNSENT = {
  INPUT: (node) => (node.name === "opened" ? node.form !== refused && holdsUnsent(node.form) : node.id && node.type !== "hidden" && isTyped(node)),
  TEXTAREA: (node) => node.id && node.value !== node.defaultValue,
  OPTION: (node) => {
    const select = node.closest("select");
    return select?.id && select.selectedIndex !== Math.max(0, [...select.options].findIndex((one) => one.defaultSelected));
  },
};
const isUnsent = (name, node) => /^(value|checked|selected)$/.test(name) && Boolean(UNSENT[node.tagName]?.(node));
// What is typed belongs to what its form showed when it was opened, and goes on carrying the mark of that; what was refused
// stays typed, and carries the mark that the answer brings: sent once more, it is meant.
let refused = null;
function holdsUnsent(form) {
  const fields = [...(form?.querySelectorAll("input:not([type=hidden]), textarea, option") ?? [])];
  return fields.some((field) => UNSENT[field.tagName](field));
}
const isInUse = (name, node) =>
  /^(data-)?disabled|^aria-busy$/.test(name) && node.matches("[data-disabled-by-htmx], [aria-busy=true]");

Object.assign(Idiomorph.defaults.callbacks, {
  // What somebody types into, and what the stream writes into, is the page's own.
  beforeNodeMorphed: (from, to) => !(isKept(from) && isKept(to)),
  // What somebody opened stays open; what somebody typed or chose, and has not sent yet, stays too. And a button stays
  // out of use until what it began has been answered.
  beforeAttributeUpdated: (name, node) =>
    !(name === "open" && node.tagName === "DETAILS") && !isUnsent(name, node) && !isInUse(name, node),
  // The answer to a form that news have taken away is drawn like any other: htmx looks for this at the form and above it.
  beforeNodeRemoved: (node) => {
    if (node instanceof Element) node.setAttribute("hx-ext", "morph");
  },
});

const scroller = () => document.getElementById("messages");
const isAtEnd = (element) => element.scrollHeight - element.scrollTop - element.clientHeight < 80;

function toEnd() {
  const element = scroller();
  if (element) element.scrollTop = element.scrollHeight;
}

// Whoever reads the end goes on reading the end; whoever reads further up is left in peace.
function keepingPlace(change) {
  const element = scroller();
  const follow = element && isAtEnd(element);
  change();
  if (follow) toEnd();
}

// A look that began before the last act was answered may show what was before it: a reply would go away again.
let acts = 0;
const actsBefore = new WeakMap();
const isLook = ({ verb, elt }) => verb === "get" && elt.matches("[hx-trigger*='live:'], [hx-trigger^=every]");
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (!document.hidden) detail.headers["X-In-View"] = "1"; // what colleagues call one to counts as seen
});
document.addEventListener("htmx:beforeSend", (event) => actsBefore.set(event.detail.xhr, acts));

function isLate({ xhr, requestConfig }) {
  if (requestConfig.verb !== "get") acts += 1;
  return isLook(requestConfig) && actsBefore.get(xhr) < acts;
}

function lookAgain(element) {
  const rung = /live:\w+/.exec(element.getAttribute("hx-trigger"));
  if (rung) ringSoon(rung[0], 30); // the others look again by themselves
}

// What was in the form that is answered is not unsent any more, if it was taken.
const isSettled = ({ target, isError }) => !isError && ("keepsTyped" in target.dataset || target.id === "context");

let follow = false;
document.addEventListener("htmx:beforeSwap", (event) => {
  if (isLate(event.detail)) {
    event.detail.shouldSwap = false;
    lookAgain(event.detail.requestConfig.elt);
    return;
  }
  // What is refused is told above the thread, whatever its status; a whole page of its own stays out.
  if (event.detail.xhr.getResponseHeader("X-Part")) event.detail.shouldSwap = true;
  if (isSettled(event.detail)) event.detail.requestConfig.elt.reset?.();
  refused = event.detail.isError ? event.detail.requestConfig.elt : null;
  const element = scroller();
  follow = Boolean(element && isAtEnd(element));
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (follow || event.detail.requestConfig?.elt.matches("[data-to-end]")) toEnd();
  // What became of a form stands at its head, which may be far above the button that was pressed.
  if ("keepsTyped" in event.detail.target.dataset)
    document.querySelector("[data-keeps-typed] [role=status], [data-keeps-typed] [role=alert]")?.scrollIntoView({ block: "nearest" });
});
toEnd();
if (location.hash.startsWith("#m-")) document.getElementById(location.hash.slice(1))?.scrollIntoView({ block: "center" });

// A number in an answer opens the passage that it stands for.
document.addEventListener("click", (event) => {
  const mark = event.target.closest("a.mark");
  if (!mark) return;
  const passage = document.getElementById(mark.hash.slice(1));
  if (!passage) return;
  event.preventDefault();
  passage.open = true;
  passage.querySelector("summary").focus({ preventScroll: true });
  passage.scrollIntoView({ block: "nearest", behavior: "smooth" });
});

// --- The tab's title ----------------------------------------------------------------------------------------------

const title = document.title;
function badge() {
  const waiting = Number(document.querySelector("#waiting [data-waiting]")?.dataset.waiting || 0);
  document.title = waiting ? `(${waiting}) ${title}` : title;
}
document.addEventListener("htmx:afterSwap", badge);
badge();

document.addEventListener("DOMContentLoaded", connect); // when everybody who listens to it is there

/* Builds elements. Words always go in as text nodes; nothing here reads markup out of a string. */

export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) setProperty(element, name, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function setProperty(element, name, value) {
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (value === true) element.setAttribute(name, "");
  else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
}

const PATHS = {
  close: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  back: "M14.5 5.5L8 12l6.5 6.5",
  list: "M4.5 7h15M4.5 12h15M4.5 17h9",
  plus: "M12 5v14M5 12h14",
  send: "M12 19V5.5M6 11.5l6-6 6 6",
  stop: "M8 8h8v8H8z",
  down: "M12 5v13.5M6.5 13l5.5 5.5 5.5-5.5",
  person:
    "M5.5 13.5v-2a6.5 6.5 0 0 1 13 0v2M5.5 13.2c0-.7.5-1.2 1.2-1.2h.8c.6 0 1 .4 1 1v3.5c0 .6-.4 1-1 1h-.8c-.7 0-1.2-.5-1.2-1.2zM18.5 13.2c0-.7-.5-1.2-1.2-1.2h-.8c-.6 0-1 .4-1 1v3.5c0 .6.4 1 1 1h.8c.7 0 1.2-.5 1.2-1.2zM18.5 16.5c0 2.2-2 3.2-4.5 3.2",
  up: "M8 10.5v8.5H5.5A1.5 1.5 0 0 1 4 17.5v-5.5a1.5 1.5 0 0 1 1.5-1.5zM8 10.5l3.6-6.2c1.4 0 2.3 1 2.3 2.3l-.5 3.4h4.5c1.2 0 2 1.1 1.7 2.2l-1.3 5.2c-.3 1-1.1 1.6-2.1 1.6H8",
  thumb_down:
    "M16 13.5V5h2.5A1.5 1.5 0 0 1 20 6.5v5.5a1.5 1.5 0 0 1-1.5 1.5zM16 13.5l-3.6 6.2c-1.4 0-2.3-1-2.3-2.3l.5-3.4H6.1c-1.2 0-2-1.1-1.7-2.2l1.3-5.2C6 5.6 6.8 5 7.8 5H16",
  clip: "M19 11.5l-7.3 7.3a4.6 4.6 0 0 1-6.500-6.500l7.800-7.800a3.100 3.100 0 0 1 4.400 4.400l-7.800 7.800a1.500 1.500 0 0 1-2.200-2.200l7.200-7.200",
  paper: "M13.5 4H8a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h8a2 2 0 0 0 2-2V8.500zM13.5 4v4.500H18",
  page: "M13.5 5H19v5.5M19 5l-8 8M16.5 14v3.5A1.5 1.5 0 0 1 15 19H6.5A1.5 1.5 0 0 1 5 17.5V9a1.5 1.5 0 0 1 1.5-1.5H10",
  again: "M18.5 12a6.5 6.5 0 1 1-1.9-4.6L18.5 9.3M18.5 5v4.3h-4.3",
  spark: "M12 4.5l1.7 4.8 4.8 1.7-4.8 1.7L12 17.5l-1.7-4.8L5.5 11l4.8-1.7zM18 16.5v3M16.5 18h3",
};

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

export function iconButton(name, label, properties = {}) {
  return h(
    "button",
    { type: "button", class: "icon-button", "aria-label": label, title: label, ...properties },
    icon(name),
  );
}

const FOCUSABLE = "button, a[href], input:not([type='file']), textarea, [tabindex='0']";

/* Keeps Tab inside an element that covers everything else. */
export function keepFocusInside(element, event) {
  if (event.key !== "Tab") return;
  const stops = [...element.querySelectorAll(FOCUSABLE)].filter(
    (stop) => !stop.disabled && (stop.checkVisibility?.({ visibilityProperty: true }) ?? stop.offsetParent),
  );
  const [first, last] = [stops[0], stops.at(-1)];
  const leaving = event.shiftKey ? document.activeElement === first : document.activeElement === last;
  if (!leaving) return;
  event.preventDefault();
  (event.shiftKey ? last : first).focus();
}

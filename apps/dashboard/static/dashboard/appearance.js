// Light or dark, the menu on small screens, and times in the reader's own zone. Knows nothing of what a page is about.

const root = document.documentElement;

function chosenTheme() {
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  return root.dataset.theme || system;
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-theme-toggle]")) {
    const theme = chosenTheme() === "dark" ? "light" : "dark";
    root.dataset.theme = theme;
    document.cookie = `theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  }
  const menu = event.target.closest("[data-menu]");
  if (menu) openMenu(menu.getAttribute("aria-expanded") !== "true");
  else if (!event.target.closest("#nav")) openMenu(false);
  for (const open of document.querySelectorAll("details.switcher[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const switcher = document.querySelector("details.switcher[open]");
  if (switcher) {
    switcher.open = false;
    switcher.querySelector("summary").focus();
  } else if (document.querySelector("[data-menu][aria-expanded=true]")) {
    openMenu(false);
    document.querySelector("[data-menu]").focus();
  }
});

function openMenu(open) {
  const button = document.querySelector("[data-menu]");
  if (!button || (button.getAttribute("aria-expanded") === "true") === open) return;
  button.setAttribute("aria-expanded", String(open));
  document.getElementById("nav").toggleAttribute("data-open", open);
  if (open) document.querySelector("#nav a").focus();
}

// The server writes times in its own zone, and says so to browsers without scripts; here they become the reader's.
const clock = new Intl.DateTimeFormat(root.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(root.lang, { month: "short", day: "numeric" });
const full = new Intl.DateTimeFormat(root.lang, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });

export function localTimes(within = document) {
  const today = new Date().toDateString();
  for (const element of within.querySelectorAll("time[datetime]")) {
    const time = new Date(element.dateTime);
    if (Number.isNaN(time.valueOf())) continue;
    element.title = full.format(time);
    const kind = element.dataset.show;
    if (kind === "clock") {
      element.textContent = time.toDateString() === today ? clock.format(time) : `${day.format(time)} ${clock.format(time)}`;
    } else if (kind === "full") element.textContent = full.format(time);
  }
}

localTimes();
document.addEventListener("htmx:afterSwap", () => localTimes());

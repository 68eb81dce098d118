// The shop's own few lines: the language of the page, and doors to the chat.

const CHINESE = "zh-Hans";
const root = document.documentElement;

function show(language) {
  root.lang = language;
  document.title = root.dataset[language === CHINESE ? "titleZh" : "titleEn"];
  window.SeekDesk?.setLocale(language === CHINESE ? "zh-hans" : "en");
}

function wished() {
  const asked = new URLSearchParams(location.search).get("lang") || localStorage.getItem("language") || navigator.language;
  return asked.startsWith("zh") ? CHINESE : "en";
}

show(wished());

document.querySelector(".switch").addEventListener("click", () => {
  const language = root.lang === CHINESE ? "en" : CHINESE;
  localStorage.setItem("language", language);
  show(language);
});

for (const button of document.querySelectorAll("[data-chat]")) {
  button.addEventListener("click", () => window.SeekDesk?.open());
}

// A customer of their own for whoever logs in: the shop's server signs who it is, and the chat may then act on their orders.
const LOGGED_IN = "logged-in";
const orders = document.querySelector(".orders");

function line({ number, item, status }, words, locale) {
  const entry = document.createElement("li");
  const code = document.createElement("code");
  code.textContent = number;
  entry.append(code, ` ${words[item][locale]} · ${words[status][locale]}`);
  return entry;
}

async function logIn() {
  const answer = await fetch("customer.json", { cache: "no-store" });
  if (!answer.ok) return;
  const { identity, orders: mine, words } = await answer.json();
  localStorage.setItem(LOGGED_IN, "yes");
  const locale = root.lang === CHINESE ? "zh-hans" : "en";
  orders.querySelector("ul").replaceChildren(...mine.map((order) => line(order, words, locale)));
  orders.hidden = false;
  document.querySelector("[data-log-in]").hidden = true;
  if (vouchedFor) return;
  vouchedFor = true;
  const user = { ...identity, name: locale === "en" ? "Demo customer" : "演示顾客" };
  if (window.SeekDesk?.setUser) window.SeekDesk.setUser(user);
  else (window.SeekDesk ??= []).push(["setUser", user]);
}

let vouchedFor = false;
document.querySelector("[data-log-in]").addEventListener("click", logIn);
document.querySelector(".switch").addEventListener("click", () => !orders.hidden && logIn());
addEventListener("focus", () => !orders.hidden && logIn()); // what the chat has done shows here
if (localStorage.getItem(LOGGED_IN)) logIn();

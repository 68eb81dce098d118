// The school's own few lines: the language of the page, and doors to the chat.

const CHINESE = "zh-Hans";
const root = document.documentElement;

function show(language) {
  root.lang = language;
  document.title = root.dataset[language === CHINESE ? "titleZh" : "titleEn"];
  window.SeekDesk?.setLocale(language === CHINESE ? "zh-hans" : "en");
}

function wished() {
  const asked = new URLSearchParams(location.search).get("lang") || localStorage.getItem("school-language") || navigator.language;
  return asked.startsWith("zh") ? CHINESE : "en";
}

show(wished());

document.querySelector(".switch").addEventListener("click", () => {
  const language = root.lang === CHINESE ? "en" : CHINESE;
  localStorage.setItem("school-language", language);
  show(language);
});

for (const button of document.querySelectorAll("[data-chat]")) {
  button.addEventListener("click", () => window.SeekDesk?.open());
}

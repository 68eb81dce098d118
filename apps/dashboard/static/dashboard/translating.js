// Translations at an agent's wish: beneath a customer's message, or in the place of the reply that is being written.

const composer = () => document.getElementById("composer");

async function ask(button, fields) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(button.dataset.address, { method: "POST", body, headers: { "X-CSRFToken": token } });
    const told = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
    return answer.ok ? told : { sentence: told.sentence || button.dataset.failed };
  } catch {
    return { sentence: button.dataset.failed };
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}

function line(text, className) {
  const made = document.createElement("p");
  made.className = className;
  made.textContent = text; // never markup: a model wrote it, of a customer's words
  return made;
}

async function translateMessage(button) {
  const { to, message } = button.dataset;
  const place = button.parentElement;
  const told = await ask(button, { to, message });
  place.querySelectorAll("p").forEach((old) => old.remove());
  if (told.sentence) place.append(line(told.sentence, "muted"));
  if (!told.text) return;
  const text = line(told.text, "lines translated");
  text.lang = to === "zh" ? "zh-Hans" : "en";
  place.append(text);
  button.remove();
}

async function translateReply(button) {
  const { text } = composer().elements;
  const before = text.value;
  const told = await ask(button, { to: button.dataset.to, text: before });
  const isTaken = Boolean(told.text) && text.value === before;
  if (!text.isConnected || (told.text && !isTaken)) return; // one who types on keeps their words
  const notice = composer().querySelector("[data-translated]");
  notice.hidden = false;
  notice.querySelector("[data-sentence]").textContent = told.sentence || "";
  notice.querySelector("[data-back]").hidden = !isTaken;
  if (!isTaken) return;
  notice.dataset.before = before;
  put(told.text);
}

function put(words) {
  const { text } = composer().elements;
  text.value = words;
  text.dispatchEvent(new Event("input", { bubbles: true }));
  text.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-translate]");
  if (button) (button.dataset.message ? translateMessage : translateReply)(button);
  if (!event.target.closest("[data-back]")) return;
  const notice = composer().querySelector("[data-translated]");
  put(notice.dataset.before);
  notice.hidden = true;
});

document.addEventListener("htmx:afterSwap", () => {
  const notice = composer()?.querySelector("[data-translated]");
  if (notice && !composer().elements.text.value) notice.hidden = true; // what it was about is sent
});

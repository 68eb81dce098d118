// Who logs out in one tab has left in all: the others hear of it at once, and show nothing any more.

const LEFT = "seekdesk-left";

function tellOthers() {
  try {
    localStorage.setItem(LEFT, Date.now());
  } catch {
    return; // storage is off: they notice when they look for news
  }
}

if (document.querySelector("[data-entrance]")) tellOthers();
else addEventListener("storage", (event) => event.key === LEFT && location.reload());

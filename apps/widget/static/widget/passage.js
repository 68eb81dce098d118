/* The quoted passage behind a citation, in a dialog of its own. */

import { h, icon, iconButton, keepFocusInside } from "./dom.js";
import { webPage } from "./markdown.js";
import { tagOf } from "./texts.js";

/* The address comes from the site's own people, with the document: it may lead to any web page, and says which. */
export function openPassage(citation, { texts, onClose }) {
  const url = webPage(citation.url);
  const lang = tagOf(citation.language);
  const path = (citation.heading_path ?? []).filter((heading) => heading !== citation.title);
  const dialog = h(
    "dialog",
    { class: "passage", "aria-labelledby": "passage-title" },
    h(
      "div",
      { class: "sheet" },
      h(
        "div",
        { class: "passage-top" },
        h("b", { class: "number", "aria-hidden": "true" }, String(citation.number)),
        h("div", {}, h("p", { class: "overline" }, texts.quoted), h("h2", { id: "passage-title", lang }, citation.title)),
        iconButton("close", texts.dismiss, { onclick: () => dialog.close() }),
      ),
      path.length > 0 && h("p", { class: "path", lang }, path.join(" › ")),
      h("blockquote", { tabindex: "0", lang }, citation.text),
      url &&
        h(
          "a",
          { class: "solid", href: url.href, target: "_blank", rel: "noopener noreferrer", title: url.hostname },
          texts.openPage,
          icon("page"),
        ),
    ),
  );
  show(dialog, onClose);
}

function show(dialog, onClose) {
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("keydown", (event) => keepFocusInside(dialog, event));
  dialog.addEventListener("close", () => {
    dialog.remove();
    onClose();
  });
  document.body.append(dialog);
  dialog.showModal(); // the browser gives the focus back to the citation when it closes
}

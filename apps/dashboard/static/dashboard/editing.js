// Whoever goes back to a form finds what they typed filled in again by the browser, beside the mark of what is kept now:
// saved like that, it would replace what others wrote since without a word. What was typed keeps the mark it was typed on.

const marks = () => document.querySelectorAll("form input[type=hidden]:is([name=opened], [name=version])");
const isChanged = (field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked;
const isRefilled = (field) => field.type !== "hidden" && "defaultValue" in field && isChanged(field);

function remember() {
  const now = Object.fromEntries([...marks()].map((mark) => [mark.form.action, mark.value]));
  if (JSON.stringify(now) === JSON.stringify(history.state?.marks ?? {})) return; // browsers allow it a few times a second
  history.replaceState({ ...history.state, marks: now }, "");
}

addEventListener("pageshow", () => {
  const before = history.state?.marks ?? {};
  for (const mark of marks()) {
    const { action, elements } = mark.form;
    if (before[action] && [...elements].some(isRefilled)) mark.value = before[action];
  }
  remember();
});
document.addEventListener("htmx:afterSwap", remember); // a form that was saved in its place shows another state now

// Whoever goes back to a form finds what they typed filled in again by the browser, beside the mark of what is kept now:
// saved like that, it would replace what others wrote since without a word. What was typed keeps the mark it was typed on.

const marks = () => document.querySelectorAll("form input[type=hidden]:is([name=opened], [name=version])");
const isRefilled = (field) => field.type !== "hidden" && "defaultValue" in field && field.value !== field.defaultValue;

addEventListener("pageshow", () => {
  const before = history.state?.marks ?? {};
  const now = {};
  for (const mark of marks()) {
    const { action, elements } = mark.form;
    if (before[action] && [...elements].some(isRefilled)) mark.value = before[action];
    now[action] = mark.value;
  }
  history.replaceState({ ...history.state, marks: now }, "");
});

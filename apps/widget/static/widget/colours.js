/* Makes one brand colour legible everywhere: words on it, and itself as words, in light and in dark. */

const AA = 4.5; // the contrast that WCAG asks of small text

export function applyColour(colour, root = document.documentElement) {
  const brand = parse(colour);
  if (!brand) return;
  root.style.setProperty("--brand", colour);
  root.style.setProperty("--on-brand", contrast(brand, [255, 255, 255]) >= AA ? "#ffffff" : "#0f1714");
  root.style.setProperty("--accent-light", css(readable(brand, { on: [238, 241, 239], towards: [0, 0, 0] })));
  root.style.setProperty("--accent-dark", css(readable(brand, { on: [42, 47, 45], towards: [255, 255, 255] })));
}

function parse(colour) {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour ?? "");
  return match && match.slice(1).map((part) => parseInt(part, 16));
}

function readable(colour, { on, towards }) {
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = colour.map((part, at) => Math.round(part + (towards[at] - part) * share));
    if (contrast(mixed, on) >= AA) return mixed;
  }
  return towards;
}

function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour) {
  const [red, green, blue] = colour.map((part) =>
    part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const css = (colour) => `rgb(${colour.join(" ")})`;

// The site's colour: the page's `data-color` goes before the widget's own. Which of the two inks is written on it is
// decided by contrast, so that any colour can be read.

const HEX = /^#[0-9a-f]{6}$/i;

export function paint(root, ...colors) {
  const color = colors.find((candidate) => HEX.test(candidate ?? ""));
  if (color) root.style.setProperty("--brand", color);
  const brand = color ?? getComputedStyle(root).getPropertyValue("--brand").trim();
  root.dataset.ink = luminance(brand) > 0.183 ? "dark" : "light";
  return { color: brand, ink: getComputedStyle(root).getPropertyValue("--brand-ink").trim() };
}

// WCAG 2; at 0.183 white has 4.5:1 and begins to lose.
function luminance(hex) {
  const [red, green, blue] = [1, 3, 5].map((start) => {
    const part = parseInt(hex.slice(start, start + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

// The site's colour: the page's `data-color` goes before the widget's own. Which of the two inks is written on it is
// decided by contrast, so that any colour can be read.

const HEX = /^#[0-9a-f]{6}$/i;
// Here and not in a style sheet, because the page's button has none of ours.
const INK = { light: "#ffffff", dark: "#171a21" };

// The last of `colors` is the widget's own, which the server has checked.
export function paint(root, ...colors) {
  const color = colors.find((candidate) => HEX.test(candidate ?? ""));
  const ink = luminance(color) > 0.183 ? INK.dark : INK.light;
  root.style.setProperty("--brand", color);
  root.style.setProperty("--brand-ink", ink);
  return { color, ink };
}

// WCAG 2; at 0.183 white has 4.5:1 and begins to lose.
function luminance(hex) {
  const [red, green, blue] = [1, 3, 5].map((start) => {
    const part = parseInt(hex.slice(start, start + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

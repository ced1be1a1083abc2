// The page's colour, and what can be read on it.

export const DEFAULT_COLOR = "#0b5cab";

/** `{accent, onAccent}`: the colour, or the default where it is none, and black or white on it. */
export function readColors(wanted) {
  const accent = wanted && CSS.supports("color", wanted) ? wanted : DEFAULT_COLOR;
  const luminance = luminanceOf(accent);
  const withWhite = 1.05 / (luminance + 0.05);
  const withBlack = (luminance + 0.05) / 0.05;
  return { accent, onAccent: withWhite >= withBlack ? "#fff" : "#000" };
}

/** Relative luminance, as WCAG 2 defines it; what shines through is white. */
function luminanceOf(color) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, 1, 1);
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = [...context.getImageData(0, 0, 1, 1).data].map(toLinear);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function toLinear(byte) {
  const part = byte / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}

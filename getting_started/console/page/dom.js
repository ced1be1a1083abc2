// Elements from data. Text only ever becomes text nodes, so nothing a customer, a model or a human
// writes can become markup.

const NEAR_THE_END = 80;
const SVG = "http://www.w3.org/2000/svg";

/** An element; `on` holds listeners, `true` sets an empty attribute, null and false leave it out. */
export function el(tag, attributes = {}, ...children) {
  return build(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return build(document.createElementNS(SVG, tag), attributes, children);
}

export function button(label, onClick, attributes = {}) {
  return el("button", { type: "button", ...attributes, on: { click: onClick } }, label);
}

export function byId(id) {
  return document.getElementById(id);
}

/** `{a: {b: 1}}` as lines: `["a.b", "1"]`. */
export function flatten(value, name = "") {
  if (value === null || typeof value !== "object") return [[name, String(value)]];
  return Object.entries(value).flatMap(([key, part]) => flatten(part, name ? `${name}.${key}` : key));
}

export function table(pairs) {
  const rows = pairs.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value || "—")]);
  return el("dl", { class: "facts" }, ...rows.flat());
}

/** Sets a text only where it differs, so that nothing is painted in vain. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Keeps a list that grows at its end there, unless the reader has scrolled away; call it after a change. */
export function keepAtEnd(list) {
  let isAtEnd = true;
  const keepUp = () => {
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  };
  list.addEventListener("scroll", () => {
    isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_THE_END;
  });
  new ResizeObserver(keepUp).observe(list);
  return keepUp;
}

function build(element, { on = {}, ...attributes }, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false && value !== undefined) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// How widgets and transitions look.

import { svg } from "./dom.js";
import { NODE } from "./graph.js";

const ICONS = {
  trigger: "M5 3l8 5-8 5z",
  "split-based-on": "M8 2l6 6-6 6-6-6z",
  "set-variables": "M6 3C3 3 5 8 2 8c3 0 1 5 4 5M10 3c3 0 1 5 4 5-3 0-1 5-4 5",
  "make-http-request": "M3 6h10l-3-3M13 10H3l3 3",
  "send-to-flex": "M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 14c.5-3 2.700-4.500 5.500-4.500s5 1.500 5.500 4.500",
  "enqueue-call": "M3 4h10M3 8h10M3 12h6",
  "say-play": "M3 6v4h3l3 3V3L6 6zM11.500 5.500c1.500 1.500 1.500 3.500 0 5",
  "send-message": "M2 3h12v8H7l-3 3v-3H2z",
  "run-conversation-relay": "M3 8h10M10 5l3 3-3 3M6 5L3 8l3 3",
  "resume-conversation": "M4 3l8 5-8 5zM13 3v10",
};
const OTHER_ICON = "M3 3h10v10H3z";
const LONGEST_LINE = 16;
const LINE_HEIGHT = 15;

/** The group that everything is drawn into, in a picture of its own. */
export function drawStage() {
  const stage = svg("g", { class: "stage" });
  svg("svg", { class: "graph", role: "img", "aria-label": "The Studio flow; its steps are listed below" }, stage);
  return stage;
}

export function drawNode({ name, widget, x, y }, onClick) {
  const [left, top] = [x - NODE.width / 2, y - NODE.height / 2];
  const lines = split(name.replaceAll("_", " "));
  const first = y + 4 - ((lines.length - 1) / 2) * LINE_HEIGHT;
  return svg(
    "g",
    { class: "node", "data-widget": name, on: { click: () => onClick(name) } },
    svg("title", {}, `${name} (${widget.type})`),
    svg("rect", { x: left, y: top, width: NODE.width, height: NODE.height, rx: 10 }),
    svg("path", { class: "icon", d: ICONS[widget.type] ?? OTHER_ICON, transform: `translate(${left + 8} ${y - 8})` }),
    ...lines.map((line, index) => svg("text", { x: left + 30, y: first + index * LINE_HEIGHT }, line)),
  );
}

export function drawEdge({ path, label }) {
  return svg("path", { class: "edge", d: path }, svg("title", {}, label));
}

export function drawArrowHeads() {
  return svg("defs", {}, drawArrowHead("arrow"), drawArrowHead("arrow-lit"));
}

function drawArrowHead(id) {
  const size = { viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 9, markerHeight: 9 };
  const head = svg("path", { d: "M0 0l8 4-8 4z" });
  return svg("marker", { id, ...size, markerUnits: "userSpaceOnUse", orient: "auto" }, head);
}

/** A name in at most two lines of about the same length. */
function split(name) {
  if (name.length <= LONGEST_LINE) return [name];
  const spaces = [...name.matchAll(/ /g)].map(({ index }) => index);
  const [middle] = spaces.sort((one, other) => Math.abs(one - name.length / 2) - Math.abs(other - name.length / 2));
  return middle ? [name.slice(0, middle), name.slice(middle + 1)] : [name];
}

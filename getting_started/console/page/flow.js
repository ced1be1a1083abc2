// The Studio flow as a picture in which widgets light up as an execution walks them.

import { get } from "./api.js";
import { button, byId, el, flatten, svg, table, write } from "./dom.js";
import { NODE, layOut } from "./graph.js";
import { nameOf } from "./thread.js";

const STEP_MS = 160;
const MARGIN = 28;
const ICONS = {
  trigger: "M5 3l8 5-8 5z",
  "split-based-on": "M8 2l6 6-6 6-6-6z",
  "set-variables": "M6 3C3 3 5 8 2 8c3 0 1 5 4 5M10 3c3 0 1 5 4 5-3 0-1 5-4 5",
  "make-http-request": "M3 6h10l-3-3M13 10H3l3 3",
  "send-to-flex": "M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 14c.5-3 2.7-4.5 5.5-4.5s5 1.500 5.500 4.500",
  "enqueue-call": "M3 4h10M3 8h10M3 12h6",
  "say-play": "M3 6v4h3l3 3V3L6 6zM11.500 5.500c1.500 1.500 1.500 3.500 0 5",
  "send-message": "M2 3h12v8H7l-3 3v-3H2z",
  "run-conversation-relay": "M3 8h10M10 5l3 3-3 3M6 5L3 8l3 3",
  "resume-conversation": "M4 3l8 5-8 5zM13 3v10",
};
const OTHER_ICON = "M3 3h10v10H3z";
const FAILURE = /fail|noMatch.*fail/i;

export class Flow {
  constructor(app) {
    this._app = app;
    this._chosen = null;
    this._shown = 0;
    this._stage = svg("g", { class: "stage" });
    this._svg = svg("svg", { class: "graph", role: "img", "aria-label": "The Studio flow; its steps are listed below" }, arrowHeads(), this._stage);
    byId("canvas").append(this._svg);
    this._select = byId("executions");
    this._select.addEventListener("change", () => this._choose(this._select.value || null));
    byId("zoom-in").addEventListener("click", () => this._zoom(1.25));
    byId("zoom-out").addEventListener("click", () => this._zoom(0.8));
    byId("zoom-all").addEventListener("click", () => this._frame(null));
    this._steer();
    new ResizeObserver(() => this._follow()).observe(byId("canvas"));
  }

  /** Draws the definition that runs. */
  async load() {
    const { flows } = await get("_emulator/studio/flows");
    const flow = flows.find(({ flow_sid }) => flow_sid === this._app.settings.flow_sid) ?? flows[0];
    if (!flow) return;
    this._flowSid = flow.flow_sid;
    this._graph = layOut(flow.definition);
    this._nodes = new Map(this._graph.nodes.map((node) => [node.name, { ...node, element: this._drawNode(node) }]));
    this._edges = this._graph.edges.map((edge) => ({ ...edge, element: svg("path", { class: "edge", d: edge.path, "marker-end": "url(#arrow)" }) }));
    this._stage.replaceChildren(...this._edges.map(({ element }) => element), ...[...this._nodes.values()].map(({ element }) => element));
    this._frame(null);
    this._state = null;
    this._app.refresh();
  }

  render(world) {
    if (!this._graph) return;
    const executions = [...world.executions.values()].filter(({ flow_sid }) => flow_sid === this._flowSid);
    const execution = executions.find(({ sid }) => sid === this._chosen) ?? executions.at(-1);
    const state = executions.map(({ sid, steps, isActive }) => sid + steps.length + isActive).join() + execution?.sid;
    if (state === this._state) return;
    this._state = state;
    this._showSelect(executions, execution);
    if (execution?.sid !== this._execution?.sid) this._start(execution);
    this._execution = execution;
    if (this._app.isReplay || reducesMotion()) this._shown = execution?.steps.length ?? 0;
    this._light();
    this._goOn();
  }

  _choose(sid) {
    this._chosen = sid;
    this._app.refresh();
  }

  _start(execution) {
    this._shown = this._execution === undefined || this._chosen ? (execution?.steps.length ?? 0) : 0;
    this._inspect(null);
  }

  /** One more step after a moment, so that eyes can follow what a flow does at once. */
  _goOn() {
    if (this._timer || this._shown >= (this._execution?.steps.length ?? 0)) return;
    this._timer = setTimeout(() => {
      this._timer = null;
      this._shown += 1;
      this._light();
      this._goOn();
    }, STEP_MS);
  }

  _light() {
    const execution = this._execution;
    const steps = execution?.steps.slice(0, this._shown) ?? [];
    const isWhole = execution && this._shown >= execution.steps.length;
    const last = steps.at(-1);
    const current = execution && (last ? last.next : null);
    const isWaiting = Boolean(isWhole && execution.isActive && current);
    const walked = new Set(steps.map(({ widget }) => widget));
    for (const [name, { element }] of this._nodes) {
      element.dataset.lit = name === current && (isWaiting || !isWhole) ? "current" : walked.has(name) ? "walked" : "";
    }
    for (const { from, event, to, element } of this._edges) {
      const isWalked = steps.some((step) => step.widget === from && step.event === event && step.next === to);
      element.dataset.lit = isWalked ? (FAILURE.test(event) ? "failed" : "walked") : "";
      element.setAttribute("marker-end", isWalked ? "url(#arrow-lit)" : "url(#arrow)");
    }
    this._showSteps(steps, isWaiting ? current : null, isWhole && execution && !execution.isActive ? execution.reason : null);
    this._follow();
  }

  _showSteps(steps, waiting, reason) {
    const list = byId("steps");
    list.dataset.empty = "When a call or a message is handed over, the widgets that it walks light up here.";
    const items = steps.map((step) => el("li", {}, button(step.widget, () => this._inspect(step), { class: "step" }), el("span", { class: "event" }, step.event)));
    if (waiting) items.push(el("li", { class: "now" }, el("span", { class: "step" }, waiting), el("span", { class: "event" }, "waits")));
    if (reason) items.push(el("li", { class: "end" }, el("span", { class: "event" }, reason)));
    list.replaceChildren(...items);
    list.scrollLeft = list.scrollWidth;
  }

  _showSelect(executions, shown) {
    const options = executions.slice(-20).reverse().map(({ sid, trigger, contact, at, isActive }) => {
      const what = trigger === "incomingCall" ? "Call" : "Message";
      const time = new Date(at).toLocaleTimeString();
      return el("option", { value: sid, selected: sid === shown?.sid }, `${what} from ${nameOf(contact)}, ${time}${isActive ? ", running" : ""}`);
    });
    this._select.replaceChildren(...(options.length ? options : [el("option", {}, "No execution yet")]));
    this._select.disabled = !options.length;
  }

  async _inspect(step) {
    const pane = byId("inspector");
    pane.hidden = !step;
    if (!step) return;
    const path = `_emulator/studio/executions/${this._execution.sid}/steps/${step.step_sid}`;
    const shown = await get(path).catch((error) => ({ event: error.message, input: {}, output: {}, variables: {} }));
    const close = button("Close", () => this._inspect(null), { class: "tool wide" });
    pane.replaceChildren(
      el("div", { class: "inspector-head" }, el("h3", {}, step.widget), close),
      el("p", { class: "quiet" }, `${step.widget_type} · ${shown.event} → ${step.next ?? "end"}`),
      ...["input", "output", "variables"].flatMap((part) => section(part, shown[part])),
    );
    close.focus({ preventScroll: true });
  }

  _inspectNode(name) {
    const step = this._execution?.steps.findLast(({ widget }) => widget === name);
    if (step) this._inspect(step);
  }

  // Drawing

  _drawNode({ name, widget, x, y }) {
    const [left, top] = [x - NODE.width / 2, y - NODE.height / 2];
    const lines = split(name.replaceAll("_", " "));
    const texts = lines.map((line, index) => svg("text", { x: left + 30, y: y + 4 + (index - (lines.length - 1) / 2) * 15 }, line));
    return svg(
      "g",
      { class: "node", "data-widget": name, "data-type": widget.type, on: { click: () => this._inspectNode(name) } },
      svg("title", {}, `${name} (${widget.type})`),
      svg("rect", { x: left, y: top, width: NODE.width, height: NODE.height, rx: 10 }),
      svg("path", { class: "icon", d: ICONS[widget.type] ?? OTHER_ICON, transform: `translate(${left + 8} ${y - 8})` }),
      ...texts,
    );
  }

  // The camera

  _follow() {
    if (!this._graph || this._isSteered) return;
    const lit = [...this._nodes.values()].filter(({ element }) => element.dataset.lit);
    this._frame(lit.length ? lit : null, false);
  }

  _frame(nodes, isByHand = true) {
    if (isByHand) this._isSteered = false;
    const { clientWidth, clientHeight } = byId("canvas");
    if (!this._graph || !clientWidth || !clientHeight) return;
    const boxes = nodes ?? this._graph.nodes;
    const [left, right] = [Math.min(...boxes.map(({ x }) => x)), Math.max(...boxes.map(({ x }) => x))];
    const [top, bottom] = [Math.min(...boxes.map(({ y }) => y)), Math.max(...boxes.map(({ y }) => y))];
    const width = right - left + NODE.width + MARGIN * 2;
    const height = bottom - top + NODE.height + MARGIN * 2;
    const scale = Math.min(clientWidth / width, clientHeight / height, nodes ? 1.05 : 1);
    this._camera = { scale, x: clientWidth / 2 - ((left + right) / 2) * scale, y: clientHeight / 2 - ((top + bottom) / 2) * scale };
    if (isByHand) this._isSteered = nodes === null && Boolean(this._execution);
    this._move();
  }

  _zoom(factor, at = null) {
    if (!this._camera) return;
    const { clientWidth, clientHeight } = byId("canvas");
    const [x, y] = at ?? [clientWidth / 2, clientHeight / 2];
    const scale = Math.min(2.5, Math.max(0.12, this._camera.scale * factor));
    const ratio = scale / this._camera.scale;
    this._camera = { scale, x: x - (x - this._camera.x) * ratio, y: y - (y - this._camera.y) * ratio };
    this._isSteered = true;
    this._move();
  }

  _move() {
    const { scale, x, y } = this._camera;
    this._stage.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
  }

  _steer() {
    const canvas = byId("canvas");
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this._svg.classList.add("steered");
      this._zoom(event.deltaY < 0 ? 1.1 : 0.9, [event.offsetX, event.offsetY]);
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      this._drag = [event.clientX, event.clientY];
    });
    canvas.addEventListener("pointermove", (event) => this._pull(event));
    for (const end of ["pointerup", "pointerleave", "pointercancel"]) {
      canvas.addEventListener(end, () => {
        this._drag = null;
        this._svg.classList.remove("steered");
      });
    }
  }

  _pull({ clientX, clientY }) {
    if (!this._drag || !this._camera) return;
    const [x, y] = this._drag;
    if (!this._svg.classList.contains("steered") && Math.hypot(clientX - x, clientY - y) < 4) return;
    this._svg.classList.add("steered");
    this._isSteered = true;
    this._camera.x += clientX - x;
    this._camera.y += clientY - y;
    this._drag = [clientX, clientY];
    this._move();
  }
}

function section(title, value) {
  const lines = flatten(value ?? {}).filter(([name]) => name);
  return [el("h4", {}, title), lines.length ? table(lines) : el("p", { class: "quiet" }, "nothing")];
}

/** A name in at most two lines of about the same length. */
function split(name) {
  if (name.length <= 16) return [name];
  const spaces = [...name.matchAll(/ /g)].map(({ index }) => index);
  const middle = spaces.sort((one, other) => Math.abs(one - name.length / 2) - Math.abs(other - name.length / 2))[0];
  return middle ? [name.slice(0, middle), name.slice(middle + 1)] : [name];
}

function arrowHeads() {
  const head = (id) => svg("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto" }, svg("path", { d: "M0 0l8 4-8 4z" }));
  return svg("defs", {}, head("arrow"), head("arrow-lit"));
}

function reducesMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

// The Studio flow as a picture in which widgets light up as an execution walks them.

import { get } from "./api.js";
import { Camera } from "./camera.js";
import { button, byId, el, flatten, table } from "./dom.js";
import { NODE, layOut } from "./graph.js";
import { drawArrowHeads, drawEdge, drawNode, drawStage } from "./graph_drawing.js";
import { nameOf } from "./thread.js";

const STEP_MS = 160;
const MOST_OFFERED = 20;
const FAILURE = /fail/i;
const PARTS = ["input", "output", "variables"];

export class Flow {
  constructor(app) {
    this._app = app;
    this._chosen = null;
    this._steps = [];
    const stage = drawStage();
    byId("canvas").append(stage.parentElement);
    this._stage = stage;
    this._camera = new Camera(byId("canvas"), stage, NODE);
    this._select = byId("executions");
    this._select.addEventListener("change", () => this._choose());
    byId("zoom-in").addEventListener("click", () => this._camera.zoom(1.25));
    byId("zoom-out").addEventListener("click", () => this._camera.zoom(0.8));
    byId("zoom-all").addEventListener("click", () => this._showAll());
    new ResizeObserver(() => this._follow()).observe(byId("canvas"));
  }

  /** Draws the definition that runs. */
  async load() {
    const { flows } = await get("_emulator/studio/flows");
    const flow = flows.find(({ flow_sid }) => flow_sid === this._app.settings.flow_sid) ?? flows[0];
    if (!flow) return;
    this._flowSid = flow.flow_sid;
    const { nodes, edges } = layOut(flow.definition);
    const inspect = (name) => this._inspect(this._steps.findLast(({ widget }) => widget === name));
    this._nodes = new Map(nodes.map((node) => [node.name, { ...node, element: drawNode(node, inspect) }]));
    this._edges = edges.map((edge) => ({ ...edge, element: drawEdge(edge) }));
    const drawn = [...this._edges, ...this._nodes.values()].map(({ element }) => element);
    this._stage.replaceChildren(drawArrowHeads(), ...drawn);
    this._state = null;
    this._follow();
    this._app.refresh();
  }

  render(world) {
    if (!this._nodes) return;
    const executions = [...world.executions.values()].filter(({ flow_sid }) => flow_sid === this._flowSid);
    const execution = executions.find(({ sid }) => sid === this._chosen) ?? executions.at(-1);
    const state = executions.map(({ sid, steps, isActive }) => sid + steps.length + isActive).join() + execution?.sid;
    if (state === this._state) return;
    this._state = state;
    this._showSelect(executions, execution);
    if (execution?.sid !== this._execution?.sid) this._start(execution);
    this._execution = execution ?? null;
    if (this._app.isReplay || reducesMotion()) this._steps = [...(execution?.steps ?? [])];
    this._light();
    this._goOn();
  }

  /** The newest execution stays chosen until there is a newer one. */
  _choose() {
    this._chosen = this._select.selectedIndex === 0 ? null : this._select.value;
    this._camera.isSteered = false;
    this._app.refresh();
  }

  /** An execution that has just begun is followed; one of before is shown as far as it came. */
  _start(execution) {
    const isOfBefore = this._execution === undefined || this._chosen;
    this._steps = isOfBefore ? [...(execution?.steps ?? [])] : [];
    this._inspect(null);
  }

  /** One more step after a moment, so that eyes can follow what a flow does at once. */
  _goOn() {
    if (this._timer || this._isWhole) return;
    this._timer = setTimeout(() => {
      this._timer = null;
      this._steps = this._execution.steps.slice(0, this._steps.length + 1);
      this._light();
      this._goOn();
    }, STEP_MS);
  }

  get _isWhole() {
    return this._steps.length >= (this._execution?.steps.length ?? 0);
  }

  _light() {
    const current = this._steps.at(-1)?.next;
    const isHere = !this._isWhole || this._execution?.isActive;
    const walked = new Set(this._steps.map(({ widget }) => widget));
    for (const [name, { element }] of this._nodes) {
      element.dataset.lit = isHere && name === current ? "current" : walked.has(name) ? "walked" : "";
    }
    for (const { from, event, to, element } of this._edges) {
      const isWalked = this._steps.some((step) => step.widget === from && step.event === event && step.next === to);
      element.dataset.lit = isWalked ? (FAILURE.test(event) ? "failed" : "walked") : "";
      element.setAttribute("marker-end", isWalked ? "url(#arrow-lit)" : "url(#arrow)");
    }
    this._showSteps(isHere ? current : null);
    this._follow();
  }

  _showSteps(waiting) {
    const list = byId("steps");
    const reason = this._isWhole && !this._execution?.isActive && this._execution?.reason;
    const items = this._steps.map((step) => [
      button(step.widget, () => this._inspect(step), { class: "step" }),
      el("span", { class: "event" }, step.event),
    ]);
    if (waiting) items.push([el("span", { class: "step now" }, waiting), el("span", { class: "event" }, "waits")]);
    if (reason) items.push([el("span", { class: "event" }, reason)]);
    list.dataset.empty = "When a call or a message is handed over, the widgets that it walks light up here.";
    list.replaceChildren(...items.map((parts) => el("li", {}, ...parts)));
    list.scrollLeft = list.scrollWidth;
  }

  _showSelect(executions, shown) {
    const options = executions.slice(-MOST_OFFERED).reverse().map(({ sid, trigger, contact, at, isActive }) => {
      const what = `${trigger === "incomingCall" ? "Call" : "Message"} from ${nameOf(contact)}`;
      const time = new Date(at).toLocaleTimeString();
      return el("option", { value: sid, selected: sid === shown?.sid }, `${what}, ${time}${isActive ? ", running" : ""}`);
    });
    this._select.replaceChildren(...(options.length ? options : [el("option", {}, "No execution yet")]));
    this._select.disabled = !options.length;
  }

  async _inspect(step) {
    const pane = byId("inspector");
    pane.hidden = !step;
    if (!step) return;
    const path = `_emulator/studio/executions/${this._execution.sid}/steps/${step.step_sid}`;
    const shown = await get(path).catch((error) => ({ event: error.message }));
    const close = button("Close", () => this._inspect(null), { class: "tool wide" });
    pane.replaceChildren(
      el("div", { class: "inspector-head" }, el("h3", {}, step.widget), close),
      el("p", { class: "quiet" }, `${step.widget_type} · ${shown.event} → ${step.next ?? "end"}`),
      ...PARTS.flatMap((part) => section(part, shown[part])),
    );
    close.focus({ preventScroll: true });
  }

  /** The way walked stays in sight, unless somebody has moved the picture. */
  _follow() {
    if (!this._nodes || this._camera.isSteered) return;
    const nodes = [...this._nodes.values()];
    const lit = nodes.filter(({ element }) => element.dataset.lit);
    if (lit.length) this._camera.show(lit);
    else this._camera.show(nodes, 1);
  }

  _showAll() {
    if (!this._nodes) return;
    this._camera.show([...this._nodes.values()], 1);
    this._camera.isSteered = this._steps.length > 0;
  }
}

function section(title, value) {
  const lines = flatten(value ?? {}).filter(([name]) => name);
  return [el("h4", {}, title), lines.length ? table(lines) : el("p", { class: "quiet" }, "nothing")];
}

function reducesMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

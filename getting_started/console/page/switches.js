// Things that go wrong on demand, so that one can watch what is promised then.

import { get, post, remove } from "./api.js";
import { el } from "./dom.js";

const STUDIO_DOWN = { product: "studio", status: 503 };

export class Switches {
  constructor(root, app, onWorkers) {
    this._root = root;
    this._app = app;
    this._changes = 0;
    this._applying = Promise.resolve();
    this._onWorkers = onWorkers;
    const wait = app.settings.first_token_seconds;
    this._slow = wait + 2;
    this._switches = {
      nobody: this._make("Nobody available", "The desk is empty: the customer is told, offered another way where there is one, or waits in the queue."),
      studio: this._make("Studio down", "Studio's API answers 503: a handoff by message takes another way to a human; where there is none, the customer is told and the agent goes on."),
      slow: this._make("Model slow", `The model's first word takes ${this._slow} s: after ${wait} s the agent finds words of its own.`),
      down: this._make("Model down", "The model answers 500: the agent still answers, with words of its own."),
    };
    root.append(...Object.values(this._switches).map(({ label }) => label));
    for (const name of ["slow", "down"]) {
      if (!app.settings.has_demo_model) this._switches[name].disable("only the demo model can be made to fail");
    }
  }

  /** Shows what is so, whoever brought it about; not if somebody has switched since it was asked for. */
  async refresh() {
    const changes = this._changes;
    const [workers, faults, modelFaults] = await Promise.all([
      get("_emulator/desk/workers"),
      get("_emulator/faults"),
      get("_demo/faults"),
    ]);
    if (changes !== this._changes) return;
    this._showWorkers(workers);
    this._switches.studio.set(faults.some(({ product, status }) => product === "studio" && status >= 500));
    this._switches.slow.set(modelFaults.some(({ delay }) => delay > 0));
    this._switches.down.set(modelFaults.some(({ status }) => status >= 500));
  }

  _make(name, explanation) {
    const input = el("input", { type: "checkbox", role: "switch" });
    const label = el("label", { class: "switch", title: explanation }, input, el("span", { class: "track" }), el("span", {}, name, el("small", {}, explanation)));
    input.addEventListener("change", () => this._change());
    return {
      label,
      get isOn() {
        return input.checked;
      },
      set(isOn) {
        input.checked = isOn;
      },
      disable(why) {
        input.disabled = true;
        label.title = why;
      },
    };
  }

  /** One change after the other; what is wanted is read at once. */
  _change() {
    const change = (this._changes += 1);
    const wanted = Object.fromEntries(Object.entries(this._switches).map(([name, { isOn }]) => [name, isOn]));
    this._root.setAttribute("aria-busy", "true");
    this._applying = this._applying.then(async () => {
      await this._app.attempt(() => this._apply(wanted));
      if (change !== this._changes) return;
      await this._app.attempt(() => this.refresh());
      if (change === this._changes) this._root.removeAttribute("aria-busy");
    });
  }

  async _apply({ nobody, studio, slow, down }) {
    await post("_emulator/desk/availability", { available: !nobody });
    await remove("_emulator/faults");
    if (studio) await post("_emulator/faults", STUDIO_DOWN);
    if (this._app.settings.has_demo_model) await this._applyToModel(slow, down);
  }

  async _applyToModel(slow, down) {
    await remove("_demo/faults");
    const fault = { ...(slow && { delay: this._slow }), ...(down && { status: 500 }) };
    if (slow || down) await post("_demo/faults", fault);
  }

  _showWorkers({ workers }) {
    this._switches.nobody.set(!workers.some(({ available }) => available));
    this._onWorkers(workers);
  }
}

// The human's desk: what waits, who the customer is, and the talk itself.

import { get, post } from "./api.js";
import { button, byId, el, flatten, table, write } from "./dom.js";
import { Composer, Thread, describeSpeaker, nameOf } from "./thread.js";
import { isDone, isWaiting } from "./world.js";

const DESK = "_emulator/desk";
const SETTLED_MS = 120;
const STATUS = { pending: "Waiting", reserved: "Waiting", assigned: "In hand", wrapping: "Wrapping up", completed: "Done", canceled: "Canceled" };
// What may change a task's page.
const TOUCHES = new Set(["task", "speech", "message", "operator_result", "conversation"]);

export class Desk {
  constructor(root, worker, app) {
    this._app = app;
    this._chosen = sessionStorage.getItem("desk-task");
    this._list = el("ul", { class: "tasks", "aria-label": "Tasks" });
    this._entries = new Map();
    this._page = new TaskPage(app, (task) => this._acted(task));
    this._worker = worker;
    root.append(this._list, this._page.element);
  }

  render(world) {
    this._world = world;
    const tasks = [...world.tasks.values()].reverse().sort((one, other) => isDone(one) - isDone(other));
    this._list.dataset.empty = "Nobody waits for a human.";
    this._showList(tasks);
    byId("waiting").textContent = tasks.filter(isWaiting).length || "";
    const chosen = tasks.find((task) => task.sid === this._chosen);
    // Who waits comes before what is done, unless somebody looks at it.
    const shown = chosen && (!isDone(chosen) || this._isPicked) ? chosen : tasks.find((task) => !isDone(task)) ?? chosen ?? tasks[0];
    if (shown?.sid !== this._page.sid) this._open(shown?.sid);
    this._page.isOver = !shown || isDone(shown);
  }

  /** Something happened: what the desk shows of the open task may have changed. */
  touch(entries) {
    if (this._page.sid && entries.some(({ kind }) => TOUCHES.has(kind))) this._refreshSoon();
  }

  showWorkers(workers) {
    const { human } = this._app.settings;
    const isThere = workers.some(({ available }) => available);
    write(this._worker, isThere ? `${human} is available` : "Nobody is available");
    this._worker.dataset.there = String(isThere);
  }

  _showList(tasks) {
    const stale = new Set(this._entries.keys());
    tasks.forEach((task, index) => {
      stale.delete(task.sid);
      const entry = this._entry(task);
      if (this._list.children[index] !== entry.element) this._list.insertBefore(entry.element, this._list.children[index] ?? null);
    });
    for (const sid of stale) this._entries.get(sid).element.remove();
    for (const sid of stale) this._entries.delete(sid);
  }

  _entry(task) {
    let entry = this._entries.get(task.sid);
    if (!entry) {
      entry = { who: el("strong"), reason: el("span", { class: "reason" }), status: el("span", { class: "badge" }) };
      entry.button = el("button", { type: "button", on: { click: () => this._pick(task.sid) } }, entry.who, entry.status, entry.reason);
      entry.element = el("li", {}, entry.button);
      this._entries.set(task.sid, entry);
    }
    write(entry.who, `${customerOf(task)} · ${task.channel}`);
    write(entry.reason, String(task.attributes.reason ?? ""));
    write(entry.status, STATUS[task.status] ?? task.status);
    entry.status.dataset.status = task.status;
    entry.button.setAttribute("aria-current", String(task.sid === this._page.sid));
    return entry;
  }

  _pick(sid) {
    this._isPicked = true;
    this._open(sid);
    this._app.refresh();
  }

  _open(sid) {
    if (sid !== this._chosen) this._isPicked = false;
    this._chosen = sid;
    if (sid) sessionStorage.setItem("desk-task", sid);
    this._page.open(sid);
    this._refreshSoon();
    for (const [key, entry] of this._entries) entry.button.setAttribute("aria-current", String(key === sid));
  }

  _acted(task) {
    if (task.task_sid === this._page.sid) this._page.show(task);
  }

  _refreshSoon() {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._refresh(), this._page.isEmpty ? 0 : SETTLED_MS);
  }

  async _refresh() {
    const { sid } = this._page;
    if (!sid) return;
    const task = await get(`${DESK}/tasks/${sid}`).catch(() => null);
    if (task && sid === this._page.sid) this._page.show(task);
  }
}

/** One task: why, who, what was said, and what the human can do. */
class TaskPage {
  constructor(app, onAct) {
    this._app = app;
    this._onAct = onAct;
    this.sid = null;
    this.isEmpty = true;
    this._title = el("h3");
    this._facts = el("div", { class: "cards" });
    this._cards = new Map();
    this._thread = new Thread("What was said so far");
    this._composer = new Composer({
      label: "Answer the customer",
      name: "desk-words",
      onSend: (text) => this._act("say", { text }),
    });
    this._accept = button("Accept", () => this._act("accept"), { class: "primary" });
    this._return = button("Return to the agent", () => this._act("complete", { close: false }), { class: "tool wide" });
    this._complete = button("Complete", () => this._act("complete"), { class: "tool wide" });
    const actions = el("div", { class: "actions" }, this._accept, this._return, this._complete);
    this.element = el("article", { class: "task", hidden: true }, el("div", { class: "task-head" }, this._title, actions), this._facts, this._thread.element, this._composer.element);
  }

  open(sid) {
    this.sid = sid;
    this.isEmpty = true;
    this.element.hidden = true;
  }

  show(task) {
    this.isEmpty = false;
    this.element.hidden = false;
    const name = task.profile?.traits.Contact?.firstName;
    write(this._title, [name, customerOf(task)].filter(Boolean).join(" · "));
    const isInHand = task.status === "assigned";
    this._accept.hidden = !isWaiting(task);
    this._accept.disabled = task.status !== "reserved";
    this._accept.title = task.status === "reserved" ? "" : "Nobody is available";
    this._complete.hidden = !isInHand;
    // A call has nowhere to go back to: the caller calls again.
    this._return.hidden = !isInHand || task.channel === "voice";
    this._composer.element.hidden = !isInHand;
    this._showFacts(task);
    this._thread.show(task.transcript.map((one, index) => this._item(task, one, index)));
  }

  _showFacts(task) {
    const { reason, summary, ...others } = task.attributes;
    this._card("Reason", [el("p", {}, String(reason ?? task.reason ?? "—"))], true);
    this._card("Summary by the virtual agent", [el("p", {}, task.summary ?? String(summary ?? "Not written yet."))], true);
    this._card("Customer profile", [this._profile(task.profile)], false);
    this._card("Attributes", [table(flatten(others))], false);
  }

  _profile(profile) {
    if (!profile) return el("p", {}, "Conversation Memory knows no profile.");
    const notes = [...profile.observations, ...profile.summaries].map((text) => ["remembered", text]);
    return table([...flatten(profile.traits), ...notes]);
  }

  _card(title, content, isOpen) {
    let card = this._cards.get(title);
    if (!card) {
      card = { body: el("div") };
      card.element = el("details", { class: "card", open: isOpen }, el("summary", {}, title), card.body);
      this._cards.set(title, card);
      this._facts.append(card.element);
    }
    const text = content.map((part) => part.textContent).join();
    if (card.body.textContent !== text) card.body.replaceChildren(...content);
  }

  _item(task, { speaker, text }, index) {
    const { customerAddress, from } = task.attributes;
    const role = [customerAddress, from].includes(speaker) ? "CUSTOMER" : speaker;
    const [side, who] = describeSpeaker(role, this._app.settings, customerOf(task));
    return { key: `${task.task_sid} ${index}`, side, who, text };
  }

  async _act(action, body) {
    const { sid } = this;
    return this._app.attempt(async () => this._onAct(await post(`${DESK}/tasks/${sid}/${action}`, body)));
  }
}

function customerOf({ attributes }) {
  return nameOf(String(attributes.customerName ?? attributes.name ?? attributes.from ?? attributes.caller ?? "Customer"));
}

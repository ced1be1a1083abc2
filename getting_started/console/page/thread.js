// A talk as bubbles, and the line to type into.

import { button, el, keepAtEnd, write } from "./dom.js";

/** Shows items `{key, side, who, text, note, isPending}`; only what changed is painted. */
export class Thread {
  constructor(label) {
    this.element = el("div", { class: "thread", role: "log", "aria-label": label, tabindex: "0" });
    this._bubbles = new Map();
    this._keepUp = keepAtEnd(this.element);
  }

  show(items) {
    const stale = new Set(this._bubbles.keys());
    for (const item of items) {
      stale.delete(item.key);
      this._bubble(item);
    }
    for (const key of stale) this._remove(key);
    this._keepUp();
  }

  _bubble({ key, side, who, text, note, isPending }) {
    let bubble = this._bubbles.get(key);
    if (!bubble) {
      bubble = { name: el("span", { class: "name" }), text: el("p"), note: el("span", { class: "note" }) };
      bubble.element = el("div", { class: "bubble" }, bubble.name, bubble.text, bubble.note);
      this._bubbles.set(key, bubble);
      this.element.append(bubble.element);
    }
    bubble.element.dataset.side = side;
    bubble.element.classList.toggle("pending", Boolean(isPending));
    write(bubble.name, who);
    write(bubble.text, text);
    write(bubble.note, note ?? "");
  }

  _remove(key) {
    this._bubbles.get(key).element.remove();
    this._bubbles.delete(key);
  }
}

/** A line to type into; `onSend(text)` may refuse by throwing, then the words stay. */
export class Composer {
  constructor({ label, send = "Send", name, onSend }) {
    this.input = el("input", { type: "text", class: "words", "aria-label": label, placeholder: label, autocomplete: "off", maxlength: "4000" });
    this.input.value = sessionStorage.getItem(name) ?? "";
    this.input.addEventListener("input", () => sessionStorage.setItem(name, this.input.value));
    this.button = button(send, null, { type: "submit", class: "primary" });
    this.element = el("form", { class: "composer" }, this.input, this.button);
    this.element.addEventListener("submit", async (event) => {
      event.preventDefault();
      const text = this.input.value.trim();
      if (!text || !(await onSend(text))) return;
      this.input.value = "";
      sessionStorage.removeItem(name);
    });
  }

  enable(isEnabled) {
    this.input.disabled = this.button.disabled = !isEnabled;
  }
}

/** An address as a name: who is anonymous in a chat is shown by a few signs. */
export function nameOf(address) {
  return address.replace(/^visitor-(\w{6})\w+$/, "Visitor $1");
}

/** How a speaker, named by role in calls and by identity in writing, is shown: `["side", "name"]`. */
export function describeSpeaker(speaker, { human, agent_identities }, customer) {
  if (speaker === "CUSTOMER") return ["customer", customer];
  if (speaker === "FLOW") return ["flow", "Studio flow"];
  if (["HUMAN_AGENT", human].includes(speaker)) return ["human", human];
  return ["agent", ["AI_AGENT", ...agent_identities].includes(speaker) ? "Virtual agent" : speaker];
}

// The customer's telephone.

import { post } from "./api.js";
import { button, el, write } from "./dom.js";
import { Voice, canListen, canSpeak, listen } from "./speech.js";
import { Composer, Thread, describeSpeaker } from "./thread.js";
import { isOver } from "./world.js";

const CALLS = "_emulator/phone/calls";
const KEYS = [..."123456789*0#"];

export class Phone {
  constructor(root, app) {
    this._app = app;
    this._call = null;
    this._thread = new Thread("What is said on the phone");
    this._voice = new Voice();
    this._state = el("p", { class: "state", role: "status" });
    this._time = el("span", { class: "time" });
    this._dial = button("Call the agent", () => this._place(), { class: "primary call" });
    this._composer = new Composer({
      label: "Say something",
      send: "Say",
      name: "phone-words",
      onSend: (text) => this._say(text),
    });
    this._tools = this._makeTools();
    this._keypad = this._makeKeypad();
    root.append(
      el("div", { class: "device-head" }, this._state, this._time),
      this._thread.element,
      this._keypad,
      el("div", { class: "device-foot" }, this._dial, this._composer.element, this._tools),
    );
    setInterval(() => this._tick(), 1000);
  }

  render(world) {
    const call = world.latestCall(this._app.customer) ?? null;
    const isNew = call?.sid !== this._call?.sid;
    this._call = call;
    const isLive = Boolean(call) && !isOver(call);
    const task = call && world.openTaskOf(call.sid);
    this._thread.show(call ? this._items(call) : []);
    this._thread.element.dataset.empty = call ? "" : `Nobody is on the phone.\nThe agent answers at ${this._app.settings.agent_number}.`;
    this._showState(call, isLive, task);
    if (!isLive) this._keypad.hidden = true;
    if (isNew && isLive && !this._app.isReplay) this._composer.input.focus({ preventScroll: true });
    this._voice.follow(call, this._app.isReplay);
    this._tick();
  }

  _items(call) {
    const items = call.said.map(({ speaker, text, interrupted, unheard }, index) => {
      const [side, who] = describeSpeaker(speaker, this._app.settings, this._app.customerName);
      const note = interrupted ? "cut off" : unheard ? "spoken over, not heard" : "";
      return { key: index, side, who, text: text || "…", note };
    });
    const words = call.partial?.trim();
    if (words || this._isThinking(call)) {
      items.push({ key: call.said.length, side: "agent", who: "Virtual agent", text: words || "…", isPending: true });
    }
    return items.map((item) => ({ ...item, key: `${call.sid} ${item.key}` }));
  }

  _isThinking(call) {
    const last = call.said.at(-1);
    return !isOver(call) && call.doing === "ConversationRelay" && (!last || last.speaker === "CUSTOMER");
  }

  _showState(call, isLive, task) {
    const human = task?.worker ?? this._app.settings.human;
    const doing = {
      ConversationRelay: ["agent", "With the virtual agent"],
      Enqueue: ["queue", "Waiting for a human"],
      "Talking to a human": ["human", `With ${human}`],
    }[call?.doing];
    const [mood, text] = isLive ? (doing ?? ["flow", "With the Studio flow"]) : ["idle", call ? "Call ended" : "On the hook"];
    write(this._state, text);
    this._state.dataset.mood = mood;
    this._dial.hidden = isLive;
    this._composer.element.hidden = this._tools.hidden = !isLive;
    write(this._composer.button, call?.partial ? "Cut in" : "Say");
  }

  _tick() {
    const isLive = this._call && !isOver(this._call);
    const seconds = isLive ? Math.max(0, Math.floor((Date.now() - Date.parse(this._call.at)) / 1000)) : 0;
    const minutes = String(Math.floor(seconds / 60));
    write(this._time, isLive ? `${minutes}:${String(seconds % 60).padStart(2, "0")}` : "");
  }

  _place() {
    const body = { from: this._app.customer, to: this._app.settings.agent_number };
    return this._app.attempt(() => post(CALLS, body));
  }

  /** While the agent is talking, speaking means cutting in; what was shown by then was heard. */
  _say(text) {
    this._voice.stop();
    const heard = this._call?.partial;
    return heard ? this._do("interrupt", { text, heard }) : this._do("say", { text });
  }

  _interrupt() {
    this._voice.stop();
    return this._do("interrupt", this._call?.partial ? { heard: this._call.partial } : {});
  }

  _do(action, body) {
    return this._app.attempt(() => post(`${CALLS}/${this._call.sid}/${action}`, body));
  }

  _makeTools() {
    const keypad = button("Keypad", () => {
      this._keypad.hidden = !this._keypad.hidden;
      keypad.setAttribute("aria-expanded", String(!this._keypad.hidden));
    }, { class: "tool wide", "aria-expanded": "false" });
    const tools = [
      canListen && button("Speak", (event) => this._listen(event.currentTarget), { class: "tool wide" }),
      canSpeak && this._makeSpeaker(),
      button("Interrupt", () => this._interrupt(), { class: "tool wide" }),
      keypad,
      button("Hang up", () => this._do("hang_up"), { class: "tool wide danger" }),
    ];
    return el("div", { class: "tool-row", role: "group", "aria-label": "The call" }, ...tools.filter(Boolean));
  }

  _makeSpeaker() {
    const speaker = button("Hear", () => {
      this._voice.isOn = !this._voice.isOn;
      if (!this._voice.isOn) this._voice.stop();
      speaker.setAttribute("aria-pressed", String(this._voice.isOn));
    }, { class: "tool wide", "aria-pressed": "false" });
    return speaker;
  }

  _makeKeypad() {
    const keys = KEYS.map((key) => button(key, () => this._do("press", { digits: key }), { class: "key" }));
    return el("div", { class: "keypad", role: "group", "aria-label": "Keypad", hidden: true }, ...keys);
  }

  async _listen(control) {
    control.setAttribute("aria-pressed", "true");
    try {
      const words = await listen();
      if (words) await this._say(words);
    } catch (error) {
      this._app.notify(error.message);
    } finally {
      control.setAttribute("aria-pressed", "false");
    }
  }
}

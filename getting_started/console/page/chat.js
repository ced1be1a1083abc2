// The visitor's web chat.

import { post } from "./api.js";
import { button, el } from "./dom.js";
import { Composer, Thread, describeSpeaker } from "./thread.js";

const KEPT = "chat-conversation";

export class Chat {
  constructor(root, app) {
    this._app = app;
    this._sid = sessionStorage.getItem(KEPT);
    this._thread = new Thread("Web chat");
    this._composer = new Composer({
      label: "Write a message",
      name: "chat-words",
      onSend: (body) => app.attempt(() => this._send(body)),
    });
    root.append(
      el("div", { class: "device-head" }, el("p", { class: "state" }, "Chat with Acme Outfitters"), button("New chat", () => this._forget(), { class: "tool wide" })),
      this._thread.element,
      el("div", { class: "device-foot" }, this._composer.element),
    );
  }

  render(world) {
    this._thread.element.dataset.empty = "Write to start a chat.";
    this._thread.show(world.messages.filter((one) => one.conversation_sid === this._sid).map((one) => this._item(one)));
  }

  get _identity() {
    return `visitor${this._app.customer.replace("+", "-")}`;
  }

  async _send(body) {
    const identity = this._identity;
    if (!this._sid) {
      this._sid = (await post("_emulator/chat", { identity })).conversation_sid;
      sessionStorage.setItem(KEPT, this._sid);
    }
    await post(`_emulator/chat/${this._sid}/messages`, { identity, body });
  }

  _forget() {
    this._sid = null;
    sessionStorage.removeItem(KEPT);
    this._app.refresh();
  }

  _item({ sid, author, body }) {
    const speaker = author === this._identity ? "CUSTOMER" : author;
    const [side, who] = describeSpeaker(speaker, this._app.settings, "Visitor");
    return { key: sid, side, who, text: body };
  }
}

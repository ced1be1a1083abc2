// The customer's telephone for SMS, WhatsApp and RCS.

import { post } from "./api.js";
import { el } from "./dom.js";
import { Composer, Thread, describeSpeaker } from "./thread.js";

export class Messages {
  constructor(root, app) {
    this._app = app;
    this._thread = new Thread("Messages");
    this._channel = el("select", { "aria-label": "Messaging channel" });
    for (const name of ["SMS", "WhatsApp", "RCS"]) this._channel.append(el("option", {}, name));
    this._channel.value = sessionStorage.getItem("messages-channel") ?? "SMS";
    this._channel.addEventListener("change", () => {
      sessionStorage.setItem("messages-channel", this._channel.value);
      app.refresh();
    });
    this._composer = new Composer({
      label: "Text message",
      name: "messages-words",
      onSend: (body) => app.attempt(() => post("_emulator/sms", { ...this._addresses(), body })),
    });
    root.append(
      el("div", { class: "device-head" }, el("p", { class: "state" }, "Acme Outfitters"), this._channel),
      this._thread.element,
      el("div", { class: "device-foot" }, this._composer.element),
    );
  }

  render(world) {
    const { from } = this._addresses();
    this._thread.element.dataset.empty = "No messages yet.";
    this._thread.show(world.messagesWith(from).map((one) => this._item(one, from)));
  }

  _item({ sid, author, body, from }, customer) {
    const speaker = from === customer ? "CUSTOMER" : (author ?? from);
    const [side, who] = describeSpeaker(speaker, this._app.settings, this._app.customerName);
    return { key: sid, side, who, text: body };
  }

  _addresses() {
    const { agent_number, whatsapp_number, rcs_sender } = this._app.settings;
    const to = { SMS: agent_number, WhatsApp: whatsapp_number, RCS: rcs_sender }[this._channel.value];
    const prefix = to.includes(":") ? `${to.split(":")[0]}:` : "";
    return { from: prefix + this._app.customer, to };
  }
}

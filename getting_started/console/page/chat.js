// The visitor's web chat: the widget itself, on the shop's page, in a frame of its own.

import { el } from "./dom.js";

export class Chat {
  constructor(root) {
    this._root = root;
    new ResizeObserver(() => this._show()).observe(root);
  }

  render() {}

  /** Loaded when it is first looked at, with the chat open. */
  _show() {
    if (this._root.hidden || this._root.firstChild) return;
    const frame = el("iframe", { class: "shop", title: "A shop's page with the chat widget", src: "shop/" });
    frame.addEventListener("load", () => frame.contentWindow.AgentChat?.open());
    this._root.append(frame);
  }
}

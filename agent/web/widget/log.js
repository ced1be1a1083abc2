// The messages of the conversation, and what is on its way into it.

import { make } from "./dom.js";
import { toNodes } from "./text.js";

const NEAR_END = 80;

export class Log {
  #say;
  #language;
  #session;
  #list = make("div", { class: "list" });
  #pending = make("div", { class: "list" });
  #older;
  #isAtEnd = true;

  constructor(session, say, language) {
    this.#session = session;
    this.#say = say;
    this.#language = language;
    this.#older = make("button", { type: "button", class: "older", hidden: true, onclick: () => this.#showEarlier() }, say("older"));
    const welcome = make("p", { class: "notice" }, say("welcome"));
    this.element = make(
      "div",
      { class: "log", role: "log", tabindex: "0", "aria-label": say("messages") },
      ...[this.#older, welcome, this.#list, this.#pending],
    );
    this.element.addEventListener("scroll", () => this.#notePlace(), { passive: true });
    const observer = new ResizeObserver(() => this.#isAtEnd && this.scrollToEnd());
    for (const one of [this.element, this.#list, this.#pending]) observer.observe(one);
  }

  /** Everything anew; what was read stays where it is. */
  showAll() {
    const fromEnd = this.element.scrollHeight - this.element.scrollTop;
    const wasAtEnd = this.#isAtEnd;
    this.element.setAttribute("aria-busy", "true");
    this.#older.hidden = !this.#session.hasEarlier;
    this.#list.replaceChildren(...this.#session.messages.map((one) => this.#draw(one)));
    this.element.scrollTop = this.element.scrollHeight - (wasAtEnd ? 0 : fromEnd);
    this.element.removeAttribute("aria-busy");
  }

  add(message) {
    const isRevealed = this.#session.isAgents(message);
    this.#append(this.#draw(message, { isRevealed }), this.#session.isMine(message));
  }

  notice(text) {
    this.#append(make("p", { class: "notice" }, text));
  }

  showPending(entries) {
    const hasNew = entries.length > this.#pending.childElementCount;
    this.#pending.replaceChildren(...entries.map((one) => this.#drawPending(one)));
    if (hasNew) this.scrollToEnd();
  }

  scrollToEnd() {
    this.#isAtEnd = true;
    this.element.scrollTop = this.element.scrollHeight;
  }

  #append(element, isOwn = false) {
    const follows = isOwn || this.#isAtEnd;
    this.#list.append(element);
    if (follows) this.scrollToEnd();
  }

  #notePlace() {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
  }

  async #showEarlier() {
    this.#older.disabled = true;
    await this.#session.showEarlier().finally(() => (this.#older.disabled = false));
  }

  #draw(message, { isRevealed = false } = {}) {
    const [kind, name] = this.#authorOf(message);
    const time = message.dateCreated?.toLocaleTimeString(this.#language, { hour: "numeric", minute: "2-digit" }) ?? "";
    return make(
      "div",
      { class: `message ${kind}` },
      make("p", { class: "by" }, `${name} · ${time}`),
      make("p", { class: "words", dir: "auto" }, ...toNodes(message.body ?? "", { isRevealed })),
    );
  }

  #authorOf(message) {
    if (this.#session.isMine(message)) return ["mine", this.#say("you")];
    if (this.#session.isAgents(message)) return ["agent", this.#say("assistant")];
    return ["human", this.#session.nameOf(message)];
  }

  #drawPending(entry) {
    const again = () => this.#session.sendAgain(entry.id);
    const isConnected = this.#session.connection.state === "connected";
    const fate = entry.isRefused
      ? [`${this.#say("notSent")} `, make("button", { type: "button", onclick: again }, this.#say("sendAgain"))]
      : [this.#say(isConnected ? "sending" : "waitingToSend")];
    return make(
      "div",
      { class: "message mine" },
      make("p", { class: "words", dir: "auto" }, ...toNodes(entry.text)),
      make("p", { class: "fate" }, ...fate),
    );
  }
}

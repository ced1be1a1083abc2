// The element <agent-chat>: a launcher, and the panel of the conversation in a shadow root.

import { readColors } from "./colors.js";
import { icon, make } from "./dom.js";
import { Log } from "./log.js";
import * as outbox from "./outbox.js";
import { Session } from "./session.js";
import { isAgents, isWaiting } from "./situation.js";
import { chooseLanguage, speaker } from "./strings.js";
import { sheet } from "./styles.js";

const LONGEST_MESSAGE = 4000;
const TYPING_SECONDS = 30;
const OPEN = "agent-chat-open";
const DRAFT = "agent-chat-draft";
const STARTED = "agent-chat-started";

/** Put the widget of a script tag on its page; gives the element. */
export async function show(base, tag) {
  customElements.define("agent-chat", AgentChat);
  const element = document.createElement("agent-chat");
  if (!document.body) await new Promise((resolve) => addEventListener("DOMContentLoaded", resolve, { once: true }));
  document.body.append(element);
  element.setUp(base, tag.dataset);
  return element;
}

class AgentChat extends HTMLElement {
  #say;
  #session;
  #log;
  #parts = {};
  #listeners = new Map();
  #isStarted = false;
  #isShown = false;
  #unread = 0;
  #human = null;
  #typing = 0;

  setUp(base, { title, color, lang, identity, proof }) {
    const language = chooseLanguage(lang, document.documentElement.lang, navigator.language);
    const { accent, onAccent } = readColors(color);
    this.lang = language;
    this.style.setProperty("--accent", accent);
    this.style.setProperty("--on-accent", onAccent);
    this.#say = speaker(language);
    this.#session = new Session(base, identity ? { identity, proof } : {});
    this.#log = new Log(this.#session, this.#say, language);
    this.#build(title || this.#say("title"));
    this.#listen();
    if (recall(sessionStorage, OPEN)) this.open({ withFocus: false });
    else if (recall(localStorage, STARTED)) this.#start();
  }

  open({ withFocus = true } = {}) {
    const { launcher, panel, field } = this.#parts;
    launcher.hidden = true;
    panel.hidden = false;
    this.classList.add("open");
    keep(sessionStorage, OPEN, "yes");
    this.#countUnread(0);
    this.#start();
    this.#log.scrollToEnd();
    if (withFocus) field.focus();
    this.#emit("open");
  }

  close() {
    const { launcher, panel } = this.#parts;
    if (panel.hidden) return;
    const hadFocus = this.matches(":focus-within");
    launcher.hidden = false;
    panel.hidden = true;
    this.classList.remove("open");
    keep(sessionStorage, OPEN, "");
    if (hadFocus) launcher.focus();
    this.#emit("close");
  }

  /** What the page knows, such as `{page: "Boots", cart: "2 items"}`: kept with the conversation. */
  setContext(values) {
    this.#session.setContext(values);
  }

  /** `open`, `close`, `message` ({author, text}), `state` ({name, ...}) and `unread` ({count}). */
  listen(event, listener) {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  #emit(event, detail = {}) {
    for (const listener of this.#listeners.get(event) ?? []) listener(detail);
  }

  #start() {
    if (this.#isStarted) return;
    this.#isStarted = true;
    keep(localStorage, STARTED, "yes");
    this.#session.start();
  }

  #build(title) {
    const say = this.#say;
    const badge = make("span", { class: "badge", "aria-hidden": "true", hidden: true });
    const launcher = make(
      "button",
      { type: "button", class: "launcher", "aria-label": say("open"), "aria-haspopup": "dialog", onclick: () => this.open() },
      icon("chat"),
      badge,
    );
    const state = make("p", { class: "state" }, say("connecting"));
    const close = make("button", { type: "button", "aria-label": say("close"), onclick: () => this.close() }, icon("close"));
    const top = make("div", { class: "top" }, make("div", {}, make("h2", { id: "title" }, title), state), close);
    const typing = make("div", { class: "typing", role: "status" });
    const banner = make("div", { class: "banner", role: "status", hidden: true });
    const field = make("textarea", {
      ...{ id: "field", rows: "1", maxlength: String(LONGEST_MESSAGE), placeholder: say("write") },
      ...{ oninput: () => this.#onInput(), onkeydown: (event) => this.#onFieldKey(event) },
    });
    field.value = recall(sessionStorage, DRAFT);
    const send = make("button", { class: "send", "aria-label": say("send") }, icon("send"));
    const label = make("label", { class: "unseen", for: "field" }, say("write"));
    const form = make("form", { onsubmit: (event) => this.#onSubmit(event) }, label, field, send);
    const panel = make(
      "section",
      { class: "panel", role: "dialog", "aria-labelledby": "title", hidden: true, onkeydown: (event) => this.#onPanelKey(event) },
      ...[top, this.#log.element, typing, banner, form],
    );
    this.#parts = { launcher, badge, panel, state, typing, banner, form, field };
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(launcher, panel);
  }

  #listen() {
    const session = this.#session;
    const on = (event, listener) => session.addEventListener(event, ({ detail }) => listener(detail));
    on("connection", () => this.#showState());
    on("messages", () => this.#showMessages());
    on("message", (message) => this.#showMessage(message));
    on("situation", (situation) => this.#showSituation(situation));
    on("typing", (name) => this.#showTypist(name));
    on("outbox", () => this.#showOutbox());
    this.#showOutbox();
  }

  #showMessages() {
    this.#log.showAll();
    if (!this.#isShown) this.#log.scrollToEnd();
    this.#isShown = true;
    this.#showOutbox();
    this.#expectReply();
  }

  #showMessage(message) {
    const session = this.#session;
    this.#log.add(message);
    this.#expectReply();
    if (session.isMine(message)) return;
    if (this.#parts.panel.hidden) this.#countUnread(this.#unread + 1);
    const author = session.isAgents(message) ? "agent" : "human";
    this.#emit("message", { author, text: message.body });
  }

  #showSituation(situation) {
    const words = { ...situation, name: situation.human ?? this.#say("human") };
    const before = this.#human;
    this.#human = situation.name === "human" ? words.name : null;
    if (this.#isShown) {
      if (before && !this.#human) this.#log.notice(this.#say("left", { name: before }));
      const key = { human: "joined", returned: "returned", canceled: "canceled", failed: "failed" }[situation.name];
      if (key) this.#log.notice(this.#say(key, words));
    }
    this.#expectReply();
    this.#showState();
    this.#emit("state", situation);
  }

  #showState() {
    const { state, banner, form } = this.#parts;
    const { connection, situation } = this.#session;
    const hasEnded = situation.name === "ended";
    state.textContent = this.#stateOf(connection, situation);
    form.hidden = hasEnded && connection.state === "connected";
    const shown = this.#bannerFor(connection, situation);
    banner.hidden = !shown;
    banner.replaceChildren(...(shown ?? []));
    this.#showOutbox();
  }

  #stateOf(connection, situation) {
    if (connection.state === "connecting") return this.#say("connecting");
    if (connection.state !== "connected") return "";
    if (situation.name === "human") return this.#say("withHuman", { name: situation.human ?? this.#say("human") });
    if (isWaiting(situation)) return this.#say("waiting");
    return isAgents(situation) ? this.#say("serving") : "";
  }

  /** What is the matter, and the button that helps. */
  #bannerFor({ state, problem }, situation) {
    const session = this.#session;
    if (state === "offline") return this.#notice("reconnecting");
    if (state === "failed") {
      return this.#notice(problem, problem === "refused" ? null : ["tryAgain", () => session.start()]);
    }
    if (situation.name === "ended") return this.#notice("ended", ["startAgain", () => session.start()]);
    if (!isWaiting(situation)) return null;
    const facts = ["place", "minutes"].filter((one) => situation[one]).map((one) => ` ${this.#say(one, situation)}`);
    return this.#notice(situation.name, ["stopWaiting", () => session.send(this.#say("neverMind"))], facts.join(""));
  }

  #notice(key, action = null, more = "") {
    const words = make("p", {}, this.#say(key) + more);
    if (!action) return [words];
    const [label, onclick] = action;
    return [words, make("button", { type: "button", onclick }, this.#say(label))];
  }

  #showOutbox() {
    this.#log.showPending(outbox.read());
  }

  /** The agent answers every message of the visitor; until it has, it is at it. */
  #expectReply() {
    const { messages, situation } = this.#session;
    const last = messages.at(-1);
    const age = last ? Date.now() - last.dateCreated : Infinity;
    const isExpected = last && this.#session.isMine(last) && isAgents(situation) && age < TYPING_SECONDS * 1000;
    clearTimeout(this.#typing);
    if (isExpected) this.#typing = setTimeout(() => this.#expectReply(), TYPING_SECONDS * 1000 - age);
    this.#showTyping(isExpected ? this.#say("typing") : "");
  }

  #showTypist(name) {
    if (name) this.#showTyping(this.#say("humanTyping", { name }));
    else if (this.#session.situation.name === "human") this.#showTyping("");
  }

  #showTyping(words) {
    const { typing } = this.#parts;
    if (typing.textContent === words) return;
    const dots = make("span", { class: "dots", "aria-hidden": "true" }, make("i"), make("i"), make("i"));
    typing.replaceChildren(...(words ? [dots, words] : []));
  }

  #countUnread(count) {
    const { launcher, badge } = this.#parts;
    if (count === this.#unread) return;
    this.#unread = count;
    badge.hidden = !count;
    badge.textContent = count;
    launcher.setAttribute("aria-label", count ? this.#say("openUnread", { count }) : this.#say("open"));
    this.#emit("unread", { count });
  }

  #onInput() {
    keep(sessionStorage, DRAFT, this.#parts.field.value);
    this.#session.tellTyping();
  }

  #onFieldKey(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#parts.form.requestSubmit();
  }

  #onPanelKey(event) {
    if (event.key === "Escape") this.close();
  }

  #onSubmit(event) {
    event.preventDefault();
    const { field } = this.#parts;
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    keep(sessionStorage, DRAFT, "");
    this.#session.send(text);
    field.focus();
  }
}

/** What was kept, or nothing where the browser keeps nothing for this site. */
function recall(storage, key) {
  try {
    return storage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

function keep(storage, key, value) {
  try {
    storage.setItem(key, value);
  } catch {
    // then it is forgotten with this page
  }
}

// Every request and frame between the application and Twilio.

import { byId, el, keepAtEnd, write } from "./dom.js";

const MOST_KEPT = 3000;
const MOST_SHOWN = 500;
const MOST_IN_A_ROW = 300;
const KINDS = { request: "Requests", webhook: "Webhooks", frame: "Frames", fault: "Faults", alert: "Alerts" };

export class Wire {
  constructor() {
    this._list = byId("rows");
    this._keepUp = keepAtEnd(this._list);
    this._rows = [];
    this._requests = new Map();
    this._turns = new Map();
    this._hidden = new Set();
    this._words = "";
    this._fresh = [];
    byId("kinds").append(...Object.entries(KINDS).map(([kind, label]) => this._chip(kind, label)));
    byId("wire-filter").addEventListener("input", ({ target }) => {
      this._words = target.value.trim().toLowerCase();
      this._paintAll();
    });
  }

  take(entries) {
    for (const entry of entries) this._take(entry);
    const gone = this._rows.splice(0, this._rows.length - MOST_KEPT);
    for (const row of gone) this._requests.delete(row.number);
  }

  forget() {
    this._rows = [];
    this._fresh = [];
    this._requests.clear();
    this._turns.clear();
    this._list.replaceChildren();
  }

  /** Puts what is new at the end; called once a frame. */
  render() {
    this._list.dataset.empty = "Nothing has gone over the wire yet.";
    const added = this._fresh.filter((row) => this._isShown(row)).slice(-MOST_SHOWN);
    this._fresh = [];
    this._list.append(...added.map((row) => this._paint(row)));
    while (this._list.children.length > MOST_SHOWN) this._list.firstChild.remove();
    if (added.length) this._keepUp();
  }

  _take(entry) {
    if (entry.kind === "answer") {
      this._answer(entry.detail);
      return;
    }
    // What Twilio asks of its own flow stands here as the webhook that it is.
    if (!(entry.kind in KINDS) || entry.detail.product === "webhooks") return;
    const row = this._read(entry);
    if (this._joinWords(row)) return;
    this._rows.push(row);
    this._fresh.push(row);
    if (entry.kind === "request") this._requests.set(entry.number, row);
  }

  _answer({ request, status, seconds, body }) {
    const row = this._requests.get(request);
    if (!row) return;
    this._requests.delete(request);
    Object.assign(row, { status, seconds, parts: [...row.parts, ["Answer", body]], text: null });
    if (row.element) this._update(row);
  }

  /** The words of one turn come token by token: they share a row. */
  _joinWords(row) {
    if (!row.isText) return false;
    const turn = this._turns.get(row.callSid);
    if (row.isLast) this._turns.delete(row.callSid);
    else if (!turn) this._turns.set(row.callSid, row);
    if (!turn) return false;
    turn.count += 1;
    turn.title = `text × ${turn.count}`;
    turn.summary += row.summary;
    turn.parts = [["Words", turn.summary], ["Last frame", row.parts[0][1]]];
    turn.text = null;
    if (turn.element) this._update(turn);
    return true;
  }

  _read({ kind, number, at, detail }) {
    return { kind, number, at, ...READERS[kind](detail) };
  }

  _isShown(row) {
    if (this._hidden.has(row.kind)) return false;
    return !this._words || textOf(row).includes(this._words);
  }

  _paintAll() {
    for (const row of this._rows) row.element = null;
    this._list.replaceChildren();
    this._fresh = [...this._rows];
    this.render();
    this._list.scrollTop = this._list.scrollHeight;
  }

  _paint(row) {
    const time = new Date(row.at);
    const clock = time.toLocaleTimeString([], { hour12: false }) + "." + String(time.getMilliseconds()).padStart(3, "0");
    row.summaryElement = el("span", { class: "what" });
    row.titleElement = el("span", { class: "title" });
    row.statusElement = el("span", { class: "status" });
    const head = el("summary", {}, el("time", { datetime: row.at }, clock), el("span", { class: "arrow" }, row.arrow), row.titleElement, row.summaryElement, row.statusElement);
    const details = el("details", {}, head);
    details.addEventListener("toggle", () => {
      if (details.open && details.children.length === 1) details.append(body(row));
    });
    row.element = el("li", { class: "row", "data-kind": row.kind }, details);
    this._update(row);
    return row.element;
  }

  _update(row) {
    write(row.titleElement, row.title);
    write(row.summaryElement, row.summary.slice(0, MOST_IN_A_ROW));
    const time = row.seconds === undefined ? "" : `${Math.max(1, Math.round(row.seconds * 1000))} ms`;
    write(row.statusElement, [row.status, time].filter(Boolean).join(" · "));
    row.statusElement.dataset.bad = String(row.status >= 400 || row.status === "no answer");
    const details = row.element.firstChild;
    if (details.open) details.lastChild.replaceWith(body(row));
  }

  _chip(kind, label) {
    const chip = el("button", { type: "button", class: "chip", "data-kind": kind, "aria-pressed": "true" }, label);
    chip.addEventListener("click", () => {
      if (!this._hidden.delete(kind)) this._hidden.add(kind);
      chip.setAttribute("aria-pressed", String(!this._hidden.has(kind)));
      this._paintAll();
    });
    return chip;
  }
}

const TO_TWILIO = "app → Twilio";
const TO_APP = "Twilio → app";

const FRAME_WORDS = ["token", "voicePrompt", "digit", "utteranceUntilInterrupt", "handoffData", "name", "value", "invalid", "callSid"];

const READERS = {
  request: ({ product, method, path, query, body }) => ({
    arrow: TO_TWILIO,
    title: method,
    summary: `${product}${path}${query ? `?${query}` : ""}`,
    parts: body ? [["Request", body]] : [],
  }),
  webhook: ({ method, url, body, status, error, answer, seconds }) => ({
    arrow: new URL(url).pathname.startsWith("/webhooks/v1/") ? "Twilio → flow" : TO_APP,
    title: method,
    summary: [eventOf(body ?? ""), new URL(url).pathname].filter(Boolean).join(" "),
    status: status ?? "no answer",
    seconds,
    parts: [["Address", url], ["Request", body ?? ""], ["Answer", answer ?? error ?? ""]],
  }),
  frame: ({ direction, call_sid, frame }) => ({
    arrow: direction === "from_app" ? TO_TWILIO : TO_APP,
    title: frame.type ?? "invalid",
    summary: FRAME_WORDS.map((name) => frame[name]).filter(Boolean).join(" "),
    isText: frame.type === "text" && direction === "from_app",
    isLast: frame.last,
    count: 1,
    callSid: call_sid,
    parts: [["Frame", JSON.stringify(frame)], ["Call", call_sid]],
  }),
  fault: ({ product, method, path, status, drop, delay }) => ({
    arrow: TO_TWILIO,
    title: method,
    summary: `${product}${path} fails on demand`,
    status: status ?? (drop ? "no answer" : `${delay} s late`),
    parts: [["Fault", JSON.stringify({ status, drop, delay })]],
  }),
  alert: ({ message, error_code, ...others }) => ({
    arrow: "Debugger",
    title: String(error_code ?? "alert"),
    summary: message,
    status: "",
    parts: [["Alert", JSON.stringify({ message, ...others })]],
  }),
};

/** What the filter looks into; made when it is first asked for. */
function textOf(row) {
  const parts = () => row.parts.map(([, text]) => pretty(text));
  row.text ??= [row.kind, row.title, row.summary, row.status, ...parts()].join(" ").toLowerCase();
  return row.text;
}

function body({ parts }) {
  const shown = parts.flatMap(([name, text]) => [el("h4", {}, name), el("pre", { tabindex: "0" }, pretty(text))]);
  return el("div", { class: "row-body" }, ...shown);
}

/** JSON indented, forms a field a line, anything else as it is. */
function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    const isForm = /^[\w.%-]+=[^\s<]*$/.test(text);
    return isForm ? [...new URLSearchParams(text)].map(([name, value]) => `${name}: ${value}`).join("\n") : text;
  }
}

/** What a webhook tells of: `COMMUNICATION_CREATED`, `task.created`. */
function eventOf(text) {
  try {
    return JSON.parse(text).eventType;
  } catch {
    return new URLSearchParams(text).get("EventType");
  }
}

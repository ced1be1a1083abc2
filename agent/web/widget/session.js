// The visitor's line to the conversation: connects, reconnects, renews, and sends each message once.

import { fetchAdmission, loadSdk, NotAdmitted } from "./admission.js";
import * as outbox from "./outbox.js";
import { readSituation } from "./situation.js";

const PAGE = 30;
const FIRST_RETRY_SECONDS = 2;
const LONGEST_RETRY_SECONDS = 30;
const PASSING = new Set([401, 403, 408, 429]);

/**
 * Events, each with `detail`: `connection` ({state: connecting, connected, offline or failed;
 * problem}), `messages` (the list; it has been changed by more than one at the end), `message`
 * (one at the end), `situation` (see situation.js), `typing` (the name of who types, or null),
 * `outbox`.
 */
export class Session extends EventTarget {
  messages = [];
  hasEarlier = false;
  connection = { state: "connecting", problem: null };
  situation = { name: "serving" };

  #base;
  #vouched;
  #context = null;
  #client = null;
  #conversation = null;
  #admission = null;
  #page = null;
  #humans = new Map();
  #names = new Map();
  #handoffWithHuman = null;
  #failures = 0;
  #retry = 0;

  /** `base` is the address of /chat/, `vouched` what the page says of its visitor, or {}. */
  constructor(base, vouched) {
    super();
    this.#base = base;
    this.#vouched = vouched;
    outbox.onChange(() => this.#tell("outbox"));
    addEventListener("online", () => this.#onOnline());
    addEventListener("offline", () => this.#setConnection("offline"));
  }

  isMine(message) {
    return message.author === this.#admission.identity;
  }

  isAgents(message) {
    return message.author === this.#admission.agentIdentity;
  }

  nameOf(message) {
    return this.#names.get(message.author) ?? message.author;
  }

  /** Connect, and go on trying; also after `startAgain` is needed. */
  async start() {
    clearTimeout(this.#retry);
    await this.#end();
    if (this.connection.state !== "offline") this.#setConnection("connecting");
    try {
      this.#admission = await this.#ask();
      const sdk = await loadSdk(this.#admission.sdk);
      this.#client = await connect(sdk, this.#admission.token);
      await this.#join(await this.#client.getConversationBySid(this.#admission.conversationSid));
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#setConnection("connected");
    await this.#flush();
  }

  /** Keep `text` and send it, now or when the connection is back. */
  async send(text) {
    const { id } = outbox.add(text);
    this.#tell("outbox");
    await this.#flush(id);
  }

  /** Keep what the page knows with the conversation: now, or once there is one. */
  async setContext(values) {
    this.#context = values;
    if (this.connection.state === "connected") await this.#ask().catch((error) => this.#fail(error));
  }

  async sendAgain(id) {
    outbox.change(id, { isRefused: false });
    this.#tell("outbox");
    await this.#flush();
  }

  async showEarlier() {
    this.#page = await this.#page.prevPage();
    this.hasEarlier = this.#page.hasPrevPage;
    await this.#learnNames(this.#page.items);
    this.messages = [...this.#page.items, ...this.messages];
    this.#tell("messages", this.messages);
  }

  /** To whoever reads, while the visitor types. */
  async tellTyping() {
    if (this.connection.state === "connected") await this.#conversation.typing().catch(() => {});
  }

  #ask() {
    const context = this.#context ? { context: this.#context } : {};
    return fetchAdmission(this.#base, { ...this.#vouched, ...context });
  }

  async #join(conversation) {
    this.#conversation = conversation;
    this.messages = [];
    this.#humans.clear();
    this.#handoffWithHuman = null;
    conversation.on("messageAdded", (message) => this.#add(message));
    conversation.on("updated", () => this.#update());
    conversation.on("participantJoined", (one) => this.#welcome(one));
    conversation.on("participantLeft", (one) => this.#dismiss(one));
    conversation.on("typingStarted", (one) => this.#isOther(one) && this.#tellTyping(one));
    conversation.on("typingEnded", (one) => this.#isOther(one) && this.#tell("typing", null));
    for (const one of await conversation.getParticipants()) await this.#welcome(one);
    this.#page = await conversation.getMessages(PAGE);
    this.hasEarlier = this.#page.hasPrevPage;
    await this.#learnNames(this.#page.items);
    const newest = this.#page.items.at(-1)?.index ?? -1;
    const cameMeanwhile = this.messages.filter((one) => one.index > newest);
    this.messages = [...this.#page.items, ...cameMeanwhile];
    this.messages.forEach(forgetSent);
    this.#tell("messages", this.messages);
    this.#update();
    this.#client.on("connectionStateChanged", (state) => this.#onConnectionState(state));
    for (const event of ["tokenAboutToExpire", "tokenExpired"]) this.#client.on(event, () => this.#renew());
  }

  async #end() {
    const client = this.#client;
    this.#client = this.#conversation = null;
    client?.removeAllListeners();
    await client?.shutdown().catch(() => {});
  }

  async #renew() {
    try {
      const admission = await this.#ask();
      if (admission.identity !== this.#admission.identity) {
        await this.start();
        return;
      }
      this.#admission = { ...this.#admission, token: admission.token };
      await this.#client.updateToken(admission.token);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#setConnection("connected");
    await this.#flush();
  }

  async #add(message) {
    forgetSent(message);
    await this.#learnNames([message]);
    if (this.messages.some((one) => one.index === message.index)) return;
    this.messages.push(message);
    if (this.messages.at(-2)?.index > message.index) {
      this.messages.sort((one, other) => one.index - other.index);
      this.#tell("messages", this.messages);
    } else {
      this.#tell("message", message);
    }
    if (this.isMine(message)) this.#tell("outbox");
    else this.#tell("typing", null);
  }

  async #welcome(participant) {
    if (!this.#isOther(participant)) return;
    this.#humans.set(participant.sid, await this.#nameOf(participant));
    this.#update();
  }

  #dismiss(participant) {
    if (this.#humans.delete(participant.sid)) this.#update();
  }

  #update() {
    const { attributes, state } = this.#conversation;
    const handoff = attributes?.handoff?.id ?? "";
    if (this.#humans.size) this.#handoffWithHuman = handoff;
    const situation = readSituation({
      isClosed: state?.current === "closed",
      attributes,
      humans: [...this.#humans.values()],
      hadHuman: this.#handoffWithHuman === handoff,
    });
    if (JSON.stringify(situation) === JSON.stringify(this.situation)) return;
    this.situation = situation;
    this.#tell("situation", situation);
  }

  /** Somebody at a keyboard who is neither the visitor nor the agent. */
  #isOther({ identity }) {
    return Boolean(identity) && identity !== this.#admission.identity && identity !== this.#admission.agentIdentity;
  }

  async #tellTyping(participant) {
    this.#tell("typing", await this.#nameOf(participant));
  }

  async #nameOf(participant) {
    const user = await participant.getUser().catch(() => null);
    const name = user?.friendlyName || participant.identity;
    this.#names.set(participant.identity, name);
    return name;
  }

  async #learnNames(messages) {
    const authors = new Set(messages.filter((one) => !this.isMine(one) && !this.isAgents(one)).map((one) => one.author));
    for (const author of authors) {
      if (!author || this.#names.has(author)) continue;
      const user = await this.#client.getUser(author).catch(() => null);
      this.#names.set(author, user?.friendlyName || author);
    }
  }

  /** Sends what waits; all but `fresh`, which was added just now, may be there already. */
  async #flush(fresh = null) {
    if (this.connection.state !== "connected" || this.situation.name === "ended") return;
    await outbox.alone(async (isFirst) => {
      for (const entry of outbox.read().filter((one) => !one.isRefused)) {
        if (!(await this.#deliver(entry, isFirst && entry.id === fresh))) return;
      }
    });
    this.#tell("outbox");
  }

  /** Whether the next may be sent. What is not `isNew` is looked for first: this tab may have tried
      before, or another one; what a tab has stored reaches the others only a moment later. */
  async #deliver(entry, isNew) {
    try {
      if (isNew || !(await this.#hasArrived(entry))) {
        await this.#conversation.sendMessage(entry.text, { clientId: entry.id });
      }
      outbox.remove(entry.id);
      return true;
    } catch (error) {
      const isFinal = error.status >= 400 && error.status < 500 && !PASSING.has(error.status);
      if (isFinal) outbox.change(entry.id, { isRefused: true });
      else this.#scheduleRetry(() => this.#flush());
      return isFinal;
    }
  }

  async #hasArrived(entry) {
    const { items } = await this.#conversation.getMessages(PAGE);
    return items.some((one) => one.attributes?.clientId === entry.id);
  }

  #onOnline() {
    if (!this.#conversation) this.start();
    else this.#setConnection("connecting");
  }

  async #onConnectionState(state) {
    if (state === "denied") await this.#renew();
    else this.#setConnection(state === "connected" ? "connected" : navigator.onLine ? "connecting" : "offline");
    await this.#flush();
  }

  #fail(error) {
    const problem = error instanceof NotAdmitted ? error.problem : "unavailable";
    console.error("AgentChat:", error);
    this.#setConnection("failed", problem);
    if (problem !== "refused") this.#scheduleRetry(() => this.start(), error.seconds);
  }

  #scheduleRetry(work, atLeastSeconds = 0) {
    clearTimeout(this.#retry);
    const growing = Math.min(FIRST_RETRY_SECONDS * 2 ** this.#failures, LONGEST_RETRY_SECONDS);
    this.#failures += 1;
    this.#retry = setTimeout(work, 1000 * Math.max(growing, atLeastSeconds));
  }

  #setConnection(state, problem = null) {
    if (state === this.connection.state && problem === this.connection.problem) return;
    this.connection = { state, problem };
    if (state === "connected") this.#failures = 0;
    this.#tell("connection", this.connection);
  }

  #tell(event, detail) {
    this.dispatchEvent(new CustomEvent(event, { detail }));
  }
}

function forgetSent({ attributes }) {
  if (attributes?.clientId) outbox.remove(attributes.clientId);
}

/** A client that is ready; one that is not would go on trying by itself. */
function connect(sdk, token) {
  const client = new sdk.Client(token);
  return new Promise((resolve, reject) => {
    client.on("initialized", () => resolve(client));
    client.on("initFailed", async ({ error }) => {
      reject(new Error(error?.message ?? "the SDK could not start"));
      await client.shutdown().catch(() => {});
    });
  });
}

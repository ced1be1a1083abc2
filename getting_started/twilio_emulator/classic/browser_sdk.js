// Stands in for Twilio's Conversations SDK 2.7 (https://sdk.twilio.com/js/conversations/releases/2.7.0/docs/):
// the classes, methods and events that a web chat needs, over the emulator's HTTP and event streams.
(() => {
  "use strict";
  const LINE = new URL("/_emulator/browser", document.currentScript.src).href;
  const RETRY_MILLISECONDS = 1000;
  const EXPIRED = 20104;

  class Emitter {
    #listeners = new Map();
    on(event, listener) {
      this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
      return this;
    }
    removeAllListeners() {
      this.#listeners.clear();
      return this;
    }
    emit(event, ...details) {
      for (const listener of this.#listeners.get(event) ?? []) listener(...details);
    }
  }

  class Client extends Emitter {
    #token;
    #conversations = new Map();
    connectionState = "connecting";

    constructor(token) {
      super();
      this.#token = token;
      queueMicrotask(() => this.#begin());
    }

    get token() {
      return this.#token;
    }

    async #begin() {
      try {
        await this.request("POST", "/token");
        this.emit("stateChanged", "initialized");
        this.emit("initialized");
      } catch (error) {
        this.emit("stateChanged", "failed");
        this.emit("initFailed", { error });
      }
    }

    async getConversationBySid(sid) {
      if (!this.#conversations.has(sid)) {
        const data = await this.request("GET", `/conversations/${sid}`);
        this.#conversations.set(sid, new Conversation(this, data));
      }
      return this.#conversations.get(sid);
    }

    async getUser(identity) {
      return this.request("GET", `/users/${encodeURIComponent(identity)}`);
    }

    async updateToken(token) {
      this.#token = token;
      await this.request("POST", "/token");
      for (const conversation of this.#conversations.values()) conversation._follow();
      return this;
    }

    async shutdown() {
      for (const conversation of this.#conversations.values()) conversation._close();
      this.removeAllListeners();
    }

    async request(method, path, body) {
      const headers = { Authorization: `Bearer ${this.#token}` };
      if (body) headers["Content-Type"] = "application/json";
      const response = await fetch(LINE + path, { method, headers, body: body && JSON.stringify(body) });
      const answer = await response.json();
      if (response.ok) return answer;
      if (answer.code === EXPIRED) this.emit("tokenExpired");
      throw Object.assign(new Error(answer.message), { code: answer.code, status: response.status });
    }

    _setConnectionState(state) {
      if (state === this.connectionState) return;
      this.connectionState = state;
      this.emit("connectionStateChanged", state);
    }
  }

  class Conversation extends Emitter {
    #client;
    #data;
    #lastIndex;
    #stream = null;
    #retry = 0;
    #onOffline = () => this.#lost();
    #onOnline = () => this._follow();

    constructor(client, data) {
      super();
      this.#client = client;
      this.#data = data;
      this.#lastIndex = data.lastIndex;
      addEventListener("offline", this.#onOffline);
      addEventListener("online", this.#onOnline);
      this._follow();
    }

    get sid() {
      return this.#data.sid;
    }
    get attributes() {
      return this.#data.attributes;
    }
    get state() {
      return { current: this.#data.state };
    }

    async getParticipants() {
      return this.#data.participants.map((one) => this.#toParticipant(one));
    }

    async getMessages(pageSize = 30, anchor = null) {
      const upTo = anchor === null ? "" : `&before=${anchor}`;
      const path = `/conversations/${this.sid}/messages?size=${pageSize}${upTo}`;
      const found = await this.#client.request("GET", path);
      return new Page(this, pageSize, found.map(toMessage));
    }

    async sendMessage(body, attributes = {}) {
      const sent = { body, attributes };
      return (await this.#client.request("POST", `/conversations/${this.sid}/messages`, sent)).index;
    }

    async typing() {}

    _follow() {
      this._stop();
      const query = new URLSearchParams({ token: this.#client.token, after: this.#lastIndex });
      const stream = new EventSource(`${LINE}/conversations/${this.sid}/events?${query}`);
      stream.onopen = () => this.#client._setConnectionState("connected");
      stream.onerror = () => this.#lost();
      stream.addEventListener("message", (event) => this.#take(JSON.parse(event.data)));
      stream.addEventListener("conversation", (event) => this.#update(JSON.parse(event.data)));
      stream.addEventListener("token", () => {
        this._stop();
        this.#client.emit("tokenExpired");
      });
      this.#stream = stream;
    }

    _stop() {
      clearTimeout(this.#retry);
      this.#stream?.close();
    }

    _close() {
      this._stop();
      removeEventListener("offline", this.#onOffline);
      removeEventListener("online", this.#onOnline);
      this.removeAllListeners();
    }

    #lost() {
      this._stop();
      this.#client._setConnectionState("connecting");
      this.#retry = setTimeout(() => this._follow(), RETRY_MILLISECONDS);
    }

    #take(data) {
      if (data.index <= this.#lastIndex) return;
      this.#lastIndex = data.index;
      this.emit("messageAdded", toMessage(data));
    }

    #update(data) {
      const before = this.#data;
      this.#data = data;
      const reasons = ["attributes", "state"].filter(
        (name) => JSON.stringify(before[name]) !== JSON.stringify(data[name]),
      );
      if (reasons.length) this.emit("updated", { conversation: this, updateReasons: reasons });
      this.#tell("participantJoined", data.participants, before.participants);
      this.#tell("participantLeft", before.participants, data.participants);
    }

    #tell(event, some, others) {
      const known = new Set(others.map((one) => one.sid));
      for (const one of some.filter((each) => !known.has(each.sid))) this.emit(event, this.#toParticipant(one));
    }

    #toParticipant({ sid, identity }) {
      return { sid, identity, type: "chat", getUser: () => this.#client.getUser(identity) };
    }
  }

  class Page {
    #conversation;
    #size;

    constructor(conversation, size, items) {
      this.#conversation = conversation;
      this.#size = size;
      this.items = items;
    }

    get hasPrevPage() {
      return this.items.length > 0 && this.items[0].index > 0;
    }

    async prevPage() {
      return this.#conversation.getMessages(this.#size, this.items[0].index - 1);
    }
  }

  const toMessage = (data) => ({ ...data, dateCreated: new Date(data.dateCreated) });

  window.Twilio = { ...window.Twilio, Conversations: { Client } };
})();

// Twilio's Conversations SDK 2.7 as it is documented, kept in memory: whoever uses a name that is not in
// https://sdk.twilio.com/js/conversations/releases/2.7.0/docs/ gets an error. window.sdk drives it.
(() => {
  const SURFACE = {
    Client: ["on", "off", "removeAllListeners", "updateToken", "shutdown", "getConversationBySid", "getUser",
      "getSubscribedConversations", "createConversation", "connectionState", "token", "user", "version"],
    Conversation: ["on", "off", "removeAllListeners", "sid", "attributes", "state", "status", "friendlyName", "uniqueName",
      "getMessages", "getParticipants", "getMessagesCount", "sendMessage", "prepareMessage", "typing", "join", "leave"],
    Message: ["sid", "index", "author", "body", "attributes", "dateCreated", "participantSid", "type", "getParticipant"],
    Participant: ["sid", "identity", "attributes", "isTyping", "type", "getUser"],
    User: ["identity", "friendlyName", "isOnline", "attributes"],
    Paginator: ["items", "hasNextPage", "hasPrevPage", "nextPage", "prevPage"],
  };
  const EVENTS = {
    Client: ["stateChanged", "initialized", "initFailed", "connectionStateChanged", "connectionError", "tokenAboutToExpire",
      "tokenExpired", "conversationJoined", "messageAdded"],
    Conversation: ["messageAdded", "messageUpdated", "participantJoined", "participantLeft", "participantUpdated",
      "typingStarted", "typingEnded", "updated", "removed"],
  };

  /** `target`, which has nothing but what is documented. */
  const documented = (kind, target) =>
    new Proxy(target, {
      get(object, name) {
        if (typeof name === "symbol" || name === "then") return undefined;
        if (!SURFACE[kind].includes(name)) throw new Error(`${kind}.${name} is not documented`);
        const value = object[name];
        return typeof value === "function" ? value.bind(object) : value;
      },
    });

  const emitter = (kind) => {
    const listeners = {};
    return {
      on(event, listener) {
        if (!EVENTS[kind].includes(event)) throw new Error(`${kind} has no event ${event}`);
        (listeners[event] ??= []).push(listener);
      },
      removeAllListeners() {
        for (const event of Object.keys(listeners)) delete listeners[event];
      },
      emit(event, ...details) {
        for (const listener of listeners[event] ?? []) listener(...details);
      },
    };
  };

  const user = (identity) => documented("User", { identity, friendlyName: identity === "FX1" ? "Jordan" : null });
  const participant = (sid, identity) =>
    documented("Participant", { sid, identity, type: "chat", getUser: async () => user(identity) });
  const messages = [];
  const add = (author, body, attributes = {}) => {
    const index = messages.length;
    const message = { sid: `IM${index}`, index, author, body, attributes, dateCreated: new Date(), type: "text" };
    messages.push(documented("Message", message));
    conversation.emit("messageAdded", messages[index]);
    return index;
  };

  const page = (items) => documented("Paginator", { items, hasPrevPage: false, hasNextPage: false });
  const conversation = {
    ...emitter("Conversation"),
    sid: "CH1",
    attributes: {},
    state: { current: "active", dateUpdated: new Date() },
    getMessages: async () => page([...messages]),
    getParticipants: async () => [participant("MB1", "visitor-1")],
    sendMessage: async (body, attributes) => add("visitor-1", body, attributes),
    typing: async () => {},
  };
  const proxy = documented("Conversation", conversation);
  let client = null;

  class Client {
    constructor(token) {
      client = Object.assign(this, emitter("Client"), { token, connectionState: "connecting" });
      document.body.dataset.token = token;
      setTimeout(() => this.emit("initialized"));
      return documented("Client", this);
    }
    async getConversationBySid() {
      return proxy;
    }
    async getUser(identity) {
      return user(identity);
    }
    async updateToken(token) {
      document.body.dataset.token = this.token = token;
    }
    async shutdown() {}
  }

  window.Twilio = { Conversations: { Client } };
  window.sdk = {
    say: (author, body) => add(author, body),
    join: (identity) => conversation.emit("participantJoined", participant("MB2", identity)),
    leave: (identity) => conversation.emit("participantLeft", participant("MB2", identity)),
    type: (identity) => conversation.emit("typingStarted", participant("MB2", identity)),
    update(attributes, state) {
      Object.assign(conversation, { attributes, state: { current: state, dateUpdated: new Date() } });
      conversation.emit("updated", { conversation: proxy, updateReasons: ["attributes", "state"] });
    },
    connection: (state) => client.emit("connectionStateChanged", state),
    expire: () => client.emit("tokenAboutToExpire"),
  };
})();

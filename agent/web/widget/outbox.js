// What was written and is not known to be sent: kept through reloads, shared by the tabs of a site.

const KEY = "agent-chat-outbox";
const LOCK = "agent-chat-outbox";

let kept = [];

/** The entries, oldest first: `{id, text, isTried, isRefused}`. */
export function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]");
  } catch {
    return kept; // the browser keeps nothing for this site
  }
}

export function add(text) {
  const id = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const entry = { id, text, isTried: false, isRefused: false };
  write([...read(), entry]);
  return entry;
}

export function change(id, values) {
  write(read().map((one) => (one.id === id ? { ...one, ...values } : one)));
}

export function remove(id) {
  write(read().filter((one) => one.id !== id));
}

/** Run `work` while no other tab does. */
export function alone(work) {
  return navigator.locks ? navigator.locks.request(LOCK, work) : work();
}

/** Call `listener` when another tab has changed the entries. */
export function onChange(listener) {
  addEventListener("storage", (event) => {
    if (event.key === KEY || event.key === null) listener();
  });
}

function write(entries) {
  kept = entries;
  try {
    localStorage.setItem(KEY, JSON.stringify(entries));
  } catch {
    // it is kept as long as this page is
  }
}

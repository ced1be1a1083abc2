// What was written and is not known to be sent: kept through reloads, shared by the tabs of a site.
// An entry has a key of its own, as tabs that wrote one list would undo what the other has written.

const PREFIX = "agent-chat-outbox/";
const LOCK = "agent-chat-outbox";

/** What the browser does not keep: for as long as this page is. */
const unkept = new Map();

/** The entries, oldest first: `{id, text, at, isRefused}`. */
export function read() {
  return [...new Set([...stored(), ...unkept.keys()])].map(find).filter(Boolean).sort((one, other) => one.at - other.at);
}

export function add(text) {
  const id = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const entry = { id, text, at: performance.timeOrigin + performance.now(), isRefused: false };
  keep(entry);
  return entry;
}

export function change(id, values) {
  const entry = find(PREFIX + id);
  if (entry) keep({ ...entry, ...values });
}

export function remove(id) {
  unkept.delete(PREFIX + id);
  try {
    localStorage.removeItem(PREFIX + id);
  } catch {
    // it was not kept either
  }
}

/** Run `work(isFirst)` while no other tab does; `isFirst` if none had to be waited for. */
export async function alone(work) {
  if (!navigator.locks) return work(true);
  const isDone = await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
    if (lock) await work(true);
    return lock !== null;
  });
  if (!isDone) await navigator.locks.request(LOCK, () => work(false));
}

/** Call `listener` when another tab has changed the entries. */
export function onChange(listener) {
  addEventListener("storage", ({ key }) => {
    if (key === null || key.startsWith(PREFIX)) listener();
  });
}

function keep(entry) {
  const key = PREFIX + entry.id;
  const text = JSON.stringify(entry);
  try {
    localStorage.setItem(key, text);
    unkept.delete(key);
  } catch {
    unkept.set(key, text);
  }
}

function stored() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  } catch {
    return []; // the browser keeps nothing for this site
  }
}

/** The entry, or null where another tab has removed it. */
function find(key) {
  try {
    return JSON.parse(unkept.get(key) ?? localStorage.getItem(key));
  } catch {
    return null;
  }
}

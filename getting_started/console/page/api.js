// The controls of emulator and demo model, served on the page's own address.

export async function get(path) {
  return answer(await fetch(path));
}

export async function post(path, body = {}) {
  return answer(await send("POST", path, body));
}

export async function remove(path) {
  return answer(await send("DELETE", path));
}

/** Calls `onBatch(entries, isReplay)` for all that happens, `onRestart` when the emulator is another one. */
export function followJournal({ onBatch, onRestart, onLink }) {
  let run = null;
  let isReplay = true;
  const source = new EventSource("_emulator/events");
  source.onopen = () => onLink(true);
  source.onerror = () => {
    isReplay = true;
    onLink(false);
  };
  source.onmessage = ({ data }) => {
    const batch = JSON.parse(data);
    if (run !== null && run !== batch.run) onRestart();
    run = batch.run;
    onBatch(batch.entries, isReplay);
    isReplay = false;
  };
}

function send(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  return fetch(path, { method, headers, body: body && JSON.stringify(body) });
}

async function answer(response) {
  const text = await response.text();
  const body = text ? parse(text) : null;
  if (!response.ok) throw new Error(body?.message ?? `The emulator answered ${response.status}`);
  return body;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text };
  }
}

// The way in: a token and a conversation from our server, and Twilio's SDK.

/** Why the visitor was not let in: `unreachable`, `busy`, `refused` or `unavailable`. */
export class NotAdmitted extends Error {
  constructor(problem, detail, seconds = 0) {
    super(detail);
    this.problem = problem;
    this.seconds = seconds;
  }
}

/** What `POST /chat/token` answers. Throws NotAdmitted. */
export async function fetchAdmission(base, asked) {
  let response;
  try {
    response = await fetch(new URL("token", base), {
      method: "POST",
      credentials: "include",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(asked),
    });
  } catch (error) {
    const hint = "Is the server up, and this page's origin in AGENT_CHAT_ORIGINS?";
    throw new NotAdmitted("unreachable", `No answer from ${base}token (${error.message}). ${hint}`);
  }
  if (response.ok) return response.json();
  const { detail } = await response.json().catch(() => ({ detail: response.statusText }));
  if (response.status === 429) {
    throw new NotAdmitted("busy", detail, Number(response.headers.get("Retry-After")));
  }
  throw new NotAdmitted(response.status < 500 ? "refused" : "unavailable", detail);
}

/** For pages that want every script address to have been looked at: this one our server gave. */
function toTrusted(url) {
  const policy = window.trustedTypes?.createPolicy("agent-chat", { createScriptURL: (it) => it });
  return policy ? policy.createScriptURL(url) : url;
}

let loading = null;

/** Twilio's SDK, loaded once. Throws NotAdmitted. */
export function loadSdk({ url, integrity }) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    Object.assign(script, { src: toTrusted(url), integrity, crossOrigin: "anonymous", async: true });
    script.onload = () => resolve(window.Twilio.Conversations);
    script.onerror = () => {
      loading = null;
      script.remove();
      reject(new NotAdmitted("unavailable", `The Conversations SDK cannot be loaded from ${url}`));
    };
    document.head.append(script);
  });
  return loading;
}

// Who has the conversation, from what Twilio tells every browser in it.

/** States of `attributes.handoff` that our server writes (agent/web/handoff_notices.py). */
const WAITING = new Set(["requested", "queued"]);
const AGENT_AGAIN = new Set(["returned", "canceled", "failed"]);

/**
 * `{name, human, place, minutes}` with `name` one of serving, requested, queued, human, left,
 * returned, canceled, failed, ended. Where Twilio knows more than our server, it is right: the
 * human is there when they are in the conversation, whatever the handoff's state.
 */
export function readSituation({ isClosed, attributes, humans, hadHuman }) {
  const handoff = attributes?.handoff ?? {};
  if (isClosed) return { name: "ended" };
  if (humans.length) return { name: "human", human: humans.at(-1) };
  if (AGENT_AGAIN.has(handoff.state) || handoff.state === "left") return { name: handoff.state };
  if (hadHuman) return { name: "left" };
  if (WAITING.has(handoff.state)) {
    return { name: handoff.state, place: handoff.place, minutes: handoff.minutes };
  }
  if (handoff.state === "accepted") return { name: "human", human: null };
  return { name: "serving" };
}

/** Whether the agent answers in this situation. */
export function isAgents({ name }) {
  return name === "serving" || AGENT_AGAIN.has(name);
}

export function isWaiting({ name }) {
  return WAITING.has(name);
}

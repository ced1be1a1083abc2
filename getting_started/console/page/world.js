// What the journal's entries add up to: calls, messages, executions, tasks.

const MOST = { calls: 40, messages: 800, executions: 60, tasks: 80 };
const OVER = new Set(["completed", "busy", "failed", "no-answer", "canceled"]);
const DONE = new Set(["wrapping", "completed", "canceled"]);

export class World {
  constructor() {
    this.calls = new Map();
    this.messages = [];
    this.executions = new Map();
    this.tasks = new Map();
  }

  apply({ kind, detail, at, number }) {
    CHANGES[kind]?.(this, detail, at, number);
  }

  /** The newest call with this customer, or undefined. */
  latestCall(customer) {
    return [...this.calls.values()].findLast((call) => [call.from, call.to].includes(customer));
  }

  /** What was written between this customer and our address. */
  messagesWith(address) {
    return this.messages.filter((one) => one.from === address || one.to === address);
  }

  /** The task that is open for a call or a conversation, or undefined. */
  openTaskOf(threadSid) {
    return [...this.tasks.values()].findLast(
      ({ status, attributes }) =>
        !DONE.has(status) && [attributes.call_sid, attributes.conversationSid].includes(threadSid),
    );
  }
}

export const isOver = (call) => OVER.has(call.status);
export const isDone = (task) => DONE.has(task.status);
export const isWaiting = ({ status }) => status === "pending" || status === "reserved";

const CHANGES = {
  call(world, { call_sid, ...detail }, at) {
    const call = findCall(world, call_sid, at);
    Object.assign(call, detail);
    if (isOver(call)) call.partial = null;
  },

  frame(world, { call_sid, direction, frame }, at) {
    const call = findCall(world, call_sid, at);
    if (direction === "from_app" && frame.type === "text" && frame.token) {
      call.partial = (call.partial ?? "") + frame.token;
    }
  },

  speech(world, { call_sid, speaker, text, interrupted, unheard }, at) {
    const call = findCall(world, call_sid, at);
    if (speaker === "AI_AGENT") call.partial = null;
    call.said.push({ speaker, text, interrupted, unheard, at });
  },

  message(world, detail, at) {
    world.messages.push({ ...detail, at });
    world.messages.splice(0, world.messages.length - MOST.messages);
  },

  execution(world, { event, execution_sid, ...detail }, at) {
    const execution = findExecution(world, execution_sid, at);
    Object.assign(execution, detail, { isActive: event !== "ended" });
  },

  step(world, { execution_sid, ...detail }, at, number) {
    findExecution(world, execution_sid, at).steps.push({ ...detail, at, number });
  },

  task(world, { task_sid, ...detail }, at) {
    const task = world.tasks.get(task_sid) ?? { sid: task_sid, at };
    keep(world.tasks, task_sid, Object.assign(task, detail), MOST.tasks);
  },
};

function findCall(world, sid, at) {
  const empty = { sid, at, from: "", to: "", status: "ringing", doing: "", said: [], partial: null };
  return keep(world.calls, sid, world.calls.get(sid) ?? empty, MOST.calls);
}

function findExecution(world, sid, at) {
  const empty = { sid, at, steps: [], isActive: true, flow_sid: "", contact: "", trigger: "" };
  return keep(world.executions, sid, world.executions.get(sid) ?? empty, MOST.executions);
}

function keep(map, key, value, most) {
  map.set(key, value);
  if (map.size > most) map.delete(map.keys().next().value);
  return value;
}

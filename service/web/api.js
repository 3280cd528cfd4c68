// The API over fetch. Every failure is a Problem; addresses are relative, for a prefix behind a proxy.
import { askKey, keyHeader } from "./key.js";

const WAIT = 30_000; // ms until a silent server counts as too slow
const WAIT_ANSWER = 90_000; // a model may write for a while

/** What went wrong: `status` of HTTP, or 0 with `kind` "away", "slow" or "cut". */
export class Problem extends Error {
  constructor({ status = 0, kind = "", title = "", detail = "", errors = [], retryAfter = 0 }) {
    super(detail || title || kind);
    Object.assign(this, { status, kind, title, detail, errors, retryAfter });
  }
}

export const isAbort = (error) => error instanceof DOMException && error.name === "AbortError";

/** The JSON of a reply, null where there is none. */
export async function call(path, { signal, wait = WAIT, ...options } = {}) {
  return withKey(() => watched(signal, wait, async (inner) => {
    const reply = await send(path, { ...options, signal: inner });
    return reply.status === 204 ? null : await reply.json();
  }));
}

export const post = (path, body, signal) => call(path, { ...json(body), signal });

/** Posts and gives each server-sent event as {event, data}, the last named `last`; an "event: problem" is thrown. */
export async function stream(path, body, last, signal, receive) {
  await withKey(() => watched(signal, WAIT_ANSWER, async (inner, alive) => {
    const reply = await send(path, { ...json(body), signal: inner });
    let event = "";
    for await (const message of messages(reply.body)) {
      alive();
      event = message.event;
      if (message.event === "problem") throw new Problem(message.data);
      receive(message);
    }
    if (event !== last) throw new Problem({ kind: "cut" });
  }));
}

const json = (body) =>
  ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

/** Where the service asks for a key, the reader is asked for one, for as long as that takes. */
async function withKey(attempt) {
  try {
    return await attempt();
  } catch (error) {
    if (error.status === 401 && await askKey(error.status)) return withKey(attempt);
    throw error;
  }
}

/** Runs `work` with a signal that also ends it after `wait` ms without alive(). */
async function watched(signal, wait, work) {
  const controller = new AbortController();
  const slow = new Problem({ kind: "slow" });
  let timer = 0;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => controller.abort(slow), wait);
  };
  const stop = () => controller.abort(new DOMException("stopped", "AbortError"));
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  alive();
  try {
    return await work(controller.signal, alive);
  } catch (error) {
    if (controller.signal.aborted) throw controller.signal.reason;
    // A connection that breaks, also in the middle of a reply, is a TypeError; broken JSON a SyntaxError.
    throw error instanceof Problem ? error : new Problem({ kind: "away" });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

async function send(path, options) {
  const reply = await fetch(path, { ...options, headers: { ...options.headers, ...keyHeader() } });
  if (reply.ok) return reply;
  const fields = await reply.json().catch(() => ({})); // a proxy's error page is no JSON
  const retryAfter = Number(reply.headers.get("Retry-After")) || 0;
  throw new Problem({ ...fields, status: reply.status, retryAfter });
}

/** The messages of an event stream, as they arrive. */
async function* messages(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const message = parse(block);
      if (message) yield message;
    }
  }
}

/** "event: a\ndata: {}" -> {event: "a", data: {}}; null for a comment that keeps the line open. */
function parse(block) {
  const lines = block.split("\n").map((line) => /^(\w+): ?(.*)$/.exec(line)).filter(Boolean);
  const data = lines.filter(([, name]) => name === "data").map(([, , value]) => value).join("\n");
  const event = lines.find(([, name]) => name === "event")?.[2] ?? "message";
  return data ? { event, data: JSON.parse(data) } : null;
}

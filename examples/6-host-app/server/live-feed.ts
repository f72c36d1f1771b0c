// A user's changes, numbered and kept for a while: who was away asks for what came after the last one it saw.
//
// td tells each commit once, to whoever listens at that moment. The host listens all the time and keeps the last events, so that a browser which lost its
// connection misses nothing; when it was away too long it is told so, and reads anew. Behind several processes a browser may come back to another
// one: that one does not know its cursor, says `gap`, and the page reads anew.
import { randomBytes } from "node:crypto";
import type { RowChange, Scope } from "@td/storage";

/** What a browser is told. Every message but `gap` carries the cursor to come back with. */
export type LiveMessage =
  /** Listening: everything that commits after this cursor follows. */
  | { readonly type: "hello"; readonly cursor: string }
  /** Rows were changed, in one commit. */
  | { readonly type: "changes"; readonly cursor: string; readonly changes: readonly RowChange[] }
  /** Something of the host's own happened that no table shows. */
  | { readonly type: "event"; readonly cursor: string; readonly topic: string; readonly facts: Readonly<Record<string, unknown>> }
  /** Events are missing: read everything anew. */
  | { readonly type: "gap"; readonly cursor: string; readonly reason: "overflow" | "missed" | "unknown-cursor" };

type Body =
  | Omit<Extract<LiveMessage, { type: "changes" }>, "cursor">
  | Omit<Extract<LiveMessage, { type: "event" }>, "cursor">
  | Omit<Extract<LiveMessage, { type: "gap" }>, "cursor">;

/** One user's feed. */
export interface LiveFeed {
  /** Where it stands: read the data after this, then follow from here, and nothing falls between the two. */
  readonly cursor: string;
  /** Whether it has ended; then a new one is to be opened. */
  readonly ended: boolean;
  /** Tells what came after the cursor, then what comes. Returns what ends that. */
  follow(after: string | undefined, tell: (message: LiveMessage) => void): () => void;
  /** Tells an event of the host's own. */
  announce(topic: string, facts?: Readonly<Record<string, unknown>>): void;
}

/** Events that are kept for those who come back. */
const KEPT = 500;

/** Listens to a user's changes until the signal; resolves when every later commit is heard. */
export async function openLiveFeed(me: Scope, signal: AbortSignal, kept = KEPT): Promise<LiveFeed> {
  const name = randomBytes(6).toString("hex");
  const events: LiveMessage[] = [];
  const listeners = new Set<(message: LiveMessage) => void>();
  let [count, ended] = [0, false];
  const cursorAt = (at: number): string => `${name}.${at}`;
  const publish = (body: Body): void => {
    const message: LiveMessage = { ...body, cursor: cursorAt(++count) };
    events.push(message);
    if (events.length > kept) events.shift();
    for (const tell of listeners) tell(message);
  };
  const listening = Promise.withResolvers<void>();
  const listen = async (): Promise<void> => {
    for await (const event of me.changes({ signal, onListening: listening.resolve })) {
      publish(event.kind === "gap" ? { type: "gap", reason: event.reason } : { type: "changes", changes: event.changes });
    }
  };
  void listen()
    .catch((error: unknown) => listening.reject(error))
    .finally(() => {
      ended = true;
      listening.resolve();
      publish({ type: "gap", reason: "missed" });
    });
  await listening.promise;
  return {
    get cursor() {
      return cursorAt(count);
    },
    get ended() {
      return ended;
    },
    follow: (after, tell) => {
      const missed = after === undefined ? [] : eventsAfter(after, name, count, events);
      if (missed === undefined) tell({ type: "gap", reason: "unknown-cursor", cursor: cursorAt(count) });
      for (const message of missed ?? []) tell(message);
      tell({ type: "hello", cursor: cursorAt(count) });
      listeners.add(tell);
      return () => void listeners.delete(tell);
    },
    announce: (topic, facts = {}) => publish({ type: "event", topic, facts }),
  };
}

/** The events after a cursor; undefined when they are not all here any more, or never were. */
function eventsAfter(after: string, name: string, count: number, events: readonly LiveMessage[]): readonly LiveMessage[] | undefined {
  const [of, text = ""] = after.split(".");
  const at = /^\d{1,15}$/.test(text) ? Number(text) : Infinity;
  const first = count - events.length;
  return of !== name || at < first || at > count ? undefined : events.slice(at - first);
}

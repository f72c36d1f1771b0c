// Changes across processes on PostgreSQL: sent in the transaction that makes them, so that a rollback takes them back, heard on a connection of
// its own. A channel belongs to one user; its name is made with the key that only td and the owner have, so nobody else can listen on it or send.
import type { Feed } from "../changes/feed.ts";
import type { NotedChange, RowChange } from "../changes/types.ts";
import type { Connection } from "./connection.ts";
import type { Listen } from "./driver.ts";

const COUNTER = "td_changes";

// The number is taken under the user's lock, so commits have the order of their numbers.
const SEND = `with n as (
  insert into "td_counters" ("user_id", "name", "value") values ($1, '${COUNTER}', 1)
  on conflict ("user_id", "name") do update set "value" = "td_counters"."value" + 1 returning "value"
) select pg_notify($2, json_build_object('s', "value", 'c', $3::json)::text) from n`;

/** What is needed to hear changes. */
export interface Changes {
  /** Those who follow. */
  readonly feed: Feed;
  /** Hears a channel. */
  readonly listen: Listen;
  /** The channel of a user. */
  readonly channelOf: (userId: string) => string;
}

/** The statement that tells a user's last number. */
export const LAST = `select "value" from "td_counters" where "user_id" = $1 and "name" = '${COUNTER}'`;

/** Bytes that a notification can carry, but for its number. */
const MOST_BYTES = 7800;

/** Sends what a transaction has changed; heard when it commits. */
export async function sendChanges(connection: Connection, noted: readonly NotedChange[]): Promise<void> {
  for (const [userId, of] of Map.groupBy(noted, (each) => each.userId)) {
    if (connection.user !== userId) await connection.bind(userId, true);
    await connection.command(SEND, [userId, connection.channelOf(userId), payload(of.map(({ change }) => change))]);
  }
}

function payload(changes: readonly RowChange[]): string {
  const text = JSON.stringify(changes);
  if (Buffer.byteLength(text) <= MOST_BYTES) return text;
  const tables = Map.groupBy(changes, ({ table }) => table);
  const rows = (of: readonly RowChange[]): number => of.reduce((sum, each) => sum + (each.change === "imported" ? each.rows : 1), 0);
  return JSON.stringify([...tables].map(([table, of]): RowChange => ({ table, change: "imported", rows: rows(of) })));
}

/**
 * Hears a user's changes from now on. `last` reads the last number; asked again whenever the connection has been made anew, and when something
 * was heard that no commit can have sent: whoever knows the name of a channel can send on it. Resolves to what ends it.
 */
export async function hearChanges({ feed, listen, channelOf }: Changes, userId: string, last: () => Promise<number>): Promise<() => void> {
  const doubt = (): void =>
    void last().then(
      (sequence) => feed.doubt(userId, sequence),
      () => feed.doubt(userId, undefined),
    );
  const heard = (text: string): void => {
    const sent = readPayload(text);
    if (sent === undefined || !feed.publish(userId, sent.c, sent.s)) doubt();
  };
  let begun = false;
  const listening = (): void => {
    if (!begun) return;
    last().then(
      (sequence) => feed.caughtUp(userId, sequence),
      () => undefined,
    );
  };
  const { unlisten } = await listen(channelOf(userId), heard, listening);
  begun = true;
  feed.caughtUp(userId, await last());
  return () => void unlisten().catch(() => undefined);
}

interface Payload {
  readonly s: number;
  readonly c: readonly RowChange[];
}

function readPayload(text: string): Payload | undefined {
  try {
    const sent = JSON.parse(text) as Partial<Payload> | null;
    const isChange = (each: unknown): boolean => typeof each === "object" && each !== null && "table" in each && "change" in each;
    return Number.isSafeInteger(sent?.s) && Array.isArray(sent?.c) && sent.c.length > 0 && sent.c.every(isChange)
      ? (sent as Payload)
      : undefined;
  } catch {
    return undefined;
  }
}

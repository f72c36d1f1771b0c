// How many snapshots of a bot are kept as they grow old: all, then one an hour, then one a day, then none.
import { readInstant } from "@td/fifo/values";
import { StorageError } from "../errors.ts";
import type { Scope } from "../scope.ts";
import type { InstantInput } from "../table/columns.ts";

/** What is to become of the snapshots of one bot: kept + dropped = given. */
export interface RetentionPlan {
  /** The times to keep, the earliest first. */
  readonly keep: readonly string[];
  /** The times to drop, the earliest first. */
  readonly drop: readonly string[];
}

/** What became of a user's snapshots: read = kept + dropped. */
export interface RetentionReport {
  /** Snapshots looked at. */
  readonly read: number;
  /** Snapshots kept. */
  readonly kept: number;
  /** Snapshots deleted; with `dryRun` those that would be. */
  readonly dropped: number;
}

/** How snapshots are thinned out. */
export interface RetentionOptions {
  /** The present, from which ages are counted; default the clock. */
  readonly now?: InstantInput;
  /** Whether to report only; default false. */
  readonly dryRun?: boolean;
}

const HOUR = 3_600_000_000;
const DAY = 24 * HOUR;

/** From which age on, in microseconds, one per how long is kept. */
const TIERS = [
  { age: 90 * DAY, per: Infinity },
  { age: 30 * DAY, per: DAY },
  { age: 7 * DAY, per: HOUR },
] as const;

/**
 * Plans which of a bot's snapshots to keep: all that are under 7 days old, of each UTC hour the last up to 30 days, of each UTC day the last up
 * to 90 days, none that are older. Planning again later gives what planning only then would have given. `times` need no order and are
 * canonical texts, as are those returned. Throws `value-rejected`.
 */
export function planSnapshotRetention(times: Iterable<string>, now: InstantInput): RetentionPlan {
  const present = microsOf(now);
  const sorted = [...new Set(times)].map((text) => ({ text, at: microsOf(text) })).toSorted((a, b) => a.at - b.at);
  const keep: string[] = [];
  const drop: string[] = [];
  for (const [place, { text, at }] of sorted.entries()) (isKept(at, sorted[place + 1]?.at, present) ? keep : drop).push(text);
  return { keep, drop };
}

/** The last of its stretch is kept. One that is followed in its stretch by a younger one goes even when that one is in no tier yet. */
function isKept(at: number, next: number | undefined, present: number): boolean {
  const tier = TIERS.find(({ age }) => present - at >= age);
  if (tier === undefined) return true;
  if (tier.per === Infinity) return false;
  return next === undefined || Math.floor(next / tier.per) !== Math.floor(at / tier.per);
}

function microsOf(input: InstantInput): number {
  const micros = readInstant(input);
  if (typeof micros === "number") return micros;
  throw new StorageError("value-rejected", "A snapshot's time is ISO-8601 text with an offset, or a Date.", { facts: { issue: micros } });
}

/** Snapshots deleted in one transaction. */
const BATCH = 500;

/**
 * Thins out a user's snapshots by {@link planSnapshotRetention}, bot by bot. Safe to repeat and to stop half-way; memory holds the times of one bot.
 * Throws `value-rejected`, and what a write may throw.
 */
export async function retainSnapshots(me: Scope, { now = new Date(), dryRun = false }: RetentionOptions = {}): Promise<RetentionReport> {
  let [read, dropped] = [0, 0];
  const thin = async (botId: string, times: readonly string[]): Promise<void> => {
    const { drop } = planSnapshotRetention(times, now);
    read += times.length;
    dropped += drop.length;
    if (!dryRun) await dropTimes(me, botId, drop);
  };
  let bot: string | undefined;
  let times: string[] = [];
  for await (const rows of me.snapshots.stream()) {
    for (const { botId, at } of rows) {
      if (bot !== undefined && botId !== bot) {
        await thin(bot, times);
        times = [];
      }
      bot = botId;
      times.push(at);
    }
  }
  if (bot !== undefined) await thin(bot, times);
  return { read, kept: read - dropped, dropped };
}

async function dropTimes(me: Scope, botId: string, times: readonly string[]): Promise<void> {
  for (let from = 0; from < times.length; from += BATCH) {
    const batch = times.slice(from, from + BATCH);
    await me.transaction(async (tx) => {
      for (const at of batch) await tx.snapshots.delete({ botId, at });
    });
  }
}

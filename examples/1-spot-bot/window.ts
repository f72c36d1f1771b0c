// From when to when the bot's trades can be compared with the exchange's fills.
import { readInstant, writeInstant } from "@td/fifo/values";
import type { Scope } from "@td/storage";
import { exchangeFills } from "./exchange-fills.ts";

/** The present of a report, and the start of what the exchange still has. */
export interface Window {
  /** Canonical instant that stands for the present. */
  readonly asOf: string;
  /** Canonical instant; what is older the exchange may have forgotten. */
  readonly from: string;
}

const DAY = 86_400_000_000;

/**
 * The window that ends at `asOf`. Without one it ends at the newest record on either side: an export is as old as its last line, not as
 * new as the day on which it is read. Then it also begins no earlier than the exchange's own first fill.
 */
export async function windowOf(me: Scope, asOf: string | null, retentionDays: number): Promise<Window> {
  if (asOf !== null) return { asOf, from: daysBefore(asOf, retentionDays) };
  const present = latest([await edge(me, "desc"), await exchangeEdge(me, "desc")]) ?? "1970-01-01T00:00:00.000000Z";
  const from = daysBefore(present, retentionDays),
    first = await exchangeEdge(me, "asc");
  return { asOf: present, from: first !== null && first > from ? first : from };
}

async function edge(me: Scope, direction: "asc" | "desc"): Promise<string | null> {
  return (await me.fills.page({ orderBy: "by_time", direction, limit: 1 })).rows[0]?.executedAt ?? null;
}

async function exchangeEdge(me: Scope, direction: "asc" | "desc"): Promise<string | null> {
  return (await me.table(exchangeFills).page({ orderBy: "by_time", direction, limit: 1 })).rows[0]?.executedAt ?? null;
}

/** Canonical instants sort as text. */
function latest(instants: readonly (string | null)[]): string | null {
  return instants.reduce((a, b) => (a === null || (b !== null && b > a) ? b : a), null);
}

function daysBefore(instant: string, days: number): string {
  const micros = readInstant(instant);
  return typeof micros === "number" ? writeInstant(micros - days * DAY) : instant;
}

// Looks at a database from outside, through a connection of its own, while the example works on it or after it was killed.
import { existsSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import Database from "better-sqlite3";
import type { BookTruth, VersionTruth } from "@td/testkit";

/** What a reader sees at one moment. */
export interface Sight {
  /** Realised PnL by symbol in the current versions. */
  readonly pnl: Readonly<Record<string, string>>;
  /** Totals of each version that is visible, oldest first. */
  readonly health: readonly { readonly allocations: number; readonly pnl: string }[];
  readonly unmatched: number;
  /** Sells whose rows do not add up although their symbol was computed. */
  readonly wrong: number;
  /** Whether each import's account balances and its fills are there. */
  readonly balanced: boolean;
}

/** A look at the file; `null` as long as there is nothing to see. */
export function lookAt(path: string): Sight | null {
  if (!existsSync(path)) return null;
  const db = new Database(path, { readonly: true, timeout: 10_000 });
  try {
    // One read transaction: one moment.
    return db.transaction(() => (hasViews(db) ? sightOf(db) : null))();
  } finally {
    db.close();
  }
}

function hasViews(db: Database.Database): boolean {
  return db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'v_allocation_discrepancies'").get() !== undefined;
}

function sightOf(db: Database.Database): Sight {
  const pnl = db.prepare<[], [string, string]>("SELECT symbol, total_pnl FROM v_pnl_by_symbol").raw().all();
  const health = db
    .prepare<[], [number, string]>("SELECT total_allocations, total_pnl FROM v_allocation_health ORDER BY allocation_version")
    .raw()
    .all();
  return {
    pnl: Object.fromEntries(pnl),
    health: health.map(([allocations, total]) => ({ allocations, pnl: total })),
    unmatched: count(db, "SELECT count(*) FROM v_unmatched_sells"),
    wrong: count(db, "SELECT count(*) FROM v_allocation_discrepancies WHERE status <> 'NOT_COMPUTED_YET'"),
    balanced: isBalanced(db),
  };
}

function isBalanced(db: Database.Database): boolean {
  const unequal = count(
    db,
    "SELECT count(*) FROM td_import_runs WHERE records_read <> records_written + records_identical + records_conflict + records_rejected",
  );
  const written = count(db, "SELECT coalesce(sum(records_written), 0) FROM td_import_runs WHERE target = 'fills'");
  return unequal === 0 && written === count(db, "SELECT count(*) FROM fills WHERE source LIKE 'import:%'");
}

function count(db: Database.Database, sql: string): number {
  return db.prepare<[], number>(sql).pluck().get() ?? -1;
}

/** Which whole version a sight shows, 0 for none yet; throws when it shows a part of one, or of two. */
export function versionSeen(sight: Sight | null, truth: BookTruth): 0 | 1 | 2 {
  if (sight === null) return 0;
  if (!sight.balanced || sight.wrong > 0) throw new Error(`an import or a sell does not add up: ${JSON.stringify(sight)}`);
  if (Object.keys(sight.pnl).length === 0 && sight.health.length === 0 && sight.unmatched === 0) return 0;
  for (const [version, known] of [
    [1, truth.v1],
    [2, truth.v2],
  ] as const)
    if (shows(sight, known, truth, version)) return version;
  throw new Error(`a version is half visible: ${JSON.stringify(sight)}`);
}

function shows(sight: Sight, known: VersionTruth, truth: BookTruth, version: 1 | 2): boolean {
  const health = [truth.v1, truth.v2]
    .slice(0, version)
    .map(({ allocations: { total }, realizedPnl }) => ({ allocations: total, pnl: realizedPnl }));
  const pnl = Object.fromEntries(Object.entries(known.symbols).map(([symbol, { realizedPnl }]) => [symbol, realizedPnl]));
  return sight.unmatched === known.unmatchedSells.count && isDeepStrictEqual(sight.health, health) && isDeepStrictEqual(sight.pnl, pnl);
}

/** Waits until `ready` says so; fails after half a minute. */
export async function until(ready: () => boolean): Promise<void> {
  for (let tries = 0; !ready(); tries++) {
    if (tries > 6000) throw new Error("waited for half a minute in vain");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

// What the benchmarks share: users with preferences, the statements that raw drivers run on the same rows, medians.
import { randomUUID } from "node:crypto";
import { counted, noteRatio } from "@td/testkit/bench";
import type Database from "better-sqlite3";
import { createPreferences, mergePatch, prefsTables, type Preferences } from "@td/prefs";
import { tradingPreferences } from "@td/prefs/trading";
import { openStorage, type Storage } from "@td/storage";

/** The traders' preferences. */
export type Traders = Preferences<typeof tradingPreferences>;

/** The users. */
export const userOf = (at: number): string => `user-${at}`;

/** A storage whose users have chosen something. */
export async function filled(url: string, users: number): Promise<{ readonly storage: Storage; readonly prefs: Traders }> {
  const storage = await openStorage(url, { tables: prefsTables, durability: "normal" });
  const prefs = createPreferences(tradingPreferences, { storage });
  for (let at = 0; at < users; at++) {
    await prefs.patch(userOf(at), {
      universe: "NIFTY500",
      tradingModes: { Intraday: true, Options: at % 2 === 0 },
      auxiliaryModes: ["Futures"],
    });
  }
  return { storage, prefs };
}

/** Patches that change something each time. */
export const patchOf = (at: number): { readonly riskProfile: "Aggressive" | "Conservative" } => ({
  riskProfile: at % 2 === 0 ? "Aggressive" : "Conservative",
});

/** A row as the raw statements read it. */
interface RawRow {
  readonly schema_version: number;
  readonly document: string;
  readonly explicit_fields: string;
  readonly revision: number;
  readonly updated_at: number;
}

export const GET = "select schema_version, document, explicit_fields, revision, updated_at from user_preferences where user_id = ?";
export const UPDATE = `update user_preferences set document = ?, explicit_fields = ?, risk_profile = ?, revision = revision + 1, updated_at = ?
  where user_id = ? and revision = ?`;
export const AUDIT = `insert into user_preference_audit (user_id, id, seq, area, subject, revision, schema_version, at, actor, reason, request_id, changes)
  values (?, ?, ?, 'preferences', '', ?, 2, ?, ?, null, null, ?)`;

/** The same two operations by hand, on better-sqlite3. */
export function rawSqlite(db: Database.Database): {
  readonly get: (user: string) => { readonly value: object; readonly revision: number };
  readonly patch: (user: string, patch: Readonly<Record<string, string>>) => number;
} {
  const [get, update, audit] = [db.prepare<[string], RawRow>(GET), db.prepare(UPDATE), db.prepare(AUDIT)];
  const patch = db.transaction((user: string, change: Readonly<Record<string, string>>): number => {
    const row = get.get(user);
    if (row === undefined) throw new Error("no such user");
    const before = JSON.parse(row.document) as Readonly<Record<string, string>>;
    const document = JSON.stringify(mergePatch(before, change));
    const explicit = JSON.stringify([...new Set([...(JSON.parse(row.explicit_fields) as string[]), ...Object.keys(change)])]);
    const now = Date.now() * 1000;
    update.run(document, explicit, change["riskProfile"], now, user, row.revision);
    const changes = JSON.stringify(Object.entries(change).map(([field, to]) => ({ path: `/${field}`, from: before[field], to })));
    audit.run(user, randomUUID(), 1_000_000 + row.revision, row.revision + 1, now, user, changes);
    return row.revision + 1;
  });
  return {
    get: (user) => {
      const row = get.get(user);
      if (row === undefined) throw new Error("no such user");
      return { value: { ...tradingPreferences.defaults, ...(JSON.parse(row.document) as object) }, revision: row.revision };
    },
    patch: (user, change) => patch.immediate(user, change),
  };
}

/** The median. */
export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** The value below which that part of the values lies. */
export const quantile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN;

/** Microseconds of wall time and of CPU per call, as medians over interleaved rounds, and the ratio to the first one. */
export async function compare(
  title: string,
  works: Readonly<Record<string, (at: number) => unknown>>,
  calls: number,
  rounds: number,
): Promise<void> {
  const wall = new Map<string, number[]>();
  const cpu = new Map<string, number[]>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of Object.entries(works)) {
      const [start, before] = [performance.now(), process.cpuUsage()];
      for (let at = 0; at < calls; at++) await work(round * calls + at);
      const used = process.cpuUsage(before);
      wall.set(name, [...(wall.get(name) ?? []), ((performance.now() - start) * 1000) / calls]);
      cpu.set(name, [...(cpu.get(name) ?? []), (used.user + used.system) / calls]);
    }
  }
  console.log(title);
  const [first = ""] = Object.keys(works);
  for (const name of Object.keys(works)) {
    const [time, spent] = [median(wall.get(name) ?? []), median(cpu.get(name) ?? [])];
    const ratio = spent / median(cpu.get(first) ?? []);
    console.log(`  ${name.padEnd(40)} ${time.toFixed(0).padStart(6)} us  ${spent.toFixed(0).padStart(6)} us CPU  ${ratio.toFixed(2)} x`);
    if (name !== first) noteRatio({ what: `${title}: ${name}, CPU`, size: `${counted(calls * rounds)} calls`, against: first, ratio });
  }
}
